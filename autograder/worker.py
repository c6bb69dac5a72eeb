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
from collections.abc import Iterator, Sequence

from autograder import sandbox, scoring
from autograder.errors import KitError
from autograder.manifest import Assignment, Course
from autograder.messages import clean, hide_paths
from autograder.records import (
    CheckResult,
    Graded,
    Limits,
    Outcome,
    Score,
    Status,
    Submission,
)
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
    explain: bool = True


class Tried(typing.NamedTuple):
    """What came out of one grading, and whether the machine may have had a hand in it.

    That need not show in the result: a process that has died may have been replaced.
    """

    graded: Graded
    doubtful: bool = False


def main(
    pipe: Connection, submission: Submission, settings: Settings, slot: int
) -> None:
    """Grade one submission in a process of its own and send what came out."""
    sandbox.die_with_parent()
    signal.signal(signal.SIGTERM, _LEAVE)
    with contextlib.closing(pipe), contextlib.suppress(BrokenPipeError):
        pipe.send(grade_one(submission, settings, slot))


class _Leave:
    """Ends a worker that is asked to by SIGTERM; it clears away, unlike by default."""

    def __init__(self) -> None:
        self._held = False
        self._asked = False

    def __call__(self, *_: object) -> None:
        """Be asked."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
        self._asked = True
        if not self._held:
            sys.exit()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Leave only after the block."""
        self._held = True
        yield
        self._held = False
        if self._asked:
            sys.exit()


_LEAVE = _Leave()


class _Guests:
    """Starts the guests of one submission; at the end of the block all are gone."""

    def __init__(self, box: sandbox.Sandbox, place: sandbox.Place) -> None:
        self._box = box
        self._place = place
        self._started: list[sandbox.Guest] = []

    def __enter__(self) -> typing.Self:
        return self

    def start(self, limits: Limits) -> sandbox.Guest:
        """Start the next guest."""
        with _LEAVE.held():
            guest = self._box.start(self._place, limits)
            self._started.append(guest)
        return guest

    def __exit__(self, *_: object) -> None:
        for guest in self._started:
            guest.kill()


def grade_one(
    submission: Submission,
    settings: Settings,
    slot: int = 0,
    watch: suite_run.Watch | None = None,
) -> Tried:
    """Grade one submission; whatever goes wrong on our side is a fault, not a zero."""
    began = time.monotonic()
    try:
        assignment = Course(settings.root).assignment(settings.stage)
        outcome = _run(submission, assignment, settings, slot, watch)
    except KitError as exc:
        return Tried(fault(submission, settings, str(exc)))
    except Exception:  # noqa: BLE001 - the batch goes on, and a person is told
        return Tried(fault(submission, settings, traceback.format_exc()))
    duration_s = round(time.monotonic() - began, 3)
    graded = _graded(submission, assignment, settings, outcome, duration_s)
    crashed = any(check.outcome is Outcome.CRASHED for check in graded.checks)
    return Tried(graded, doubtful=crashed or outcome.doubts > 0)


def _run(
    submission: Submission,
    assignment: Assignment,
    settings: Settings,
    slot: int,
    watch: suite_run.Watch | None,
) -> suite_run.SuiteRun:
    box = sandbox.named(settings.sandbox)
    place = sandbox.Place(tree=pathlib.Path(submission.tree), slot=slot)
    with _Guests(box, place) as guests:
        return suite_run.run_suite(
            assignment,
            Course(settings.root),
            start=guests.start,
            limits=settings.limits,
            secret=settings.secret,
            digest=submission.digest,
            explain=settings.explain,
            watch=watch,
        )


def _graded(
    submission: Submission,
    assignment: Assignment,
    settings: Settings,
    outcome: suite_run.SuiteRun,
    duration_s: float,
) -> Graded:
    checks: tuple[CheckResult, ...] = tuple(outcome.results)
    score = points(submission, assignment, checks)
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


def points(
    submission: Submission, assignment: Assignment, checks: Sequence[CheckResult]
) -> Score:
    """Return what the checks earn for this very hand-in: when, and after how many."""
    return scoring.score(
        assignment,
        checks,
        assignment.late,
        submission.lateness_s,
        attempts_before=submission.attempts_before,
        best_before=submission.best_before,
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
