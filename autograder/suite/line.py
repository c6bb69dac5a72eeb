"""One check's conversation with a student's package: handles and lent things."""

# ruff: noqa: SLF001 - public names of a proxy would hide those of the student's object

from __future__ import annotations

import dataclasses
import typing

import numpy as np

from autograder.errors import KitError, SuiteError
from autograder.messages import NAME_LIMIT, clean
from autograder.suite.failures import (
    CheckFailed,
    StudentDied,
    StudentError,
    StudentRaised,
)
from autograder.suite.transport import Message, Transport
from autograder.wire import Handle

_METHODS = {"function": ("__call__",), "module": ("forward", "backward")}


@dataclasses.dataclass(frozen=True, slots=True)
class Lent:
    """Something of the host that the student's code may call."""

    thing: typing.Any
    handle: Handle


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """What the student's side gave last, and for which call."""

    op: str
    call: str
    value: typing.Any


class Remote:
    """A name for something on the student's side; all else is in the subclasses."""

    __slots__ = ("_handle", "_label", "_line")

    _handle: Handle
    _label: str
    _line: Line

    def __init__(self, line: Line, handle: Handle, label: str) -> None:
        object.__setattr__(self, "_line", line)
        object.__setattr__(self, "_handle", handle)
        object.__setattr__(self, "_label", label)

    def _ask(self, op: str, part: str, **keys: object) -> typing.Any:
        dot = "." if part and not part.startswith("[") else ""
        return self._line.ask(f"{self._label}{dot}{part}", op, target=self, **keys)


def handle_of(remote: Remote) -> Handle:
    """Return the handle behind a proxy."""
    return remote._handle


def label_of(remote: Remote) -> str:
    """Return what messages call the thing behind a proxy."""
    return remote._label


def relabel(remote: Remote, label: str) -> None:
    """Let messages call the thing behind a proxy something else."""
    object.__setattr__(remote, "_label", label)


class Line:
    """Carries the requests of one check; after its end nothing goes through any more.

    Args:
        wrap: makes the proxy of an object from its handle and what to call it.
    """

    def __init__(self, transport: Transport, wrap: type[Remote]) -> None:
        self._transport = transport
        self._wrap = wrap
        self._lent: dict[int, Lent] = {}
        self._failure: CheckFailed | None = None
        self._open = True
        self.last: Reply | None = None

    def ask(self, call: str, op: str, /, **keys: object) -> typing.Any:
        """Return the value that a request brings back.

        Raises:
            StudentError: if the student's code gives no value.
            SuiteError: if the check to which the line belongs has ended.
            CheckFailed: if a verb inside a lent function failed meanwhile.
        """
        if not self._open:
            raise SuiteError(
                f"{call} belongs to a check that has ended.",
                "Make all objects inside the check that uses them.",
            )
        request = {"op": op, **{key: self._outgoing(keys[key]) for key in keys}}
        try:
            value = self._incoming(
                self._transport.ask(request, call, self._answer), call
            )
            self.last = Reply(op, call, value)
            return value
        finally:
            failure, self._failure = self._failure, None
            if failure is not None:
                raise failure

    def lend(self, thing: object, kind: str) -> Lent:
        """Return the thing in a form that may be handed to the student's code.

        Raises:
            SuiteError: if it lacks the methods that can be called from there.
        """
        missing = [name for name in _METHODS[kind] if not hasattr(thing, name)]
        if missing:
            raise SuiteError(
                f"{type(thing).__name__} cannot be lent as a {kind}:"
                f" it has no {missing[0]}."
            )
        number = len(self._lent) + 1
        lent = Lent(thing, Handle("lent", number, kind))
        self._lent[number] = lent
        return lent

    def hang_up(self) -> None:
        """End the conversation: objects of this check are of no further use."""
        self._open = False

    def _outgoing(self, value: object) -> typing.Any:
        if isinstance(value, (Remote, Lent)):
            return handle_of(value) if isinstance(value, Remote) else value.handle
        if isinstance(value, (list, tuple)):
            items = [self._outgoing(item) for item in value]
            return items if isinstance(value, list) else tuple(items)
        if isinstance(value, dict):
            return {key: self._outgoing(item) for key, item in value.items()}
        return np.asarray(value) if isinstance(value, np.ndarray) else value

    def _incoming(self, value: typing.Any, call: str) -> typing.Any:
        if type(value) is Handle:
            lent = self._lent.get(value.id) if value.kind == "lent" else None
            if value.kind != "object" and lent is None:
                raise StudentDied("unreadable_answer", call=call, reason="a forgery")
            return self._wrap(self, value, _label(value.name))
        if type(value) in (list, tuple):
            return type(value)(self._incoming(item, call) for item in value)
        if type(value) is dict:
            return {key: self._incoming(item, call) for key, item in value.items()}
        return value

    def _answer(self, request: Message) -> Message:
        """Serve a call of something lent; its exceptions go back as text."""
        try:
            value = self._call_lent(request)
            return {"op": "value", "value": self._outgoing(value)}
        except CheckFailed as failure:
            self._failure = failure
            return _raised("RuntimeError", ["RuntimeError", "Exception"], "checked")
        except StudentRaised as exc:
            return _raised(exc.type, list(exc.mro), exc.text)
        except (StudentError, KitError):
            raise
        except Exception as exc:  # noqa: BLE001 - whatever it is, it is the caller's
            names = [cls.__name__ for cls in type(exc).__mro__ if cls is not object]
            return _raised(names[0], names, str(exc)[:2000])

    def _call_lent(self, request: Message) -> object:
        lent = self._lent[request["id"]]
        method = request["method"]
        if method not in _METHODS[lent.handle.name]:
            raise AttributeError("what was lent has no such method")
        call = "a lent function"
        args = self._incoming(request["args"], call)
        kwargs = self._incoming(request["kwargs"], call)
        return getattr(lent.thing, method)(*args, **kwargs)


def _raised(name: str, mro: list[str], text: str) -> Message:
    return {"op": "raised", "type": name, "mro": mro, "text": text, "where": ""}


def _label(name: str) -> str:
    label = clean(name, NAME_LIMIT)
    return label if label.partition("[")[0].isidentifier() else "object"
