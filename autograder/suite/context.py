"""What the verbs of the check that is running know about it."""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import pathlib
import typing
from collections.abc import Iterator

from autograder.suite.failures import CheckFailed

Better = typing.Literal["lower", "higher"]


class Measured(typing.NamedTuple):
    """How a training of the reference ended."""

    value: float
    better: Better


@dataclasses.dataclass(slots=True)
class Context:
    """The state of one check while it runs.

    With `measured`, the results of trainings are collected there and not judged.
    """

    public: bool = True
    stage: pathlib.Path | None = None
    measured: dict[str, Measured] | None = None
    hint: str = ""
    notes: list[str] = dataclasses.field(default_factory=list)
    verbs: int = 0


_CURRENT: contextvars.ContextVar[Context] = contextvars.ContextVar("check")


def current() -> Context:
    """Return the context of the check that is running, or a fresh one outside."""
    return _CURRENT.get(None) or Context()


@contextlib.contextmanager
def running(context: Context) -> Iterator[Context]:
    """Make the context the current one until the block ends."""
    token = _CURRENT.set(context)
    try:
        yield context
    finally:
        _CURRENT.reset(token)


@contextlib.contextmanager
def verb() -> Iterator[Context]:
    """Count a verb, and give its failure the hint that was attached before."""
    context = current()
    context.verbs += 1
    try:
        yield context
    except CheckFailed as failure:
        failure.verbs = failure.verbs or context.verbs
        failure.hint = failure.hint or context.hint
        raise


def hint(text: str) -> None:
    """Attach a hint that the student reads if a later verb of this check fails.

    A new hint takes the place of the one before; `hint("")` takes it away.
    """
    current().hint = text


def note(text: str) -> None:
    """Leave a note for the instructor; the student never sees it."""
    current().notes.append(text)
