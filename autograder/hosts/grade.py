"""One hand-in, graded with a bundle: the same intake, sandbox, suite and scoring."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import math
import pathlib
import signal
import tempfile
import traceback
import types
from collections.abc import Iterator

from autograder import agreement, intake, pipeline, sandbox, worker
from autograder.errors import KitError
from autograder.hosts import bundle
from autograder.manifest import Assignment
from autograder.records import Graded, Status, Submission
from autograder.suite import contests
from autograder.suite import run as suite_run
from autograder.suite.contests import Standing

GRACE_S = 30.0
"""What grading may take beyond the submission's own clock before it is given up."""

LEAST_S = 1.0
"""For less, no second grading is begun."""


@dataclasses.dataclass(frozen=True, slots=True)
class HandIn:
    """Where a hand-in lies, and what the system that carried it knows about it."""

    path: pathlib.Path
    name: str = "submission"
    submitted: dt.datetime | None = None
    due: dt.datetime | None = None
    attempts_before: int = 0
    best_before: float | None = None

    def source(self) -> intake.Source:
        """Return it in the words of intake."""
        return intake.Source(
            name=self.name,
            path=self.path,
            submitted=self.submitted,
            due=self.due,
            attempts_before=self.attempts_before,
            best_before=self.best_before,
        )


def grade(
    folder: pathlib.Path, hand_in: HandIn, watch: suite_run.Watch | None = None
) -> Graded:
    """Grade the hand-in with the bundle in `folder`; never raises for a fault of ours.

    `watch` is told each result at once, and none of a second grading.
    """
    decided = bundle.read_settings(folder)
    assignment = bundle.course_of(folder).assignment(decided.stage)
    try:
        with _staged(folder, hand_in) as (submission, settings):
            if submission.problem:
                return worker.unreadable(submission, settings)
            return _agreed(submission, settings, watch)
    except KitError as exc:
        return _fault(hand_in, assignment, decided.sandbox, str(exc))
    except Exception:  # noqa: BLE001 - a person is told, and no student pays for it
        return _fault(hand_in, assignment, decided.sandbox, traceback.format_exc())


def _agreed(
    submission: Submission, settings: worker.Settings, watch: suite_run.Watch | None
) -> Graded:
    """Grade until the result counts, within the time that one submission may take.

    There is no second grading where the first has left too little time for it.
    """
    tries = [worker.grade_one(submission, settings, watch=watch)]
    while (counts := agreement.settled(tries)) is None:
        took_s = [one.graded.duration_s for one in tries]
        left_s = settings.limits.submission_s - sum(took_s)
        if left_s < max(LEAST_S, 2 * max(took_s)):
            return tries[-1].graded
        rest = dataclasses.replace(settings.limits, submission_s=math.floor(left_s))
        again = dataclasses.replace(settings, limits=rest)
        tries.append(worker.grade_one(submission, again))
    return counts


def rank(folder: pathlib.Path, hand_in: HandIn, graded: Graded) -> list[Standing]:
    """Hold the contests that the manifest names; never raises for a fault of ours.

    To be called when the marks are safe: no mark depends on it.
    """
    course = bundle.course_of(folder)
    assignment = course.assignment(graded.assignment)
    if not assignment.show.leaderboard or graded.status is not Status.GRADED:
        return []
    try:
        with _staged(folder, hand_in) as (submission, settings):
            box = sandbox.named(settings.sandbox)
            place = sandbox.Place(tree=pathlib.Path(submission.tree))
            return contests.standings(
                assignment,
                course,
                graded.checks,
                start=lambda limits: box.start(place, limits),
                limits=settings.limits,
                secret=settings.secret,
                digest=submission.digest,
            )
    except Exception:  # noqa: BLE001 - as above, and no leaderboard is worth a mark
        return [Standing("The contests", None, staff=traceback.format_exc())]


@contextlib.contextmanager
def _staged(
    folder: pathlib.Path, hand_in: HandIn
) -> Iterator[tuple[Submission, worker.Settings]]:
    """Stage the hand-in, and give the block as long as a submission may take."""
    decided = bundle.read_settings(folder)
    course = bundle.course_of(folder)
    assignment = course.assignment(decided.stage)
    options = pipeline.Options(
        workers=1, sandbox=decided.sandbox, unprotected=decided.unprotected
    )
    settings = pipeline.settings_for(course, assignment, options)
    with _workplace() as place, _time_limit(settings.limits.submission_s + GRACE_S):
        yield (
            intake.stage(
                hand_in.source(), assignment, course, place, upstream=decided.upstream
            ),
            settings,
        )


def _fault(hand_in: HandIn, assignment: Assignment, box: str, staff: str) -> Graded:
    return Graded(
        submission=hand_in.name,
        assignment=assignment.id,
        score=None,
        possible=assignment.points,
        status=Status.FAULT,
        sandbox=box,
        upstream="none",
        duration_s=0.0,
        digest="",
        staff=staff,
    )


@contextlib.contextmanager
def _workplace() -> Iterator[pathlib.Path]:
    with tempfile.TemporaryDirectory(prefix="autograder-") as name:
        yield pathlib.Path(name)


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Give up when the kit itself hangs: the submission has clocks of its own."""

    def give_up(_number: int, _frame: types.FrameType | None) -> None:
        raise TimeoutError(f"grading did not end within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
