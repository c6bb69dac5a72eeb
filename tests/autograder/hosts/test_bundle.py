"""What travels to other systems, and what is left at home."""

import io
import json
import stat
import zipfile

import pytest
import tiny_course

from autograder.errors import ExportError, KitError, UsageError
from autograder.hosts import bundle, gradescope, otter
from autograder.skeleton import build


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    made = tiny_course.write_course(tmp_path_factory.mktemp("tiny") / "course")
    build(made, made.template)
    return made


@pytest.fixture(autouse=True)
def secret(monkeypatch):
    monkeypatch.setenv("AUTOGRADER_SECRET", "of the course")


@pytest.fixture
def settings():
    return bundle.Settings(stage="a01_gates")


def test_a_bundle_holds_the_checks_of_its_stage_and_of_no_other(course, settings):
    names = bundle.files(course, settings)
    inside = "grader/course/assignments"

    assert f"{inside}/a01_gates/hidden/test_gates.py" in names
    assert f"{inside}/a01_gates/mutants/add_subtracts.toml" in names
    assert [name for name in names if f"{inside}/a02" in name] == [
        f"{inside}/a02_layers/assignment.toml"
    ]
    assert "grader/kit/autograder/hosts/container.py" in names
    assert not any("__pycache__" in name for name in names)


def test_the_secret_of_the_course_travels_so_that_marks_are_the_same(course, settings):
    files = bundle.files(course, settings)

    assert files["grader/course/.course-secret"] == b"of the course\n"


def test_settings_survive_the_journey(course, settings, tmp_path):
    for name, data in bundle.files(course, settings).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    assert bundle.read_settings(tmp_path / "grader") == settings
    assert bundle.course_of(tmp_path / "grader").stages() == course.stages()


def test_grading_without_protection_has_to_be_asked_for_twice():
    with pytest.raises(UsageError, match="could read the hidden checks"):
        bundle.Settings(stage="a01_gates", sandbox="unprotected")


def test_a_course_without_its_reference_cannot_be_exported(course, settings, tmp_path):
    for name in ("assignments", "student_template"):
        (tmp_path / name).symlink_to(course.root / name)

    with pytest.raises(UsageError, match="has no reference/"):
        bundle.files(type(course)(tmp_path), settings)


def test_an_archive_is_the_same_each_time_and_for_its_owner(course, settings, tmp_path):
    first = gradescope.write(course, settings, tmp_path / "a")
    second = gradescope.write(course, settings, tmp_path / "b")
    with zipfile.ZipFile(first) as archive:
        modes = {one.filename: one.external_attr >> 16 for one in archive.infolist()}

    assert first.read_bytes() == second.read_bytes()
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert stat.S_IMODE(modes["run_autograder"]) == 0o755
    assert stat.S_IMODE(modes["grader/settings.json"]) == 0o600


@pytest.mark.parametrize("system", [otter, gradescope])
def test_what_grades_something_else_is_not_overwritten(
    course, settings, tmp_path, system
):
    other = bundle.Settings(stage="a02_layers")
    system.write(course, other, tmp_path)
    with pytest.raises(UsageError, match="is what grades a02_layers in") as caught:
        gradescope.write(course, settings, tmp_path)

    assert "another folder" in caught.value.remedy
    assert system.write(course, other, tmp_path).is_file()


def test_a_file_that_is_no_export_is_not_overwritten(course, settings, tmp_path):
    (tmp_path / "autograder.zip").write_text("mine")

    with pytest.raises(UsageError, match="is there already, and is something else"):
        gradescope.write(course, settings, tmp_path)


def test_a_place_where_nothing_can_be_written_is_named(course, settings, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(ExportError, match=r"file/below: cannot be written"):
        gradescope.write(course, settings, tmp_path / "file/below")


@pytest.mark.parametrize(
    ("stage", "file", "old", "new", "message"),
    [
        ("a02_layers", "assignment.toml", "points", "pionts", "'points' is missing"),
        ("a01_gates", "hidden/test_gates.py", "points=", "poinst=", "poinst"),
        ("a01_gates", "mutants/add_subtracts.toml", "find", "fnd", "fnd"),
        (
            "a01_gates",
            "assignment.toml",
            "[[",
            "[show]\nleaderboard = ['x']\n[[",
            "'x'",
        ),
    ],
    ids=["another manifest", "a check", "a mutant", "a contest"],
)
def test_a_slip_shows_at_the_export_and_not_at_every_hand_in(  # noqa: PLR0917
    tmp_path, settings, stage, file, old, new, message
):
    course = tiny_course.write_course(tmp_path / "course")
    path = course.assignments / stage / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))

    with pytest.raises(KitError, match=message):
        bundle.files(course, settings)


def test_scripts_have_the_line_ends_of_unix(course, settings, tmp_path):
    with zipfile.ZipFile(gradescope.write(course, settings, tmp_path)) as archive:
        for name in ("setup.sh", "run_autograder"):
            text = archive.read(name)
            assert text.startswith(b"#!/usr/bin/env bash\n")
            assert b"\r" not in text


def test_wheels_that_are_missing_are_named_with_the_call_that_gets_them(
    course, settings, tmp_path
):
    (tmp_path / "pip-26-py3-none-any.whl").write_bytes(b"")
    with pytest.raises(UsageError, match="holds no wheel of numpy") as caught:
        gradescope.write(course, settings, tmp_path, wheels=tmp_path)

    assert "pip download" in caught.value.remedy


def test_wheels_go_into_the_archive(course, settings, tmp_path):
    for name in ("numpy-2-cp311.whl", "pip-26-py3.whl"):
        (tmp_path / name).write_bytes(b"wheel")
    made = gradescope.write(course, settings, tmp_path, wheels=tmp_path)
    with zipfile.ZipFile(made) as archive:
        assert archive.read("wheels/numpy-2-cp311.whl") == b"wheel"


def test_otters_zip_keeps_the_bundle_where_otter_keeps_it(course, settings, tmp_path):
    made = otter.write(course, settings, tmp_path, notebook="week 1.ipynb")
    with zipfile.ZipFile(made) as archive:
        names = set(archive.namelist())
        config = json.loads(archive.read("otter_config.json"))
        inner = io.BytesIO(archive.read("files/grader.zip"))

    assert "files/week 1.ipynb" in names
    assert not [name for name in names if name.startswith("tests/") and ".py" in name]
    assert config["plugins"] == ["autograder.hosts.otter_plugin.Grader"]
    with zipfile.ZipFile(inner) as bundled:
        assert set(bundled.namelist()) == set(bundle.files(course, settings))


@pytest.mark.parametrize("name", ["lab.py", "../lab.ipynb", "a/lab.ipynb", ""])
def test_what_is_no_name_of_a_notebook_is_refused(course, settings, tmp_path, name):
    with pytest.raises(UsageError, match="expected the name of a notebook"):
        otter.write(course, settings, tmp_path, notebook=name)
