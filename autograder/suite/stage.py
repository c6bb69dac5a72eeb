"""The checks of one stage, in file order, and whether they agree with the manifest."""

from __future__ import annotations

import dataclasses
import inspect
import pathlib
import types
import typing
from collections.abc import Callable, Iterable, Sequence

from autograder.errors import SuiteError
from autograder.manifest import Assignment
from autograder.suite.marks import Marks, marks_of

ARGUMENTS = ("student", "rng")
FOLDERS = ("public", "hidden")
_PREFIX = "test_"


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """One check: what its decorator, its name and its docstring say."""

    id: str
    title: str
    exercise: str
    points: float
    needs: tuple[str, ...]
    hidden: bool
    path: pathlib.Path
    line: int
    function: Callable[..., None]

    @property
    def place(self) -> str:
        """Where the check stands, for messages to its author."""
        return f"{self.path}:{self.line}: {_PREFIX}{self.id}"


def checks_of(module: types.ModuleType, path: pathlib.Path) -> list[Check]:
    """Return the checks of one file, in the order of their lines.

    Raises:
        SuiteError: if a test function is no proper check.
    """
    functions = [
        value
        for name, value in vars(module).items()
        if name.startswith(_PREFIX)
        and inspect.isfunction(value)
        and value.__module__ == module.__name__
    ]
    functions.sort(key=lambda function: function.__code__.co_firstlineno)
    return [_check(function, path) for function in functions]


def _check(function: Callable[..., None], path: pathlib.Path) -> Check:
    line = function.__code__.co_firstlineno
    marks = _proper_marks(function, f"{path}:{line}: {function.__name__}")
    return Check(
        id=function.__name__.removeprefix(_PREFIX),
        title=_title(function),
        exercise=marks.exercise,
        points=marks.points,
        needs=marks.needs,
        hidden=path.parent.name == "hidden",
        path=path,
        line=line,
        function=function,
    )


def _title(function: Callable[..., None]) -> str:
    return (inspect.getdoc(function) or "").partition("\n")[0].strip()


def _proper_marks(function: Callable[..., None], place: str) -> Marks:
    marks = marks_of(function)
    if hasattr(function, "pytestmark"):
        raise SuiteError(
            f"{place} bears a mark of pytest, which grading would not heed.",
            "A check runs always and once: write what it needs into its body.",
        )
    if marks is None:
        raise SuiteError(
            f"{place} is not marked as a check.",
            "Write @check(points=…, exercise=…) above it.",
        )
    if not _title(function):
        raise SuiteError(
            f"{place} has no docstring.",
            "Its first line is the sentence that a student reads: write one.",
        )
    taken = inspect.signature(function).parameters
    strange = [name for name in taken if name not in ARGUMENTS]
    if strange:
        raise SuiteError(
            f"{place} takes {strange[0]!r}; a check takes student and rng alone.",
            "Make what it needs in a helper function that it calls.",
        )
    return marks


def file_order(check: Check) -> tuple[bool, str, int]:
    """Return what sorts checks: public ones first, then files by name, then lines."""
    return check.hidden, check.path.name, check.line


def validate(assignment: Assignment, checks: Sequence[Check], *, whole: bool) -> None:
    """Compare the checks with each other and with the manifest.

    Args:
        assignment: the stage with its manifest.
        checks: in file order.
        whole: these are all checks of the stage, so that sums and needs must agree.

    Raises:
        SuiteError: naming the file, what is wrong and what to do.
    """
    seen: dict[str, Check] = {}
    exercises = {exercise.id for exercise in assignment.exercises}
    for check in checks:
        if check.id in seen:
            raise SuiteError(
                f"{check.place}: the id {check.id!r} is taken by"
                f" {seen[check.id].place}.",
                "Ids are unique in a stage: rename one of the functions.",
            )
        if check.exercise not in exercises:
            raise SuiteError(
                f"{check.place}: exercise {check.exercise!r} is not in"
                f" {assignment.folder / 'assignment.toml'}.",
                f"Its exercises are: {', '.join(sorted(exercises))}.",
            )
        if check.points and not check.hidden:
            raise SuiteError(
                f"{check.place}: has {check.points:g} points, a public check has 0.",
                "Public checks are practice: give the points to a hidden check.",
            )
        seen[check.id] = check
    if whole:
        _validate_needs(checks, exercises)
        _validate_points(assignment, checks)


def _validate_needs(checks: Sequence[Check], exercises: Iterable[str]) -> None:
    for position, check in enumerate(checks):
        for need in check.needs:
            if need in exercises:
                continue
            place = next((i for i, c in enumerate(checks) if c.id == need), None)
            if place is None:
                raise SuiteError(
                    f"{check.place}: needs {need!r}, which is neither a check nor an"
                    " exercise of this stage.",
                    "Write the id of a check (its name without test_) or an exercise.",
                )
            if place >= position:
                raise SuiteError(
                    f"{check.place}: needs {need!r}, which comes only after it.",
                    "Put what is needed first.",
                )


def _validate_points(assignment: Assignment, checks: Sequence[Check]) -> None:
    for exercise in assignment.exercises:
        total = sum(check.points for check in checks if check.exercise == exercise.id)
        if abs(total - exercise.points) > 1e-9:
            raise SuiteError(
                f"{assignment.folder / 'hidden'}: the checks of {exercise.id!r} have"
                f" {total:g} points, assignment.toml says {exercise.points:g}.",
                "Change the points of the checks or of the exercise.",
            )


def unmet(
    check: Check, checks: Sequence[Check], passed: Callable[[str], bool | None]
) -> Check | None:
    """Return the first check that this one needs and that has not passed.

    Args:
        check: the one that is about to run.
        checks: all that may run, in file order.
        passed: tells of an id whether it passed, None if it was not run.
    """
    for need in check.needs:
        needed = _needed(need, check, checks)
        if needed is not None and passed(needed.id) is False:
            return needed
    return None


def _needed(need: str, check: Check, checks: Sequence[Check]) -> Check | None:
    """Return the check that a need stands for, one as hidden as itself if possible."""
    by_id = [other for other in checks if other.id == need]
    of_exercise = [o for o in checks if o.exercise == need and o is not check]
    of_exercise.sort(key=lambda other: other.hidden != check.hidden)
    candidates: typing.Iterator[Check] = iter([*by_id, *of_exercise])
    return next(candidates, None)
