"""Gradescope's results.json, one for each submission.

A fault of the kit leaves out every score: Gradescope then tells the student that the
grader failed, and records nothing. Public checks are visible at once; hidden ones when
the instructor publishes, because seeing them at every upload invites guessing, while
"hidden" for good would also hide the total.
"""

from __future__ import annotations

import json
import pathlib
import typing
from collections.abc import Sequence

from autograder import __version__
from autograder.exports.files import write_text
from autograder.messages import clean
from autograder.records import CheckResult, Graded, Outcome

HIDDEN_CHECKS = "after_published"

_NO_SCORE = {
    "name": "This submission has no score yet",
    "status": "failed",
    "output": "The grader itself failed, not your code. It costs you nothing; your"
    " instructor sees it and grades again.",
    "visibility": "visible",
}
_TEXT = 4000
_NAME = 200


def write(results: Sequence[Graded], out: pathlib.Path) -> list[pathlib.Path]:
    """Write `out/gradescope/<submission>/results.json` for each submission."""
    return [
        write_text(
            out / "gradescope" / graded.submission / "results.json",
            json.dumps(document(graded), indent=2, allow_nan=False) + "\n",
        )
        for graded in results
    ]


def document(graded: Graded, hidden_checks: str = HIDDEN_CHECKS) -> dict[str, object]:
    """Return what Gradescope reads; `hidden_checks` is their visibility."""
    result: dict[str, object] = {
        "execution_time": round(graded.duration_s, 3),
        "output": "\n".join(clean(note, _TEXT) for note in graded.notes),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": _about(graded),
    }
    if graded.score is None:
        return result | {"tests": [_NO_SCORE]}
    numbered = zip(numbers(graded.checks), graded.checks, strict=True)
    tests = [_test(number, check, hidden_checks) for number, check in numbered]
    return result | {"score": graded.score, "tests": tests}


def numbers(checks: Sequence[CheckResult]) -> list[str]:
    """Return "1.1", "1.2", "2.1" …: exercise in file order, then check in it."""
    seen: dict[str, int] = {}
    order = {
        name: n for n, name in enumerate(dict.fromkeys(c.exercise for c in checks))
    }
    found = []
    for check in checks:
        seen[check.exercise] = seen.get(check.exercise, 0) + 1
        found.append(f"{order[check.exercise] + 1}.{seen[check.exercise]}")
    return found


def _test(number: str, check: CheckResult, hidden_checks: str) -> dict[str, object]:
    passed = check.outcome is Outcome.PASSED
    kind = "hidden" if check.hidden else "public"
    said = (check.message, f"Hint: {check.hint}" if check.hint else "")
    return {
        "number": number,
        "name": f"{number} {clean(check.title, _NAME)}",
        "score": check.earned,
        "max_score": check.possible,
        "status": "passed" if passed else "failed",
        "output": "\n".join(clean(text, _TEXT, lines=True) for text in said if text),
        "tags": [check.exercise, kind, check.outcome.value.lower()],
        "visibility": hidden_checks if check.hidden else "visible",
        "extra_data": {"id": check.id, "duration_s": round(check.duration_s, 3)},
    }


def _about(graded: Graded) -> dict[str, typing.Any]:
    return {
        "kit": __version__,
        "assignment": graded.assignment,
        "status": graded.status.value,
        "possible": graded.possible,
        "sandbox": graded.sandbox,
        "upstream": graded.upstream,
        "digest": graded.digest,
    }
