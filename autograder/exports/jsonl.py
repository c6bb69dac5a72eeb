"""results.jsonl: everything that is known, one JSON object per submission and line."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Sequence

from autograder import records
from autograder.exports.files import write_text
from autograder.records import Graded


def write(results: Sequence[Graded], out: pathlib.Path) -> list[pathlib.Path]:
    """Write `out/results.jsonl`."""
    text = "".join(f"{line(graded)}\n" for graded in results)
    return [write_text(out / "results.jsonl", text)]


def line(graded: Graded) -> str:
    """Return the record as JSON on one line, in ASCII, whatever is in it."""
    return json.dumps(records.to_json(graded), allow_nan=False)
