"""The zip with which Otter grades, and the public checks as Otter's tests.

Otter runs a submission, its tests and the building of results in one kernel. Here the
kernel gets an empty notebook; `otter_plugin` grades beside it with the bundle, which
travels as one file, `files/grader.zip`, because that is a place that `otter run`,
`otter grade` and Gradescope all keep. Nothing here imports Otter.

Otter looks for exactly one notebook or script before it asks a plugin. So that any
number of scripts may lie in a hand-in, the zip brings a notebook of its own; it has the
name of the course's lab, and thus takes the place of a lab that is handed in.
"""

from __future__ import annotations

import io
import json
import pathlib
import re
import zipfile
from collections.abc import Iterable

from autograder.errors import UsageError
from autograder.exports.files import write_text
from autograder.hosts import bundle
from autograder.manifest import Assignment, Course
from autograder.suite import collect
from autograder.suite.stage import Check

ARCHIVE = "autograder.zip"
GRADER = "grader.zip"
NOTEBOOK = "lab.ipynb"
MANIFEST = "assignment.toml"
PLUGIN = "autograder.hosts.otter_plugin.Grader"
REQUIREMENT = "otter-grader[grading]>=7,<8"

_ENVIRONMENT = "# Not used: setup.sh installs with pip. `otter grade` insists on it.\n"
_RUN_OTTER = '"""`otter grade` wants a file of this name; see run_autograder."""\n'
_EMPTY_NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
_SCRIPTS = ("setup.sh", "run_autograder")

_TEST = '''\
"""{title}

The public checks of {stage}, run by the kit beside this kernel: Otter shows what
`autograder check {stage}` says. The wheel of your course has to be installed.
"""

from otter.test_files import test_case

from autograder.hosts.otter_check import Checks

OK_FORMAT = False
name = {name!r}
checks = Checks({stage!r}, {exercise!r})
{cases}'''

_CASE = """

@test_case(name={title!r})
def test_{id}():
    checks.require({id!r})
"""


def write(
    course: Course,
    settings: bundle.Settings,
    out: pathlib.Path,
    notebook: str = NOTEBOOK,
) -> pathlib.Path:
    """Write `out/autograder.zip` and return it.

    Raises:
        KitError: if the stage cannot be graded, the notebook's name is none, or the
            archive cannot be written.
    """
    if not re.fullmatch(r"[\w. -]+\.ipynb", notebook):
        raise UsageError(
            f"--notebook {notebook!r}: expected the name of a notebook.",
            "For example lab.ipynb.",
        )
    assignment = course.assignment(settings.stage)
    grader = io.BytesIO()
    with zipfile.ZipFile(grader, "w", zipfile.ZIP_DEFLATED) as inner:
        for name, data in bundle.files(course, settings).items():
            inner.writestr(zipfile.ZipInfo(name, bundle.EPOCH), data)
    shows = assignment.show.hidden_checks != "hidden"
    config = {"plugins": [PLUGIN], "show_hidden": shows, "print_summary": False}
    requirements = f"{bundle.requirements()}{REQUIREMENT}\n"
    content = {
        "setup.sh": bundle.script("setup.sh"),
        "run_autograder": bundle.script("run_autograder").replace(
            b"autograder.hosts.container grade", b"autograder.hosts.otter_container"
        ),
        "run_otter.py": _RUN_OTTER.encode(),
        "environment.yml": _ENVIRONMENT.encode(),
        "requirements.txt": requirements.encode(),
        "otter_config.json": json.dumps(config, indent=2).encode() + b"\n",
        "no_score.json": bundle.no_score(),
        "tests/README.txt": b"Otter wants this folder; the checks are not in it.\n",
        f"files/{notebook}": json.dumps(_EMPTY_NOTEBOOK).encode() + b"\n",
        f"files/{GRADER}": grader.getvalue(),
    }
    what = f"{settings.stage} in Otter"
    return bundle.write_zip(content, out / ARCHIVE, _SCRIPTS, what)


def question(exercise: str) -> str:
    """Return Otter's name for an exercise: "linear/forward" is "linear_forward"."""
    return re.sub(r"\W", "_", exercise)


def write_tests(
    course: Course, assignment: Assignment, out: pathlib.Path
) -> list[pathlib.Path]:
    """Write `tests/*.py` beside the lab, one for each exercise with public checks.

    And one for each group of them: "linear" stands for all of "linear/…".

    Args:
        course: where the checks are.
        assignment: the stage.
        out: what `release` has written, or the stage in it.

    Raises:
        UsageError: if there is no such stage: the tests would find no checks to run.
        SuiteError: if a check cannot be read.
    """
    places = (out / "assignments" / assignment.id, out)
    place = next((one for one in places if (one / MANIFEST).is_file()), None)
    if place is None:
        raise UsageError(
            f"--out {out}: holds no {assignment.id}, in which these tests have to lie.",
            f"First: autograder release {assignment.id} --out {out}",
        )
    public = [c for c in collect.collect(assignment, course) if not c.hidden]
    exercises = {check.exercise: question(check.exercise) for check in public}
    groups = {one.partition("/")[0]: "" for one in exercises if "/" in one}
    groups = {f"{one}/": question(one) for one in groups if one not in exercises}
    written = []
    for wanted, name in {**exercises, **groups}.items():
        chosen = [check for check in public if check.exercise.startswith(wanted)]
        path = place / "tests" / f"{name}.py"
        text = _test(assignment, wanted, name, chosen)
        written.append(write_text(path, text))
    return written


def _test(
    assignment: Assignment, wanted: str, name: str, chosen: Iterable[Check]
) -> str:
    title = next(
        (e.title for e in assignment.exercises if e.id == wanted), f"All of {wanted}…"
    )
    cases = "".join(_CASE.format(title=check.title, id=check.id) for check in chosen)
    return _TEST.format(
        title=title, stage=assignment.id, name=name, exercise=wanted, cases=cases
    )
