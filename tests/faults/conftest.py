"""Faults of the machine take minutes: they happen only where this folder is named."""

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

HERE = pathlib.Path(__file__).resolve().parent
PR_SET_CHILD_SUBREAPER = 36
LIMITS = "\n[limits]\ncall_s = 1.0\ncheck_s = 3.0\nmemory_bytes = 268435456\n"

sys.path[:0] = [str(HERE), str(HERE.parent / "hostile")]  # killing, pythons


def pytest_collection_modifyitems(config, items):
    """Skip it all, unless the command line names this folder or a file in it."""
    start = config.invocation_params.dir
    named = [start / arg.partition("::")[0] for arg in config.invocation_params.args]
    if any(HERE in (path.resolve(), *path.resolve().parents) for path in named):
        return
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.skip(reason="run it with: tox run -e faults"))


def pytest_terminal_summary(terminalreporter):
    """Print how often what was killed, and what came of it."""
    for line in getattr(sys.modules.get("killing"), "TABLE", ()):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def sandboxes():
    """The protected sandboxes that work here, the best first."""
    if not sys.platform.startswith("linux"):
        pytest.skip("processes are watched on Linux only")
    working = [each.name for each in sandbox.probe() if each.works and each.protected]
    if not working:
        pytest.skip("no protected sandbox works on this machine")
    return working


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """A tiny course with limits that hostile code reaches soon."""
    made = tiny_course.write_course(tmp_path_factory.mktemp("tiny") / "course")
    manifest = made.root / "assignments/a01_gates/assignment.toml"
    manifest.write_text(manifest.read_text() + LIMITS)
    build(made, made.template)
    return made.root


@pytest.fixture
def autograder(sandboxes, course):
    """The command alone with its temporary folder; its orphans become our children."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    with temporary_folder() as folder:
        yield running.Command(folder, course)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0)


@pytest.fixture(scope="module")
def open_folder(sandboxes):
    """A folder that other users can go through; into pytest's own they cannot."""
    with temporary_folder() as folder:
        yield folder


@contextlib.contextmanager
def temporary_folder():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="faults-"))
    folder.chmod(0o711)  # guests run as other users
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
