"""Values in words: short, one line, nothing of the student's left unclean."""

from __future__ import annotations

import typing
from collections.abc import Iterable

import numpy as np

from autograder.messages import NAME_LIMIT, clean
from autograder.suite.line import Remote, label_of

Array = np.ndarray[typing.Any, np.dtype[typing.Any]]

_PLAIN = {
    bool: "a bool",
    int: "an int",
    float: "a float",
    str: "a text (str)",
    bytes: "bytes",
    list: "a list",
    tuple: "a tuple",
    dict: "a dict",
}


def kind(value: object) -> str:
    """Return what sort of value it is: "a list", "an array of shape (3,)"."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, np.dtype):
        return "a dtype"
    if isinstance(value, np.generic):
        return f"a NumPy {value.dtype}"
    if isinstance(value, Remote):
        return f"an object ({label_of(value)})"
    return _PLAIN.get(type(value), f"a {type(value).__name__}")


def short(value: object) -> str:
    """Return a plain value as it is written, or else what sort of value it is."""
    if isinstance(value, (bool, int, float, np.generic)):
        return clean(repr(value.item() if isinstance(value, np.generic) else value), 40)
    if isinstance(value, str):
        return clean(repr(value), NAME_LIMIT)
    return str(value) if isinstance(value, np.dtype) else kind(value)


def count(number: int, noun: str) -> str:
    """Return "1 value", "2 values"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def names(keys: Iterable[object]) -> str:
    """Return names in quotes, at most ten of them."""
    words = [clean(repr(key), NAME_LIMIT) for key in keys]
    more = ", …" if len(words) > 10 else ""
    return (", ".join(words[:10]) or "none") + more


def number(value: typing.Any) -> str:
    """Return one entry of an array with seven significant digits."""
    if isinstance(value, (bool, np.bool_, int, np.integer)):
        return str(value)
    return f"{value:.7g}"


def worst_rows(actual: Array, expected: Array, excess: Array, rows: int) -> str:
    """Return a table of the entries that are worst by `excess`."""
    flat = excess.ravel()
    worst = np.argsort(flat, kind="stable")[::-1][:rows]
    table = [("index", "yours", "expected")]
    first = 0 if actual.ndim else 1  # a single number has no index
    for position in worst:
        if flat[position] <= 0:
            break
        index = tuple(map(int, np.unravel_index(position, actual.shape)))
        yours, other = number(actual[index]), number(expected[index])
        table.append((entry(index), yours, other))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)][first:]
    return "\n".join(
        "  " + "  ".join(map(str.ljust, row[first:], widths)).rstrip() for row in table
    )


def entry(index: Iterable[typing.Any]) -> str:
    """Return an index as it is written in code: "[1, 2]"."""
    return f"[{', '.join(str(int(i)) for i in index)}]"
