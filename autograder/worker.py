"""One submission: sandbox up, suite run, results back, sandbox down."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import signal
import sys
import time
import traceback
import typing

from autograder import sandbox, scoring
from autograder.errors import KitError
from autograder.manifest import Assignment, Course
from autograder.messages import clean, hide_paths
from autograder.records import CheckResult, Graded, Limits, Outcome, Status, Submission
from autograder.suite import run as suite_run

if typing.TYPE_CHECKING:
    from multiprocessing.connection import Connection

PRINTED_SHOWN = 4000
"""Characters of a student's own output that a report keeps."""


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """What all submissions of a batch have in common."""

    root: pathlib.Path
    stage: str
    sandbox: str
    secret: str
    limits: Limits
    modules: tuple[str, ...]
    points: float


def main(
    pipe: Connection, submission: Submission, settings: Settings, slot: int
) -> None:
    """Grade one submission in a process of its own and send the result."""
    sandbox.die_with_parent()
    signal.signal(signal.SIGTERM, _leave)  # and so clear away, unlike by default
    with contextlib.closing(pipe), contextlib.suppress(BrokenPipeError):
        pipe.send(grade_one(submission, settings, slot))


def _leave(*_: object) -> typing.NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
    sys.exit()


def grade_one(submission: Submission, settings: Settings, slot: int = 0) -> Graded:
    """Grade one submission; whatever goes wrong on our side is a fault, not a zero."""
    began = time.monotonic()
    try:
        assignment = Course(settings.root).assignment(settings.stage)
        outcome = _run(submission, assignment, settings, slot)
    except KitError as exc:
        return fault(submission, settings, str(exc))
    except Exception:  # noqa: BLE001 - the batch goes on, and a person is told
        return fault(submission, settings, traceback.format_exc())
    duration_s = round(time.monotonic() - began, 3)
    return _graded(submission, assignment, settings, outcome, duration_s)


def _run(
    submission: Submission, assignment: Assignment, settings: Settings, slot: int
) -> suite_run.SuiteRun:
    box = sandbox.named(settings.sandbox)
    place = sandbox.Place(tree=pathlib.Path(submission.tree), slot=slot)
    return suite_run.run_suite(
        assignment,
        Course(settings.root),
        start=lambda: box.start(place, settings.limits),
        limits=settings.limits,
        secret=settings.secret,
        digest=submission.digest,
    )


def _graded(
    submission: Submission,
    assignment: Assignment,
    settings: Settings,
    outcome: suite_run.SuiteRun,
    duration_s: float,
) -> Graded:
    checks: tuple[CheckResult, ...] = tuple(outcome.results)
    score = scoring.score(assignment, checks)
    faults = [check.staff for check in checks if check.outcome is Outcome.GRADER_FAULT]
    return Graded(
        submission=submission.name,
        assignment=assignment.id,
        score=score.earned,
        possible=score.possible,
        status=Status.GRADED if score.earned is not None else Status.FAULT,
        sandbox=settings.sandbox,
        upstream=submission.upstream,
        duration_s=duration_s,
        digest=submission.digest,
        checks=checks,
        notes=(*submission.notes, *score.notes),
        printed=hide_paths(clean(outcome.printed, PRINTED_SHOWN, lines=True)),
        staff="\n".join(faults),
    )


def unreadable(submission: Submission, settings: Settings) -> Graded:
    """Return the result of a hand-in that holds nothing to grade: no points."""
    return _without_checks(
        submission, settings, Status.UNREADABLE, notes=(submission.problem,)
    )


def fault(submission: Submission, settings: Settings, staff: str) -> Graded:
    """Return the result of a grading that failed through no fault of the student."""
    return _without_checks(submission, settings, Status.FAULT, staff=staff)


def _without_checks(
    submission: Submission,
    settings: Settings,
    status: Status,
    notes: tuple[str, ...] = (),
    staff: str = "",
) -> Graded:
    return Graded(
        submission=submission.name,
        assignment=settings.stage,
        score=None if status is Status.FAULT else 0.0,
        possible=settings.points,
        status=status,
        sandbox=settings.sandbox,
        upstream=submission.upstream,
        duration_s=0.0,
        digest=submission.digest,
        notes=(*submission.notes, *notes),
        staff=staff,
    )
