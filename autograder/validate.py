"""Is the course itself right? Its suites are graded like submissions are.

The reference earns everything, the empty template nothing, every second exercise about
half, every wrong solution fails the checks that its file names and no others, every
other right solution passes, and every check is failed by at least one wrong solution.
"""

from __future__ import annotations

import dataclasses
import pathlib
import typing
from collections.abc import Callable, Iterable, Iterator

from autograder.errors import SuiteError
from autograder.manifest import Assignment, Course
from autograder.pretend import Kind, Pretend, pretend_submissions
from autograder.records import CheckResult, Graded, Outcome, Status

_SHOWN = 6
_HALF = (40.0, 60.0)  # percent of the points that half of the exercises earn
_ROUNDING = 1e-9


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    assignment: str
    kind: typing.Literal[Kind, "check"]
    name: str
    expected: str
    seen: str
    ok: bool


Grade = Callable[[Iterable[Pretend]], Iterator[tuple[Pretend, Graded]]]
"""Grades pretend submissions like any others, in any order."""


def validate(
    course: Course,
    assignments: Iterable[Assignment],
    grade: Grade,
    workdir: pathlib.Path,
    only: str = "",
) -> Iterator[Finding]:
    """Yield one finding per pretend submission as it is graded, then one per check.

    With `only`, just those pretend submissions are graded in whose kind and name
    ("mutant-add_subtracts") the text occurs, and checks are not judged.

    Raises:
        SkeletonError: if reference and manifests do not fit together.
        SuiteError: if a mutant or a variant cannot be read or applied.
    """
    pretends = [
        pretend
        for assignment in assignments
        for pretend in pretend_submissions(course, assignment, workdir)
        if only in f"{pretend.kind}-{pretend.name}"
    ]
    if not pretends:
        raise SuiteError(
            f"No pretend submission has {only!r} in its name.",
            "Their names are such as reference, half-odd, mutant-add_subtracts.",
        )
    killers: dict[tuple[str, str], list[str]] = {}
    for pretend, graded in grade(pretends):
        for check in graded.checks:
            names = killers.setdefault((pretend.assignment.id, check.id), [])
            if pretend.kind == "mutant" and _has_failed(check):
                names.append(pretend.name)
        yield judge(pretend, graded)
    if only:
        return
    for (stage, check_id), names in killers.items():
        seen = _listed(names) if names else "no mutant fails it"
        yield Finding(
            stage, "check", check_id, "failed by a mutant", seen, ok=bool(names)
        )


def judge(pretend: Pretend, graded: Graded) -> Finding:
    """Compare what became of a pretend submission with what had to."""
    wrong = list(_differences(pretend, graded))
    return Finding(
        assignment=pretend.assignment.id,
        kind=pretend.kind,
        name=pretend.name,
        expected=_expectation(pretend),
        seen="; ".join(wrong) if wrong else "as expected",
        ok=not wrong,
    )


def _expectation(pretend: Pretend) -> str:
    points = f"{pretend.assignment.points:g}"
    if pretend.kind == "blank":
        return f"0 of {points}, no check passes"
    if pretend.kind == "half":
        return f"{_HALF[0]:g} to {_HALF[1]:g} percent of {points}"
    if pretend.kind != "mutant":
        return f"{points} of {points}, every check passes"
    blocked = f", blocks {_listed(pretend.blocks)}" if pretend.blocks else ""
    return f"fails {_listed(pretend.fails)}{blocked}"


def _differences(pretend: Pretend, graded: Graded) -> Iterator[str]:
    """Yield a phrase for everything that is not as it should be."""
    faults = [c for c in graded.checks if c.outcome is Outcome.GRADER_FAULT]
    if graded.status is not Status.GRADED or faults:
        told = [graded.staff, *(check.staff for check in faults), *graded.notes]
        last_lines = [text.strip().splitlines()[-1] for text in told if text.strip()]
        yield f"not graded ({graded.status}): {' / '.join(last_lines[:2])}"
    elif not graded.checks:
        yield "the stage has no checks"
    elif pretend.kind == "mutant":
        yield from _mutant_differences(pretend, graded.checks)
    elif pretend.kind == "half":
        yield from _half_differences(pretend, graded)
    else:
        yield from _mark_differences(pretend, graded)


def _mark_differences(pretend: Pretend, graded: Graded) -> Iterator[str]:
    blank = pretend.kind == "blank"
    wanted = 0.0 if blank else pretend.assignment.points
    if graded.score is None:
        yield "no score"
    elif abs(graded.score - wanted) > _ROUNDING:
        yield f"{graded.score:g} of {graded.possible:g}"
    wrong = [c for c in graded.checks if (c.outcome is Outcome.PASSED) == blank]
    if wrong:
        yield f"{'passed' if blank else 'not passed'}: {_listed(map(_told, wrong))}"


def _half_differences(pretend: Pretend, graded: Graded) -> Iterator[str]:
    least, most = (pretend.assignment.points * share / 100 for share in _HALF)
    if graded.score is None or not least <= graded.score <= most:
        earned = "no score" if graded.score is None else f"{graded.score:g}"
        yield f"{earned} of {graded.possible:g}"


def _mutant_differences(
    pretend: Pretend, checks: Iterable[CheckResult]
) -> Iterator[str]:
    failed = {check.id: check.exercise for check in checks if _has_failed(check)}
    blocked = {check.id for check in checks if check.outcome is Outcome.BLOCKED}
    known = {check.id for check in checks}
    strangers = {i for i, e in failed.items() if e != pretend.exercise}
    for what, ids in (
        ("no such check", (pretend.fails | pretend.blocks) - known),
        ("not failed", (pretend.fails & known) - set(failed)),
        ("failed too", set(failed) - pretend.fails),
        ("not blocked", (pretend.blocks & known) - blocked),
        ("blocked too", blocked - pretend.blocks),
        (f"failed, but not of {pretend.exercise}", strangers & pretend.fails),
    ):
        if ids:
            yield f"{what}: {_listed(ids)}"
    if not failed:
        yield "no check fails"


def _has_failed(check: CheckResult) -> bool:
    fine = (Outcome.PASSED, Outcome.BLOCKED, Outcome.GRADER_FAULT)
    return check.outcome not in fine


def _told(check: CheckResult) -> str:
    passed = check.outcome is Outcome.PASSED
    return check.id if passed else f"{check.id} {check.outcome}"


def _listed(ids: Iterable[str]) -> str:
    names = sorted(ids)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
