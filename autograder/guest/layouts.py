"""Arrays in every memory layout that student code may be handed."""

from __future__ import annotations

import typing

import numpy as np

Array = np.ndarray[typing.Any, np.dtype[typing.Any]]


def place(value: Array, layout: str) -> Array:
    """Return a copy of `value` with equal elements in the given memory layout.

    Raises:
        ValueError: if the layout is none of C, F, strided, reversed, readonly.
    """
    if layout not in _LAYOUTS:
        known = ", ".join(_LAYOUTS)
        raise ValueError(f"place: layout is {layout!r}, expected one of {known}")
    return _LAYOUTS[layout](value)


def _c_order(value: Array) -> Array:
    return value.copy(order="C")


def _fortran(value: Array) -> Array:
    return value.copy(order="F")


def _strided(value: Array) -> Array:
    """Leave a gap after each element, filled with its neighbour's value."""
    if value.ndim == 0:
        return value.copy()
    return np.repeat(value, 2, axis=-1)[..., ::2]


def _reversed(value: Array) -> Array:
    """Let the memory run backwards along every axis."""
    backwards = (slice(None, None, -1),) * value.ndim
    return value[backwards].copy(order="C")[backwards]


def _readonly(value: Array) -> Array:
    copy = value.copy(order="C")
    copy.flags.writeable = False
    return copy


_LAYOUTS = {
    "C": _c_order,
    "F": _fortran,
    "strided": _strided,
    "reversed": _reversed,
    "readonly": _readonly,
}
