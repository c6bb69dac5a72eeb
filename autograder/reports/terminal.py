"""What a person reads in a terminal: any terminal, of any encoding and width."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.manifest import Assignment
from autograder.records import CheckResult, Graded, Outcome, Status
from autograder.reports import imports, summary, words
from autograder.reports.findings import print_findings, print_validation
from autograder.reports.pen import Pen
from autograder.reports.text import clean, one_line, percent, points

__all__ = ["print_batch", "print_check", "print_findings", "print_validation"]

ROWS_SHOWN = 200
PRINTED_SHOWN = 15
HARDEST_SHOWN = 5
_TONES = {
    "pass": "green",
    "fail": "red",
    "warn": "yellow",
    "block": "dim",
    "todo": "cyan",
    "fault": "magenta",
}
_STATUS = {
    Status.GRADED: "graded",
    Status.UNREADABLE: "could not be read",
    Status.FAULT: "our fault",
}


def print_batch(
    results: Sequence[Graded], assignment: Assignment, console: Console | None = None
) -> None:
    """Print a table of all submissions, the class's statistics, and what went wrong."""
    pen = Pen(console)
    ordered = sorted(results, key=lambda graded: graded.submission.casefold())
    marked = summary.graded_only(ordered)
    pen.line(f"{assignment.id} · {assignment.title}", "bold")
    pen.print(_table(pen, ordered[:ROWS_SHOWN]))
    if len(ordered) > ROWS_SHOWN:
        more = len(ordered) - ROWS_SHOWN
        pen.line(f"… and {more} more: the class page lists them all.", "dim")
    _print_statistics(pen, marked)
    _print_hardest(pen, marked)
    _print_run(pen, marked)
    _print_unreadable(pen, ordered)
    _print_unimportable(pen, ordered)
    _print_faults(pen, ordered)


def print_check(
    checks: Sequence[CheckResult],
    assignment: Assignment,
    *,
    hidden_exist: bool = True,
    only: str = "",
    printed: str = "",
    console: Console | None = None,
) -> None:
    """Print a student's checks, exercise by exercise, and what to do next.

    Args:
        checks: what was found.
        assignment: the stage.
        hidden_exist: say that hidden checks will run as well.
        only: how the exercises to be checked had to begin.
        printed: what the student's code printed meanwhile.
        console: where to print; by default, standard output.
    """
    pen = Pen(console)
    _print_broken(pen, checks)
    known = [exercise.id for exercise in assignment.exercises]
    known += dict.fromkeys(one.exercise for one in checks if one.exercise not in known)
    titles = {exercise.id: exercise.title for exercise in assignment.exercises}
    ordered: list[CheckResult] = []
    for exercise in known:
        own = [check for check in checks if check.exercise == exercise]
        ordered += own
        if own:
            passed = summary.tally(own)[Outcome.PASSED]
            heading = pen.text(titles.get(exercise, exercise), "bold")
            heading.append(f"  {passed}/{len(own)}", "dim")
            pen.print(Text(), heading, sep="\n")
        for check in own:
            _print_one(pen, check)
    _print_printed(pen, printed)
    pen.line("")
    call = f"autograder check {assignment.id}" + (f" -e {only}" if only else "")
    _print_next(pen, ordered, call, hidden_exist=hidden_exist)


def _table(pen: Pen, results: Sequence[Graded]) -> Table:
    table = Table(box=pen.box(), pad_edge=False)
    table.add_column("Submission", overflow="fold")
    for name in ("Score", "Passed", "Failed", "Blocked"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Status", overflow="fold")
    for graded in results:
        found = summary.tally(graded.checks)
        failed = sum(found[one] for one in (Outcome.FAILED, *summary.STOPPED))
        shown = graded.status is not Status.FAULT and graded.score is not None
        score = f"{points(graded.score or 0)}/{points(graded.possible)}"
        table.add_row(
            pen.text(one_line(graded.submission, 60)),
            pen.text(score if shown else "none"),
            str(found[Outcome.PASSED]),
            pen.text(str(failed), "red" if failed else ""),
            str(found[Outcome.BLOCKED]),
            pen.text(_STATUS[graded.status], _status_style(graded)),
        )
    return table


def _status_style(graded: Graded) -> str:
    if graded.status is Status.FAULT:
        return "bold magenta"
    return "" if graded.status is Status.GRADED else "bold red"


def _print_statistics(pen: Pen, marked: Sequence[Graded]) -> None:
    around = summary.spread([graded.score or 0.0 for graded in marked])
    if around is None:
        pen.line("No submission has a score.")
        return
    pen.line(
        f"{around.count} graded: median {points(around.median)},"
        f" mean {around.mean:.1f}, quartiles {points(around.lower)} and"
        f" {points(around.upper)}, from {points(around.lowest)} to"
        f" {points(around.highest)}."
    )


def _print_hardest(pen: Pen, marked: Sequence[Graded]) -> None:
    hardest = summary.hardest(summary.items(marked), HARDEST_SHOWN)
    if not hardest:
        return
    pen.line("")
    pen.line("Checks most often failed", "bold")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", no_wrap=True)
    for item in hardest:
        blocked = f", {item.blocked} blocked" if item.blocked else ""
        kind = "" if item.hidden else " (public)"
        count = f"({item.fallen} of {item.judged}{blocked})"
        title = pen.text(f"{one_line(item.title)}{kind} {count}")
        grid.add_row(pen.text(percent(item.failing)), title)
    pen.print(grid)


def _print_run(pen: Pen, marked: Sequence[Graded]) -> None:
    if not marked:
        return
    boxes = dict.fromkeys(words.sandbox(graded.sandbox) for graded in marked)
    bases = dict.fromkeys(
        words.UPSTREAM_OF_CLASS.get(graded.upstream, graded.upstream)
        for graded in marked
    )
    pen.line("")
    pen.line(f"Sandbox: {', '.join(boxes)}. Earlier stages from: {', '.join(bases)}.")


def _print_unreadable(pen: Pen, results: Sequence[Graded]) -> None:
    found = [graded for graded in results if graded.status is Status.UNREADABLE]
    if not found:
        return
    body = Text()
    for graded in found:
        body.append_text(pen.text(one_line(graded.submission, 60), "bold"))
        for note in graded.notes:
            body.append_text(pen.text(f"\n  {clean(note, 300)}"))
        body.append("\n")
    body.append_text(pen.text("Their authors have to hand in again."))
    pen.print(pen.panel("Could not be read", body, "red"))


def _print_unimportable(pen: Pen, results: Sequence[Graded]) -> None:
    found = [graded for graded in results if imports.nothing_ran(graded)]
    if not found:
        return
    body = Text()
    for graded in found:
        body.append_text(pen.text(one_line(graded.submission, 60), "bold"))
        for one in imports.broken(graded.checks):
            body.append_text(pen.text(f"\n  {one_line(one.message, 300)}"))
        body.append("\n")
    body.append_text(pen.text(imports.REMEDY))
    pen.print(pen.panel("Needs a person: could not be imported", body, "yellow"))


def _print_faults(pen: Pen, results: Sequence[Graded]) -> None:
    found = [graded for graded in results if graded.status is Status.FAULT]
    if not found:
        return
    body = Text()
    for graded in found:
        body.append_text(pen.text(one_line(graded.submission, 60), "bold"))
        last = clean(graded.staff, 2000).strip().rpartition("\n")[2]
        body.append_text(pen.text(f"\n  {one_line(last, 200) or 'no reason recorded'}"))
        body.append("\n")
    remedy = "They have no score. The same command grades them again."
    body.append_text(pen.text(remedy))
    pen.print(pen.panel("THE KIT FAILED, NOT THE STUDENT", body, "bold magenta"))


def _print_broken(pen: Pen, checks: Sequence[CheckResult]) -> None:
    """Say why a file could not be imported, once for all checks that it stopped."""
    for one in imports.broken(checks):
        pen.line("")
        pen.line(f"{pen.sign('✗', 'FAIL')} {clean(one.message, 2000)}", "bold red")
        if one.hint:
            pen.line(clean(one.hint, 600))


def _print_printed(pen: Pen, printed: str) -> None:
    """Print the end of what the student's code printed, if it printed anything."""
    rows = clean(printed).strip("\n").splitlines()
    if not printed.strip():
        return
    shown = rows[-PRINTED_SHOWN:]
    last = f" (the last {len(shown)} of {len(rows)} lines)" if rows != shown else ""
    pen.line("")
    pen.line(f"What your code printed{last}", "bold")
    for row in shown:
        pen.line(f"  {clean(row, 200)}")


def _print_one(pen: Pen, check: CheckResult) -> None:
    word = words.of(check)
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1 if pen.unicode else 9, no_wrap=True)
    grid.add_column(overflow="fold")
    style = _TONES[word.tone]
    title = pen.text(one_line(check.title or check.id, 200))
    silent = {words.OUTCOMES[Outcome.PASSED], words.UNWRITTEN, words.UNIMPORTABLE}
    if word not in silent:
        title.append_text(pen.text(f"  {word.label}", style))
    grid.add_row(pen.text(pen.sign(word.sign, word.plain), style), title)
    if check.outcome is Outcome.GRADER_FAULT:
        grid.add_row("", pen.text(word.help))
    elif word not in {words.OUTCOMES[Outcome.PASSED], words.UNIMPORTABLE}:
        if check.message:
            grid.add_row("", pen.text(clean(check.message, 2000)))
        if check.hint and check.outcome is not Outcome.BLOCKED:
            grid.add_row("", pen.text(f"Hint: {clean(check.hint, 600)}", "bold"))
    pen.print(grid)


def _print_next(
    pen: Pen,
    checks: Sequence[CheckResult],
    call: str,
    *,
    hidden_exist: bool,
) -> None:
    failing = [check for check in checks if check.outcome is not Outcome.PASSED]
    own = [
        check
        for check in failing
        if check.outcome not in {Outcome.BLOCKED, Outcome.GRADER_FAULT}
    ]
    kind = "public checks" if len(checks) != 1 else "public check"
    if not checks:
        pen.line("No check ran: is the name of the exercise right?")
    elif not failing:
        more = " Hidden checks will also run." if hidden_exist else ""
        what = (
            f"All {len(checks)} {kind} pass." if checks[1:] else f"The {kind} passes."
        )
        pen.line(f"{what}{more}", "bold green")
    elif own:
        passed = len(checks) - len(failing)
        broken = imports.broken(own)
        target = f"correct {broken[0].place}" if broken else _target(own[0])
        pen.line(
            f"{passed} of {len(checks)} {kind} pass. Next: {target}, then run"
            f" {call} again.",
            "bold",
        )
    else:
        pen.line("Next: tell your instructor; this is not your fault.", "bold")


def _target(check: CheckResult) -> str:
    return f"{check.exercise}, “{one_line(check.title or check.id).rstrip('.')}”"
