"""What a class understood: statistics over graded submissions, and nothing else."""

from __future__ import annotations

import collections
import dataclasses
import math
import re
import statistics
from collections.abc import Iterable, Sequence

from autograder import messages
from autograder.manifest import Assignment
from autograder.records import CheckResult, Graded, Outcome, Status
from autograder.reports import words

ENOUGH_TO_CORRELATE = 10
"""Below so many submissions, a discrimination index says more about chance."""

MOST_COLUMNS = 400
"""A heat map of more students shows the means of neighbours."""

STOPPED = (
    Outcome.ERRORED,
    Outcome.TIMED_OUT,
    Outcome.OUT_OF_MEMORY,
    Outcome.CRASHED,
)


GENERAL_ADVICE = frozenset(map(messages.advice, messages.CATALOGUE))
"""Hints that go with a kind of failure, whatever was misunderstood."""


@dataclasses.dataclass(frozen=True, slots=True)
class Spread:
    """Where the scores lie; quartiles by linear interpolation, ends included."""

    count: int
    mean: float
    median: float
    lower: float
    upper: float
    lowest: float
    highest: float


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """One check over the whole class; a check the kit failed to judge is left out."""

    id: str
    title: str
    exercise: str
    hidden: bool
    possible: float
    judged: int
    failed: int  # a wrong result
    stopped: int  # an exception, a limit, a crash
    unwritten: int  # the stub is still there
    blocked: int
    discrimination: float | None = None  # correlation with all other points

    @property
    def fallen(self) -> int:
        """How many ran the check and did not pass it."""
        return self.failed + self.stopped + self.unwritten

    @property
    def failing(self) -> float:
        """Share of the class whose code was run and did not pass."""
        return self.fallen / self.judged if self.judged else 0.0

    @property
    def held_back(self) -> float:
        """Share of the class for which the check was blocked."""
        return self.blocked / self.judged if self.judged else 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class Misconception:
    """A hint that the program had reason to give, and to whom."""

    hint: str
    titles: tuple[str, ...]
    submissions: tuple[str, ...]


def graded_only(results: Iterable[Graded]) -> list[Graded]:
    """Return the submissions that have marks of their own."""
    return [
        graded
        for graded in results
        if graded.status is Status.GRADED and graded.score is not None
    ]


def spread(scores: Sequence[float]) -> Spread | None:
    """Return mean, median and quartiles, or None where there is no score."""
    if not scores:
        return None
    lower = median = upper = scores[0]
    if len(scores) > 1:
        lower, median, upper = statistics.quantiles(scores, n=4, method="inclusive")
    mean = statistics.fmean(scores)
    return Spread(len(scores), mean, median, lower, upper, min(scores), max(scores))


def tally(checks: Iterable[CheckResult]) -> collections.Counter[Outcome]:
    """Return how often each outcome occurs."""
    return collections.Counter(check.outcome for check in checks)


def items(results: Sequence[Graded]) -> list[Item]:
    """Return the statistics of every check, in the order of the suite."""
    marked = graded_only(results)
    seen: dict[tuple[str, bool], list[tuple[CheckResult, float]]] = {}
    for graded in marked:
        total = sum(check.earned for check in graded.checks)
        for check in graded.checks:
            pairs = seen.setdefault((check.id, check.hidden), [])
            pairs.append((check, total - check.earned))
    return [_item(pairs) for pairs in seen.values()]


def hardest(found: Iterable[Item], most: int) -> list[Item]:
    """Return the checks that most of the class fails, worst first."""
    failing = [item for item in found if item.fallen]
    return sorted(failing, key=lambda item: (-item.failing, item.id))[:most]


def misconceptions(results: Sequence[Graded], most: int = 10) -> list[Misconception]:
    """Return the hints given most often; hints that differ in numbers are one.

    Only wrong results speak of what was understood: what is said beside an exception
    or a time-out is advice, and so is what any result of that kind is told.
    """
    groups: dict[str, list[tuple[str, CheckResult]]] = {}
    for graded in graded_only(results):
        for check in graded.checks:
            told = check.hint and check.hint not in GENERAL_ADVICE
            if told and check.outcome is Outcome.FAILED:
                key = re.sub(r"\d+(\.\d+)?(e[+-]?\d+)?", "#", check.hint)
                groups.setdefault(key, []).append((graded.submission, check))
    found = [_misconception(pairs) for pairs in groups.values()]
    found.sort(key=lambda one: (-len(one.submissions), one.hint))
    return found[:most]


def exercise_shares(graded: Graded, assignment: Assignment) -> tuple[float, ...]:
    """Return the share of points earned in each exercise of the manifest."""
    earned: collections.Counter[str] = collections.Counter()
    for check in graded.checks:
        earned[check.exercise] += check.earned  # type: ignore[assignment]
    return tuple(
        min(1.0, max(0.0, earned[exercise.id] / exercise.points))
        if exercise.points
        else 1.0
        for exercise in assignment.exercises
    )


def _item(pairs: list[tuple[CheckResult, float]]) -> Item:
    judged = [
        (check, rest)
        for check, rest in pairs
        if check.outcome is not Outcome.GRADER_FAULT
    ]
    counts = tally(check for check, _ in judged)
    unwritten = sum(words.unwritten(check) for check, _ in judged)
    first = pairs[0][0]
    return Item(
        id=first.id,
        title=first.title,
        exercise=first.exercise,
        hidden=first.hidden,
        possible=first.possible,
        judged=len(judged),
        failed=counts[Outcome.FAILED],
        stopped=sum(counts[outcome] for outcome in STOPPED) - unwritten,
        unwritten=unwritten,
        blocked=counts[Outcome.BLOCKED],
        discrimination=_discrimination(judged),
    )


def _discrimination(judged: list[tuple[CheckResult, float]]) -> float | None:
    """Return the correlation of passing with the points of all other checks."""
    if len(judged) < ENOUGH_TO_CORRELATE:
        return None
    passed = [float(check.outcome is Outcome.PASSED) for check, _ in judged]
    rest = [others for _, others in judged]
    if len(set(passed)) == 1 or math.isclose(min(rest), max(rest)):
        return None
    return statistics.correlation(passed, rest)


def _misconception(pairs: list[tuple[str, CheckResult]]) -> Misconception:
    texts = collections.Counter(check.hint for _, check in pairs)
    return Misconception(
        hint=texts.most_common(1)[0][0],
        titles=tuple(dict.fromkeys(check.title for _, check in pairs)),
        submissions=tuple(dict.fromkeys(name for name, _ in pairs)),
    )
