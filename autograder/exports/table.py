"""scores.csv: one line per submission, for spreadsheets and for scripts."""

from __future__ import annotations

import csv
import io
import pathlib
from collections.abc import Sequence

from autograder.exports.escape import cell
from autograder.exports.files import write_text
from autograder.messages import clean
from autograder.records import Graded

COLUMNS = (
    "submission",
    "assignment",
    "score",
    "possible",
    "status",
    "sandbox",
    "duration_s",
    "digest",
)
_CELL_CHARACTERS = 200


def write(results: Sequence[Graded], out: pathlib.Path) -> list[pathlib.Path]:
    """Write `out/scores.csv`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for graded in results:
        writer.writerow([_shown(getattr(graded, column)) for column in COLUMNS])
    return [write_text(out / "scores.csv", text.getvalue())]


def _shown(value: str | float | None) -> str:
    """Return a cell: a number as it is, nothing for no score, never a formula."""
    if value is None:
        return ""
    if isinstance(value, str):
        return cell(clean(value, _CELL_CHARACTERS))
    return str(int(value)) if value == int(value) else repr(float(value))
