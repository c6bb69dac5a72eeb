"""The trusted side of a check: its verbs, and what runs it.

A check is a pytest function; `from autograder.suite import check, close` is all it
needs. The names are loaded at first use, because pytest imports this package (for its
plugin) in every run, also where there is nothing to grade.
"""

from __future__ import annotations

import importlib
import typing

if typing.TYPE_CHECKING:
    from autograder.suite.compare import close, shape_is
    from autograder.suite.context import hint, note
    from autograder.suite.convergence import converges
    from autograder.suite.gradients import gradients_match
    from autograder.suite.marks import check
    from autograder.suite.raising import raises

__all__ = [
    "check",
    "close",
    "converges",
    "gradients_match",
    "hint",
    "note",
    "raises",
    "shape_is",
]

_HOMES = {
    "check": "marks",
    "close": "compare",
    "converges": "convergence",
    "gradients_match": "gradients",
    "hint": "context",
    "note": "context",
    "raises": "raising",
    "shape_is": "compare",
}


def __getattr__(name: str) -> typing.Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
