"""Results for people: the terminal, a page per student, a page for the class."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

from autograder.manifest import Assignment
from autograder.records import Graded
from autograder.reports.meta import Meta

__all__ = ["Meta", "write_report"]


def write_report(
    results: Sequence[Graded],
    assignment: Assignment,
    out: pathlib.Path,
    meta: Meta | None = None,
) -> pathlib.Path:
    """Write OUT/report/: the class page, whose path is returned, and all others."""
    from autograder.reports.pages import write_report as write

    return write(results, assignment, out, meta or Meta())
