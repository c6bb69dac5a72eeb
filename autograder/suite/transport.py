"""The way to a student's objects: into a guest, or into this very process."""

from __future__ import annotations

import typing
from collections.abc import Callable, Sequence

from autograder.guest.servant import Servant
from autograder.suite.failures import StudentDied, student_raised
from autograder.wire import Handle

Message = dict[str, typing.Any]
Answer = Callable[[Message], Message]

PACKAGE = "nabla"


class Transport(typing.Protocol):
    """Carries the requests of one check after the other to one student's package."""

    @property
    def used(self) -> bool:
        """Whether what the last check found could be other than for a first check."""

    @property
    def doubts(self) -> int:
        """How often something ended that the machine may have ended."""

    def renew(self) -> None:
        """Have the next check find the package as it was right after its import."""

    def begin(self, group: str = "") -> None:
        """Start a check; objects of the one before are of no use any more.

        Args:
            group: checks that name the same one may share a process, and with it
                what the package keeps in its modules.
        """

    def ask(self, request: Message, call: str, answer: Answer) -> typing.Any:
        """Return the value that a request brings back.

        Args:
            request: see `autograder.guest`.
            call: what the request is in a student's words, such as "Linear.forward".
            answer: serves what the student's code asks of lent functions meanwhile.

        Raises:
            StudentError: if the student's code gives no value.
        """

    def end(self) -> None:
        """End the check; its objects are gone."""

    def close(self) -> None:
        """Let go of everything."""

    def printed(self) -> str:
        """Return what the student's code has printed so far."""


class LocalTransport:
    """Runs a package in this process: the reference, a known mistake, a breakpoint.

    Nothing is confined and nothing is timed. Values are copied as the wire would.
    """

    def __init__(self, root: str, modules: Sequence[str]) -> None:
        self._servant = Servant(root, self._call_back)
        self._modules = list(modules)
        self._broken: frozenset[str] | None = None
        self._answer: Answer | None = None

    used = False  # all checks share this process: a second try would find the same
    doubts = 0

    def renew(self) -> None:
        """Do nothing: the package is imported once for all checks."""

    def begin(self, group: str = "") -> None:
        """Start a check; the package itself is imported once for all checks."""
        del group
        if self._broken is None:
            request = {"op": "import", "package": PACKAGE, "modules": self._modules}
            self._broken = frozenset(self._servant.handle(request)["errors"])
        self._servant.forget()

    def ask(self, request: Message, call: str, answer: Answer) -> typing.Any:
        """Return the value that a request brings back."""
        before, self._answer = self._answer, answer
        try:
            reply = self._servant.handle(request)
        finally:
            self._answer = before
        return value_of(reply, call, broken_module(request, self._broken or ()))

    def end(self) -> None:
        """Drop the objects of the check."""
        self._servant.forget()

    def close(self) -> None:
        """Drop the objects of the check."""
        self._servant.forget()

    def printed(self) -> str:
        """Return nothing: here the student's code prints to the terminal itself."""
        return ""

    def _call_back(self, request: Message) -> Message:
        if self._answer is None:
            raise RuntimeError("a lent function was called between two requests")
        return self._answer(request)


def value_of(reply: object, call: str, module: str = "") -> typing.Any:
    """Return the value of a reply.

    Raises:
        StudentRaised: if the reply tells of an exception.
        StudentDied: if it is no reply at all.
    """
    if type(reply) is dict:
        if reply.get("op") == "value" and "value" in reply:
            return reply["value"]
        if reply.get("op") == "raised":
            raise student_raised(call, reply, module)
    raise StudentDied("unreadable_answer", call=call, reason="it is no answer at all")


def broken_module(request: Message, broken: typing.Collection[str]) -> str:
    """Return the file to which a request leads, if it cannot be imported, or ""."""
    target = request.get("target")
    if not isinstance(target, Handle) or target.kind != "path":
        return ""
    first = target.name.partition(".")[0]
    return f"{PACKAGE}/{first}.py" if first in broken else ""
