"""The `autograder` command as people run it, and what it leaves behind."""

import contextlib
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import time

import tiny_course

from autograder.skeleton.stubs import without_markers, without_solutions

RIGHT = without_markers(tiny_course.GATES, "gates.py")
HONEST = {
    "ada": RIGHT,
    "bob": RIGHT.replace("x + y *", "x - y *"),
    "cem": RIGHT.replace("math.pow(x, 2.0) * 1.0", "x * 2.0"),
    "dua": without_solutions(tiny_course.GATES, "gates.py"),
}
SCORES = {"ada": 20.0, "bob": 10.0, "cem": 10.0, "dua": 0.0}


def fill(folder, hand_ins):
    """Write each text as the gates.py of one student."""
    for name, text in hand_ins.items():
        tiny_course.write(folder / name / "nabla/gates.py", text)
    return folder


class Command:
    """Runs `autograder` in a session of its own, far from the source tree.

    Its temporary folder is its own, too, so that what it leaves there can be seen.
    """

    def __init__(self, temporary):
        self.temporary = temporary
        self._running_before = children()
        self._environ = {
            **os.environ,
            "AUTOGRADER_SECRET": "the same inputs every time",
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TERM": "dumb",
            "TMPDIR": str(temporary),
        }

    def __call__(self, *args, cwd=None):
        """Run it to its end."""
        with self.started(*args, cwd=cwd) as process:
            out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(args, process.returncode, out, err)

    @contextlib.contextmanager
    def started(self, *args, cwd=None):
        """Run it beside the test; at the end kill what is left of it."""
        process = subprocess.Popen(
            [sys.executable, "-m", "autograder.cli", *map(str, args)],
            cwd=cwd or self.temporary,
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        with process:
            try:
                yield process
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def left_in_folder(self):
        """Return what lies in the temporary folder, but for what is kept on purpose."""
        names = (path.name for path in self.temporary.iterdir())
        return [name for name in names if not name.startswith("autograder-cache")]

    def still_running(self):
        """Return the processes that are still there after a moment."""
        deadline = time.monotonic() + 5.0
        while True:
            left = children()
            left = {
                n: line for n, line in left.items() if n not in self._running_before
            }
            if not left or time.monotonic() > deadline:
                return left
            time.sleep(0.02)


def children():
    """Return the command lines of our children by number, adopted orphans included."""
    found = {}
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent = (place / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(parent) == os.getpid() and state != "Z":
                found[int(place.name)] = (place / "cmdline").read_text()
    return found


def grade(course, paths, out, *options):
    """Return the arguments that grade submissions of the first stage."""
    return ("--course", course, "grade", "a01", paths, "--out", out, *options)


def marks(out):
    """Return all that a second grading must repeat, to the last digit."""
    results = map(json.loads, (out / "results.jsonl").read_text().splitlines())
    told = ("id", "outcome", "earned", "possible", "message", "hint")
    return {
        one["submission"]: (
            one["score"],
            one["digest"],
            [tuple(check[key] for key in told) for check in one["checks"]],
        )
        for one in results
    }


def scores(out):
    """Return the points of everybody."""
    return {name: score for name, (score, *_) in marks(out).items()}


def attempts(out):
    """Return whose attempts the gradebook holds, which may be in use."""
    path = out / "gradebook.sqlite"
    if not path.exists():
        return []
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as book:
        try:
            rows = book.execute(
                "SELECT submission FROM attempts ORDER BY id"
            ).fetchall()
        except sqlite3.OperationalError:  # its tables are just being made
            return []
    return [name for (name,) in rows]


def wait_for_attempts(out, count):
    """Wait until the gradebook holds so many attempts."""
    deadline = time.monotonic() + 30.0
    while len(attempts(out)) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{out}: no {count} attempts within 30 s")
        time.sleep(0.01)


def is_one_sentence(text):
    """Tell whether a person reads one sentence and perhaps a remedy, no traceback."""
    lines = text.splitlines()
    return len(lines) in {1, 2} and bool(re.match(r"autograder: \S", lines[0]))
