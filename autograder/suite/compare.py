"""`close` and `shape_is`: is the student's value the expected one, and if not, why."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence

import numpy as np

from autograder.messages import say
from autograder.suite import describe
from autograder.suite.arrays import Wanted, compare_arrays
from autograder.suite.context import verb
from autograder.suite.failures import CheckFailed

_BOOLS = (bool, np.bool_)
_INTS = (int, np.integer)
_NUMBERS = (int, float, complex, np.number)


def close(
    actual: object,
    expected: object,
    name: str = "the result",
    *,
    rtol: float | None = None,
    atol: float | None = None,
    any_dtype: bool = False,
    alternatives: Mapping[str, object] | None = None,
    **sizes: int,
) -> None:
    """Check that the student's value is the expected one, to rounding.

    Type, dtype, shape and values are compared in this order. Tuples, lists and dicts
    are compared item by item; names for the items may be given as "dx, dW, db".

    Args:
        actual: the student's value.
        expected: the right one, computed on the host.
        name: what the student calls it, such as "dW".
        rtol: relative tolerance instead of the table's.
        atol: absolute tolerance instead of the table's.
        any_dtype: do not insist on the expected dtype among floats.
        alternatives: what certain mistakes give, by a clause that completes "this is
            what comes out when …".
        sizes: named sizes, N=8, by which a wrong factor is recognised.

    Raises:
        CheckFailed: with what differs and, if it is certain, why.
    """
    with verb() as context:
        wanted = Wanted(
            name, rtol, atol, any_dtype, alternatives or {}, sizes, context.public
        )
        _compare(actual, expected, wanted)


def shape_is(actual: object, shape: Sequence[int], name: str = "the result") -> None:
    """Check that the student's value is an array of that shape.

    Raises:
        CheckFailed: if it is no array, or of another shape.
    """
    with verb():
        shape = tuple(shape)
        if not isinstance(actual, (np.ndarray, np.generic)):
            raise wrong_type(name, actual, f"an array of shape {shape}")
        if actual.shape != shape:
            message = say("wrong_shape", name=name, got=actual.shape, expected=shape)
            raise CheckFailed(message, actual=actual, name=name)


def wrong_type(name: str, actual: object, expected: str) -> CheckFailed:
    """Return the failure for a value that is not of the sort expected."""
    if actual is None:
        # "bias.grad" is an attribute; all else was returned.
        code = "is_nothing" if "." in name else "is_none"
        message = say(code, name=name, expected=expected)
    else:
        a_list = isinstance(actual, list) and expected.startswith("an array")
        code, got = "is_a_list" if a_list else "wrong_type", describe.kind(actual)
        message = say(code, name=name, got=got, expected=expected)
    return CheckFailed(message, name=name)


def _compare(actual: typing.Any, expected: typing.Any, wanted: Wanted) -> None:
    if isinstance(expected, (tuple, list)):
        _compare_items(actual, expected, wanted)
    elif isinstance(expected, dict):
        _compare_dicts(actual, expected, wanted)
    elif isinstance(expected, np.ndarray) and expected.ndim:
        if not isinstance(actual, np.ndarray):
            shape = f"an array of shape {expected.shape}"
            raise wrong_type(wanted.name, actual, shape)
        compare_arrays(actual, expected, wanted)
    elif _is_bool(expected) or not isinstance(expected, (np.ndarray, *_NUMBERS)):
        _compare_exactly(actual, expected, wanted)
    elif np.asarray(expected).dtype.kind in "iuO":  # O: an int beyond 64 bits
        _compare_ints(actual, expected, wanted)
    else:
        _compare_scalars(actual, expected, wanted)


def _compare_items(
    actual: typing.Any, expected: Sequence[typing.Any], wanted: Wanted
) -> None:
    name, count = wanted.name, len(expected)
    if not isinstance(actual, (tuple, list)):
        raise wrong_type(name, actual, describe.count(count, "value"))
    if len(actual) != count:
        got = describe.count(len(actual), "value")
        message = say("wrong_length", name=name, got=got, expected=count)
        raise CheckFailed(message, name=name)
    for item, other, part in zip(actual, expected, _parts(name, count), strict=True):
        _compare(item, other, wanted._replace(name=part))


def _parts(name: str, count: int) -> list[str]:
    parts = [part.strip() for part in name.split(",")]
    return parts if len(parts) == count else [f"{name}[{i}]" for i in range(count)]


def _compare_dicts(
    actual: typing.Any, expected: dict[str, typing.Any], wanted: Wanted
) -> None:
    name = wanted.name
    if not isinstance(actual, dict):
        raise wrong_type(name, actual, "a dict")
    if set(actual) != set(expected):
        got, keys = describe.names(actual), describe.names(expected)
        message = say("wrong_keys", name=name, got=got, expected=keys)
        raise CheckFailed(message, name=name)
    for key, other in expected.items():
        _compare(actual[key], other, wanted._replace(name=f"{name}[{key!r}]"))


def _compare_exactly(actual: typing.Any, expected: typing.Any, wanted: Wanted) -> None:
    """Compare None, bools, texts and dtypes: same sort of value, and equal."""
    same_sort = (
        type(actual) is type(expected)
        or (_is_bool(actual) and _is_bool(expected))
        or (isinstance(actual, np.dtype) and isinstance(expected, np.dtype))
    )
    if same_sort and bool(actual == expected):
        return
    if expected is not None and not same_sort:
        raise wrong_type(wanted.name, actual, describe.kind(expected))
    raise _wrong_value(describe.short(actual), describe.short(expected), wanted)


def _compare_ints(actual: typing.Any, expected: typing.Any, wanted: Wanted) -> None:
    array = isinstance(actual, np.ndarray) and actual.ndim == 0
    whole = isinstance(actual, _INTS) or (array and actual.dtype.kind in "iu")
    if not whole or isinstance(actual, bool):
        raise wrong_type(wanted.name, actual, "a whole number (int)")
    if int(actual) != int(expected):
        failure = _wrong_value(describe.short(int(actual)), str(int(expected)), wanted)
        failure.actual = int(actual)
        raise failure


def _compare_scalars(actual: typing.Any, expected: typing.Any, wanted: Wanted) -> None:
    is_array = isinstance(actual, np.ndarray)
    if (is_array and actual.ndim) or (is_array and actual.dtype.kind not in "iufc"):
        raise wrong_type(wanted.name, actual, "a single number")
    if not is_array and (_is_bool(actual) or not isinstance(actual, _NUMBERS)):
        raise wrong_type(wanted.name, actual, "a number")
    typed = isinstance(actual, (np.ndarray, np.generic))
    if not typed or not isinstance(expected, (np.ndarray, np.generic)):
        wanted = wanted._replace(any_dtype=True)
    if isinstance(actual, int):
        actual = _as_float(actual)
    compare_arrays(np.asarray(actual), np.asarray(expected), wanted)


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _wrong_value(got: str, expected: str, wanted: Wanted) -> CheckFailed:
    code = "wrong_value" if wanted.shown else "wrong_value_hidden"
    message = say(code, name=wanted.name, got=got, expected=expected)
    return CheckFailed(message, actual=got, name=wanted.name)


def _is_bool(value: object) -> bool:
    return isinstance(value, _BOOLS)
