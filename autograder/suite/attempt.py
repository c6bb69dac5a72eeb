"""One run of one check over one transport."""

from __future__ import annotations

import dataclasses
import inspect

from autograder.errors import SandboxError
from autograder.suite.context import Context, Measured, running
from autograder.suite.line import Line, Reply
from autograder.suite.proxy import RemoteObject, Student
from autograder.suite.rng import CheckRng
from autograder.suite.stage import Check
from autograder.suite.transport import Transport


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """How a run ended: with an exception, or well.

    `hint` is the author's that held at the end, `last` what the student's side gave
    last.
    """

    error: Exception | None
    notes: tuple[str, ...]
    hint: str = ""
    last: Reply | None = None


def attempt(
    check: Check,
    transport: Transport,
    seed: int,
    measured: dict[str, Measured] | None = None,
) -> Attempt:
    """Run a check; its objects are of no use any more when this returns.

    With `measured`, the results of trainings are put there and not judged.
    """
    context = Context(not check.hidden, check.path.parent.parent, measured)
    line = Line(transport, RemoteObject)
    fixtures = {"student": Student(line), "rng": CheckRng(seed)}
    wanted = inspect.signature(check.function).parameters
    error: Exception | None = None
    try:
        transport.begin("hidden" if check.hidden else "public")
        with running(context):
            check.function(**{name: fixtures[name] for name in wanted})
    except Exception as exc:  # noqa: BLE001 - the runner tells them apart
        error = exc
    finally:
        line.hang_up()
        error = _end(transport) or error
    return Attempt(error, tuple(context.notes), context.hint, line.last)


def _end(transport: Transport) -> SandboxError | None:
    """End the check; a guest that cannot be ended is our fault."""
    try:
        transport.end()
    except SandboxError as exc:
        return exc
    return None
