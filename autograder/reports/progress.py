"""How far a batch is and how long it will still take, on a terminal or in a log."""

from __future__ import annotations

import time
import types
import typing

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from autograder.records import Graded, Status
from autograder.reports.text import one_line

LOG_EVERY_S = 10.0
"""Seconds between two lines where no bar can be drawn, such as in a log file."""


class BatchProgress:
    """Follows a batch: call it after each submission; use it as a context manager."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._console = Console(stderr=True)
        self._bar = _bar(self._console) if self._console.is_terminal else None
        self._task = self._bar.add_task(title, total=None) if self._bar else None
        self._done = self._known = self._total = 0
        self._began = self._logged = time.monotonic()

    def __enter__(self) -> typing.Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()

    def started(self, total: int) -> None:
        """Say how many submissions there are."""
        self._total = total
        if self._bar and self._task is not None:
            self._bar.update(self._task, total=total)

    def watch(self, graded: Graded, known: bool) -> None:  # noqa: FBT001 - a callback
        """Count one submission; `known`: its result was there from an earlier run."""
        self._done += 1
        self._known += known
        if self._bar and self._task is not None:
            self._bar.update(self._task, advance=1)
        elif time.monotonic() - self._logged >= LOG_EVERY_S:
            self._logged = time.monotonic()
            self._say(f"{self._title}: {self._done} of {self._total}, {self._left()}")
        if graded.status is Status.FAULT:
            name = one_line(graded.submission)
            self._say(f"{name}: the kit failed, no mark (see the report)")

    def summary(self) -> str:
        """Return one line about the whole batch."""
        took = time.monotonic() - self._began
        known = f", {self._known} known from before" if self._known else ""
        plural = "" if self._done == 1 else "s"
        return f"{self._done} submission{plural} in {took:.1f} s{known}"

    def _left(self) -> str:
        fresh = self._done - self._known
        if not fresh:
            return "nothing new so far"
        each_s = (time.monotonic() - self._began) / fresh
        return f"about {each_s * (self._total - self._done):.0f} s left"

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def _bar(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True)
