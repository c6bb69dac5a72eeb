"""One SQLite file that only ever grows, and every way in which it can be unusable.

Triggers refuse to change or delete a row. A rollback journal with full synchronisation
is used rather than a write-ahead log: it works on network drives, the one file is all
there is to copy, and a process killed at any point loses at most the row it was
writing. One process writes at a time; a second one waits a little, then is told.
"""

from __future__ import annotations

import contextlib
import filecmp
import itertools
import pathlib
import shutil
import sqlite3
import typing
from collections.abc import Iterator

from autograder.errors import GradebookError

SCHEMA = 1
_APPLICATION = 0x6E61626C  # "nabl": tells our files from other SQLite files
_PATIENCE_S = 5.0
_WRITTEN_LATER = ("results.jsonl", "scores.csv")
"""What a batch writes beside its gradebook, when there is something in it."""

_TABLES = (
    """CREATE TABLE attempts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        recorded_at TEXT NOT NULL,
        assignment TEXT NOT NULL,
        submission TEXT NOT NULL,
        key TEXT NOT NULL,
        digest TEXT NOT NULL,
        status TEXT NOT NULL,
        score REAL,
        record TEXT NOT NULL
    )""",
    """CREATE TABLE overrides (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        recorded_at TEXT NOT NULL,
        assignment TEXT NOT NULL,
        submission TEXT NOT NULL,
        digest TEXT NOT NULL,
        score REAL,
        reason TEXT NOT NULL
    )""",
    "CREATE INDEX attempts_by_submission ON attempts (assignment, submission)",
    "CREATE INDEX attempts_by_key ON attempts (digest, key)",
)
_FROZEN = (
    "CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}"
    " BEGIN SELECT RAISE(ABORT, 'the gradebook is append-only'); END"
)

Value = str | float | None
Row = tuple[typing.Any, ...]


class Store:
    """The open file; every error of SQLite becomes a GradebookError with a remedy.

    Raises:
        GradebookError: if the file is locked, damaged, of a newer kit, or no gradebook.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        witness = self._witness_of_content()
        if witness:
            raise self.damaged(f"it is empty, but {witness} stands beside it")
        with self._translated():
            self._connection = sqlite3.connect(
                path, timeout=_PATIENCE_S, isolation_level=None
            )
        try:
            with self._translated():
                self._open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; closing twice does no harm."""
        self._connection.close()

    def rows(self, statement: str, values: tuple[Value, ...] = ()) -> list[Row]:
        """Return what a SELECT finds."""
        with self._translated():
            return self._connection.execute(statement, values).fetchall()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the file for one transaction: afterwards all of it is kept, or none."""
        with self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def damaged(self, what: str) -> GradebookError:
        """Put a copy aside and return the error that says so."""
        try:
            kept = f"A copy is in {self._put_aside().name}."
        except OSError as exc:
            kept = f"No copy could be made ({exc.strerror}): make one now."
        return GradebookError(
            f"{self.path}: is damaged ({what}).",
            f"{kept} Restore a backup, or delete the file and grade again: the same"
            " files get the same marks.",
        )

    def _put_aside(self) -> pathlib.Path:
        """Copy the file, unless that has been done, to where no other copy is."""
        for number in itertools.count(1):
            ending = ".damaged" if number == 1 else f".damaged-{number}"
            copy = self.path.with_name(f"{self.path.name}{ending}")
            if not copy.exists():
                shutil.copy2(self.path, copy)
                break
            if filecmp.cmp(self.path, copy, shallow=False):
                break
        return copy

    def _witness_of_content(self) -> str:
        """Return the name of what shows that an empty file has not always been so.

        For SQLite it is new, and so it is when a kill has come before the first table.
        """
        try:
            if self.path.stat().st_size:
                return ""
        except OSError:  # none there, or none that can be used: SQLite will tell
            return ""
        journal = self.path.with_name(f"{self.path.name}-journal")
        if _pages_before(journal):
            return journal.name
        beside = map(self.path.with_name, _WRITTEN_LATER)
        return next((one.name for one in beside if one.is_file()), "")

    def _open(self) -> None:
        self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.execute("PRAGMA synchronous = FULL")
        if self._is_new():
            self._create()
        if self._number("application_id") != _APPLICATION:
            raise GradebookError(
                f"{self.path}: is an SQLite file, but no gradebook.",
                "Name another folder, or move the file away.",
            )
        schema = self._number("user_version")
        if schema > SCHEMA:
            raise GradebookError(
                f"{self.path}: was written by a newer kit (schema {schema}, this one"
                f" reads {SCHEMA}).",
                "Install the newer version: pip install --upgrade autograder.",
            )
        verdict = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise self.damaged(" ".join(str(verdict).split()))

    def _is_new(self) -> bool:
        return self._number("application_id") == self._number("schema_version") == 0

    def _create(self) -> None:
        with self.writing() as connection:
            if not self._is_new():  # another process was faster
                return
            for statement in _TABLES:
                connection.execute(statement)
            for table in ("attempts", "overrides"):
                for verb in ("UPDATE", "DELETE"):
                    connection.execute(_FROZEN.format(table=table, verb=verb))
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {SCHEMA}")

    def _number(self, pragma: str) -> int:
        return int(self._connection.execute(f"PRAGMA {pragma}").fetchone()[0])

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as exc:
            raise self._error(exc) from exc

    def _error(self, exc: sqlite3.Error) -> GradebookError:
        name = getattr(exc, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return GradebookError(
                f"{self.path}: is locked, another program is writing to it.",
                "Wait for the other run to end, or grade into another folder.",
            )
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return self.damaged(str(exc))
        return GradebookError(
            f"{self.path}: cannot be used ({exc}).",
            "Look for a full disk, a folder without write permission, a lost drive.",
        )


def _pages_before(journal: pathlib.Path) -> int:
    """Return how many pages a file had before the transaction of a rollback journal."""
    try:
        with journal.open("rb") as file:
            return int.from_bytes(file.read(20)[16:], "big")
    except OSError:
        return 0
