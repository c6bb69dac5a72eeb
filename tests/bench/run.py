"""Measure what the kit and the reference cost, against a floor of the same run.

python tests/bench/run.py              all rows but validate; writes the page
python tests/bench/run.py mlp wire     some rows; the others stay as they are
python tests/bench/run.py --compare    writes nothing; fails where a ratio is 15 % worse
"""

from __future__ import annotations

import argparse
import os
import typing
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy is imported
os.environ.setdefault("OPENBLAS_NUM_THREADS", os.environ["OMP_NUM_THREADS"])

import arithmetic
import channel
import clocks
import gpu
import growth
import hosts
import kit
import table

ROWS = {
    "check": kit.check,
    "grade": kit.grade,
    "otter": hosts.otter,
    "workers": kit.workers,
    "validate": kit.validate,
    "wire": channel.wire,
    "mlp": arithmetic.mlp,
    "conv": arithmetic.conv,
    "lenet": arithmetic.lenet,
    "pool": arithmetic.pool,
    "norm": arithmetic.norm,
    "naive": arithmetic.naive,
    "gpu": gpu.gpu,
}
ONLY_BY_NAME = {"validate"}  # ten minutes


def main() -> None:
    """Measure the rows asked for; write or compare them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", choices=[[], *ROWS, "growth"])
    parser.add_argument("--compare", action="store_true", help="with results.json")
    parser.add_argument(
        "--most", type=int, default=200, help="submissions of growth, up to 2000"
    )
    asked = parser.parse_args()
    names = asked.rows or [*ROWS, "growth"]
    names = [name for name in names if asked.rows or name not in ONLY_BY_NAME]
    clocks.adopt_orphans()
    measured = []
    for name in names:
        draws = name == "growth" and not asked.compare
        grown = growth.measure(asked.most) if draws else None
        rows = list(_rows(name))
        measured += rows
        if not asked.compare:
            _keep(rows, grown)
    if asked.compare:
        worse = table.slower(measured, table.read()["rows"])
        print("\n".join(worse) or "no ratio is more than 15 % worse than before")
        raise SystemExit(1 if worse else 0)


def _rows(name: str) -> Iterator[table.Row]:
    """Measure and print the rows of one name."""
    for row in ROWS[name]() if name in ROWS else ():
        ratio = "" if row.ratio is None else f", ratio {row.ratio:.2f}"
        met = {True: "met", False: "NOT met", None: ""}[row.met]
        line = f"{row.row}: {row.what}: {row.measured} ({row.against}{ratio};"
        print(f"{line} {row.target}) {met}", flush=True)
        yield row


def _keep(rows: list[table.Row], grown: list[dict[str, typing.Any]] | None) -> None:
    """Write what was measured at once: a later row may fail."""
    before = table.read()
    merged = table.merge(rows, before["rows"], list(ROWS))
    table.write(merged, before["growth"] if grown is None else grown)


if __name__ == "__main__":
    main()
