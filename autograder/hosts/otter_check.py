"""What Otter's tests of a student call: the public checks, run by the kit."""

from __future__ import annotations

import functools
import pathlib

from autograder import checking
from autograder.errors import KitError
from autograder.manifest import find_course
from autograder.records import CheckResult, Outcome


class Checks:
    """The public checks of the exercises whose ids begin so, of one stage."""

    def __init__(self, stage: str, exercise: str) -> None:
        self._stage = stage
        self._exercise = exercise

    def require(self, check: str) -> None:
        """Raise with the kit's message and hint unless the check passes.

        Raises:
            AssertionError: for Otter to show.
        """
        try:
            result = _results(self._stage, self._exercise, _state())[check]
        except KitError as exc:
            raise AssertionError(str(exc)) from None
        if result.outcome is not Outcome.PASSED:
            hint = f"\nHint: {result.hint}" if result.hint else ""
            raise AssertionError(f"{result.message}{hint}")


State = tuple[pathlib.Path, tuple[tuple[pathlib.Path, int], ...]]


def _state() -> State:
    """Return the student's folder, the nearest upwards, and when its files changed."""
    here = pathlib.Path.cwd()
    folders = (one for one in (here, *here.parents) if (one / "nabla").is_dir())
    folder = next(folders, here)
    files = sorted((folder / "nabla").rglob("*.py"))
    return folder, tuple((path, path.stat().st_mtime_ns) for path in files)


@functools.lru_cache(maxsize=8)
def _results(stage: str, exercise: str, state: State) -> dict[str, CheckResult]:
    """Run the checks, once for all cases of a test as long as no file changes."""
    course = find_course(state[0])
    found = checking.check(course, course.assignment(stage), state[0], only=exercise)
    return {result.id: result for result in found.results}
