"""A submission that the machine may have disturbed is graded until two results agree.

From outside, code that ended itself looks like code that was ended by a machine short
of memory, and code that sleeps like code that was given no processor. What that has
changed need not be an outcome: a check may have been tried again, a text printed twice,
computing time be gone. It is the submission's own doing when the very same comes out
again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from autograder.records import Graded
from autograder.worker import Tried

MOST = 3
"""How often a submission is graded, whatever comes out."""


def settled(tries: Sequence[Tried]) -> Graded | None:
    """Return the result that counts; None: the submission has to be graded again.

    A result counts when there is no doubt about it, or when an earlier one is the same
    in all that is kept. Where no two agree in each word, those count that agree in each
    outcome.
    """
    *before, last = tries
    if not last.doubtful:
        return last.graded
    if any(_content(other.graded) == _content(last.graded) for other in before):
        return last.graded
    if len(tries) < MOST:
        return None
    return _by_outcomes([one.graded for one in tries])


def _by_outcomes(results: Sequence[Graded]) -> Graded:
    """Return the last result that has its like before it, or else the last."""
    ends = [[check.outcome for check in each.checks] for each in results]
    alike = [n for n in range(len(ends)) if ends[n] in ends[:n]]
    return results[alike[-1] if alike else -1]


def _content(result: Graded) -> Graded:
    """Return the result without what differs from one grading to the next."""
    checks = [dataclasses.replace(check, duration_s=0.0) for check in result.checks]
    return dataclasses.replace(result, duration_s=0.0, checks=tuple(checks))
