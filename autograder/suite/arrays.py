"""Two arrays, in the order in which a student can act: dtype, shape, NaN, values."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping

import numpy as np

from autograder.messages import say
from autograder.suite import describe, hypotheses
from autograder.suite.errormap import error_map
from autograder.suite.failures import CheckFailed
from autograder.suite.tolerances import Tolerance, allowed, tolerance_for

Array = np.ndarray[typing.Any, np.dtype[typing.Any]]

_ROWS = 5
_NOT_FINITE: tuple[tuple[str, typing.Any], ...] = (
    ("NaN (not a number)", np.isnan),
    ("infinity", np.isposinf),
    ("minus infinity", np.isneginf),
)


class Wanted(typing.NamedTuple):
    """What the author says beside the expected value; `shown`: expected values, too."""

    name: str
    rtol: float | None = None
    atol: float | None = None
    any_dtype: bool = False
    alternatives: Mapping[str, object] = types.MappingProxyType({})
    sizes: Mapping[str, int] = types.MappingProxyType({})
    shown: bool = False


def compare_arrays(actual: Array, expected: Array, wanted: Wanted) -> None:
    """Compare two arrays.

    Raises:
        CheckFailed: with what differs and, if it is certain, why.
    """
    compare_dtypes(actual, expected, wanted)
    case = case_of(actual, expected, wanted)
    if actual.shape != expected.shape:
        fail_shape(case)
    if actual.dtype.kind == "f" and expected.dtype.kind == "f":
        _compare_finite(case)
    _compare_values(case, wanted)


def case_of(actual: Array, expected: Array, wanted: Wanted) -> hypotheses.Case:
    """Return the two arrays with all that a diagnosis may use."""
    table = tolerance_for(actual.dtype, expected.dtype)
    rtol = table.rtol if wanted.rtol is None else wanted.rtol
    atol = table.atol if wanted.atol is None else 0.0
    arrays = {title: np.asarray(a) for title, a in wanted.alternatives.items()}
    tolerance = Tolerance(rtol, atol)
    return hypotheses.Case(
        wanted.name, actual, expected, tolerance, wanted.sizes, arrays
    )


def compare_dtypes(actual: Array, expected: Array, wanted: Wanted) -> None:
    """Compare dtypes: floats exactly, of all else only the kind.

    Raises:
        CheckFailed: if they do not agree.
    """
    got, want = actual.dtype, expected.dtype
    same_float = got == want or want.kind != "f" or wanted.any_dtype
    widened = wanted.any_dtype and want.kind == "f" and got.kind in "iu"
    if (got.kind == want.kind and same_float) or widened:
        return
    code = "upcast" if got.kind == want.kind == "f" and got > want else "wrong_dtype"
    code = "integers" if got.kind in "iu" and want.kind == "f" else code
    message = say(code, name=wanted.name, got=got, expected=want)
    raise CheckFailed(message, actual=actual, name=wanted.name)


def fail_shape(case: hypotheses.Case) -> typing.NoReturn:
    """Raise the failure for an array of another shape."""
    message = say(
        "wrong_shape",
        name=case.name,
        got=case.actual.shape,
        expected=case.expected.shape,
    )
    message = joined(message, hypotheses.diagnose(case))
    raise CheckFailed(message, actual=case.actual, name=case.name)


def _compare_finite(case: hypotheses.Case) -> None:
    """NaN and infinity must stand where they are expected, and nowhere else."""
    actual, expected, name = case.actual, case.expected, case.name
    for what, test in _NOT_FINITE:
        extra = int((test(actual) & ~test(expected)).sum())
        if extra and np.isfinite(expected).all():
            entries = f" in {extra} of {actual.size} entries" if actual.ndim else ""
            message = say("not_finite", name=name, what=what, entries=entries)
            raise CheckFailed(message, actual=actual, name=name)
        if not np.array_equal(test(actual), test(expected)):
            message = say("too_finite", name=name, what=what)
            raise CheckFailed(message, actual=actual, name=name)


def _compare_values(case: hypotheses.Case, wanted: Wanted) -> None:
    actual, expected = case.actual, case.expected
    difference = _difference(actual, expected)
    margin = allowed(expected, case.tolerance) + (wanted.atol or 0.0)
    wrong = difference > margin
    if actual.dtype.kind in "biu" and expected.dtype.kind in "biu":
        wrong = actual != expected
    if not wrong.any():
        return
    parts = [_summary(case, difference, wrong)]
    if wanted.shown:
        excess = np.where(wrong, difference - margin, 0.0)
        parts.append(describe.worst_rows(actual, expected, excess, _ROWS))
    parts.append(hypotheses.diagnose(case))
    grid = error_map(case.name, actual, expected)
    message = joined(*parts)
    raise CheckFailed(message, actual=actual, name=case.name, error_map=grid)


def _difference(actual: Array, expected: Array) -> Array:
    wide = np.complex128 if expected.dtype.kind == "c" else np.float64
    with np.errstate(all="ignore"):
        difference = np.abs(np.subtract(actual, expected, dtype=wide))
    both_infinite = actual == expected  # inf - inf is NaN
    return np.where(both_infinite | np.isnan(difference), 0.0, difference)


def _summary(case: hypotheses.Case, difference: Array, wrong: Array) -> str:
    size = np.where(np.isfinite(case.expected), np.abs(case.expected), 0.0)
    compared = wrong & (size > 0)
    relative = ""
    if compared.any():
        largest = float((difference[compared] / size[compared]).max())
        relative = f" (relative {largest:.2g})"
    values = {
        "name": case.name,
        "absolute": f"{float(difference.max()):.2g}",
        "relative": relative,
    }
    if case.expected.ndim == 0:
        return say("differs_scalar", **values)
    return say("differs", wrong=int(wrong.sum()), size=wrong.size, **values)


def joined(*parts: str) -> str:
    """Return the parts that are not empty, one per line."""
    return "\n".join(part for part in parts if part)
