"""A machine that lets a batch down: it is told so in one sentence, and goes on later.

No submission pays for it: what was not graded has no points, which is not zero points,
and the same call grades it when the machine is well again.
"""

import contextlib
import os
import pathlib
import re
import resource
import shutil
import signal
import sqlite3
import subprocess

import pytest
from running import RIGHT, attempts, fill, is_one_sentence, marks, scores, wait_until

from autograder import pipeline

CLASS = {f"s{number}": f"{RIGHT}# {number}\n" for number in range(6)}
FULL = dict.fromkeys(CLASS, 20.0)
SLOW = RIGHT.replace("import math", "import math\nimport time\n\ntime.sleep(0.4)")
SETS_THE_CLOCK_BACK = """
import itertools
import time

_began, _hours = time.time(), itertools.count()
time.time = lambda: _began - 3600.0 * next(_hours)
time.time_ns = lambda: int(1e9 * time.time())
"""
FAILING_BUBBLEWRAP = """#!/bin/sh
echo x >> {folder}/starts
if [ $(wc -l < {folder}/starts) -gt {good} ] && [ ! -e {folder}/mended ]; then
    echo "bwrap: Creating new namespace failed: No space left on device" >&2
    exit 1
fi
exec {real} "$@"
"""


@pytest.fixture
def inbox(tmp_path):
    return fill(tmp_path / "inbox", CLASS)


@pytest.fixture
def slow_inbox(tmp_path):
    return fill(
        tmp_path / "slow",
        {name: f"{SLOW}# {number}\n" for number, name in enumerate(CLASS)},
    )


@pytest.fixture
def disk(autograder):
    """A disk of its own, of four megabytes, where guests may go."""
    place = autograder.temporary / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=711", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as exc:
        pytest.skip(f"no disk can be mounted here, which takes root: {exc}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextlib.contextmanager
def filled(place, left=0):
    """Leave only some bytes of the disk."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    os.truncate(ballast, ballast.stat().st_size - left)
    yield
    ballast.unlink()


def halt_half_way(process, out):
    """Have a batch wait after its first result for what it is going to find."""
    wait_until(lambda: attempts(out))
    process.send_signal(signal.SIGSTOP)
    assert len(attempts(out)) < len(CLASS)


def is_told(done, *words):
    assert is_one_sentence(done.stderr), done.stderr
    assert [word for word in words if word not in done.stderr] == [], done.stderr
    return done.returncode == 2


# Disks


@pytest.mark.parametrize("left", [0, 40_000, 80_000, 160_000])
def test_a_full_disk_is_told_and_nothing_is_lost(autograder, inbox, disk, left):
    out = disk / "out"
    with filled(disk, left):
        done = autograder.grade(inbox, out)
        assert done.returncode in {1, 2}
        assert "Traceback" not in done.stderr
        assert "No space left on device" in done.stderr or "full" in done.stderr
    again = autograder.grade(inbox, out)

    assert again.returncode == 0, again.stderr
    assert scores(out) == FULL
    assert autograder.left_in_folder() == ["disk"]


def test_a_temporary_folder_that_fills_up_is_no_zero(
    autograder, slow_inbox, disk, tmp_path
):
    autograder._environ["TMPDIR"] = str(disk)
    out = tmp_path / "out"
    with autograder.grading(slow_inbox, out, "--workers", 1) as process:
        halt_half_way(process, out)
        with filled(disk, 8192):
            process.send_signal(signal.SIGCONT)
            told, _ = process.communicate(timeout=120)
    found = scores(out)
    again = autograder.grade(slow_inbox, out)

    assert process.returncode == 1
    assert "THE KIT FAILED, NOT THE STUDENT" in told
    assert set(found.values()) == {20.0, None}
    assert again.returncode == 0
    assert scores(out) == FULL


def test_a_disk_that_cannot_be_written_is_told(autograder, inbox, disk):
    out = disk / "out"
    before = autograder.grade(inbox, out)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    again = autograder.grade(inbox, out)
    elsewhere = autograder.grade(inbox, disk / "new" / "out")
    report = autograder.here("report", out)
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)

    assert before.returncode == 0
    for done in (again, elsewhere, report):
        assert is_told(done, str(disk), "Read-only file system"), done.stderr
    assert autograder.grade(inbox, out).returncode == 0


@pytest.mark.parametrize("kibibytes", [8, 20])
def test_a_file_that_may_not_grow_is_told(autograder, inbox, tmp_path, kibibytes):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (kibibytes * 1024, hard))
    try:
        done = autograder.grade(inbox, tmp_path / "out", "--workers", 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    again = autograder.grade(inbox, tmp_path / "out")

    assert done.returncode == 2, done.stdout + done.stderr
    assert is_one_sentence(done.stderr), done.stderr
    assert again.returncode == 0
    assert scores(tmp_path / "out") == FULL


# Kills


def test_what_a_killed_run_has_left_goes_with_the_next(autograder, inbox, tmp_path):
    out, temporary = tmp_path / "out", autograder.temporary
    others = tmp_path / "pymp-of-others-and-not-noted"
    left = [
        temporary / "autograder-probe-killed/tree/nabla",
        temporary / "pymp-killed",
        out / ".staged/ada/nabla",
    ]
    for folder in (*left, others):
        folder.mkdir(parents=True)
    unfinished = out / ".scores.csv-killed"
    unfinished.touch()
    (out / ".lock").write_text(str(temporary / "pymp-killed"))
    done = autograder.grade(inbox, out)

    assert done.returncode == 0, done.stderr
    assert [path for path in (*left, unfinished) if path.exists()] == []
    assert autograder.left_in_folder() == []
    assert others.is_dir()


@pytest.mark.parametrize("noted", ["precious", "", "/", "{}/pymp-link", "\0", "pymp-x"])
def test_nothing_else_goes_whatever_a_lock_file_names(
    autograder, inbox, tmp_path, noted
):
    precious = tmp_path / "precious"
    precious.mkdir()
    (tmp_path / "pymp-link").symlink_to(precious)
    out = tmp_path / "out"
    out.mkdir()
    name = str(precious) if noted == "precious" else noted.format(tmp_path)
    (out / ".lock").write_text(name)
    done = autograder.grade(inbox / "s0", out)

    assert done.returncode == 0, done.stderr
    assert precious.is_dir()
    assert (tmp_path / "pymp-link").is_symlink()


# Clocks


def test_the_clock_that_people_set_is_read_for_people_alone():
    kit = pathlib.Path(pipeline.__file__).parent
    read = re.compile(r"\btime\.(?:time|time_ns|localtime|gmtime)\(|\.(?:now|today)\(")
    readers = {
        path.relative_to(kit).as_posix(): len(read.findall(path.read_text("utf-8")))
        for path in kit.rglob("*.py")
        if read.search(path.read_text("utf-8"))
    }

    assert readers == {
        "gradebook/book.py": 1,  # when an attempt was recorded; rows have an order
        "pipeline.py": 1,  # the date of a page
        "sandbox/cache.py": 1,  # what has not been used for a month
    }


def test_a_clock_that_runs_backwards_changes_no_result(autograder, inbox, tmp_path):
    fill(inbox, {"looper": "def add(x, y):\n    while True:\n        pass\n"})
    autograder.grade(inbox, tmp_path / "straight")
    patch = tmp_path / "patch"
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(SETS_THE_CLOCK_BACK)
    path = os.environ.get("PYTHONPATH", "")
    autograder._environ["PYTHONPATH"] = f"{patch}{os.pathsep}{path}"
    done = autograder.grade(inbox, tmp_path / "back")

    assert done.returncode == 0, done.stderr
    assert marks(tmp_path / "back") == marks(tmp_path / "straight")
    assert "TIMED_OUT" in str(marks(tmp_path / "back")["looper"])


# Sandboxes


@pytest.fixture
def bubblewrap(autograder, sandboxes):
    """A bubblewrap that fails after so many starts, until it is mended."""
    if "bubblewrap" not in sandboxes:
        pytest.skip("bubblewrap does not work on this machine")

    def fails_after(good):
        folder = autograder.temporary / "bin"  # where guests may go
        folder.mkdir(mode=0o755)
        real = shutil.which("bwrap")
        program = folder / "bwrap"
        program.write_text(
            FAILING_BUBBLEWRAP.format(folder=folder, good=good, real=real)
        )
        program.chmod(0o755)
        starts = folder / "starts"
        starts.touch()
        starts.chmod(0o666)
        path = f"{folder}{os.pathsep}{os.environ['PATH']}"
        autograder._environ["PATH"] = path
        return folder

    return fails_after


def test_a_sandbox_that_cannot_start_is_told_before_anything_is_graded(
    autograder, bubblewrap, inbox, tmp_path
):
    bubblewrap(0)
    done = autograder.grade(inbox, tmp_path / "out", "--sandbox", "bubblewrap")

    assert is_told(done, "bubblewrap does not work", "No space left", "--sandbox auto")
    assert not (tmp_path / "out").exists()


def test_a_sandbox_that_fails_half_way_is_no_zero(
    autograder, bubblewrap, inbox, tmp_path
):
    folder = bubblewrap(3)
    out = tmp_path / "out"
    options = ("--sandbox", "bubblewrap", "--workers", 1)
    done = autograder.grade(inbox, out, *options)
    found = scores(out)
    (folder / "mended").touch()
    again = autograder.grade(inbox, out, *options)

    assert done.returncode == 1
    assert "THE KIT FAILED, NOT THE STUDENT" in done.stdout
    assert list(found.values()) == [20.0, 20.0, None, None, None, None]
    assert again.returncode == 0
    assert scores(out) == FULL


# Gradebooks


def test_a_damaged_gradebook_is_put_aside_and_what_is_told_to_do_helps(
    autograder, inbox, tmp_path
):
    out = tmp_path / "out"
    autograder.grade(inbox, out)
    before = marks(out)
    book = out / "gradebook.sqlite"
    data = bytearray(book.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    book.write_bytes(data)
    done = autograder.grade(inbox, out)
    aside = (out / "gradebook.sqlite.damaged").read_bytes()
    book.unlink()
    again = autograder.grade(inbox, out)

    assert is_told(done, "is damaged", "A copy is in", "delete the file")
    assert aside == data
    assert again.returncode == 0
    assert marks(out) == before


def test_a_gradebook_cut_to_nothing_is_damaged_and_takes_no_result_with_it(
    autograder, inbox, tmp_path
):
    out = tmp_path / "out"
    autograder.grade(inbox, out)
    before = marks(out)
    book = out / "gradebook.sqlite"
    os.truncate(book, 0)
    calls = [autograder.grade(inbox, out)]
    calls += [autograder.here(*call, out) for call in (["report"], ["export", "csv"])]
    kept = marks(out), (out / "gradebook.sqlite.damaged").exists()
    book.unlink()
    again = autograder.grade(inbox, out)

    for done in calls:
        assert is_told(done, "is damaged (it is empty", "A copy is in", "delete the")
    assert kept == (before, True)
    assert again.returncode == 0
    assert marks(out) == before


def test_a_run_without_a_result_is_told_and_writes_none(autograder, tmp_path):
    (tmp_path / "gradebook.sqlite").touch()  # killed at its very beginning
    for call in (["report"], ["export", "csv"]):
        done = autograder.here(*call, tmp_path)

        assert is_told(done, "nothing has been graded there yet", "again")
    assert not (tmp_path / "scores.csv").exists()


def test_a_locked_gradebook_is_told_and_the_same_call_goes_on(
    autograder, slow_inbox, tmp_path
):
    out = tmp_path / "out"
    with autograder.grading(slow_inbox, out, "--workers", 1) as process:
        halt_half_way(process, out)
        with contextlib.closing(sqlite3.connect(out / "gradebook.sqlite")) as other:
            other.execute("PRAGMA busy_timeout = 5000")
            other.execute("BEGIN EXCLUSIVE")
            process.send_signal(signal.SIGCONT)
            _, told = process.communicate(timeout=120)
        assert autograder.still_running() == []
    done = autograder.grade(slow_inbox, out)

    assert process.returncode == 2
    assert is_one_sentence(told)
    assert "is locked, another program is writing to it" in told
    assert done.returncode == 0
    assert "known from before" in done.stdout
    assert scores(out) == FULL
    assert sorted(attempts(out)) == sorted(CLASS)
