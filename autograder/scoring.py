"""Results and manifest -> points: late policy and rounding, here and nowhere else.

Points possible come from the manifest, never from what happened to run. The points of
optional exercises make up for lost ones: nobody earns more than is possible, in a check
or in total. Whatever shows that the kit failed leaves no score at all, which is not a
score of zero.
"""

from __future__ import annotations

import dataclasses
import decimal
import math
from collections.abc import Sequence

from autograder.manifest import Assignment
from autograder.records import CheckResult, Outcome, Score

_CENT = decimal.Decimal("0.01")
_TOLERANCE = 1e-6
_MINUTE_S = 60.0
_DAY_S = 24 * 60 * _MINUTE_S


@dataclasses.dataclass(frozen=True, slots=True)
class LatePolicy:
    """What lateness costs: a share of the earned points for each day that began.

    The deduction stops when `floor_percent` of the earned points are left; within the
    grace period it costs nothing, after it the days count from the due date.
    """

    grace_minutes: float = 0.0
    percent_per_day: float = 0.0
    floor_percent: float = 0.0

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            limit = math.inf if field.name == "grace_minutes" else 100.0
            if not 0 <= value <= limit:
                raise ValueError(
                    f"LatePolicy: {field.name} is {value!r}, expected 0 to {limit:g}."
                )

    def days(self, lateness_s: float) -> int:
        """Return how many days of lateness count."""
        if lateness_s <= self.grace_minutes * _MINUTE_S:
            return 0
        return math.ceil(lateness_s / _DAY_S)

    def share(self, lateness_s: float) -> float:
        """Return the share of the earned points that is kept, at most 1."""
        kept = 100.0 - self.days(lateness_s) * self.percent_per_day
        return min(100.0, max(kept, self.floor_percent)) / 100.0


ALWAYS_IN_TIME = LatePolicy()


def score(
    assignment: Assignment,
    checks: Sequence[CheckResult],
    policy: LatePolicy = ALWAYS_IN_TIME,
    lateness_s: float = 0.0,
) -> Score:
    """Add up what the checks earned; None if the kit failed in any of them.

    `lateness_s` is how long after the due date the submission came in.
    """
    fault = _fault(assignment, checks)
    if fault:
        return Score(None, assignment.points, (fault,))
    points = math.fsum(min(max(c.earned, 0.0), c.possible) for c in checks)
    earned = min(points, assignment.points)
    kept = round_points(earned * policy.share(lateness_s))
    note = (
        f"Late, days begun: {policy.days(lateness_s)}, at {policy.percent_per_day:g} %"
        f" of the points each: {round_points(earned):g} points became {kept:g}."
    )
    deducted = kept < round_points(earned)
    return Score(kept, assignment.points, (note,) if deducted else ())


def round_points(points: float) -> float:
    """Return points to two digits after the point, halves rounded up."""
    # The shortest decimal text is what people see: 2.675 is meant, not 2.67499….
    exact = decimal.Decimal(repr(float(points)))
    return float(exact.quantize(_CENT, rounding=decimal.ROUND_HALF_UP))


def _fault(assignment: Assignment, checks: Sequence[CheckResult]) -> str:
    """Return the sentence that says why there is no score, or ""."""
    faulty = [c for c in checks if c.outcome is Outcome.GRADER_FAULT]
    if faulty:
        number = f"{len(faulty)} of {len(checks)} checks"
        return f"The grader itself failed in {number}, so there is no score yet."
    if not all(math.isfinite(c.earned) for c in checks):
        return "The grader itself counted wrongly, so there is no score yet."
    ran = math.fsum(c.possible for c in checks)
    if abs(ran - assignment.offered) > _TOLERANCE:
        return (
            f"The grader ran checks of {ran:g} points, expected {assignment.offered:g},"
            " so there is no score yet."
        )
    return ""
