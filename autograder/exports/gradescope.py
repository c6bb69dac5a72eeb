"""Gradescope's results.json, one for each submission.

A fault of the kit leaves out every score: Gradescope then tells the student that the
grader failed, and records nothing. Public checks are visible at once; hidden ones, by
default, when the instructor publishes, because seeing them at every upload invites
guessing. Gradescope hides the total from students as long as a check is hidden; where
the manifest asks for the total, all hidden checks are one visible line.
"""

from __future__ import annotations

import dataclasses
import json
import math
import pathlib
import typing
from collections.abc import Sequence

from autograder import __version__
from autograder.exports.escape import html
from autograder.exports.files import write_text
from autograder.messages import clean
from autograder.policies import Showing
from autograder.records import CheckResult, Graded, Outcome
from autograder.suite.contests import Standing

Document = dict[str, typing.Any]

_VISIBLE = "visible"
_NO_SCORE = {
    "name": "This submission has no score yet",
    "status": "failed",
    "output": "The grader itself failed, not your code. It costs you nothing; your"
    " instructor sees it and grades again.",
    "visibility": "visible",
}
DEFAULT = Showing()
_TEXT = 4000
_NAME = 200


def write(
    results: Sequence[Graded], out: pathlib.Path, show: Showing = DEFAULT
) -> list[pathlib.Path]:
    """Write `out/gradescope/<submission>/results.json` for each submission."""
    return [
        write_document(
            out / "gradescope" / graded.submission / "results.json",
            document(graded, show),
        )
        for graded in results
    ]


def write_document(path: pathlib.Path, content: Document) -> pathlib.Path:
    """Write one results.json; a reader never sees half of it."""
    return write_text(path, json.dumps(content, indent=2, allow_nan=False) + "\n")


def document(graded: Graded, show: Showing = DEFAULT) -> Document:
    """Return what Gradescope reads."""
    result: Document = {
        "execution_time": round(graded.duration_s, 3),
        "output": _listed(graded.notes),
        "output_format": "html",
        "test_output_format": "html",
        "test_name_format": "text",
        "visibility": _VISIBLE,
        "stdout_visibility": "hidden",
        "extra_data": _about(graded),
    }
    if graded.score is None:
        return result | {"tests": [_NO_SCORE]}
    return result | {"score": graded.score, "tests": _tests(graded.checks, show)}


def unfinished(graded: Graded, total: int, show: Showing = DEFAULT) -> Document:
    """Return what stands there until the grading ends, or for good if it is killed.

    The points are those of the checks so far, by the rules of all points.
    """
    said = (
        f"The grading was stopped from outside after {len(graded.checks)} of"
        f" {total} checks; the points are those of the checks until then. Hand in"
        " again, or ask your instructor to run the autograder again."
    )
    return document(dataclasses.replace(graded, notes=(said, *graded.notes)), show)


def no_score() -> Document:
    """Return what stands there before anything is known."""
    return {"tests": [_NO_SCORE], "stdout_visibility": "hidden"}


def _listed(notes: Sequence[str]) -> str:
    items = "".join(f"<li>{html(clean(note, _TEXT))}</li>" for note in notes)
    return f"<ul>{items}</ul>" if items else ""


def _tests(checks: Sequence[CheckResult], show: Showing) -> list[Document]:
    numbered = list(zip(numbers(checks), checks, strict=True))
    fold = show.total and show.hidden_checks != _VISIBLE
    tests = [
        _test(number, check, _VISIBLE if not check.hidden else show.hidden_checks)
        for number, check in numbered
        if not (fold and check.hidden)
    ]
    hidden = [check for check in checks if check.hidden]
    return [*tests, _folded(hidden)] if fold and hidden else tests


def _folded(checks: Sequence[CheckResult]) -> Document:
    """Return all hidden checks as one line, so that the total need not be hidden."""
    earned = math.fsum(check.earned for check in checks)
    possible = math.fsum(check.possible for check in checks)
    return {
        "number": "99",
        "name": "Hidden checks, all together",
        "score": earned,
        "max_score": possible,
        "status": "passed" if earned >= possible else "failed",
        "output": "What each of them looks at is not shown.",
        "tags": ["hidden"],
        "visibility": _VISIBLE,
    }


def leaderboard(standings: Sequence[Standing]) -> Document:
    """Return how the hand-in did in contests, where it has a number."""
    order = {"lower": "asc", "higher": "desc"}
    return {
        "leaderboard": [
            {
                "name": clean(one.title, _NAME),
                "value": float(f"{one.value:.4g}"),
                "order": order[one.better],
            }
            for one in standings
            if one.value is not None
        ]
    }


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


def _test(number: str, check: CheckResult, visibility: str) -> Document:
    passed = check.outcome is Outcome.PASSED
    kind = "hidden" if check.hidden else "public"
    return {
        "number": number,
        "name": f"{number} {clean(check.title, _NAME)}",
        "score": check.earned,
        "max_score": check.possible,
        "status": "passed" if passed else "failed",
        "output": _said(check),
        "tags": [check.exercise, kind, check.outcome.value.lower()],
        "visibility": visibility,
        "extra_data": {"id": check.id, "duration_s": round(check.duration_s, 3)},
    }


def _said(check: CheckResult) -> str:
    """Return message and hint as HTML; tables below the first line keep their columns.

    HTML, because what a backslash does in Markdown depends on who reads it.
    """
    first, *rest = clean(check.message, _TEXT, lines=True).splitlines() or [""]
    table, hint = "\n".join(rest), clean(check.hint, _TEXT)
    parts = (
        f"<p>{html(first)}</p>" if first else "",
        f"<pre>{html(table)}</pre>" if table.strip() else "",
        f"<p><strong>Hint:</strong> {html(hint)}</p>" if hint else "",
    )
    return "".join(parts)


def _about(graded: Graded) -> Document:
    return {
        "kit": __version__,
        "assignment": graded.assignment,
        "status": graded.status.value,
        "possible": graded.possible,
        "sandbox": graded.sandbox,
        "upstream": graded.upstream,
        "digest": graded.digest,
    }
