"""The decorator `check`: what makes a pytest function a check of a stage."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Sequence

from autograder.errors import SuiteError

Function = typing.TypeVar("Function", bound=Callable[..., None])

ATTRIBUTE = "__check__"


@dataclasses.dataclass(frozen=True, slots=True)
class Marks:
    """What the decorator says: points, exercise, and what must have passed before."""

    points: float
    exercise: str
    needs: tuple[str, ...]


def check(
    *, points: float = 0, exercise: str, needs: Sequence[str] = ()
) -> Callable[[Function], Function]:
    """Mark a pytest function as a check.

    Its id is its name without `test_`; the first line of its docstring is the sentence
    a student reads.

    Args:
        points: what passing earns; always 0 in a public check, where it is practice.
        exercise: id of the exercise in assignment.toml, such as "linear/backward".
        needs: ids of checks that must have passed, or of exercises, which count as met
            when the first of their checks has passed; else this one is BLOCKED.
    """
    if isinstance(needs, str):
        raise SuiteError(
            f"@check(exercise={exercise!r}): needs is the text {needs!r}.",
            f"Write a list: needs=[{needs!r}].",
        )
    marks = Marks(float(points), exercise, tuple(needs))

    def mark(function: Function) -> Function:
        setattr(function, ATTRIBUTE, marks)
        return function

    return mark


def marks_of(function: object) -> Marks | None:
    """Return what `check` said about the function, or None if it is no check."""
    found = getattr(function, ATTRIBUTE, None)
    return found if isinstance(found, Marks) else None
