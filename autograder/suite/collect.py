"""Find the checks of a stage: its files are imported, nothing is run.

These are ordinary pytest files, and `pytest` runs them through the plugin. For marks
they are imported directly, which takes a tenth of the time of a pytest session and
leaves no door for configuration, conftest files or plugins from anywhere.
"""

from __future__ import annotations

import functools
import importlib.util
import pathlib
import sys
import traceback
import types

from autograder.errors import SuiteError
from autograder.manifest import Assignment, Course
from autograder.suite.host import reference_on_host
from autograder.suite.stage import FOLDERS, Check, checks_of, file_order, validate


def collect(assignment: Assignment, course: Course) -> tuple[Check, ...]:
    """Return all checks of the stage: public ones first, then in file order.

    They are read once per process, as long as the files stay as they are.

    Raises:
        SuiteError: if a file cannot be imported, or contradicts the manifest.
    """
    files = check_files(assignment)
    stamps = tuple((path, path.stat().st_mtime_ns) for path in files)
    with reference_on_host(course):
        checks = _collected(stamps)
    validate(assignment, checks, whole=any(check.hidden for check in checks))
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
def _collected(stamps: tuple[tuple[pathlib.Path, int], ...]) -> tuple[Check, ...]:
    checks = [
        check for path, _ in stamps for check in checks_of(load_module(path), path)
    ]
    return tuple(sorted(checks, key=file_order))


def load_module(path: pathlib.Path) -> types.ModuleType:
    """Import a file of a suite.

    Raises:
        SuiteError: if it cannot be imported.
    """
    folder = path.parent
    name = f"autograder_checks.{folder.parent.name}.{folder.name}.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SuiteError(f"{path}: is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses of the file look for it
    try:
        spec.loader.exec_module(module)
    except Exception as exc:
        last = traceback.format_exception_only(exc)[-1].strip()
        raise SuiteError(f"{path}: cannot be imported: {last}") from exc
    return module
