"""From what happened in a check to its result: whose doing was it, and what to say."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence

from autograder.errors import SandboxError, SuiteError
from autograder.manifest import Assignment, Course
from autograder.messages import TEXT_LIMIT, advice, clean, hide_paths, say
from autograder.records import CheckResult, ErrorMap, Outcome
from autograder.suite.arrays import joined
from autograder.suite.attempt import Attempt, attempt
from autograder.suite.diagnose import Diagnosis
from autograder.suite.failures import CheckFailed, StudentProblem
from autograder.suite.seeds import check_seed
from autograder.suite.stage import Check, unmet
from autograder.suite.transport import Transport

_MET = {Outcome.PASSED, Outcome.GRADER_FAULT}


class Runner:
    """Runs the checks of one stage for one submission, one after the other.

    Args:
        explain: look for known mistakes after a failure.
    """

    def __init__(
        self,
        assignment: Assignment,
        course: Course,
        checks: Sequence[Check],
        transport: Transport,
        secret: str,
        digest: str,
        *,
        explain: bool = True,
    ) -> None:
        self._assignment = assignment
        self._checks = checks
        self._transport = transport
        self._secret = secret
        self._digest = digest
        self._explain = explain
        self._diagnosis = Diagnosis(assignment, course)
        self.results: dict[str, CheckResult] = {}
        self.errors: dict[str, Exception] = {}

    def run(self, check: Check) -> CheckResult:
        """Run one check, unless it is blocked, and keep its result."""
        began = time.monotonic()
        blocker = self._blocker(check)
        if blocker is not None:
            message = say("blocked", title=blocker.title)
            result = _result(check, Outcome.BLOCKED, message, advice("blocked"))
        else:
            seed = check_seed(
                self._secret, self._assignment.id, check.id, self._digest
            )
            result = self._judge(check, attempt(check, self._transport, seed), seed, began)
        self.results[check.id] = result
        return result

    def _blocker(self, check: Check) -> Check | None:
        """Return what has to be mended first: the end of a chain of needs."""
        needed = unmet(check, self._checks, self._passed)
        if needed is None or self.results[needed.id].outcome is not Outcome.BLOCKED:
            return needed
        return self._blocker(needed)

    def _passed(self, check_id: str) -> bool | None:
        result = self.results.get(check_id)
        return None if result is None else result.outcome in _MET

    def _judge(
        self, check: Check, tried: Attempt, seed: int, began: float
    ) -> CheckResult:
        error = tried.error
        staff = "\n".join(tried.notes)
        duration_s = time.monotonic() - began
        if error is None:
            return _result(check, Outcome.PASSED, "", "", duration_s, staff)
        self.errors[check.id] = error
        if isinstance(error, StudentProblem):
            message, hint = error.message, error.hint
            return _result(check, error.outcome, message, hint, duration_s, staff)
        if isinstance(error, SandboxError):
            return _fault(check, str(error), duration_s)
        if isinstance(error, CheckFailed):
            return self._failed(check, error, seed, duration_s, staff)
        return self._unusable(check, error, seed, duration_s, staff)

    def _failed(
        self, check: Check, failure: CheckFailed, seed: int, duration_s: float, staff: str
    ) -> CheckResult:
        mistakes = []
        if self._explain or failure.carried:
            mistakes = self._diagnosis.mistakes(check, failure, seed)
        if failure.carried and mistakes:
            message = say("carried", title=mistakes[0].title)
            hint = mistakes[0].hint
            return _result(check, Outcome.PASSED, message, hint, duration_s, staff)
        if self._explain and not mistakes and self._reference_fails(check, seed):
            return _fault(check, f"the reference fails, too: {failure}", duration_s)
        message, hint = failure.message, failure.hint
        if mistakes:
            titles = " or when ".join(mutant.title for mutant in mistakes[:2])
            message = joined(message, say("known_mistake", title=titles))
            hint = mistakes[0].hint or hint
        return _result(
            check, Outcome.FAILED, message, hint, duration_s, staff, failure.error_map
        )

    def _reference_fails(self, check: Check, seed: int) -> bool:
        if not self._diagnosis.possible or self._diagnosis.spent:
            return False
        return self._diagnosis.with_reference(check, seed).error is not None

    def _unusable(
        self, check: Check, error: Exception, seed: int, duration_s: float, staff: str
    ) -> CheckResult:
        """The check itself raised: over what the student returned, or by our fault?"""
        details = "".join(traceback.format_exception(error))
        if self._diagnosis.possible:
            again = self._diagnosis.with_reference(check, seed).error
            if again is not None:
                details += f"\nWith the reference: {again!r}"
                return _fault(check, details, duration_s)
        elif isinstance(error, SuiteError):
            return _fault(check, details, duration_s)
        text = clean(hide_paths(str(error)), TEXT_LIMIT).rstrip(".")
        if isinstance(error, AssertionError) and text:
            message = f"{text}."
        else:
            message = say("unusable", reason=text or type(error).__name__)
        hint, staff = advice("unusable"), joined(staff, details)
        return _result(check, Outcome.FAILED, message, hint, duration_s, staff)


def _fault(check: Check, staff: str, duration_s: float) -> CheckResult:
    return _result(check, Outcome.GRADER_FAULT, say("fault"), "", duration_s, staff)


def _result(
    check: Check,
    outcome: Outcome,
    message: str,
    hint: str,
    duration_s: float = 0.0,
    staff: str = "",
    error_map: ErrorMap | None = None,
) -> CheckResult:
    return CheckResult(
        id=check.id,
        title=check.title,
        exercise=check.exercise,
        outcome=outcome,
        earned=check.points if outcome is Outcome.PASSED else 0.0,
        possible=check.points,
        hidden=check.hidden,
        message=message,
        hint=hint,
        duration_s=round(duration_s, 4),
        error_map=error_map,
        staff=staff,
    )
