"""The one table of tolerances; an author who departs from it gives a reason.

Relative tolerances leave room for another order of summation, not for arithmetic in a
smaller type: float64 results computed in float32 are off by 1e-7 and must be noticed.
"""

from __future__ import annotations

import dataclasses
import typing

import numpy as np

Array = np.ndarray[typing.Any, np.dtype[typing.Any]]


@dataclasses.dataclass(frozen=True, slots=True)
class Tolerance:
    """Two numbers agree when |a - b| <= atol * (largest |b|) + rtol * |b|."""

    rtol: float
    atol: float


BY_DTYPE = {
    "float64": Tolerance(1e-9, 1e-11),
    "float32": Tolerance(1e-4, 1e-5),
    "float16": Tolerance(1e-2, 1e-3),
}

GRADIENT = Tolerance(1e-5, 1e-8)
"""For an analytic against a central difference of float64 with h = 1e-6."""

EXACT = Tolerance(0.0, 0.0)


def tolerance_for(*dtypes: np.dtype[typing.Any]) -> Tolerance:
    """Return the widest tolerance of the dtypes; integers and bools are exact."""
    found = [BY_DTYPE[str(dtype)] for dtype in dtypes if str(dtype) in BY_DTYPE]
    found += [BY_DTYPE["float64"] for dtype in dtypes if dtype.kind == "c"]
    return max(found, key=lambda tolerance: tolerance.rtol, default=EXACT)


def allowed(expected: Array, tolerance: Tolerance) -> Array:
    """Return how far each entry may be from the expected one."""
    size = np.abs(np.where(np.isfinite(expected), expected, 0.0))
    largest = float(size.max(initial=0.0)) or 1.0
    return np.asarray(tolerance.atol * largest + tolerance.rtol * size)
