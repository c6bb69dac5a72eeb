"""Inside Gradescope's container: one hand-in, one results.json.

    python -m autograder.hosts.container prepare         when the image is built
    python -m autograder.hosts.container grade ROOT      for each hand-in
    python -m autograder.hosts.container json GRADER HAND_IN METADATA OUT

The last one writes the record instead, for Otter.
ROOT is /autograder, or what stands for it in a simulation. The student's code never
sees any of it: it runs in the sandbox, under another user id where we are root.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
import os
import pathlib
import sys
import time
import typing

from autograder import records, sandbox, scoring
from autograder.exports import gradescope
from autograder.hosts import bundle
from autograder.hosts.grade import HandIn, grade, rank
from autograder.manifest import Assignment
from autograder.records import CheckResult, Graded, Outcome, Score, Status

EVERY_S = 0.5
"""How often the results so far are written at most."""


def main(arguments: list[str]) -> int:
    """Do what the arguments say and return the exit code."""
    if arguments == ["prepare"]:
        return prepare()
    if len(arguments) == 2 and arguments[0] == "grade":
        return run(pathlib.Path(arguments[1]))
    if len(arguments) == 5 and arguments[0] == "json":
        return write_record(*map(pathlib.Path, arguments[1:]))
    sys.stderr.write(str(__doc__))
    return 2


def prepare() -> int:
    """Build what guests read now, so that no hand-in waits for it; say what works."""
    for probe in sandbox.probe():
        state = "works" if probe.works else "does not work here"
        _tell(f"{probe.name}: {state}. {probe.reason}")
    return 0  # the container that grades may allow more, or less, than this one


def run(root: pathlib.Path) -> int:
    """Grade what lies in `root/submission`; return 1 for a fault of ours."""
    folder, results = root / "source" / bundle.FOLDER, root / "results"
    close(root)
    course = bundle.course_of(folder)
    assignment = course.assignment(bundle.read_settings(folder).stage)
    hand_in = read_metadata(root / "submission", root / "submission_metadata.json")
    reporter = Reporter(results / "results.json", assignment, hand_in)
    graded = grade(folder, hand_in, reporter.watch)
    shown = gradescope.document(graded, assignment.show)
    gradescope.write_document(reporter.path, shown)
    tell_staff(graded)
    standings = rank(folder, hand_in, graded)
    if standings:  # only now: whatever becomes of a contest, the marks are there
        shown |= gradescope.leaderboard(standings)
        gradescope.write_document(reporter.path, shown)
        _tell("\n".join(one.staff for one in standings if one.staff))
    return 1 if graded.status is Status.FAULT else 0


def write_record(
    folder: pathlib.Path,
    hand_in: pathlib.Path,
    metadata: pathlib.Path,
    out: pathlib.Path,
) -> int:
    """Grade the hand-in with the bundle in `folder` and write the record to `out`."""
    graded = grade(folder, read_metadata(hand_in, metadata))
    text = json.dumps(records.to_json(graded), allow_nan=False)
    out.write_text(text, encoding="utf-8")
    return 0


def close(root: pathlib.Path) -> None:
    """Let nobody but us into these folders, whatever the sandbox would let through."""
    for name in ("source", "submission", "results"):
        os.chmod(root / name, 0o700)  # noqa: PTH101 - must fail loudly if not ours


class Reporter:
    """Keeps results.json at what is known so far, in case that we are killed."""

    def __init__(
        self, path: pathlib.Path, assignment: Assignment, hand_in: HandIn
    ) -> None:
        self.path = path
        self._assignment = assignment
        self._hand_in = hand_in
        self._checks: list[CheckResult] = []
        self._began = time.monotonic()
        self._written = -EVERY_S

    def watch(self, check: CheckResult, total: int) -> None:
        """Take note of a result, the first one and the last one at once."""
        self._checks.append(check)
        now = time.monotonic()
        if now - self._written < EVERY_S and len(self._checks) < total:
            return
        score = self._score()
        so_far = Graded(
            submission=self._hand_in.name,
            assignment=self._assignment.id,
            score=score.earned,
            possible=score.possible,
            status=Status.GRADED,
            sandbox="",
            upstream="",
            duration_s=now - self._began,
            digest="",
            checks=tuple(self._checks),
            notes=score.notes,
        )
        shown = gradescope.unfinished(so_far, total, self._assignment.show)
        gradescope.write_document(self.path, shown)
        self._written = time.monotonic()

    def _score(self) -> Score:
        """Return the points so far; being killed spares nobody what lateness costs."""
        assignment, hand_in = self._assignment, self._hand_in
        seen = math.fsum(check.possible for check in self._checks)
        others = CheckResult(
            id="",
            title="",
            exercise="",
            outcome=Outcome.BLOCKED,
            earned=0.0,
            possible=assignment.offered - seen,
            hidden=True,
        )
        return scoring.score(
            assignment,
            [*self._checks, others],
            assignment.late,
            hand_in.source().lateness_s(assignment.due),
            attempts_before=hand_in.attempts_before,
            best_before=hand_in.best_before,
        )


def read_metadata(path: pathlib.Path, metadata: pathlib.Path) -> HandIn:
    """Return the hand-in with what Gradescope tells about it; nothing of it is needed.

    What is missing or of another form counts for the student: in time, first attempt.
    """
    hand_in = HandIn(path)
    try:
        text = metadata.read_text(encoding="utf-8")
        data = _table(json.loads(text))
    except (OSError, ValueError):
        return hand_in
    about = _table(data.get("assignment"))
    earlier = data.get("previous_submissions")
    earlier = [_table(one) for one in earlier] if isinstance(earlier, list) else []
    graded = [one for one in earlier if not one.get("autograder_error")]
    scores = [s for one in graded if (s := _number(one.get("score"))) is not None]
    return dataclasses.replace(
        hand_in,
        submitted=_moment(data.get("created_at")),
        due=_own_due_date(data) or _moment(about.get("due_date")),
        attempts_before=len(graded),
        best_before=max(scores, default=None),
    )


def _own_due_date(data: dict[str, typing.Any]) -> dt.datetime | None:
    """Return the latest extension among the authors, where Gradescope tells them."""
    people = data.get("users")
    found = [
        _moment(_table(_table(person).get("assignment")).get("due_date"))
        for person in (people if isinstance(people, list) else [])
    ]
    return max((moment for moment in found if moment), default=None)


def _table(value: object) -> dict[str, typing.Any]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, int | float | str) else None
    except ValueError:
        return None


def _moment(value: object) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.astimezone() if found else None


def tell_staff(graded: Graded) -> None:
    """Print what instructors may know; Gradescope shows it to no student."""
    score = "none" if graded.score is None else f"{graded.score:g}"
    _tell(f"{graded.assignment}, {graded.status}: {score} of {graded.possible:g}")
    _tell(f"sandbox {graded.sandbox}, upstream {graded.upstream}, {graded.digest}")
    numbered = zip(gradescope.numbers(graded.checks), graded.checks, strict=True)
    for number, check in numbered:
        kind = "hidden" if check.hidden else "public"
        points = f"{check.earned:g}/{check.possible:g}"
        _tell(f"{number:6} {check.outcome:13} {points:8} {kind} {check.id}")
        _tell(check.staff)
    _tell(graded.staff)
    if graded.printed:
        _tell(f"Printed by the submission:\n{graded.printed}")


def _tell(text: str) -> None:
    if text:
        sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
