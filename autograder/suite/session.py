"""Checks within an ordinary pytest session: one runner per stage."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import pathlib
import tempfile
from collections.abc import Sequence

import pytest

from autograder import sandbox
from autograder.errors import UsageError
from autograder.manifest import (
    GIVEN_DATA,
    GIVEN_MODULES,
    Assignment,
    Course,
    find_course,
    load,
)
from autograder.records import CheckResult, Outcome
from autograder.suite.collect import check_files
from autograder.suite.diagnose import modules_of
from autograder.suite.guest_transport import GuestTransport
from autograder.suite.host import PACKAGE, reference_on_host
from autograder.suite.marks import marks_of
from autograder.suite.mutants import write_tree
from autograder.suite.run import in_process
from autograder.suite.runner import Runner
from autograder.suite.stage import Check, checks_of, file_order, validate
from autograder.suite.transport import Transport


@dataclasses.dataclass(frozen=True, slots=True)
class _Known:
    """A check of the session, with what runs it."""

    check: Check
    course: Course
    runner: Runner


class Session:
    """Runs the checks that one pytest session has collected.

    Raises:
        KitError: if a suite contradicts itself, or there is nothing to check.
    """

    def __init__(self, config: pytest.Config, items: Sequence[pytest.Item]) -> None:
        self._stack = contextlib.ExitStack()
        self._student: str | None = config.option.student
        self._local: bool = config.option.in_process or not self._student
        self._box: sandbox.Sandbox | None = None
        if not self._local:
            # One's own code on one's own machine: better unconfined than not at all.
            self._box = sandbox.choose(config.option.sandbox, unprotected=True)
        self._known: dict[tuple[pathlib.Path, str], _Known] = {}
        stages: dict[pathlib.Path, list[Check]] = {}
        for check in _checks(items):
            stages.setdefault(check.path.parent.parent, []).append(check)
        for folder, checks in stages.items():
            self._add(load(folder), find_course(folder), checks)

    @property
    def headline(self) -> str:
        """Whose code is checked, and what confines it."""
        whose = self._student or "the reference"
        if self._box is not None:
            return f"checks: {whose}, in a guest process (sandbox: {self._box.name})"
        warning = " (unconfined, no time limits)" if self._student else ""
        return f"checks: {whose}, in this process{warning}"

    def knows(self, item: pytest.Item) -> bool:
        """Return whether the item is a check."""
        return _key(item) in self._known

    def run(self, item: pytest.Function) -> None:
        """Run a check, and tell pytest how it ended."""
        __tracebackhide__ = True
        known = self._known[_key(item)]
        with reference_on_host(known.course):
            result = known.runner.run(known.check)
        item.user_properties.append(("outcome", result.outcome.value))
        if result.outcome is Outcome.BLOCKED:
            pytest.skip(result.message)
        if result.outcome is not Outcome.PASSED:
            raise known.runner.errors[known.check.id]

    def message(self, item: pytest.Item) -> str:
        """Return what a student reads of a check that did not pass."""
        known = self._known.get(_key(item))
        result = known.runner.results.get(known.check.id) if known else None
        return "" if result is None else _as_text(result)

    def close(self) -> None:
        """End the guests and remove what was made for them."""
        self._stack.close()

    def _add(
        self, assignment: Assignment, course: Course, checks: Sequence[Check]
    ) -> None:
        files = {check.path for check in checks}
        hidden = any(check.hidden for check in checks)
        whole = hidden and files >= set(check_files(assignment))
        validate(assignment, checks, whole=whole)
        transport = self._transport(assignment, course)
        self._stack.callback(transport.close)
        runner = Runner(assignment, course, checks, transport)
        for check in checks:
            self._known[check.path, check.id] = _Known(check, course, runner)

    def _transport(self, assignment: Assignment, course: Course) -> Transport:
        if not self._student:
            return in_process(assignment, course, course.reference)
        tree = self._tree(pathlib.Path(self._student), course)
        box = self._box
        if box is None:
            return in_process(assignment, course, tree)
        place, limits = sandbox.Place(tree=tree), assignment.limits
        modules = modules_of(course, assignment)
        return GuestTransport(functools.partial(box.start, place), limits, modules)

    def _tree(self, folder: pathlib.Path, course: Course) -> pathlib.Path:
        """Return a tree with the student's files and what they have not got."""
        if folder.name == PACKAGE and not (folder / PACKAGE).is_dir():
            folder = folder.parent
        own = folder / PACKAGE
        if not own.is_dir():
            raise UsageError(
                f"--student {folder}: holds no folder {PACKAGE}/.",
                "Name the folder in which your nabla/ lies.",
            )
        wanted = [f"{name}.py" for name in GIVEN_MODULES]
        if all((own / name).is_file() for name in wanted):
            return folder  # as it is, so that breakpoints stop in the student's files
        wanted += GIVEN_DATA
        made = tempfile.TemporaryDirectory(prefix="autograder-student-")
        tree = pathlib.Path(self._stack.enter_context(made))
        write_tree(own, tree / PACKAGE)
        for source in (course.reference / PACKAGE, course.template / PACKAGE):
            for name in wanted:
                if (source / name).is_file() and not (tree / PACKAGE / name).exists():
                    (tree / PACKAGE / name).write_bytes((source / name).read_bytes())
        return tree


def _checks(items: Sequence[pytest.Item]) -> list[Check]:
    """Return all checks of the files from which checks were collected."""
    modules = {}
    for item in items:
        module = item.getparent(pytest.Module)
        if module is not None and marks_of(getattr(item, "obj", None)):
            modules[module.path] = module.obj
    checks = [c for path, module in modules.items() for c in checks_of(module, path)]
    return sorted(checks, key=file_order)


def _key(item: pytest.Item) -> tuple[pathlib.Path, str]:
    return item.path, item.name.removeprefix("test_")


def _as_text(result: CheckResult) -> str:
    lines = [result.title, "", result.message]
    if result.hint:
        lines += ["", f"Hint: {result.hint}"]
    if result.outcome is Outcome.GRADER_FAULT:
        lines += ["", result.staff]
    return "\n".join(lines)
