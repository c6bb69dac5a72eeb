"""Pytest finds the checks of a stage; nothing is run, printed or written."""

from __future__ import annotations

import contextlib
import functools
import os
import pathlib
import typing
from collections.abc import Iterator, Sequence

import pytest

from autograder.errors import SuiteError
from autograder.manifest import Assignment, Course
from autograder.suite.host import reference_on_host
from autograder.suite.stage import FOLDERS, Check, checks_of, file_order, validate

_INI = pathlib.Path(__file__).with_name("collect.ini")
_UNUSED = (
    "cacheprovider capture debugging doctest faulthandler junitxml logging pastebin"
    " setuponly setupplan stepwise terminal threadexception unittest"
    " unraisableexception warnings"
).split()
_OPTIONS = (
    "--import-mode=importlib",
    "--assert=plain",
    "--noconftest",
    *(f"-pno:{name}" for name in _UNUSED),
)
_ENVIRONMENT = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")


def collect(assignment: Assignment, course: Course) -> tuple[Check, ...]:
    """Return all checks of the stage: public ones first, then in file order.

    They are read once per process, as long as the files stay as they are.

    Raises:
        SuiteError: if a file cannot be imported, or contradicts the manifest.
    """
    files = check_files(assignment)
    stamps = tuple((str(path), path.stat().st_mtime_ns) for path in files)
    with reference_on_host(course):
        checks = _collected(stamps)
    hidden = any(check.hidden for check in checks)
    validate(assignment, checks, whole=hidden)
    return checks


def check_files(assignment: Assignment) -> list[pathlib.Path]:
    """Return the files of the stage that hold checks.

    Raises:
        SuiteError: if there are none.
    """
    folders = [assignment.folder / name for name in FOLDERS]
    files = [path for folder in folders for path in sorted(folder.glob("test_*.py"))]
    if not files:
        raise SuiteError(
            f"{assignment.folder}: neither public/ nor hidden/ holds a test_*.py.",
            "A stage needs checks: write at least one.",
        )
    return files


@functools.lru_cache(maxsize=64)
def _collected(stamps: tuple[tuple[str, int], ...]) -> tuple[Check, ...]:
    collector = _Collector()
    paths = [path for path, _ in stamps]
    with _own_environment():
        status = pytest.main(["-c", str(_INI), *_OPTIONS, *paths], plugins=[collector])
    if collector.problem:
        raise SuiteError(collector.problem)
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise SuiteError(f"{paths[0]}: pytest ended with status {status}.")
    return tuple(sorted(collector.checks, key=file_order))


class _Collector:
    """A plugin that keeps the checks pytest finds, and lets nothing run."""

    def __init__(self) -> None:
        self.checks: list[Check] = []
        self.problem = ""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.problem:
            self.problem = f"{report.nodeid}: cannot be imported.\n{report.longreprtext}"

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        try:
            self.checks = checks_of_items(items)
        except SuiteError as exc:
            self.problem = str(exc)

    def pytest_runtestloop(self) -> bool:
        return True


def checks_of_items(items: Sequence[pytest.Item]) -> list[Check]:
    """Return all checks of the files from which the items come.

    Raises:
        SuiteError: if one of them is no proper check.
    """
    modules: dict[pathlib.Path, typing.Any] = {}
    for item in items:
        module = item.getparent(pytest.Module)
        if module is not None:
            modules[module.path] = module.obj
    found = [checks_of(module, path) for path, module in modules.items()]
    return sorted((check for checks in found for check in checks), key=file_order)


@contextlib.contextmanager
def _own_environment() -> Iterator[None]:
    """No plugin and no option comes from the machine or the folder we are on."""
    before = {name: os.environ.pop(name, None) for name in _ENVIRONMENT}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        os.environ.update({k: v for k, v in before.items() if v is not None})
