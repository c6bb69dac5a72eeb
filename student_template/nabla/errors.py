"""Checks of arguments, all with one form of sentence: where, what, expected, got.

Linear.forward: x has shape (8, 5), expected (N, in_features=4); axis 1 must be 4,
got 5.
"""

from __future__ import annotations

import numbers
import types
import typing

from nabla import backend

Axis: typing.TypeAlias = int | str | tuple[str, int] | types.EllipsisType
"""One expected axis: a size, the name of a free one, ("name", size), or … for any."""

T = typing.TypeVar("T")


def check_float(where: str, **arrays: object) -> None:
    """Check that every argument is an array of floats, and all of one array module.

    Raises:
        TypeError: for a list, a number, or an array of int, bool, complex or object.
    """
    for name, array in arrays.items():
        if backend.module_name(array) is None:
            raise TypeError(
                f"{where}: {name} is of type {type(array).__name__}, expected an array"
                " of float32 or float64; make one with np.array(..., dtype=float)."
            )
        dtype = typing.cast(backend.Array, array).dtype
        if dtype.kind != "f":
            raise TypeError(
                f"{where}: {name} has dtype {dtype}, expected float32 or float64;"
                f" convert it with {name}.astype(float)."
            )
    try:
        backend.array_module(**arrays)
    except TypeError as exc:
        raise TypeError(f"{where}: {exc}") from None


def check_shape(
    where: str, name: str, got: tuple[int, ...], expected: tuple[Axis, ...]
) -> None:
    """Compare a shape with the expected one; free axes must not be empty.

    Args:
        where: the function that asks, such as "Linear.forward".
        name: the argument's name.
        got: its shape.
        expected: one entry per axis: 4, "N" (any size from 1), ("in_features", 4);
            a last entry `...` allows any number of further axes.

    Raises:
        ValueError: naming both shapes and the first axis that differs.
    """
    fixed = tuple(axis for axis in expected if axis is not ...)
    wrong = _wrong_axis(got, fixed, any_rank=len(fixed) < len(expected))
    if wrong:
        written = ", ".join(_write_axis(axis) for axis in expected)
        comma = "," if len(expected) == 1 else ""
        raise ValueError(
            f"{where}: {name} has shape {tuple(got)}, expected ({written}{comma});"
            f" {wrong}."
        )


def _wrong_axis(
    got: tuple[int, ...], fixed: tuple[typing.Any, ...], *, any_rank: bool
) -> str:
    if len(got) < len(fixed) or (len(got) > len(fixed) and not any_rank):
        least = "at least " if any_rank else ""
        axes = "axis" if len(fixed) == 1 else "axes"
        return f"it must have {least}{len(fixed)} {axes}, got {len(got)}"
    for i, size in enumerate(got):
        axis = fixed[i] if i < len(fixed) else "any"
        if isinstance(axis, str):
            if size < 1:
                return f"axis {i} must be at least 1, got {size}"
            continue
        wanted = axis[1] if isinstance(axis, tuple) else axis
        if size != wanted:
            return f"axis {i} must be {wanted}, got {size}"
    return ""


def _write_axis(axis: Axis) -> str:
    if axis is ...:
        return "..."
    return f"{axis[0]}={axis[1]}" if isinstance(axis, tuple) else str(axis)


def check_size(where: str, **sizes: object) -> None:
    """Check that every argument is a whole number from 1.

    Raises:
        TypeError: if one is not a whole number.
        ValueError: if one is smaller than 1.
    """
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, numbers.Integral):
            raise TypeError(
                f"{where}: {name} is {size!r} of type {type(size).__name__}, expected"
                " a whole number (int)."
            )
        if size < 1:
            raise ValueError(f"{where}: {name} is {size}, expected at least 1.")


def check_cached(where: str, saved: T | None) -> T:
    """Return what forward has saved.

    Raises:
        RuntimeError: if that is None, so backward was called before forward.
    """
    if saved is None:
        raise RuntimeError(
            f"{where}: backward was called before forward, expected forward first;"
            " backward needs what forward saves."
        )
    return saved
