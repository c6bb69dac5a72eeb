"""Bytes -> value; whatever is wrong with the bytes is a WireError.

Every size is checked against its cap, and against the bytes that are there, before
anything is allocated.
"""

from __future__ import annotations

import struct
import typing
from collections.abc import Callable

import numpy as np

from autograder.wire.errors import Malformed, TooLarge, Truncated, UnknownTag
from autograder.wire.values import DTYPES, KINDS, Caps, Handle, nominal_bytes

_INT64 = struct.Struct("<q")
_FLOAT64 = struct.Struct("<d")
_LENGTH = struct.Struct("<I")
_HANDLE = struct.Struct("<BQ")
_DEFAULT = Caps()
_IN_PLACE_BYTES = 64 * 1024  # smaller arrays are copied, and do not hold the frame


def decode(data: bytes | bytearray | memoryview, caps: Caps = _DEFAULT) -> typing.Any:
    """Return the value of a frame's payload; arrays are fresh and writable.

    Raises:
        WireError: UnknownTag, TooLarge, Truncated or Malformed.
    """
    return _decode(_Reader(memoryview(data), caps, owned=False))


def decode_owned(data: memoryview, caps: Caps) -> typing.Any:
    """Decode memory that nobody else uses: large arrays may stay where they are."""
    return _decode(_Reader(data, caps, owned=True))


def _decode(reader: _Reader) -> typing.Any:
    if reader.end > reader.caps.frame_bytes:
        got, cap = reader.end, reader.caps.frame_bytes
        raise TooLarge(f"the frame has {got} bytes, allowed are {cap}")
    value = reader.read()
    if reader.at != reader.end:
        raise Malformed(f"{reader.end - reader.at} bytes after the value")
    return value


class _Reader:
    """A position in the payload, and what has been read so far."""

    def __init__(self, data: memoryview, caps: Caps, *, owned: bool) -> None:
        self.owned = owned
        self.bytes = data
        self.caps = caps
        self.most_items = caps.items
        self.at = 0
        self.end = len(data)
        self.depth = 0
        self.items = 0
        self.text_bytes = 0

    def skip(self, size: int) -> int:
        """Go on by `size` bytes and return where they begin."""
        start = self.at
        if size > self.end - start:
            got = self.end - start
            raise Truncated(f"expected {size} more bytes at byte {start}, got {got}")
        self.at = start + size
        return start

    def take(self, size: int) -> memoryview:
        start = self.skip(size)
        return self.bytes[start : self.at]

    def byte(self) -> int:
        return self.bytes[self.skip(1)]

    def read(self) -> typing.Any:
        self.items += 1
        if self.items > self.most_items:
            raise TooLarge(f"more than {self.most_items} items in one frame")
        tag = self.byte()
        get = _GET.get(tag)
        if get is None:
            raise UnknownTag(f"unknown tag {tag} at byte {self.at - 1}")
        return get(self)

    def nest(self) -> None:
        self.depth += 1
        if self.depth > self.caps.depth:
            raise Malformed(f"nested deeper than {self.caps.depth} levels")

    def length(self, what: str, cap: int) -> int:
        size: int = _LENGTH.unpack_from(self.bytes, self.skip(4))[0]
        if size > cap:
            raise TooLarge(f"{what} of length {size}, allowed are {cap}")
        return size

    def get_none(self) -> None:
        return None

    def get_true(self) -> bool:
        return True

    def get_false(self) -> bool:
        return False

    def get_integer(self) -> int:
        return int(_INT64.unpack_from(self.bytes, self.skip(8))[0])

    def get_big_integer(self) -> int:
        size = self.length("int", self.caps.int_bytes)
        return int.from_bytes(self.take(size), "little", signed=True)

    def get_real(self) -> float:
        return float(_FLOAT64.unpack_from(self.bytes, self.skip(8))[0])

    def get_text(self) -> str:
        size = self.length("text", self.caps.text_bytes - self.text_bytes)
        self.text_bytes += size
        try:
            return str(self.take(size), "utf-8")
        except UnicodeDecodeError as exc:
            raise Malformed(f"text is not UTF-8: {exc.reason}") from exc

    def get_data(self) -> bytes:
        return bytes(self.take(self.length("bytes", self.caps.frame_bytes)))

    def get_list(self) -> list[typing.Any]:
        count = self.length("list", self.caps.items)
        self.nest()
        items = [self.read() for _ in range(count)]
        self.depth -= 1
        return items

    def get_tuple(self) -> tuple[typing.Any, ...]:
        return tuple(self.get_list())

    def get_dict(self) -> dict[str, typing.Any]:
        count = self.length("dict", self.caps.items)
        self.nest()
        pairs = {}
        for _ in range(count):
            key = self.get_text()
            if key in pairs:
                raise Malformed(f"the key {key[:40]!r} stands twice in one dict")
            pairs[key] = self.read()
        self.depth -= 1
        return pairs

    def get_handle(self) -> Handle:
        kind, number = _HANDLE.unpack_from(self.bytes, self.skip(_HANDLE.size))
        if kind >= len(KINDS):
            raise UnknownTag(f"unknown handle kind {kind}")
        if number >= 2**63:
            raise Malformed(f"handle id {number} does not fit 63 bits")
        return Handle(KINDS[kind], number, self.get_text())

    def get_dtype(self) -> np.dtype[np.generic]:
        code = self.byte()
        if code >= len(DTYPES):
            raise UnknownTag(f"unknown dtype code {code}")
        return DTYPES[code]

    def get_scalar(self) -> typing.Any:
        dtype = self.get_dtype()
        return self._elements(dtype, (), dtype.itemsize)[()]

    def get_array(self) -> np.ndarray[typing.Any, typing.Any]:
        dtype = self.get_dtype()
        rank = self.byte()
        if rank > self.caps.rank:
            raise TooLarge(f"array with {rank} axes, allowed are {self.caps.rank}")
        shape = struct.unpack_from(f"<{rank}Q", self.bytes, self.skip(8 * rank))
        nominal = nominal_bytes(shape, dtype.itemsize)
        if nominal > self.caps.frame_bytes:
            cap = self.caps.frame_bytes
            raise TooLarge(f"array of shape {shape} and {dtype}, allowed {cap} bytes")
        self.skip(self.byte())  # padding
        return self._elements(dtype, shape, 0 if 0 in shape else nominal)

    def _elements(
        self, dtype: np.dtype[np.generic], shape: typing.Any, size: int
    ) -> np.ndarray[typing.Any, typing.Any]:
        if size == 0:
            return np.empty(shape, dtype)
        raw = self.take(size)
        if dtype.kind == "b" and np.frombuffer(raw, np.uint8).max() > 1:
            raise Malformed("a bool that is neither 0 nor 1")
        value = np.frombuffer(raw, dtype).reshape(shape)
        in_place = self.owned and size >= _IN_PLACE_BYTES and value.flags.aligned
        return value if in_place else value.copy()


_GET: dict[int, Callable[[_Reader], typing.Any]] = {
    ord("N"): _Reader.get_none,
    ord("T"): _Reader.get_true,
    ord("F"): _Reader.get_false,
    ord("i"): _Reader.get_integer,
    ord("I"): _Reader.get_big_integer,
    ord("f"): _Reader.get_real,
    ord("s"): _Reader.get_text,
    ord("b"): _Reader.get_data,
    ord("l"): _Reader.get_list,
    ord("t"): _Reader.get_tuple,
    ord("d"): _Reader.get_dict,
    ord("a"): _Reader.get_array,
    ord("n"): _Reader.get_scalar,
    ord("y"): _Reader.get_dtype,
    ord("h"): _Reader.get_handle,
}
