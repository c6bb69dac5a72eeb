"""Every attempt of every submission, and the scores that a person set by hand.

The order of attempts is the order of their rows, never that of a clock.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import pathlib
import typing

from autograder import records
from autograder.errors import UsageError
from autograder.gradebook.store import Store, Value
from autograder.records import Graded, Status

_SELECT = "SELECT id, recorded_at, record FROM attempts "
_INSERT = (
    "INSERT INTO attempts (recorded_at, assignment, submission, key, digest, status,"
    " score, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_LATEST = "id DESC"
_BEST = "score IS NULL, score DESC, id DESC"
_FIRST_OF_EACH = (
    "WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY"
    " assignment, submission ORDER BY {order}) AS place FROM attempts"
    " WHERE assignment = coalesce(?, assignment)) WHERE place = 1)"
    " ORDER BY assignment, submission"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """One row: when it was recorded (for people to read), and what was found."""

    id: int
    recorded_at: str
    graded: Graded


class Gradebook:
    """The gradebook in one file, made if it is not there.

    Raises:
        GradebookError: if the file is locked, damaged, of a newer kit, or no gradebook;
            every method can raise it.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self._store = Store(path)

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; closing twice does no harm."""
        self._store.close()

    def append(self, graded: Graded, key: str = "") -> bool:
        """Keep an attempt; return whether the submission's latest is the very same.

        That is so when it was taken from the cache, and then it is not written again.
        Once this has returned, a kill or a power failure does not lose the attempt.
        """
        record = json.dumps(records.to_json(graded), allow_nan=False)
        name = (graded.assignment, graded.submission)
        found = (graded.digest, graded.status.value, graded.score, record)
        with self._store.writing() as connection:
            latest = connection.execute(
                "SELECT key, record FROM attempts WHERE assignment = ?"
                " AND submission = ? ORDER BY id DESC LIMIT 1",
                name,
            ).fetchone()
            if latest == (key, record):
                return True
            connection.execute(_INSERT, (_now(), *name, key, *found))
        return False

    def cached(self, key: str, digest: str) -> Graded | None:
        """Return the newest graded result of the same files under the same key.

        It may be another student's: name and notes on the hand-in are then theirs.
        Faults and unreadable hand-ins are never answered from here.
        """
        found = self._attempts(
            "WHERE digest = ? AND key = ? AND status = ? ORDER BY id DESC LIMIT 1",
            (digest, key, Status.GRADED.value),
        )
        return found[0].graded if found else None

    def attempts(
        self, assignment: str | None = None, submission: str | None = None
    ) -> list[Attempt]:
        """Return all attempts, as graded, in the order in which they were recorded."""
        return self._attempts(
            "WHERE assignment = coalesce(?, assignment)"
            " AND submission = coalesce(?, submission) ORDER BY id",
            (assignment, submission),
        )

    def latest(self, assignment: str | None = None) -> list[Graded]:
        """Return the last attempt of each submission, with overrides applied."""
        return self._first_of_each(_LATEST, assignment)

    def best(self, assignment: str | None = None) -> list[Graded]:
        """Return the best attempt of each submission, with overrides applied.

        Of equal ones the later counts; an attempt without a score counts least.
        """
        return self._first_of_each(_BEST, assignment)

    def override(
        self, submission: str, assignment: str, score: float | None, reason: str
    ) -> None:
        """Set the score of what was handed in last by hand; None withdraws that.

        It holds for these files, through every regrading, and not for a later hand-in.

        Raises:
            UsageError: if there is no attempt, no reason, or the score is impossible.
        """
        known = self.attempts(assignment, submission)
        if not known:
            raise UsageError(
                f"{self._store.path}: no attempt of {submission!r} at {assignment!r}.",
                "Grade it first, or correct the name.",
            )
        graded = known[-1].graded
        if score is not None and not 0 <= score <= graded.possible:
            raise UsageError(f"score is {score!r}, expected 0 to {graded.possible:g}.")
        if not reason.strip():
            raise UsageError("An override needs a reason, got none.")
        values = (_now(), assignment, submission, graded.digest, score, reason.strip())
        with self._store.writing() as connection:
            connection.execute(
                "INSERT INTO overrides (recorded_at, assignment, submission, digest,"
                " score, reason) VALUES (?, ?, ?, ?, ?, ?)",
                values,
            )

    def _first_of_each(self, order: str, assignment: str | None) -> list[Graded]:
        chosen = self._attempts(_FIRST_OF_EACH.format(order=order), (assignment,))
        overrides = self._store.rows(
            "SELECT assignment, submission, digest, score, reason FROM overrides"
            " ORDER BY id"
        )
        by_hand = {row[:3]: row[3:] for row in overrides}
        return [
            _set_by_hand(graded, *by_hand.get(_key(graded), (None, "")))
            for graded in (attempt.graded for attempt in chosen)
        ]

    def _attempts(self, condition: str, values: tuple[Value, ...]) -> list[Attempt]:
        rows = self._store.rows(_SELECT + condition, values)
        try:
            return [
                Attempt(number, at, records.from_json(json.loads(record)))
                for number, at, record in rows
            ]
        except (ValueError, KeyError, TypeError) as exc:
            raise self._store.damaged(f"a row cannot be read: {exc}") from exc


def _key(graded: Graded) -> tuple[str, str, str]:
    return graded.assignment, graded.submission, graded.digest


def _set_by_hand(graded: Graded, score: float | None, reason: str) -> Graded:
    if score is None:
        return graded
    before = "there was none" if graded.score is None else f"it was {graded.score:g}"
    note = f"The score was set to {score:g} by hand, {before}: {reason}"
    return dataclasses.replace(
        graded, score=score, status=Status.GRADED, notes=(*graded.notes, note)
    )


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
