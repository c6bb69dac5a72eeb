"""Three clocks, all on the host: per call, per check, per submission.

They run while the host waits for the student's side, so a slow diagnosis of ours costs
no one time, and starting a new guest after a timeout buys none.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterator

from autograder.records import Limits
from autograder.suite.failures import StudentTimedOut


@dataclasses.dataclass(frozen=True, slots=True)
class Allowance:
    """Until when to wait, and whose limit that is."""

    deadline: float
    which: str
    limit_s: float

    def expired(self, call: str) -> StudentTimedOut:
        """Return the exception for a call that did not return in time."""
        return StudentTimedOut(self.which, call, self.limit_s)


class Clocks:
    """Counts the time spent waiting for one submission."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._check_s = 0.0
        self._submission_s = 0.0
        self._depth = 0

    @property
    def waited_s(self) -> float:
        """How much of the submission's time has gone by."""
        return self._submission_s

    def new_check(self) -> None:
        """Let the next check have its whole time, if the submission still has it."""
        self._check_s = 0.0

    @contextlib.contextmanager
    def waiting(self, call: str, which: str = "call") -> Iterator[Allowance]:
        """Count the time until the block ends, and say how long it may take.

        Args:
            call: what is waited for, in a student's words.
            which: "call", or "import" where a whole check's time is allowed at once.

        Raises:
            StudentTimedOut: at once, if one of the clocks has run out.
        """
        limits = self._limits
        own = limits.check_s if which == "import" else limits.call_s
        left = {
            which: (own, own),
            "check": (limits.check_s - self._check_s, limits.check_s),
            "submission": (
                limits.submission_s - self._submission_s,
                limits.submission_s,
            ),
        }
        nearest = min(left, key=lambda name: left[name][0])
        rest_s, limit_s = left[nearest]
        began = time.monotonic()
        allowance = Allowance(began + rest_s, nearest, limit_s)
        if rest_s <= 0:
            raise allowance.expired(call)
        self._depth += 1
        try:
            yield allowance
        finally:
            self._depth -= 1
            if not self._depth:  # requests within a call of a lent function count once
                spent = time.monotonic() - began
                self._check_s += spent
                self._submission_s += spent
