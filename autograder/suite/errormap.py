"""Where an array is wrong: relative errors, thinned out to at most 32 × 32."""

from __future__ import annotations

import typing

import numpy as np

from autograder.records import ErrorMap

Array = np.ndarray[typing.Any, np.dtype[typing.Any]]

_SIDE = 32
_DIGITS = 4


def error_map(
    name: str, actual: Array, expected: Array, least_axes: int = 2
) -> ErrorMap | None:
    """Return the map of two arrays of one shape, None if they have too few axes.

    A vector is one row. Axes behind the second are folded into it. A cell of a
    thinned map is the largest error of its block.
    """
    if actual.ndim < least_axes or actual.shape != expected.shape or not actual.size:
        return None
    with np.errstate(all="ignore"):
        scale = np.maximum(np.abs(expected), 1e-8 * (np.abs(expected).max() or 1.0))
        relative = np.abs(actual - expected) / scale
    relative = np.nan_to_num(relative, nan=0.0, posinf=1e9).clip(0.0, 1e9)
    rows = len(relative) if actual.ndim > 1 else 1
    grid = _thinned(relative.reshape(rows, -1))
    values = tuple(tuple(float(f"{x:.{_DIGITS}g}") for x in row) for row in grid)
    return ErrorMap(name=name, shape=actual.shape, values=values)


def _thinned(grid: Array) -> Array:
    for axis in (0, 1):
        size = grid.shape[axis]
        if size > _SIDE:
            starts = np.linspace(0, size, _SIDE, endpoint=False).astype(int)
            grid = np.maximum.reduceat(grid, starts, axis=axis)
    return grid
