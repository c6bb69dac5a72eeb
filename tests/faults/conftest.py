"""Faults of the machine take minutes: they happen only where this folder is named."""

import pathlib
import sys

import pytest
import running
import slow
import tiny_course

from autograder.skeleton import build

HERE = pathlib.Path(__file__).resolve().parent
LIMITS = "\n[limits]\nmemory_bytes = 268435456\n"

sys.path[:0] = [str(HERE), str(HERE.parent / "hostile")]  # killing, pythons


def pytest_collection_modifyitems(config, items):
    """Skip it all, unless it is asked for."""
    slow.skip_unless_named(HERE, config, items, "tox run -e faults")


def pytest_terminal_summary(terminalreporter):
    """Print how often what was killed, and what came of it."""
    slow.print_table(terminalreporter, "killing")


@pytest.fixture(scope="session")
def sandboxes():
    """The protected sandboxes that work here, the best first."""
    return running.working_sandboxes()


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """A tiny course with little memory and, for slow machines, the usual clocks."""
    made = tiny_course.write_course(tmp_path_factory.mktemp("tiny") / "course")
    manifest = made.root / "assignments/a01_gates/assignment.toml"
    manifest.write_text(manifest.read_text() + LIMITS)
    build(made, made.template)
    return made.root


@pytest.fixture
def autograder(sandboxes, course):
    """The command alone with its temporary folder; its orphans become our children."""
    with running.adopting_orphans(), running.temporary_folder("faults-") as folder:
        yield running.Command(folder, course)


@pytest.fixture(scope="module")
def open_folder(sandboxes):
    """A folder that other users can go through; into pytest's own they cannot."""
    with running.temporary_folder("faults-") as folder:
        yield folder
