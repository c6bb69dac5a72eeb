"""The table: rows, the page they are written to, and what has become slower."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import platform
import shutil
import typing

import numpy as np

HERE = pathlib.Path(__file__).parent
RESULTS = HERE / "results.json"
PAGE = HERE / "README.md"
SLOWER = 1.15


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Args:
        row: its name on the command line.
        what: what was measured.
        measured: how long it took, or how much it was, for the reader.
        against: the floor or the rival of the same run, for the reader.
        target: what is asked for, for the reader.
        ratio: measured / against, or the other way where `more` is better; None where
            nothing was measured.
        met: whether the target is; None where nothing was measured.
        more: a larger ratio is better.
        machine: where.
    """

    row: str
    what: str
    measured: str
    against: str
    target: str
    ratio: float | None = None
    met: bool | None = None
    more: bool = False
    machine: str = ""


def judged(
    row: str,
    what: str,
    seconds: float,
    against: tuple[str, float],
    *,
    most: float | None = None,
    least: float | None = None,
) -> Row:
    """Return a row that asks how `seconds` compare with another time of the same run.

    Args:
        row: its name on the command line.
        what: what was measured.
        seconds: how long it took.
        against: the name of the other, and how long it took.
        most: at most so many times the other one's time.
        least: or at least so many times faster.
    """
    name, other = against
    more = least is not None
    ratio = other / seconds if more else seconds / other
    met = ratio >= least if least is not None else most is None or ratio <= most
    asked = f"at least {least:g} times faster" if more else f"at most {most:g} times"
    target = asked if most is not None or more else "–"
    measured, rival = time_text(seconds), f"{name}: {time_text(other)}"
    return Row(row, what, measured, rival, target, ratio, met, more, machine())


def not_measured(row: str, what: str, why: str, target: str) -> Row:
    """Return a row for what this machine has no means to measure."""
    return Row(row, what, "not measured", why, target)


def time_text(seconds: float) -> str:
    """Return seconds as a person writes them."""
    if seconds < 0.1:
        return f"{seconds * 1e3:.2f} ms"
    return f"{seconds:.2f} s" if seconds < 100 else f"{seconds / 60:.1f} min"


def machine() -> str:
    """Return one line about this machine, and whether others use it now."""
    cores = os.cpu_count() or 1
    state = "busy with other work" if os.getloadavg()[0] > cores + 1 else "quiet"
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    sandbox = "bubblewrap" if shutil.which("bwrap") else "no bubblewrap"
    return (
        f"{platform.system()} {platform.release()} {platform.machine()},"
        f" {cores} cores, {state}, BLAS threads: {threads},"
        f" Python {platform.python_version()}, NumPy {np.__version__}, {sandbox}"
    )


def read() -> dict[str, typing.Any]:
    """Return what was measured before: "rows" and "growth"."""
    if not RESULTS.is_file():
        return {"rows": [], "growth": []}
    found: dict[str, typing.Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def slower(rows: list[Row], before: list[dict[str, typing.Any]]) -> list[str]:
    """Say which rows' ratios have become worse by more than 15 % since then."""
    ratios = {(old["row"], old["what"]): old["ratio"] for old in before}
    found = []
    for row in rows:
        old = ratios.get((row.row, row.what))
        if old is None or row.ratio is None:
            continue
        worse = old / row.ratio if row.more else row.ratio / old
        if worse > SLOWER:
            found.append(
                f"{row.row}: {row.what}: ratio {row.ratio:.2f}, was {old:.2f}"
                f" ({worse:.2f} times worse)"
            )
    return found


def merge(
    rows: list[Row], before: list[dict[str, typing.Any]], order: list[str]
) -> list[dict[str, typing.Any]]:
    """Return the rows, and those measured earlier that were not measured again."""
    again = {row.row for row in rows}
    kept = [old for old in before if old["row"] not in again and old["row"] in order]
    fresh = [dataclasses.asdict(row) for row in rows]
    return sorted(kept + fresh, key=lambda entry: order.index(entry["row"]))


def write(
    rows: list[dict[str, typing.Any]], growth: list[dict[str, typing.Any]]
) -> None:
    """Write the raw numbers and the page."""
    raw = {"rows": rows, "growth": growth}
    RESULTS.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
    machines = list(dict.fromkeys(entry["machine"] for entry in rows))
    machines = [name for name in machines if name]
    lines = ["# What it costs", "", _INTRODUCTION.strip(), ""]
    lines += [f"- Machine {i}: {name}." for i, name in enumerate(machines, start=1)]
    lines += [
        "",
        "| row | what | measured | against | ratio | target | met | machine |",
        "|---|---|---|---|---|---|---|---|",
        *(_line(entry, machines) for entry in rows),
        "",
        _NOTES.strip(),
        "",
        *_growth_lines(growth),
    ]
    PAGE.write_text("\n".join(lines), encoding="utf-8")


def _line(entry: dict[str, typing.Any], machines: list[str]) -> str:
    met = {True: "yes", False: "**no**", None: "–"}[entry["met"]]
    ratio = "–" if entry["ratio"] is None else f"{entry['ratio']:.2f}"
    place = str(machines.index(entry["machine"]) + 1) if entry["machine"] else "–"
    words = [entry[name] for name in ("row", "what", "measured", "against")]
    return f"| {' | '.join([*words, ratio, entry['target'], met, place])} |"


def _growth_lines(growth: list[dict[str, typing.Any]]) -> list[str]:
    if not growth:
        return []
    lines = [
        "## As it grows",
        "",
        "![Time against size, both logarithmic](growth.svg)",
        "",
        "A slope of 1 in this figure is a cost in proportion to the size; the slope is",
        "that of the straight line through the last three points.",
        "",
        "| what | from | to | slope | why |",
        "|---|---|---|---|---|",
    ]
    for series in growth:
        (first, first_s), *_, (last, last_s) = series["points"]
        lines.append(
            f"| {series['what']} | {first:,}: {time_text(first_s)} | {last:,}:"
            f" {time_text(last_s)} | {series['slope']:.2f} | {series['why']} |"
        )
    return [*lines, ""]


_INTRODUCTION = """
`tox run -e bench` measures, and writes this page, `results.json` and the figure.
`python tests/bench/run.py ROW` measures one row again and keeps the others;
`--compare` writes nothing, says which ratios are more than 15 % worse than those of
`results.json`, and fails if there are any. `validate` is measured only by name.

Absolute times belong to a machine and its other work; compare a row with what stands
beside it. The two took turns in one run, and the times are medians. Where everything
happens in one process, processor time is measured. "Core seconds" are those of all
processes together.
"""

_NOTES = """
What the words mean:

- **One more submission** is the slope between a small and a large batch: what starting
  the kit takes is not in it. **In this process** is the suite on the same code without
  sandbox and wire, warm, with what it computes to compare with.
- **The floor** of a convolution or a network is its multiplications alone: plain matrix
  products of the same sizes over prepared matrices, one for each product. It has no
  activation, no pooling and no step. The floor of pooling and batch normalisation,
  which multiply no matrices, is the fewest calls of NumPy over whole arrays, each
  into memory that is there already.
- **Peers** are the published NumPy algorithms in `peers.py`, written as their authors
  have them, checked against ours before the race.
- **PyTorch** is the release of the extra `oracle`, eager, with as many threads. In the
  step of a network neither it nor ours computes the gradient of the data.

Why some targets are not met:

- *Five times faster than the best of peers* is out of reach on a CPU where the floor is
  more than a fifth of that peer's time: who multiplies as much cannot be faster than
  the floor. Their columns cost them memory and the rest of their time. LeNet could be
  faster by that measure; what is left of it are copies around small products.
- *The MLP step, at most 1.15 times PyTorch*, is just missed.
  More than three quarters of its first layer are the products; the rest is what
  conventions cost: `forward` keeps a copy of W, `backward` adds to the gradient.
- *Grading, at most +0.25 s*: a submission is asked some 700 questions, each of which
  costs about a tenth of a millisecond on either side of the border.
"""
