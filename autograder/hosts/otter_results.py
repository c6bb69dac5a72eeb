"""Otter's results out of ours: a question per exercise, a case per check.

Otter adds up the scores of its questions. Optional exercises are questions of which
nothing is possible and something may be earned, up to the points of the stage; where
the total is still another than the sum (late), a last question holds the difference.
"""

from __future__ import annotations

import math
import textwrap
import typing

from otter.test_files.abstract_test import TestCase, TestCaseResult
from otter.test_files.exception_test import ExceptionTestFile

from autograder.hosts.otter import question
from autograder.manifest import Assignment, Exercise
from autograder.messages import clean
from autograder.records import CheckResult, Graded, Outcome

_TEXT = 4000
_PLUGIN = "autograder"
_TOLERANCE = 1e-9


class Question(ExceptionTestFile):  # type: ignore[misc] # Otter has no types
    """A question that does not call it passed where no public check has looked."""

    def summary(self, public_only: bool = False) -> str:  # noqa: FBT001, FBT002
        """Return what Otter shows: of public checks alone, or of all."""
        shown = [
            one
            for one in self.test_case_results
            if not (public_only and one.test_case.hidden)
        ]
        kind = "public checks" if public_only else "checks"
        if not shown:
            return f"{self.name}: no {kind}."
        passed = sum(one.passed for one in shown)
        lines = [f"{self.name}: {passed} of {len(shown)} {kind} pass."]
        for one in shown:
            if not one.passed:
                said = textwrap.indent(one.message, "        ")
                lines.append(f"    {one.test_case.name}\n{said}")
        return "\n".join(lines)


def fill(results: typing.Any, graded: Graded, assignment: Assignment) -> None:
    """Replace Otter's results by the kit's."""
    assert graded.score is not None  # a fault of ours never comes here
    results.clear_results()
    total = 0.0
    in_order = sorted(assignment.exercises, key=lambda exercise: exercise.optional)
    for exercise in in_order:
        checks = [check for check in graded.checks if check.exercise == exercise.id]
        file = _question(exercise, checks, graded)
        if exercise.optional:
            earned = math.fsum(check.earned for check in checks)
            file.update_score(max(0.0, min(earned, assignment.points - total)))
        results.results[file.name] = file
        total = math.fsum((total, file.score))
    difference = graded.score - total
    if abs(difference) > _TOLERANCE:
        file = _file("total", [("What counts in the end", 0.0, False, True, "")])
        file.update_score(difference)
        results.results[file.name] = file
    notes = [clean(note, _TEXT) for note in graded.notes]
    results.set_output("\n".join(notes))
    about = {"score": graded.score, "digest": graded.digest, "sandbox": graded.sandbox}
    results.set_plugin_data(_PLUGIN, about)


_Case = tuple[str, float, bool, bool, str]
"""Name, points, hidden, passed, message."""


def _question(
    exercise: Exercise, checks: list[CheckResult], graded: Graded
) -> typing.Any:
    if not checks:  # a hand-in that could not be read
        said = "\n".join(clean(note, _TEXT) for note in graded.notes)
        points = 0.0 if exercise.optional else exercise.points
        return _file(question(exercise.id), [("hand-in", points, False, False, said)])
    cases = [_case(check, exercise) for check in checks]
    return _file(question(exercise.id), cases)


def _case(check: CheckResult, exercise: Exercise) -> _Case:
    message = clean(check.message, _TEXT, lines=True)
    if check.hint:
        message += f"\nHint: {clean(check.hint, _TEXT)}"
    passed = check.outcome is Outcome.PASSED
    points = 0.0 if exercise.optional else check.possible
    return clean(check.title, 200), points, check.hidden, passed, message


def _file(name: str, cases: list[_Case]) -> typing.Any:
    listed = [
        TestCase(title, None, hidden, points, None, None)
        for title, points, hidden, _, _ in cases
    ]
    file = Question(name, "", listed, all_or_nothing=False)
    file.test_case_results = [
        TestCaseResult(one, message or ("Passed." if passed else "Failed."), passed)
        for one, (_, _, _, passed, message) in zip(listed, cases, strict=True)
    ]
    return file
