"""What the class page shows, in the order in which it is shown."""

from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Callable, Iterable, Sequence

from markupsafe import Markup

from autograder.manifest import Assignment
from autograder.records import Graded, Outcome, Status
from autograder.reports import imports, summary, words
from autograder.reports.text import points

HARDEST_SHOWN = 10
SLOWEST_SHOWN = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Drawn:
    """One figure, drawn for a desk and for a phone."""

    wide: Markup
    narrow: Markup


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One submission in the table of the class."""

    name: str
    href: str
    score: float | None
    passed: int
    failed: int
    blocked: int
    duration_s: float
    status: str
    graded: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """A submission that needs a person, and why."""

    name: str
    href: str
    what: str
    notes: tuple[str, ...]
    staff: str


@dataclasses.dataclass(frozen=True, slots=True)
class ClassView:
    """Everything on the class page."""

    rows: tuple[Row, ...]
    spread: summary.Spread | None
    full_marks: int
    faults: tuple[Case, ...]
    unreadable: tuple[Case, ...]
    unimportable: tuple[Case, ...]
    sandboxes: tuple[tuple[str, int], ...]
    upstreams: tuple[tuple[str, int], ...]
    misconceptions: tuple[summary.Misconception, ...]
    hardest: tuple[summary.Item, ...]
    items: tuple[summary.Item, ...]
    exercise_titles: dict[str, str]
    distribution: Drawn | None
    heatmap: Drawn | None
    column_is_student: bool
    rates: Drawn | None
    durations: tuple[float, float, float] | None  # median, 95th percentile, longest
    slowest: tuple[Row, ...]
    hrefs: dict[str, str]


def build(
    results: Sequence[Graded], assignment: Assignment, hrefs: dict[str, str]
) -> ClassView:
    """Return the view of the class; `hrefs` names the page of each submission."""
    ordered = sorted(results, key=lambda graded: graded.submission.casefold())
    marked = summary.graded_only(ordered)
    found = summary.items(marked)
    hardest = summary.hardest(found, HARDEST_SHOWN)
    rows = tuple(_row(graded, hrefs) for graded in ordered)
    graded_rows = [row for row in rows if row.graded]
    return ClassView(
        rows=rows,
        spread=summary.spread(_scores(marked)),
        full_marks=sum(score >= assignment.points - 1e-9 for score in _scores(marked)),
        faults=_cases(ordered, Status.FAULT, hrefs),
        unreadable=_cases(ordered, Status.UNREADABLE, hrefs),
        unimportable=_unimportable(ordered, hrefs),
        sandboxes=_counted(words.sandbox(graded.sandbox) for graded in marked),
        upstreams=_counted(
            words.UPSTREAM_OF_CLASS.get(graded.upstream, graded.upstream)
            for graded in marked
        ),
        misconceptions=tuple(summary.misconceptions(marked)),
        hardest=tuple(hardest),
        items=tuple(sorted(found, key=lambda item: (-item.failing, item.id))),
        exercise_titles={one.id: one.title for one in assignment.exercises},
        distribution=_distribution(marked, assignment),
        heatmap=_heatmap(marked, assignment, hrefs),
        column_is_student=len(marked) <= summary.MOST_COLUMNS,
        rates=_rates(hardest),
        durations=_durations([row.duration_s for row in graded_rows]),
        slowest=tuple(
            sorted(graded_rows, key=lambda row: -row.duration_s)[:SLOWEST_SHOWN]
        ),
        hrefs=hrefs,
    )


def _scores(marked: Sequence[Graded]) -> list[float]:
    return [graded.score for graded in marked if graded.score is not None]


def _row(graded: Graded, hrefs: dict[str, str]) -> Row:
    found = summary.tally(graded.checks)
    passed, blocked = found[Outcome.PASSED], found[Outcome.BLOCKED]
    other = len(graded.checks) - passed - blocked - found[Outcome.GRADER_FAULT]
    return Row(
        name=graded.submission,
        href=hrefs[graded.submission],
        score=None if graded.status is Status.FAULT else graded.score,
        passed=passed,
        failed=other,
        blocked=blocked,
        duration_s=graded.duration_s,
        status=words.status(graded),
        graded=graded.status is Status.GRADED,
    )


def _cases(
    results: Sequence[Graded], status: Status, hrefs: dict[str, str]
) -> tuple[Case, ...]:
    return tuple(
        Case(
            name=graded.submission,
            href=hrefs[graded.submission],
            what=words.status(graded),
            notes=graded.notes,
            staff=graded.staff,
        )
        for graded in results
        if graded.status is status
    )


def _unimportable(results: Sequence[Graded], hrefs: dict[str, str]) -> tuple[Case, ...]:
    return tuple(
        Case(
            name=graded.submission,
            href=hrefs[graded.submission],
            what=words.UNIMPORTABLE.label,
            notes=tuple(one.message for one in imports.broken(graded.checks)),
            staff="",
        )
        for graded in results
        if imports.nothing_ran(graded)
    )


def _counted(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(collections.Counter(values).most_common())


def _durations(values: list[float]) -> tuple[float, float, float] | None:
    if not values:
        return None
    values = sorted(values)
    late = values[math.ceil(0.95 * len(values)) - 1]
    return values[(len(values) - 1) // 2], late, values[-1]


def _distribution(marked: Sequence[Graded], assignment: Assignment) -> Drawn | None:
    if not marked:
        return None
    from autograder.reports import figures

    scores, possible = _scores(marked), assignment.points
    return _drawn(lambda width: figures.score_distribution(scores, possible, width))


def _heatmap(
    marked: Sequence[Graded], assignment: Assignment, hrefs: dict[str, str]
) -> Drawn | None:
    if not marked:
        return None
    from autograder.reports import figures

    by_score = sorted(marked, key=lambda graded: (graded.score or 0, graded.submission))
    columns = [
        figures.Column(
            f"{graded.submission}: {points(graded.score or 0)}",
            hrefs[graded.submission],
            summary.exercise_shares(graded, assignment),
        )
        for graded in by_score
    ]
    titles = [exercise.title for exercise in assignment.exercises]
    return _drawn(lambda width: figures.exercise_heatmap(columns, titles, width))


def _rates(hardest: Sequence[summary.Item]) -> Drawn | None:
    if not hardest:
        return None
    from autograder.reports import figures

    return _drawn(lambda width: figures.check_rates(hardest, width))


def _drawn(draw: Callable[[float], str]) -> Drawn:
    """Draw twice, and mark as safe: its text was escaped when it was drawn."""
    from autograder.reports import figures

    wide, narrow = draw(figures.WIDE), draw(figures.NARROW)
    return Drawn(Markup(wide), Markup(narrow))  # noqa: S704
