"""Results and manifest -> points: late policy and rounding, here and nowhere else.

Points possible come from the manifest, never from what happened to run. The points of
optional exercises make up for lost ones: nobody earns more than is possible, in a check
or in total. Whatever shows that the kit failed leaves no score at all, which is not a
score of zero.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Sequence

from autograder.manifest import Assignment
from autograder.policies import LatePolicy
from autograder.records import CheckResult, Outcome, Score

_CENT = decimal.Decimal("0.01")
_TOLERANCE = 1e-6

ALWAYS_IN_TIME = LatePolicy()


def score(
    assignment: Assignment,
    checks: Sequence[CheckResult],
    policy: LatePolicy = ALWAYS_IN_TIME,
    lateness_s: float = 0.0,
    *,
    attempts_before: int = 0,
    best_before: float | None = None,
) -> Score:
    """Add up what the checks earned; None if the kit failed in any of them.

    Args:
        assignment: points possible, and what further attempts cost.
        checks: their results.
        policy: what lateness costs.
        lateness_s: how long after the due date the submission came in.
        attempts_before: how often its authors had handed in before.
        best_before: the best mark of those, if there is one.
    """
    fault = _fault(assignment, checks)
    if fault:
        return Score(None, assignment.points, (fault,))
    points = math.fsum(min(max(c.earned, 0.0), c.possible) for c in checks)
    earned = min(points, assignment.points)
    notes = []
    kept = round_points(earned * policy.share(lateness_s))
    if kept < round_points(earned):
        notes.append(
            f"Late, days begun: {policy.days(lateness_s)}, at"
            f" {policy.percent_per_day:g} % of the points each:"
            f" {round_points(earned):g} points became {kept:g}."
        )
    attempts = assignment.attempts
    left = round_points(kept * attempts.share(attempts_before))
    if left < kept:
        notes.append(
            f"This is attempt {attempts_before + 1}, {attempts.free} are free, each"
            f" further one costs {attempts.percent_each:g} % of the points:"
            f" {kept:g} points became {left:g}."
        )
    if attempts.keep_best and best_before is not None:
        best = round_points(min(max(best_before, 0.0), assignment.points))
        if best > left:
            notes.append(f"An earlier attempt earned {best:g} points, which count.")
            left = best
    return Score(left, assignment.points, tuple(notes))


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
