"""What a manifest decides about marks and their showing, beside the points.

Its table `[late]` says what lateness costs, `[attempts]` what handing in again and
again costs, and whether the best counts, `[show]` what students see, and when.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

DAY_S = 24 * 60 * 60.0
_MINUTE_S = 60.0

VISIBILITIES = ("hidden", "after_due_date", "after_published", "visible")
"""Gradescope's words for when something is shown."""


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
            limit = math.inf if field.name == "grace_minutes" else 100.0
            _check_number(self, field.name, limit)

    def days(self, lateness_s: float) -> int:
        """Return how many days of lateness count."""
        if lateness_s <= self.grace_minutes * _MINUTE_S:
            return 0
        return math.ceil(lateness_s / DAY_S)

    def share(self, lateness_s: float) -> float:
        """Return the share of the earned points that is kept, at most 1."""
        kept = 100.0 - self.days(lateness_s) * self.percent_per_day
        return min(100.0, max(kept, self.floor_percent)) / 100.0


@dataclasses.dataclass(frozen=True, slots=True)
class AttemptPolicy:
    """What handing in again costs: nothing for the first `free` attempts, then a share.

    With `keep_best`, a later attempt never lowers the mark of an earlier one.
    """

    free: int = 0  # 0: all of them
    percent_each: float = 0.0
    keep_best: bool = False

    def __post_init__(self) -> None:
        _check_number(self, "free", math.inf)
        _check_number(self, "percent_each", 100.0)

    def costly(self, attempts_before: int) -> int:
        """Return how many attempts, this one included, are beyond the free ones."""
        return max(0, attempts_before + 1 - self.free) if self.free else 0

    def share(self, attempts_before: int) -> float:
        """Return the share of the earned points that is kept."""
        lost = self.costly(attempts_before) * self.percent_each
        return max(0.0, 100.0 - lost) / 100.0


@dataclasses.dataclass(frozen=True, slots=True)
class Showing:
    """What students see at once.

    Systems such as Gradescope hide the total as long as any check is hidden. With
    `total`, all hidden checks become one line of points without details, so that the
    total is shown at once whatever `hidden_checks` says. `leaderboard` names contests
    (`autograder/suite/contests.py`), in which students may compare themselves.
    """

    hidden_checks: str = "after_published"
    total: bool = False
    leaderboard: Sequence[str] = ()

    def __post_init__(self) -> None:
        if isinstance(self.leaderboard, str):
            names = self.leaderboard
            raise TypeError(f"Showing: leaderboard is the text {names!r}, not a list")
        object.__setattr__(self, "leaderboard", tuple(self.leaderboard))
        if not isinstance(self.total, bool):
            raise TypeError(f"Showing: total is {self.total!r}, not true or false")
        if self.hidden_checks not in VISIBILITIES:
            raise ValueError(
                f"Showing: hidden_checks is {self.hidden_checks!r}, expected one of"
                f" {', '.join(VISIBILITIES)}"
            )


def _check_number(policy: object, name: str, limit: float) -> None:
    value = getattr(policy, name)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= limit:
        kind = type(policy).__name__
        raise ValueError(f"{kind}: {name} is {value!r}, expected 0 to {limit:g}.")
