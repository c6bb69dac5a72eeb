import pytest

from autograder import exports
from autograder.errors import ExportError, UsageError


def test_an_unknown_format_is_told_the_known_ones(tmp_path):
    with pytest.raises(UsageError, match="'exel' is no export format") as caught:
        exports.export("exel", [], tmp_path)
    assert (
        caught.value.remedy
        == "Formats: csv, jsonl, gradescope, gradescope-results, junit."
    )


@pytest.mark.parametrize("name", exports.EXPORTERS)
def test_every_format_writes_below_the_folder(tmp_path, name, ada, eve, faulty):
    paths = exports.export(name, [ada, eve, faulty], tmp_path / "new" / "out")

    assert paths
    assert all(path.is_relative_to(tmp_path / "new" / "out") for path in paths)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == set(paths)


@pytest.mark.parametrize("name", set(exports.EXPORTERS) - {"jsonl"})
def test_nothing_meant_for_staff_goes_to_students(tmp_path, name, ada):
    (path,) = exports.export(name, [ada], tmp_path)

    assert "secret traceback" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", exports.EXPORTERS)
def test_no_control_character_of_a_submission_gets_through(tmp_path, name, eve):
    (path,) = exports.export(name, [eve], tmp_path)
    text = path.read_text(encoding="utf-8").replace("\n", "")

    assert text.isprintable()


@pytest.mark.parametrize("name", exports.EXPORTERS)
def test_the_same_results_give_the_same_bytes(tmp_path, name, ada, faulty):
    (first, *_) = exports.export(name, [ada, faulty], tmp_path / "1")
    (second, *_) = exports.export(name, [ada, faulty], tmp_path / "2")

    assert first.read_bytes() == second.read_bytes()


def test_a_folder_that_cannot_be_written_is_named(tmp_path, ada):
    (tmp_path / "out").write_text("a file")

    with pytest.raises(ExportError, match="out: cannot be written"):
        exports.export("csv", [ada], tmp_path / "out")


def test_a_failed_write_leaves_the_old_file(tmp_path, ada, monkeypatch):
    (path,) = exports.export("csv", [ada], tmp_path)
    before = path.read_text()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)

    with pytest.raises(ExportError, match="No space left"):
        exports.export("csv", [], tmp_path)
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]
