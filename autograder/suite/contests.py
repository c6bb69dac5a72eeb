"""Contests: numbers by which students may compare themselves. They earn nothing.

A contest is a function in `assignments/<stage>/hidden/contests.py` that returns one
number, computed on the trusted side: by its clock, or by counting what it asked the
student's code for.

    @contest(unit="ms", needs=["conv/forward"])
    def conv_speed(student, rng):
        \"\"\"Conv2d.forward on 8 images of 3 × 32 × 32.\"\"\"
        …
        return 1000 * best

It is run only where a manifest names it (`[show] leaderboard`), after all checks, in a
guest of its own, and for those alone who have passed every check of the exercises that
it needs. Whatever goes wrong in it leaves no number, and nothing else.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import inspect
import math
import pathlib
import types
import typing
from collections.abc import Callable, Sequence

import numpy as np

from autograder.errors import SuiteError
from autograder.manifest import Assignment, Course
from autograder.records import CheckResult, Limits, Outcome
from autograder.sandbox.protocol import Guest
from autograder.suite.attempt import attempt
from autograder.suite.collect import load_module
from autograder.suite.context import Better
from autograder.suite.diagnose import modules_of
from autograder.suite.guest_transport import GuestTransport
from autograder.suite.host import reference_on_host
from autograder.suite.seeds import check_seed
from autograder.suite.stage import Check
from autograder.suite.transport import Transport

FILE = "contests.py"
_ATTRIBUTE = "__contest__"

Function = typing.TypeVar("Function", bound=Callable[..., float])


@dataclasses.dataclass(frozen=True, slots=True)
class Contest:
    """One contest: what its decorator, its name and its docstring say."""

    id: str
    title: str
    unit: str
    better: Better
    needs: tuple[str, ...]
    path: pathlib.Path
    function: Callable[..., float]


class Standing(typing.NamedTuple):
    """How one hand-in did in one contest; without a value, `staff` says why."""

    title: str
    value: float | None
    better: Better = "lower"
    staff: str = ""


def contest(
    *, unit: str = "", better: Better = "lower", needs: Sequence[str] = ()
) -> Callable[[Function], Function]:
    """Mark a function as a contest.

    Args:
        unit: of the number, shown behind the title: "ms".
        better: "lower" for times and counts, "higher" for accuracies.
        needs: exercises of which every check must have passed.
    """

    def mark(function: Function) -> Function:
        setattr(function, _ATTRIBUTE, (unit, better, tuple(needs)))
        return function

    return mark


def contests(assignment: Assignment, course: Course) -> list[Contest]:
    """Return the contests that the manifest names, in its order.

    Raises:
        SuiteError: if there is no contest of such a name, or none of its needs.
    """
    named = assignment.show.leaderboard
    path = assignment.folder / "hidden" / FILE
    known: dict[str, Contest] = {}
    if named and path.is_file():
        with reference_on_host(course):
            known = _contests_of(load_module(path), path)
    for name in named:
        if name not in known:
            raise SuiteError(
                f"{assignment.folder / 'assignment.toml'}: [show] leaderboard names"
                f" {name!r}, and {path} has no such contest.",
                f"Its contests are: {', '.join(known) or 'none'}.",
            )
        for need in known[name].needs:
            assignment.exercise(need)
    return [known[name] for name in named]


def _contests_of(module: types.ModuleType, path: pathlib.Path) -> dict[str, Contest]:
    found = {}
    for name, function in vars(module).items():
        if hasattr(function, _ATTRIBUTE):
            unit, better, needs = getattr(function, _ATTRIBUTE)
            title = (inspect.getdoc(function) or name).partition("\n")[0].strip(" .")
            found[name] = Contest(name, title, unit, better, needs, path, function)
    return found


def standings(
    assignment: Assignment,
    course: Course,
    results: Sequence[CheckResult],
    *,
    start: Callable[[Limits], Guest],
    limits: Limits,
    secret: str,
    digest: str,
) -> list[Standing]:
    """Hold the contests that the manifest names, and return how they ended.

    Args:
        assignment: the stage.
        course: where its reference is.
        results: of the checks.
        start: starts a guest that holds the submission, under the limits given to it.
        limits: the clocks; those of a submission begin anew.
        secret: of the course; with the digest it decides about the inputs.
        digest: of the submitted files.
    """
    failed = {one.exercise for one in results if one.outcome is not Outcome.PASSED}
    entered = [
        one
        for one in contests(assignment, course)
        if results and not failed.intersection(one.needs)
    ]
    if not entered:
        return []
    transport = GuestTransport(start, limits, modules_of(course, assignment))
    with contextlib.closing(transport), reference_on_host(course):
        return [
            hold(one, transport, check_seed(secret, assignment.id, one.id, digest))
            for one in entered
        ]


def hold(one: Contest, transport: Transport, seed: int) -> Standing:
    """Return how one contest ended."""
    values: list[object] = []

    @functools.wraps(one.function)
    def kept(**given: object) -> None:
        values.append(one.function(**given))

    check = Check(
        id=one.id,
        title=one.title,
        exercise="",
        points=0.0,
        needs=(),
        hidden=True,
        path=one.path,
        line=0,
        function=kept,
    )
    error = attempt(check, transport, seed).error
    title = f"{one.title} ({one.unit})" if one.unit else one.title
    value: typing.Any = values[0] if values else None
    number = isinstance(value, int | float | np.number) and math.isfinite(value)
    if error is not None or not number:
        return Standing(title, None, staff=f"{one.id}: {error or f'gave {value!r}'}")
    return Standing(title, float(value), one.better)
