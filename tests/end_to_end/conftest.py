import pathlib

import pytest
import running
import tiny_course

from autograder.skeleton import build

ROOT = pathlib.Path(__file__).parents[2]
LIMITS = """
[limits]
call_s = 1.0
check_s = 3.0
memory_bytes = 268435456
"""


@pytest.fixture(scope="session")
def sandboxes():
    """The protected sandboxes that work here, the best first."""
    return running.working_sandboxes()


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
    with running.temporary_folder("end-to-end-") as folder:
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
    adopting = running.adopting_orphans()
    with adopting, running.temporary_folder("end-to-end-") as folder:
        yield running.Command(folder, course)
