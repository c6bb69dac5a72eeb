"""What may travel: the handle, the caps and the allow-list of dtypes."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from autograder.wire.errors import Unsupported

KINDS = ("object", "path", "numpy", "lent")

_CODES = "? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16"
DTYPES: tuple[np.dtype[np.generic], ...] = tuple(
    np.dtype(code if code == "?" else f"<{code}") for code in _CODES.split()
)
"""Allowed dtypes, little-endian; the position is the code on the wire."""

_CODE_OF = {(dtype.kind, dtype.itemsize): code for code, dtype in enumerate(DTYPES)}


SCALAR_CLASSES = frozenset(np.dtype(code).type for code in "?bhilqBHILQefdFD")
"""Classes such as np.float32, which travel as the dtype they stand for."""


def dtype_code(dtype: np.dtype[np.generic]) -> int:
    """Return the code of a dtype, whatever its byte order.

    Raises:
        Unsupported: if the dtype is not on the allow-list.
    """
    code = _CODE_OF.get((dtype.kind, dtype.itemsize))
    if code is None:
        allowed = ", ".join(str(dtype) for dtype in DTYPES)
        raise Unsupported(f"dtype {dtype} may not travel; allowed are {allowed}")
    return code


def nominal_bytes(shape: tuple[int, ...], itemsize: int) -> int:
    """Return the bytes of an array if its axes of length 0 had length 1.

    An axis of length 0 must not hide that another one is absurd.
    """
    return math.prod([size or 1 for size in shape]) * itemsize


@dataclasses.dataclass(frozen=True, slots=True)
class Handle:
    """A name for something that stays on its own side of the wire.

    | kind   | stands for                          | id     | name                 |
    |--------|-------------------------------------|--------|----------------------|
    | object | an object in the guest              | number | its type's name      |
    | path   | a dotted path inside the package    | 0      | "layers.Linear"      |
    | numpy  | a dotted path inside the guest's np | 0      | "random.default_rng" |
    | lent   | something that lives on the host    | number | "function", "module" |
    """

    kind: str
    id: int
    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Caps:
    """What one frame may hold; checked before anything is allocated.

    `int_bytes` stays below the 4300 digits at which Python refuses to print an int.
    `text_bytes` counts all the text of a frame together.
    """

    frame_bytes: int = 256 * 1024**2
    depth: int = 32
    items: int = 100_000
    text_bytes: int = 1024**2
    int_bytes: int = 1024
    rank: int = 16
