"""The dispatcher: one request in, one reply out, whatever student code does."""

from __future__ import annotations

import contextlib
import itertools
import typing
import warnings
from collections.abc import Callable, Iterator

import numpy as np

from autograder.guest.convert import Objects, incoming, item_key, outgoing
from autograder.guest.faults import Reply, describe, rebuild
from autograder.guest.layouts import place
from autograder.guest.lent import LentFunction, lent_module_class
from autograder.guest.loading import Package
from autograder.guest.lookup import attribute, public_names
from autograder.wire import Handle, WireError, decode, encode

_ITERATED_ELEMENTS = 1000
_NAMES = 200

Request = dict[str, typing.Any]
Callback = Callable[[Request], Reply]
_Operation = Callable[["Servant", Request], Reply]


class Servant:
    """Serves the student's package: in the guest, or in the host's own process.

    Args:
        root: the folder that holds the package; None takes what an ordinary import
            of the name finds.
        callback: takes a "callback" request for something lent, gives its reply.
        alone: True in the guest, where all values come over the wire and no other
            package of that name exists. Otherwise values are copied in and out just
            as the wire would, and the process is left as it was found.
    """

    def __init__(
        self,
        root: str | None,
        callback: Callback | None = None,
        *,
        alone: bool = False,
    ) -> None:
        self._root = root
        self._alone = alone
        self._callback = callback
        self._package = Package(root, "nabla", alone=alone)
        self._objects = Objects()

    def handle(self, request: Request) -> Reply:
        """Serve one request; exceptions of student code become "raised" replies."""
        if self._alone:
            return self._serve(request)
        with self._as_guest():
            try:
                reply = self._serve(decode(encode(request)))
                return typing.cast(Reply, decode(encode(reply)))
            except WireError as exc:  # a value that may not travel
                return describe(exc, self._package.folder)

    def forget(self) -> None:
        """Drop all objects, as the end of a fork does."""
        self._objects = Objects()

    def _serve(self, request: Request) -> Reply:
        try:
            return self._operations[request["op"]](self, request)
        except BaseException as exc:  # SystemExit, too, is theirs
            if isinstance(exc, KeyboardInterrupt) and not self._alone:
                raise
            return describe(exc, self._package.folder)

    @contextlib.contextmanager
    def _as_guest(self) -> Iterator[None]:
        with self._package.running(), warnings.catch_warnings(), np.errstate():
            warnings.simplefilter("default")
            yield

    def _import(self, request: Request) -> Reply:
        name = request["package"]
        self._package = Package(self._root, name, alone=self._alone)
        self._package.load(request["modules"])
        keys = ("type", "text", "where")
        errors = {
            module: {key: reply[key] for key in keys}
            for module, reply in self._package.errors.items()
        }
        return {"op": "imported", "errors": errors}

    def _begin(self, _request: Request) -> Reply:
        self.forget()
        return {"op": "begun"}

    def _end(self, _request: Request) -> Reply:
        self.forget()
        return {"op": "ended", "status": 0, "printed": ""}

    def _call(self, request: Request) -> Reply:
        target = self._resolve(request["target"])
        if "method" in request:
            target = attribute(target, request["method"])
        args = self._incoming(request["args"])
        kwargs = self._incoming(request["kwargs"])
        return self._value(target(*args, **kwargs), request)

    def _get(self, request: Request) -> Reply:
        target = self._resolve(request["target"])
        return self._value(attribute(target, request["name"]), request)

    def _set(self, request: Request) -> Reply:
        value = self._incoming(request["value"])
        setattr(self._resolve(request["target"]), request["name"], value)
        return self._value(None)

    def _item(self, request: Request) -> Reply:
        key = item_key(self._incoming(request["key"]))
        return self._value(self._resolve(request["target"])[key], request)

    def _length(self, request: Request) -> Reply:
        return self._value(len(self._resolve(request["target"])))

    def _iterate(self, request: Request) -> Reply:
        elements = iter(self._resolve(request["target"]))
        return self._value(list(itertools.islice(elements, _ITERATED_ELEMENTS)))

    def _names(self, request: Request) -> Reply:
        return self._value(public_names(self._resolve(request["target"]))[:_NAMES])

    def _place(self, request: Request) -> Reply:
        array = place(request["value"], request["layout"])
        return {"op": "value", "value": self._objects.keep(array)}

    def _look(self, request: Request) -> Reply:
        return self._value(self._resolve(request["target"]))

    def _shares(self, request: Request) -> Reply:
        first = self._resolve(request["first"])
        second = self._resolve(request["second"])
        return self._value(bool(np.shares_memory(first, second)))

    def _same(self, request: Request) -> Reply:
        first = self._resolve(request["first"])
        return self._value(first is self._resolve(request["second"]))

    def _value(self, value: object, request: Request | None = None) -> Reply:
        keep = request is not None and request.get("keep") is True
        return {"op": "value", "value": outgoing(value, self._objects, keep=keep)}

    def _incoming(self, value: typing.Any) -> typing.Any:
        return incoming(value, self._resolve)

    def _resolve(self, handle: Handle) -> typing.Any:
        if handle.kind == "object":
            return self._objects.get(handle)
        if handle.kind == "path":
            return self._package.find(handle.name)
        if handle.kind == "lent":
            return self._objects.stub(handle, self._stand_in)
        found: typing.Any = np
        for name in handle.name.split("."):
            found = attribute(found, name)
        return found

    def _stand_in(self, handle: Handle) -> object:
        if handle.name != "module":
            return LentFunction(handle, self._exchange)
        base = self._package.find("module.Module")
        return lent_module_class(base)(handle, self._exchange)

    def _exchange(
        self,
        handle: Handle,
        method: str,
        args: tuple[typing.Any, ...],
        kwargs: dict[str, typing.Any],
    ) -> typing.Any:
        request = {
            "op": "callback",
            "id": handle.id,
            "method": method,
            "args": outgoing(list(args), self._objects),
            "kwargs": outgoing(kwargs, self._objects),
        }
        reply = self._ask(request)
        if reply["op"] == "raised":
            raise rebuild(reply)
        return self._incoming(reply["value"])

    def _ask(self, request: Request) -> Reply:
        if self._callback is None:
            raise RuntimeError("a lent function was called, but nobody answers")
        if self._alone:
            return self._callback(request)
        request = decode(encode(request))
        with self._package.paused():
            reply = self._callback(request)
        return typing.cast(Reply, decode(encode(reply)))

    _operations: typing.ClassVar[dict[str, _Operation]] = {
        "import": _import,
        "begin": _begin,
        "end": _end,
        "call": _call,
        "get": _get,
        "set": _set,
        "item": _item,
        "length": _length,
        "iterate": _iterate,
        "names": _names,
        "place": _place,
        "look": _look,
        "shares": _shares,
        "same": _same,
    }
