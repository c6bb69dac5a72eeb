"""Checks within an ordinary pytest session: one runner per stage."""

from __future__ import annotations

import contextlib
import pathlib
import tempfile
import typing
from collections.abc import Sequence

import pytest

from autograder.errors import UsageError
from autograder.manifest import GIVEN_MODULES, Course, find_course, load
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


class Session:
    """Runs the checks that one pytest session has collected."""

    def __init__(self, config: pytest.Config, items: Sequence[pytest.Item]) -> None:
        self._options = config.option
        self._stack = contextlib.ExitStack()
        self._checks: dict[tuple[pathlib.Path, str], tuple[Check, Stage]] = {}
        self._stages: list[Stage] = []
        self.headline = self._headline()
        by_folder: dict[pathlib.Path, list[Check]] = {}
        for check in _checks(items):
            by_folder.setdefault(check.path.parent.parent, []).append(check)
        for folder, checks in by_folder.items():
            stage = Stage(folder, checks)
            self._stages.append(stage)
            for check in checks:
                self._checks[check.path, check.id] = (check, stage)

    def knows(self, item: pytest.Item) -> bool:
        """Return whether the item is a check."""
        return self._key(item) in self._checks

    def run(self, item: pytest.Function) -> None:
        """Run a check, and tell pytest how it ended."""
        __tracebackhide__ = True
        check, stage = self._checks[self._key(item)]
        if stage.runner is None:
            transport = self._transport(stage)
            self._stack.callback(transport.close)
            stage.runner = Runner(
                stage.assignment, stage.course, stage.checks, transport
            )
        with reference_on_host(stage.course):
            result = stage.runner.run(check)
        item.user_properties.append(("outcome", result.outcome.value))
        if result.outcome is Outcome.BLOCKED:
            pytest.skip(result.message)
        if result.outcome is not Outcome.PASSED:
            error = stage.runner.errors.get(check.id)
            raise error if error is not None else AssertionError(result.message)

    def message(self, item: pytest.Item) -> str:
        """Return what a student reads of a check that did not pass."""
        if not self.knows(item):
            return ""
        check, stage = self._checks[self._key(item)]
        result = stage.runner.results.get(check.id) if stage.runner else None
        return "" if result is None else _as_text(result)

    def close(self) -> None:
        """End the guests and remove what was made for them."""
        self._stack.close()

    def _key(self, item: pytest.Item) -> tuple[pathlib.Path, str]:
        name = getattr(item, "originalname", None) or item.name
        return item.path, name.removeprefix("test_")

    def _headline(self) -> str:
        student = self._options.student
        if not student:
            return "checks: the reference, in this process"
        if self._options.in_process:
            return f"checks: {student}, in this process (unconfined, no time limits)"
        name = self._sandbox().name
        return f"checks: {student}, in a guest process (sandbox: {name})"

    def _sandbox(self) -> typing.Any:
        from autograder import sandbox

        # One's own code on one's own machine: better unconfined than not at all.
        return sandbox.choose(self._options.sandbox, unprotected=True)

    def _transport(self, stage: Stage) -> Transport:
        assignment, course = stage.assignment, stage.course
        if not self._options.student:
            return in_process(assignment, course, course.reference)
        tree = self._tree(pathlib.Path(self._options.student), course)
        if self._options.in_process:
            return in_process(assignment, course, tree)
        from autograder import sandbox

        box, place = self._sandbox(), sandbox.Place(tree=tree)
        return GuestTransport(
            lambda: box.start(place, assignment.limits),
            assignment.limits,
            modules_of(course, assignment),
        )

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
        made = tempfile.TemporaryDirectory(prefix="autograder-student-")
        tree = pathlib.Path(self._stack.enter_context(made))
        write_tree(own, tree / PACKAGE)
        for source in (course.reference / PACKAGE, course.template / PACKAGE):
            for name in wanted:
                if (source / name).is_file() and not (tree / PACKAGE / name).exists():
                    (tree / PACKAGE / name).write_bytes((source / name).read_bytes())
        return tree


class Stage:
    """The checks of one stage within a session, and their runner once it is needed."""

    def __init__(self, folder: pathlib.Path, checks: list[Check]) -> None:
        self.assignment = load(folder)
        self.course = find_course(folder)
        self.checks = checks
        self.runner: Runner | None = None
        collected = {check.path for check in checks}
        hidden = any(check.hidden for check in checks)
        whole = hidden and collected >= set(check_files(self.assignment))
        validate(self.assignment, checks, whole=whole)


def _checks(items: Sequence[pytest.Item]) -> list[Check]:
    """Return all checks of the files from which checks were collected."""
    modules = {}
    for item in items:
        module = item.getparent(pytest.Module)
        if module is not None and marks_of(getattr(item, "obj", None)):
            modules[module.path] = module.obj
    checks = [c for path, module in modules.items() for c in checks_of(module, path)]
    return sorted(checks, key=file_order)


def _as_text(result: CheckResult) -> str:
    lines = [result.title, "", result.message]
    if result.hint:
        lines += ["", f"Hint: {result.hint}"]
    if result.outcome is Outcome.GRADER_FAULT:
        lines += ["", result.staff]
    return "\n".join(lines)
