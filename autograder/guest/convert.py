"""Between objects of the guest and values of the wire."""

from __future__ import annotations

import typing
from collections.abc import Callable

import numpy as np

from autograder.guest.faults import plain_text, type_name
from autograder.wire import Caps, Handle, TooLarge, Unsupported
from autograder.wire.values import SCALAR_CLASSES, dtype_code

_CAPS = Caps()
_DEPTH = 24  # below the wire's cap, which also counts the reply around the value
_AS_THEY_ARE = {type(None), bool, int, float, bytes}
_PLAIN: dict[type, Callable[[typing.Any], object]] = {
    str: plain_text,
    int: int.__index__,
    float: float.__float__,
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
}


class Objects:
    """What stays in the guest, and the handles by which the host knows it."""

    def __init__(self) -> None:
        self._by_number: dict[int, object] = {}
        self._lent: dict[tuple[int, str], object] = {}
        self._handles: dict[int, Handle] = {}  # id(object) -> handle

    def keep(self, value: object) -> Handle:
        """Return the object's handle; the same object always has the same one.

        Raises:
            TooLarge: if there are more objects than a frame may have items.
        """
        handle = self._handles.get(id(value))
        if handle is None:
            number = len(self._by_number) + 1
            if number > _CAPS.items:
                raise TooLarge(f"more than {_CAPS.items} objects handed to the grader")
            handle = Handle("object", number, _type_of(value))
            self._by_number[number] = value  # while it lives, its id stays its own
            self._handles[id(value)] = handle
        return handle

    def get(self, handle: Handle) -> object:
        """Return the object of a handle.

        Raises:
            LookupError: if the handle is not from this check.
        """
        if handle.id not in self._by_number:
            raise LookupError(f"no object {handle.id} ({handle.name}) in this check")
        return self._by_number[handle.id]

    def stub(self, handle: Handle, make: Callable[[Handle], object]) -> object:
        """Return the stand-in for something lent, made on first use.

        Sent back to the host it is the host's own handle again. Checks that share a
        fork number what they lend from 1 each: one number, perhaps of two kinds.
        """
        key = handle.id, handle.name
        if key not in self._lent:
            stub = make(handle)
            self._lent[key] = stub
            self._handles[id(stub)] = handle
        return self._lent[key]


def incoming(value: typing.Any, resolve: Callable[[Handle], object]) -> typing.Any:
    """Return a decoded value with its handles replaced by what they stand for."""
    kind = type(value)
    if kind is Handle:
        return resolve(value)
    if kind is list:
        return [incoming(item, resolve) for item in value]
    if kind is tuple:
        return tuple([incoming(item, resolve) for item in value])
    if kind is dict:
        return {key: incoming(item, resolve) for key, item in value.items()}
    return value


def item_key(value: typing.Any) -> typing.Any:
    """Return what stands between brackets: slices and the ellipsis came as dicts."""
    if type(value) is tuple:
        return tuple([item_key(part) for part in value])
    if type(value) is dict:
        return slice(*value["slice"]) if "slice" in value else Ellipsis
    return value


def outgoing(value: object, objects: Objects, *, keep: bool = False) -> typing.Any:
    """Return a value that the wire takes; handles stand for what may not travel.

    Subclasses of the builtin types and of ndarray become plain, containers are
    converted element by element. With `keep`, arrays become handles, too.

    Raises:
        TooLarge: if there are more elements than a frame may have.
    """
    return _Outgoing(objects, keep=keep).convert(value, 0)


class _Outgoing:
    """One conversion; it counts, so that `a = []; a += [a, a]` comes to an end."""

    def __init__(self, objects: Objects, *, keep: bool) -> None:
        self._objects = objects
        self._keep = keep
        self._items = 0

    def convert(self, value: typing.Any, depth: int) -> typing.Any:
        self._items += 1
        if self._items > _CAPS.items:
            raise TooLarge(f"a result with more than {_CAPS.items} elements")
        kind = type(value)  # not isinstance: __class__ may say anything
        if kind in _AS_THEY_ARE:
            return value
        if issubclass(kind, (list, tuple, dict)):
            return self._container(value, kind, depth + 1)
        if issubclass(kind, (np.generic, np.ndarray, np.dtype, type)):
            stays = self._keep and issubclass(kind, np.ndarray)
            plain = None if stays else _numeric(value, kind)
            if plain is not None:
                return plain
        for base, convert in _PLAIN.items():
            if issubclass(kind, base):
                return convert(value)
        return self._objects.keep(value)

    def _container(self, value: typing.Any, kind: type, depth: int) -> typing.Any:
        if depth > _DEPTH:
            return self._objects.keep(value)
        if not issubclass(kind, dict):
            items = [self.convert(item, depth) for item in value]
            return items if issubclass(kind, list) else tuple(items)
        pairs = [(key, value[key]) for key in value]
        if not all(issubclass(type(key), str) for key, _ in pairs):
            return self._objects.keep(value)
        return {plain_text(key): self.convert(item, depth) for key, item in pairs}


def _numeric(value: typing.Any, kind: type) -> typing.Any:
    """Return the exact numpy value, None if it is not one that may travel."""
    plain: typing.Any
    if issubclass(kind, np.ndarray):
        plain = np.ndarray.view(value, np.ndarray)
        dtype = plain.dtype
    elif issubclass(kind, np.generic):
        array = np.asarray(value)
        plain, dtype = array[()], array.dtype
    elif issubclass(kind, np.dtype) or (kind is type and value in SCALAR_CLASSES):
        plain = dtype = np.dtype(value)
    else:
        return None
    try:
        dtype_code(dtype)
    except Unsupported:
        return None
    return plain


def _type_of(value: object) -> str:
    name = type_name(value)
    return f"{name}[{value.dtype}]" if type(value) is np.ndarray else name
