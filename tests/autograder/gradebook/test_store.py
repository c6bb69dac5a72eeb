import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from autograder.errors import GradebookError
from autograder.gradebook import Gradebook, store
from autograder.records import Graded, Status


@pytest.fixture
def path(tmp_path):
    return tmp_path / "gradebook.sqlite"


def graded(submission="ada"):
    return Graded(submission, "a01", 1.0, 1.0, Status.GRADED, "fake", "none", 0.1, "d")


def alter(path, statement):
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def test_an_old_gradebook_goes_on_where_it_was(path):
    for name in ("ada", "bob"):
        with Gradebook(path) as book:
            book.append(graded(name))
    with Gradebook(path) as book:
        names = [each.submission for each in book.latest()]

    assert names == ["ada", "bob"]


def test_one_file_is_all_there_is(path):
    with Gradebook(path) as book:
        book.append(graded())

    assert [entry.name for entry in path.parent.iterdir()] == ["gradebook.sqlite"]


def test_a_gradebook_of_a_newer_kit_is_not_touched(path):
    Gradebook(path).close()
    alter(path, "PRAGMA user_version = 7")

    with pytest.raises(GradebookError, match=r"newer kit \(schema 7, this one reads 1"):
        Gradebook(path)


def test_another_programs_database_is_not_touched(path):
    alter(path, "CREATE TABLE cookies (id)")

    with pytest.raises(GradebookError, match="SQLite file, but no gradebook"):
        Gradebook(path)


def test_a_file_that_is_no_database_is_copied_aside(path):
    path.write_bytes(b"this is no database, but long enough to be taken for one" * 20)

    with pytest.raises(GradebookError, match="is damaged") as caught:
        Gradebook(path)
    assert path.with_name("gradebook.sqlite.damaged").exists()
    assert "delete the file and grade" in caught.value.remedy


def test_each_damaged_gradebook_is_kept_and_each_but_once(path):
    for content in (b"one" * 500, b"two" * 500, b"two" * 500):
        path.write_bytes(content)
        with pytest.raises(GradebookError, match="is damaged") as caught:
            Gradebook(path)
    copies = {
        copy.name: copy.read_bytes()[:3] for copy in path.parent.glob("*.damaged*")
    }

    assert copies == {
        "gradebook.sqlite.damaged": b"one",
        "gradebook.sqlite.damaged-2": b"two",
    }
    assert "A copy is in gradebook.sqlite.damaged-2." in caught.value.remedy


@pytest.mark.parametrize("witness", ["results.jsonl", "scores.csv"])
def test_a_gradebook_cut_to_nothing_is_damaged_when_results_tell_that_it_was_not_new(
    path, witness
):
    path.touch()
    path.with_name(witness).touch()

    with pytest.raises(GradebookError, match=f"it is empty, but {witness} stands"):
        Gradebook(path)
    assert path.with_name("gradebook.sqlite.damaged").exists()


def test_a_gradebook_cut_to_nothing_in_the_middle_of_a_row_is_damaged(path):
    beside = path.with_name("gradebook.sqlite-journal")
    with Gradebook(path) as book, book._store.writing() as connection:
        connection.execute("INSERT INTO overrides VALUES (1, '', '', '', '', 1, '')")
        journal = beside.read_bytes()
    path.write_bytes(b"")
    beside.write_bytes(journal)

    with pytest.raises(GradebookError, match=r"empty, but gradebook\.sqlite-journal"):
        Gradebook(path)


def test_what_a_kill_before_the_first_table_has_left_is_a_new_gradebook(path):
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE attempts (id)")
        journal = path.with_name("gradebook.sqlite-journal").read_bytes()
        connection.execute("ROLLBACK")
    connection.close()
    path.with_name("gradebook.sqlite-journal").write_bytes(journal)
    assert path.stat().st_size == 0
    with Gradebook(path) as book:
        book.append(graded())

        assert len(book.latest()) == 1


def test_a_gradebook_that_was_deleted_as_told_is_made_anew(path):
    path.with_name("results.jsonl").touch()
    with Gradebook(path) as book:
        assert book.latest() == []


def test_a_copy_that_cannot_be_made_is_not_promised(path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    path.write_bytes(b"no database" * 200)
    monkeypatch.setattr(store.shutil, "copy2", full)

    with pytest.raises(GradebookError, match="is damaged") as caught:
        Gradebook(path)
    assert "No copy could be made (No space left on device)" in caught.value.remedy


def test_what_is_found_inside_a_damaged_file_is_told_on_one_line(path):
    with Gradebook(path) as book:
        for number in range(50):
            book.append(graded(f"student {number}"))
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    path.write_bytes(data)

    with pytest.raises(GradebookError, match="is damaged") as caught:
        Gradebook(path)
    assert "\n" not in caught.value.message


def test_damage_inside_the_file_is_found_when_it_is_opened(path):
    with Gradebook(path) as book:
        for number in range(200):
            book.append(graded(f"student {number}"))
    data = bytearray(path.read_bytes())
    data[8192 : len(data) - 4096] = os.urandom(len(data) - 12288)
    path.write_bytes(data)

    with pytest.raises(GradebookError, match="is damaged"):
        Gradebook(path)


def test_a_row_that_is_no_record_is_damage(path):
    Gradebook(path).close()
    alter(
        path,
        "INSERT INTO attempts (recorded_at, assignment, submission, key, digest,"
        " status, record) VALUES ('', '', '', '', '', '', '{}')",
    )

    with (
        Gradebook(path) as book,
        pytest.raises(GradebookError, match="a row cannot be read"),
    ):
        book.latest()


def test_a_second_writer_is_told_to_wait(path, monkeypatch):
    monkeypatch.setattr(store, "_PATIENCE_S", 0.05)
    with (
        Gradebook(path) as first,
        Gradebook(path) as second,
        first._store.writing(),
        pytest.raises(GradebookError, match="is locked, another program"),
    ):
        second.append(graded())


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(GradebookError, match=r"missing/book.sqlite: cannot be used"):
        Gradebook(tmp_path / "missing" / "book.sqlite")


def test_what_was_acknowledged_survives_a_kill(path):
    code = (
        "import pathlib, sys\n"
        "from autograder.gradebook import Gradebook\n"
        "from autograder.records import Graded, Status\n"
        "book = Gradebook(pathlib.Path(sys.argv[1]))\n"
        "for n in range(int(sys.argv[2]), 10**6):\n"
        "    book.append(Graded(f'{n:07}', 'a01', 1.0, 1.0, Status.GRADED,\n"
        "        'fake', 'none', 0.1, 'd'))\n"
        "    print(n, flush=True)\n"
    )
    kept = 0
    for rounds in (1, 7, 30):
        command = [sys.executable, "-c", code, str(path), str(kept)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            lines = [process.stdout.readline() for _ in range(rounds)]
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.readlines()
        acknowledged = int([line for line in lines if line.endswith("\n")][-1]) + 1
        with Gradebook(path) as book:
            kept = len(book.latest())

        assert kept in (acknowledged, acknowledged + 1)
