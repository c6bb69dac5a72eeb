"""The public checks, on a student's own machine: trusted, because it is their code."""

from __future__ import annotations

import functools
import pathlib

from autograder import sandbox
from autograder.errors import UsageError
from autograder.manifest import GIVEN_MODULES, Assignment, Course
from autograder.suite import run as suite_run

PACKAGE = "nabla"


def check(
    course: Course,
    assignment: Assignment,
    folder: pathlib.Path,
    *,
    only: str = "",
    in_process: bool = False,
) -> suite_run.SuiteRun:
    """Run the public checks on the package in `folder` and return what they found.

    The student's code runs in a process of its own, so that an endless loop or a crash
    costs one check; `in_process` gives that up for breakpoints.

    Raises:
        UsageError: if there is no package, no public check, or no such exercise.
    """
    tree = find_package(folder, assignment)
    known = [exercise.id for exercise in assignment.exercises]
    if only and not any(name.startswith(only) for name in known):
        raise UsageError(
            f"--exercise {only!r}: {assignment.id} has no exercise that begins so.",
            f"Its exercises are: {', '.join(known)}.",
        )
    box = sandbox.named("unprotected")
    place = sandbox.Place(tree=tree)
    return suite_run.run_suite(
        assignment,
        course,
        start=None if in_process else functools.partial(box.start, place),
        local=tree,
        hidden=False,
        only=only,
    )


def find_package(folder: pathlib.Path, assignment: Assignment) -> pathlib.Path:
    """Return the folder that holds `nabla/`: the one given, or the one it lies in.

    Raises:
        UsageError: if there is none.
    """
    here = folder.resolve()
    for candidate in (here, here.parent if here.name == PACKAGE else here):
        if (candidate / PACKAGE).is_dir():
            _check_complete(candidate / PACKAGE)
            return candidate
    raise UsageError(
        f"{folder}: holds no {PACKAGE}/ folder.",
        f"Change into the folder you were given, or name it: autograder check"
        f" {assignment.id} FOLDER.",
    )


def _check_complete(package: pathlib.Path) -> None:
    """Refuse a package without the modules that all stages are given."""
    for name in GIVEN_MODULES:
        if not (package / f"{name}.py").is_file():
            raise UsageError(
                f"{package}: holds no {name}.py, which every stage is given.",
                "Work in the folder you were given, or copy its nabla/ here and put"
                " your own file into it.",
            )
