"""What a student's page shows, in the order in which it is shown."""

from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Iterable, Sequence

from autograder.manifest import Assignment
from autograder.records import CheckResult, ErrorMap, Graded, Outcome, Status
from autograder.reports import imports, words

SECRETIVE = (Outcome.PASSED, Outcome.GRADER_FAULT)
"""Outcomes of which only the sign is shown: the rest would be noise, or ours."""


@dataclasses.dataclass(frozen=True, slots=True)
class CheckView:
    """A check as its student sees it; there is no field for what is not for them."""

    anchor: str
    title: str
    outcome: Outcome
    word: words.Word
    earned: float
    possible: float
    headline: str  # first line of the message
    detail: str  # the rest of it: tables keep their columns
    hint: str
    error_map: ErrorMap | None

    @property
    def told(self) -> bool:
        """Whether there is more to say: not where the top of the page has said it."""
        return self.word not in {words.OUTCOMES[Outcome.PASSED], words.UNIMPORTABLE}

    @property
    def thinned(self) -> bool:
        """Whether a cell of the map stands for several entries."""
        drawn = self.error_map
        if drawn is None:
            return False
        return math.prod(drawn.shape) > sum(len(row) for row in drawn.values)


@dataclasses.dataclass(frozen=True, slots=True)
class ExerciseView:
    """An exercise with its hidden and its public checks kept apart."""

    anchor: str
    title: str
    names: tuple[str, ...]
    earned: float
    points: float
    hidden: tuple[CheckView, ...]
    public: tuple[CheckView, ...]
    passed: int

    @property
    def share(self) -> float:
        """Share of the points, for a bar."""
        return min(1.0, max(0.0, self.earned / self.points)) if self.points else 0.0

    @property
    def checks(self) -> int:
        """How many checks there are, hidden and public."""
        return len(self.hidden) + len(self.public)


@dataclasses.dataclass(frozen=True, slots=True)
class StudentView:
    """Everything on the page of one submission."""

    name: str
    status: Status
    score: float | None
    possible: float
    sandbox: str
    upstream: str
    duration_s: float
    digest: str
    exercises: tuple[ExerciseView, ...]
    counts: tuple[tuple[words.Word, int], ...]
    broken: tuple[imports.Broken, ...]
    first_problem: CheckView | None
    notes: tuple[str, ...]
    printed: str

    @property
    def public_all_pass(self) -> bool:
        """Whether every public check passed."""
        checks = [check for exercise in self.exercises for check in exercise.public]
        return all(check.outcome is Outcome.PASSED for check in checks)


def build(graded: Graded, assignment: Assignment) -> StudentView:
    """Return the view of one graded submission."""
    exercises = tuple(_exercises(graded.checks, assignment))
    found = collections.Counter(words.of(check) for check in graded.checks)
    order = (*words.OUTCOMES.values(), words.UNIMPORTABLE, words.UNWRITTEN)
    return StudentView(
        name=graded.submission,
        status=graded.status,
        score=None if graded.status is Status.FAULT else graded.score,
        possible=graded.possible,
        sandbox=words.sandbox(graded.sandbox),
        upstream=words.UPSTREAM.get(graded.upstream, graded.upstream),
        duration_s=graded.duration_s,
        digest=graded.digest,
        exercises=exercises,
        counts=tuple((word, found[word]) for word in order if found[word]),
        broken=imports.broken(graded.checks),
        first_problem=_first_problem(exercises),
        notes=graded.notes,
        printed=graded.printed,
    )


def _exercises(
    checks: Sequence[CheckResult], assignment: Assignment
) -> Iterable[ExerciseView]:
    grouped: dict[str, list[tuple[int, CheckResult]]] = collections.defaultdict(list)
    for number, check in enumerate(checks, start=1):
        grouped[check.exercise].append((number, check))
    for number, exercise in enumerate(assignment.exercises, start=1):
        own = grouped.pop(exercise.id, [])
        yield _exercise(
            f"e{number}", exercise.title, exercise.names, exercise.points, own
        )
    for name, own in grouped.items():  # of an older manifest: shown all the same
        possible = sum(check.possible for _, check in own)
        yield _exercise(f"e-{own[0][0]}", name, (), possible, own)


def _exercise(
    anchor: str,
    title: str,
    names: tuple[str, ...],
    points: float,
    own: list[tuple[int, CheckResult]],
) -> ExerciseView:
    return ExerciseView(
        anchor=anchor,
        title=title,
        names=names,
        earned=sum(check.earned for _, check in own),
        points=points,
        hidden=tuple(_check(number, check) for number, check in own if check.hidden),
        public=tuple(
            _check(number, check) for number, check in own if not check.hidden
        ),
        passed=sum(check.outcome is Outcome.PASSED for _, check in own),
    )


def _check(number: int, check: CheckResult) -> CheckView:
    told = check.outcome not in SECRETIVE
    headline, _, detail = (check.message if told else "").strip().partition("\n")
    return CheckView(
        anchor=f"c{number}",
        title=check.title or check.id,
        outcome=check.outcome,
        word=words.of(check),
        earned=check.earned,
        possible=check.possible,
        headline=headline,
        detail=detail,
        hint=check.hint if told and check.outcome is not Outcome.BLOCKED else "",
        error_map=_drawable(check.error_map) if told else None,
    )


def _drawable(errors: ErrorMap | None) -> ErrorMap | None:
    """Return the map if it has a cell; a scalar's error is in the sentence already."""
    if errors is None or not errors.values or not errors.values[0]:
        return None
    return errors


def _first_problem(exercises: tuple[ExerciseView, ...]) -> CheckView | None:
    """Return where to start: the first check that failed by itself, public first."""
    for exercise in exercises:
        for check in (*exercise.public, *exercise.hidden):
            if check.outcome not in {*SECRETIVE, Outcome.BLOCKED}:
                return check
    return None
