"""Results for other systems; a new format is one file and one line in the table."""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Callable, Iterator, Sequence

from autograder.errors import ExportError, UsageError
from autograder.exports import gradescope, jsonl, junit, table
from autograder.records import Graded

__all__ = ["EXPORTERS", "Exporter", "export", "writing"]

Exporter = Callable[[Sequence[Graded], pathlib.Path], list[pathlib.Path]]
"""Write the results below a folder and return the files, in the order written."""

EXPORTERS: dict[str, Exporter] = {
    "csv": table.write,
    "jsonl": jsonl.write,
    "gradescope": gradescope.write,
    "gradescope-results": gradescope.write,
    "junit": junit.write,
}


def export(
    name: str, results: Sequence[Graded], out: pathlib.Path
) -> list[pathlib.Path]:
    """Write the results below `out` in the format of that name.

    Raises:
        UsageError: if there is no such format.
        ExportError: if a file cannot be written.
    """
    exporter = EXPORTERS.get(name)
    if exporter is None:
        raise UsageError(
            f"{name!r} is no export format.", f"Formats: {', '.join(EXPORTERS)}."
        )
    with writing(out):
        return exporter(results, out)


@contextlib.contextmanager
def writing(out: pathlib.Path) -> Iterator[None]:
    """Say in a sentence why something below `out` cannot be written.

    Raises:
        ExportError: instead of the system's error.
    """
    try:
        yield
    except OSError as exc:
        raise ExportError(
            f"{exc.filename or out}: cannot be written ({exc.strerror}).",
            "Name a folder with space left that you may write to.",
        ) from exc
