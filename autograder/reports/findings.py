"""What the doctor found on a machine, and what a validation found in a course."""

from __future__ import annotations

import collections
import typing
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from autograder.reports.pen import Pen
from autograder.reports.text import clean, one_line

KINDS = {
    "reference": "Reference",
    "blank": "Blank",
    "half": "Halves",
    "mutant": "Mutants",
    "variant": "Variants",
    "check": "Checks",
}


class Finding(typing.Protocol):
    """One line of the doctor's report."""

    @property
    def topic(self) -> str:
        """What was looked at."""

    @property
    def well(self) -> bool:
        """Whether it is as it should be."""

    @property
    def text(self) -> str:
        """What was found, and the remedy."""

    @property
    def needed(self) -> bool:
        """Whether grading must not be trusted without it."""


class Proof(typing.Protocol):
    """One line of a validation: what had to come out, and what did."""

    @property
    def assignment(self) -> str:
        """The stage."""

    @property
    def kind(self) -> str:
        """What was graded: a key of KINDS."""

    @property
    def name(self) -> str:
        """Which mutant, variant or check."""

    @property
    def expected(self) -> str:
        """What had to come out."""

    @property
    def seen(self) -> str:
        """What came out."""

    @property
    def ok(self) -> bool:
        """Whether the two agree."""


def print_findings(findings: Iterable[Finding], console: Console | None = None) -> None:
    """Print what the doctor found, one line each."""
    pen = Pen(console)
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        sign, plain, style = ("✓", "ok", "green")
        if not finding.well:
            serious = finding.needed
            sign, plain = ("✗", "NO") if serious else ("–", "-")
            style = "bold red" if serious else "yellow"
        table.add_row(
            pen.text(pen.sign(sign, plain), style),
            pen.text(finding.topic),
            pen.text(clean(finding.text)),
        )
    pen.print(table)


def print_validation(proofs: Iterable[Proof], console: Console | None = None) -> bool:
    """Print what is wrong as soon as it is known, then a table; return if all is well.

    Nothing to prove is not well: a course without stages has shown nothing.
    """
    pen = Pen(console)
    right: collections.Counter[tuple[str, str]] = collections.Counter()
    total: collections.Counter[tuple[str, str]] = collections.Counter()
    for proof in proofs:
        key = (proof.assignment, proof.kind)
        total[key] += 1
        right[key] += proof.ok
        if not proof.ok:
            _print_wrong(pen, proof)
    pen.print(_proved(pen, right, total))
    wrong = sum(total.values()) - sum(right.values())
    if wrong or not total:
        what = f"{wrong} of {sum(total.values())} findings are wrong."
        pen.line(what if total else "There was nothing to validate.", "bold red")
        return False
    pen.line(f"All {sum(total.values())} findings are right.", "bold green")
    return True


def _print_wrong(pen: Pen, proof: Proof) -> None:
    sign = pen.sign("✗", "WRONG")
    name = one_line(f"{proof.assignment}: {proof.kind} {proof.name}")
    pen.line(f"{sign} {name}", "red")
    pen.line(f"  expected: {clean(proof.expected)}")
    pen.line(f"  seen:     {clean(proof.seen)}")


def _proved(
    pen: Pen,
    right: collections.Counter[tuple[str, str]],
    total: collections.Counter[tuple[str, str]],
) -> Table:
    """Return a table of stages and kinds: how many of how many came out right."""
    table = Table(box=pen.box(), pad_edge=False)
    table.add_column("Stage")
    for title in KINDS.values():
        table.add_column(title, justify="right")
    for stage in sorted({stage for stage, _ in total}):
        cells = [pen.text(stage)]
        for kind in KINDS:
            good, of = right[stage, kind], total[stage, kind]
            style = "" if good == of else "bold red"
            cells.append(pen.text(f"{good}/{of}" if of else "-", style))
        table.add_row(*cells)
    return table
