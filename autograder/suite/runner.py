"""From what happened in a check to its result: whose doing was it, and what to say."""

from __future__ import annotations

import time
import traceback
import typing
from collections.abc import Sequence

from autograder.errors import SandboxError, SuiteError
from autograder.manifest import Assignment, Course
from autograder.messages import advice, say
from autograder.records import CheckResult, ErrorMap, Outcome
from autograder.suite import unusable
from autograder.suite.arrays import joined
from autograder.suite.attempt import Attempt, attempt
from autograder.suite.diagnose import Diagnosis
from autograder.suite.failures import (
    CheckFailed,
    StudentError,
    StudentRaised,
    StudentTimedOut,
)
from autograder.suite.mutants import Mutant
from autograder.suite.seeds import PUBLIC_SECRET, check_seed
from autograder.suite.stage import Check, unmet
from autograder.suite.transport import Transport

_TITLES = 2  # of known mistakes between which the numbers do not decide
_MET = {Outcome.PASSED, Outcome.GRADER_FAULT}


class Verdict(typing.NamedTuple):
    """How a check ended, and what the student and the instructor are told."""

    outcome: Outcome
    message: str = ""
    hint: str = ""
    staff: str = ""
    error_map: ErrorMap | None = None


class Runner:
    """Runs the checks of one stage for one submission, one after the other.

    Args:
        checks: in file order; needs are looked up among them.
        secret: of the course; with the digest it decides about the inputs.
        explain: look for known mistakes after a failure.
    """

    def __init__(
        self,
        assignment: Assignment,
        course: Course,
        checks: Sequence[Check],
        transport: Transport,
        *,
        secret: str = PUBLIC_SECRET,
        digest: str = "",
        explain: bool = True,
    ) -> None:
        self._stage = assignment.id
        self._names = _names(assignment)
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
            message = say("blocked", title=blocker.title.rstrip("."))
            verdict = Verdict(Outcome.BLOCKED, message, advice("blocked"))
        else:
            verdict = self._try(check)
        result = CheckResult(
            id=check.id,
            title=check.title,
            exercise=check.exercise,
            outcome=verdict.outcome,
            earned=check.points if verdict.outcome is Outcome.PASSED else 0.0,
            possible=check.points,
            hidden=check.hidden,
            message=verdict.message,
            hint=verdict.hint,
            duration_s=round(time.monotonic() - began, 4),
            error_map=verdict.error_map,
            staff=verdict.staff,
        )
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

    def _try(self, check: Check) -> Verdict:
        seed = check_seed(self._secret, self._stage, check.id, self._digest)
        tried = self._attempt(check, seed)
        verdict = Verdict(Outcome.PASSED)
        if tried.error is not None:
            self.errors[check.id] = tried.error
            verdict = self._judge(check, tried, tried.error, seed)
        return verdict._replace(staff=joined(*tried.notes, verdict.staff))

    def _attempt(self, check: Check, seed: int) -> Attempt:
        """Run a check; hidden ones share a process for as long as they pass.

        One that does not pass is tried once more in a fresh process, so that what its
        predecessors left behind costs no one a mark. More time would not have helped.
        Public checks are worth no points.
        """
        tried = attempt(check, self._transport, seed)
        if tried.error is None or not check.hidden:
            return tried
        spoilt = self._transport.used and not isinstance(tried.error, StudentTimedOut)
        self._transport.renew()
        if spoilt:
            tried = attempt(check, self._transport, seed)
            self._transport.renew()
        return tried

    def _judge(
        self, check: Check, tried: Attempt, error: Exception, seed: int
    ) -> Verdict:
        if isinstance(error, StudentError):
            hint = _hint(error, tried.hint)
            return Verdict(error.outcome, error.message, hint)
        if isinstance(error, SandboxError):
            return _fault(str(error))
        if isinstance(error, CheckFailed):
            return self._failed(check, error, seed)
        return self._unusable(check, tried, error, seed)

    def _failed(self, check: Check, failure: CheckFailed, seed: int) -> Verdict:
        mistakes: list[Mutant] = []
        if self._explain or failure.carried:
            mistakes = self._diagnosis.mistakes(check, failure, seed)
        message, hint = failure.message, failure.hint
        if mistakes:
            hint = mistakes[0].hint or hint
            if failure.carried:
                carried = say("carried", title=self._clause(mistakes[0]))
                return Verdict(Outcome.PASSED, carried, hint)
            message = _without_zeros(message, failure.name)
            titles = " or when ".join(map(self._clause, mistakes[:_TITLES]))
            message = joined(message, say("known_mistake", title=titles))
        elif self._explain and self._reference_fails(check, seed):
            return _fault(f"the reference fails, too: {failure}")
        return Verdict(Outcome.FAILED, message, hint, "", failure.error_map)

    def _clause(self, mutant: Mutant) -> str:
        """Return a title as the clause it is, also if it was written as a sentence."""
        title = mutant.title.strip().rstrip(".")
        first = title.partition(" ")[0]
        plain_word = first.isalpha() and first == first.capitalize()
        if plain_word and first not in self._names:
            return title[0].lower() + title[1:]
        return title

    def _reference_fails(self, check: Check, seed: int) -> bool:
        if not self._diagnosis.possible or self._diagnosis.spent:
            return False
        return self._diagnosis.with_reference(check, seed).error is not None

    def _unusable(
        self, check: Check, tried: Attempt, error: Exception, seed: int
    ) -> Verdict:
        """The check itself raised: over what the student returned, or by our fault?"""
        details = "".join(traceback.format_exception(error))
        if self._diagnosis.possible:
            again = self._diagnosis.with_reference(check, seed).error
            if again is not None:
                return _fault(f"{details}\nWith the reference: {again!r}")
        elif isinstance(error, SuiteError):
            return _fault(details)
        message, hint = unusable.told(check, tried)
        return Verdict(Outcome.FAILED, message, hint, details)


def _names(assignment: Assignment) -> set[str]:
    """Return the names students know, "Linear" of "Linear.forward" among them."""
    names = {name for exercise in assignment.exercises for name in exercise.names}
    return names | {name.partition(".")[0] for name in names}


def _hint(error: StudentError, authors: str) -> str:
    """Return the author's hint, unless the code did not even get as far as running."""
    imported = not (isinstance(error, StudentRaised) and error.module)
    if error.outcome is Outcome.ERRORED and imported:
        return authors or error.hint
    return error.hint


def _without_zeros(message: str, name: str) -> str:
    """A known mistake says better why all is zero than a guess does."""
    guess = say("all_zero", name=name)
    return joined(*(line for line in message.split("\n") if line != guess))


def _fault(staff: str) -> Verdict:
    return Verdict(Outcome.GRADER_FAULT, say("fault"), "", staff)
