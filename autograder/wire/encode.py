"""Value -> bytes: a closed set of exact types, each with its tag."""

from __future__ import annotations

import struct
import typing
from collections.abc import Callable

import numpy as np

from autograder.wire.errors import Malformed, TooLarge, Unsupported
from autograder.wire.values import (
    DTYPES,
    KINDS,
    SCALAR_CLASSES,
    Caps,
    Handle,
    dtype_code,
    nominal_bytes,
)

Part = bytes | bytearray | memoryview

_OWN_PART_BYTES = 16 * 1024  # arrays from here on are handed on without a copy
_ALIGNMENT = 16  # of such an array in its frame, so that it can stay there
_INT64 = struct.Struct("<cq")
_FLOAT64 = struct.Struct("<cd")
_SIZE = struct.Struct("<cI")
_LENGTH = struct.Struct("<I")
_HANDLE = struct.Struct("<cBQ")
_DEFAULT = Caps()


def encode(value: object, caps: Caps = _DEFAULT) -> bytes:
    """Return the payload of a frame that holds `value`.

    Raises:
        Unsupported: if a type, or a dtype, is not one of those that may travel.
        TooLarge: if a cap is exceeded.
        Malformed: if the value is nested too deeply (it may contain itself).
    """
    return b"".join(encode_parts(value, caps))


def encode_parts(value: object, caps: Caps = _DEFAULT) -> list[Part]:
    """Return the payload in parts; large arrays are views, not copies."""
    writer = _Writer(caps)
    writer.write(value)
    return writer.finish()


class _Writer:
    """Collects small things in one buffer and large arrays as parts of their own."""

    def __init__(self, caps: Caps) -> None:
        self.caps = caps
        self.most_items = caps.items
        self.depth = 0
        self.items = 0
        self.text_bytes = 0
        self.small = bytearray()
        self.parts: list[Part] = []
        self.sent = 0  # bytes in parts

    def finish(self) -> list[Part]:
        size = self.sent + len(self.small)
        _check("the value", size, self.caps.frame_bytes, "bytes")
        return [*self.parts, self.small]

    def write(self, value: typing.Any) -> None:
        self.items += 1
        if self.items > self.most_items:
            _check("the value", self.items, self.most_items, "items")
        put = _PUT.get(type(value))
        if put is None:
            put = _rare(value)
        put(self, value)

    def nest(self) -> None:
        self.depth += 1
        if self.depth > self.caps.depth:
            levels = self.caps.depth
            raise Malformed(f"nested deeper than {levels} levels; is it inside itself?")

    def put_constant(self, value: bool | None) -> None:  # noqa: FBT001 - it is the value
        self.small += b"N" if value is None else b"T" if value else b"F"

    def put_int(self, value: int) -> None:
        if -(2**63) <= value < 2**63:
            self.small += _INT64.pack(b"i", value)
            return
        size = value.bit_length() // 8 + 1
        _check("an int", size, self.caps.int_bytes, "bytes")
        self.small += _SIZE.pack(b"I", size)
        self.small += value.to_bytes(size, "little", signed=True)

    def put_float(self, value: float) -> None:
        self.small += _FLOAT64.pack(b"f", value)

    def put_str(self, value: str) -> None:
        self.small += b"s"
        self.put_text(value)

    def put_text(self, value: str) -> None:
        try:
            data = value.encode()
        except UnicodeEncodeError as exc:
            where = exc.start
            raise Unsupported(f"text with a lone surrogate at index {where}") from exc
        self.text_bytes += len(data)
        _check("the text", self.text_bytes, self.caps.text_bytes, "bytes")
        self.small += _LENGTH.pack(len(data))
        self.small += data

    def put_bytes(self, value: bytes) -> None:
        _check("a bytes value", len(value), self.caps.frame_bytes, "bytes")
        self.small += _SIZE.pack(b"b", len(value))
        self.small += value

    def put_sequence(self, value: list[object] | tuple[object, ...]) -> None:
        _check("a sequence", len(value), self.caps.items, "items")
        self.small += _SIZE.pack(b"l" if type(value) is list else b"t", len(value))
        self.nest()
        for item in value:
            self.write(item)
        self.depth -= 1

    def put_dict(self, value: dict[object, object]) -> None:
        _check("a dict", len(value), self.caps.items, "items")
        self.small += _SIZE.pack(b"d", len(value))
        self.nest()
        for key, item in value.items():
            if type(key) is not str:
                got = type(key).__name__
                raise Unsupported(f"a dict key is of type {got}, expected str")
            self.put_text(key)
            self.write(item)
        self.depth -= 1

    def put_handle(self, value: Handle) -> None:
        if value.kind not in KINDS or not 0 <= value.id < 2**63:
            raise Unsupported(f"{value!r} is not a handle of a known kind and id")
        self.small += _HANDLE.pack(b"h", KINDS.index(value.kind), value.id)
        self.put_text(value.name)

    def put_dtype(self, value: type | np.dtype[np.generic]) -> None:
        self.small += bytes((ord("y"), dtype_code(np.dtype(value))))

    def put_scalar(self, value: np.generic) -> None:
        code = dtype_code(value.dtype)
        self.small += bytes((ord("n"), code))
        self.small += np.asarray(value, DTYPES[code]).tobytes()

    def put_array(self, value: np.ndarray[typing.Any, typing.Any]) -> None:
        code = dtype_code(value.dtype)
        _check("an array", value.ndim, self.caps.rank, "axes")
        nominal = nominal_bytes(value.shape, value.itemsize)
        _check("an array", nominal, self.caps.frame_bytes, "bytes")
        self.small += bytes((ord("a"), code, value.ndim))
        self.small += struct.pack(f"<{value.ndim}Q", *value.shape)
        value = value.astype(DTYPES[code], order="C", copy=False)
        if value.nbytes < _OWN_PART_BYTES:
            self.small += b"\0"
            self.small += value.tobytes()
            return
        raw = value.reshape(-1).view(np.uint8).data
        padding = -(self.sent + len(self.small) + 1) % _ALIGNMENT
        self.small += bytes((padding,)) + bytes(padding)
        self.parts += (self.small, raw)
        self.sent += len(self.small) + len(raw)
        self.small = bytearray()


def _check(what: str, got: int, cap: int, unit: str) -> None:
    if got > cap:
        raise TooLarge(f"{what} has {got} {unit}, allowed are {cap}")


_Put = Callable[[_Writer, typing.Any], None]


def _rare(value: object) -> _Put:
    if isinstance(value, np.generic):
        return _Writer.put_scalar
    if isinstance(value, np.dtype) or (type(value) is type and value in SCALAR_CLASSES):
        return _Writer.put_dtype
    raise Unsupported(f"a value of type {type(value).__name__} may not travel")


_PUT: dict[type, _Put] = {
    type(None): _Writer.put_constant,
    bool: _Writer.put_constant,
    int: _Writer.put_int,
    float: _Writer.put_float,
    str: _Writer.put_str,
    bytes: _Writer.put_bytes,
    list: _Writer.put_sequence,
    tuple: _Writer.put_sequence,
    dict: _Writer.put_dict,
    np.ndarray: _Writer.put_array,
    Handle: _Writer.put_handle,
}
