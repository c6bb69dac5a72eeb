"""The `autograder` command as people run it, and what it leaves behind."""

import contextlib
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import pytest
import tiny_course

from autograder import sandbox
from autograder.skeleton.stubs import without_markers, without_solutions

PR_SET_CHILD_SUBREAPER = 36
OF_COMMANDS = set()
"""The processes whose ends are of interest to who has started them."""
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

    def __init__(self, temporary, course):
        self.temporary = temporary
        self.course = course
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

    def here(self, *args):
        """Run it to its end in the tiny course."""
        return self("--course", self.course, *args)

    def grade(self, paths, out, *options):
        """Grade submissions of the tiny course's first stage."""
        return self.here("grade", "a01", paths, "--out", out, *options)

    def grading(self, paths, out, *options):
        """Start to grade them, and go on with the test."""
        call = ("grade", "a01", paths, "--out", out, *options)
        return self.started("--course", self.course, *call)

    @contextlib.contextmanager
    def started(self, *args, cwd=None):
        """Run it beside the test, and at the end of the block interrupt it."""
        process = subprocess.Popen(
            [sys.executable, "-m", "autograder.cli", *map(str, args)],
            cwd=cwd or self.temporary,
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        OF_COMMANDS.add(process.pid)
        with process:
            try:
                yield process
            finally:
                press_ctrl_c(process)
                stop = threading.Timer(20.0, process.kill)
                stop.start()
                process.wait()
                stop.cancel()
                OF_COMMANDS.discard(process.pid)

    def left_in_folder(self):
        """Return what lies in the temporary folder, but for what is kept on purpose."""
        names = (path.name for path in self.temporary.iterdir())
        return [name for name in names if not name.startswith("autograder-cache")]

    def still_running(self):
        """Return the processes that are still there after a moment."""
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: not self._new_children(), within_s=5.0)
        return self._new_children()

    def _new_children(self):
        found = children()
        return [found[number] for number in found.keys() - self._running_before.keys()]


def working_sandboxes():
    """Return the names of the protected sandboxes, the best first; skip without one."""
    working = [each.name for each in sandbox.probe() if each.works and each.protected]
    if not working:
        pytest.skip("no protected sandbox works on this machine")
    return working


@contextlib.contextmanager
def temporary_folder(prefix):
    """Make a folder that guests, who are other users, can go through."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def adopting_orphans():
    """Have orphaned processes become our children, so that they can be seen.

    The dead among them are buried, as the first process of a machine does it.
    """
    if not sys.platform.startswith("linux"):
        pytest.skip("processes are watched on Linux only")
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    over = threading.Event()
    undertaker = threading.Thread(target=bury_orphans, args=[over])
    undertaker.start()
    try:
        yield
    finally:
        over.set()
        undertaker.join()
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0)


def bury_orphans(over):
    """Wait for the dead that nobody else waits for: those that are still there soon."""
    before = set()
    while not over.wait(0.2):
        dead = {pid for pid in children(dead=True) if pid not in OF_COMMANDS}
        for pid in dead & before:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        before = dead - before


def press_ctrl_c(process):
    """Interrupt the process and all that it started, as a terminal does."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)


def children(*, dead=False):
    """Return the command lines of our children by number, adopted orphans included."""
    found = {}
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent = (place / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(parent) == os.getpid() and (state == "Z") is dead:
                found[int(place.name)] = (place / "cmdline").read_text()
    return found


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


def wait_until(true, within_s=30.0):
    """Look again and again until it is true."""
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"what was waited for did not come within {within_s} s")
        time.sleep(0.01)


def is_one_sentence(text):
    """Tell whether a person reads one sentence and perhaps a remedy, no traceback."""
    lines = text.splitlines()
    return len(lines) in {1, 2} and bool(re.match(r"autograder: \S", lines[0]))
