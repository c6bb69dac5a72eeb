"""Hand-ins of two stages with the marks that `autograder grade` gives them."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest
from hosted import MUTANTS, SECRET, STAGES, VARIANTS

from autograder.manifest import Course
from autograder.pretend import pretend_submissions

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture(scope="session")
def course():
    return Course(ROOT)


@pytest.fixture(scope="session")
def place():
    """A folder that other users can go through; into pytest's own they cannot."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hosts-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session", autouse=True)
def secret():
    """The course secret, in exports and in gradings alike."""
    before = os.environ.get("AUTOGRADER_SECRET")
    os.environ["AUTOGRADER_SECRET"] = SECRET
    yield
    del os.environ["AUTOGRADER_SECRET"]
    if before is not None:
        os.environ["AUTOGRADER_SECRET"] = before


@pytest.fixture(scope="session")
def autograder():
    """The command; it has to succeed."""

    def run(*args):
        command = [sys.executable, "-m", "autograder.cli", "--course", str(ROOT)]
        done = subprocess.run(
            [*command, *map(str, args)], capture_output=True, text=True, check=False
        )
        assert done.returncode in {0, 1}, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def inboxes(course, place):
    """Reference, blank, four mutants and two variants of each stage, by stage."""
    return {stage: _inbox(course, stage, place) for stage in STAGES}


def _inbox(course, stage, place):
    made = pretend_submissions(course, course.assignment(stage), place / "pretend")
    kinds = {"reference": 1, "blank": 1, "mutant": MUTANTS, "variant": VARIANTS}
    inbox = place / "inbox" / stage
    for kind, count in kinds.items():
        for one in [each for each in made if each.kind == kind][:count]:
            shutil.copytree(one.tree, inbox / f"{kind}-{one.name}")
    return inbox


@pytest.fixture(scope="session")
def graded(inboxes, autograder, place):
    """What `autograder grade` finds, by stage and name."""
    found = {}
    for stage, inbox in inboxes.items():
        out = place / "runs" / stage
        autograder("grade", stage, inbox, "--out", out)
        lines = (out / "results.jsonl").read_text().splitlines()
        results = map(json.loads, lines)
        found[stage] = {one["submission"]: one for one in results}
        assert len(found[stage]) == 2 + MUTANTS + VARIANTS
    return found
