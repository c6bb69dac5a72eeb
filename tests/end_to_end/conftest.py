import contextlib
import ctypes
import pathlib
import shutil
import sys
import tempfile

import pytest
import running
import tiny_course

from autograder import sandbox
from autograder.skeleton import build

ROOT = pathlib.Path(__file__).parents[2]
PR_SET_CHILD_SUBREAPER = 36
LIMITS = """
[limits]
call_s = 1.0
check_s = 3.0
memory_bytes = 268435456
"""


@pytest.fixture(scope="session")
def sandboxes():
    """The protected sandboxes that work here, the best first."""
    working = [each.name for each in sandbox.probe() if each.works and each.protected]
    if not working:
        pytest.skip("no protected sandbox works on this machine")
    return working


@pytest.fixture(scope="session")
def real_course():
    """The folder that holds the course of this repository."""
    return ROOT


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """A course of two tiny stages, with limits that hostile code reaches soon."""
    made = tiny_course.write_course(tmp_path_factory.mktemp("tiny") / "course")
    manifest = made.root / "assignments/a01_gates/assignment.toml"
    with manifest.open("a", encoding="utf-8") as file:
        file.write(LIMITS)
    build(made, made.template)
    return made.root


@pytest.fixture(scope="session")
def inbox(tmp_path_factory):
    """The hand-ins of four honest students."""
    return running.fill(tmp_path_factory.mktemp("hand-ins"), running.HONEST)


@pytest.fixture(scope="session")
def autograder(sandboxes, course):
    """The command."""
    with temporary_folder() as folder:
        yield running.Command(folder, course)


@pytest.fixture(scope="session")
def run(autograder, inbox, tmp_path_factory):
    """The results of a finished run over the honest hand-ins, with one worker."""
    out = tmp_path_factory.mktemp("run") / "out"
    done = autograder.grade(inbox, out, "--workers", 1)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture
def watched(sandboxes, course):
    """The command alone with its temporary folder; its orphans become our children."""
    if not sys.platform.startswith("linux"):
        pytest.skip("processes are watched on Linux only")
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    with temporary_folder() as folder:
        yield running.Command(folder, course)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0)


@contextlib.contextmanager
def temporary_folder():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="end-to-end-"))
    folder.chmod(0o711)  # guests run as other users
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
