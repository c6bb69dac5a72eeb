"""Known mistakes: a failed check is run again, in this process, with every mutant.

A mutant is our own code, so nothing needs to be confined, and a replay takes
milliseconds. When the same verb fails with the same numbers, the student is told.
"""

from __future__ import annotations

import contextlib
import functools
import io
import pathlib
import typing
import warnings
from collections.abc import Iterator

import numpy as np

from autograder.manifest import GIVEN_MODULES, Assignment, Course
from autograder.suite.attempt import Attempt, attempt
from autograder.suite.failures import CheckFailed
from autograder.suite.mutants import Mutant, load_mutants, materialise
from autograder.suite.stage import Check
from autograder.suite.tolerances import allowed, tolerance_for
from autograder.suite.transport import LocalTransport

REPLAYS = 1000
"""How many replays one submission may cost: counted, since a mark may depend on them.

A submission that fails every check of a stage needs fewer than 600 for what the mutants
name; a gradient that fits a wrong forward pass is compared with all mutants.
"""


def modules_of(course: Course, assignment: Assignment) -> tuple[str, ...]:
    """Return the modules that a submission of this stage may consist of."""
    earlier = [module for a in course.before(assignment) for module in a.modules]
    names = (*GIVEN_MODULES, *earlier, *assignment.modules)
    return tuple(dict.fromkeys(name for name in names if name != "__init__"))


@functools.lru_cache(maxsize=256)
def our_own(root: pathlib.Path) -> LocalTransport:
    """Return a package of ours in this process; each module is imported once."""
    return LocalTransport(str(root), modules=())


class Diagnosis:
    """Replays failed checks of one submission with packages of our own."""

    def __init__(self, assignment: Assignment, course: Course) -> None:
        self._assignment = assignment
        self._reference = course.reference
        self._left = REPLAYS

    @property
    def possible(self) -> bool:
        """Whether the reference is there; on a student's machine it is not."""
        return (self._reference / "nabla").is_dir()

    @property
    def spent(self) -> bool:
        """Whether no replay is left."""
        return self._left <= 0

    def with_reference(self, check: Check, seed: int) -> Attempt:
        """Run the check with the reference."""
        return self._replay(check, seed, our_own(self._reference))

    def mistakes(self, check: Check, failure: CheckFailed, seed: int) -> list[Mutant]:
        """Return the known mistakes that fail with the very same numbers."""
        if not self.possible or not telling(failure.actual):
            return []
        found = []
        for mutant in load_mutants(self._assignment):
            named = check.id in mutant.fails or failure.carried
            if not named or self.spent:
                continue
            if self._fails_alike(mutant, check, failure, seed):
                found.append(mutant)
        return found

    def _fails_alike(
        self, mutant: Mutant, check: Check, failure: CheckFailed, seed: int
    ) -> bool:
        root = materialise(mutant, self._reference)
        other = self._replay(check, seed, our_own(root)).error
        return (
            isinstance(other, CheckFailed)
            and (other.name, other.verbs) == (failure.name, failure.verbs)
            and other.carried == failure.carried
            and equal(other.actual, failure.actual)
        )

    def _replay(self, check: Check, seed: int, transport: LocalTransport) -> Attempt:
        self._left -= 1
        with _quiet():
            return attempt(check, transport, seed)


def telling(actual: typing.Any) -> bool:
    """Return whether a value is particular enough to recognise a mistake by it."""
    if isinstance(actual, np.ndarray):
        return bool(actual.size)
    return isinstance(actual, (int, float, np.generic)) and not isinstance(actual, bool)


def equal(first: typing.Any, second: typing.Any) -> bool:
    """Return whether two values agree in type, shape and, to rounding, in numbers."""
    if not isinstance(first, np.ndarray) or not isinstance(second, np.ndarray):
        return type(first) is type(second) and bool(first == second)
    if first.dtype != second.dtype or first.shape != second.shape:
        return False
    with np.errstate(all="ignore"):
        near = np.abs(np.subtract(first, second, dtype=_wide(first)))
        close = near <= allowed(second, tolerance_for(first.dtype))
    both_nan = np.isnan(first) & np.isnan(second)
    return bool(np.all(close | (first == second) | both_nan))


def _wide(array: np.ndarray[typing.Any, np.dtype[typing.Any]]) -> type[np.generic]:
    return np.complex128 if array.dtype.kind == "c" else np.float64


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What replays print or warn about is nobody's concern."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield
