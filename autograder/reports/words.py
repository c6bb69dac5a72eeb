"""The words and signs by which a report names an outcome, a sandbox, a status."""

from __future__ import annotations

import dataclasses

from autograder.messages import CATALOGUE
from autograder.records import CheckResult, Graded, Outcome, Status
from autograder.reports import imports


@dataclasses.dataclass(frozen=True, slots=True)
class Word:
    """How an outcome is shown: never by its colour alone."""

    label: str
    sign: str
    plain: str  # the sign where only ASCII can be printed
    tone: str  # class of the style sheet: pass, fail, warn, block, fault
    icon: str  # id of a symbol in icons.svg
    help: str = ""


OUTCOMES: dict[Outcome, Word] = {
    Outcome.PASSED: Word("passed", "✓", "ok", "pass", "check"),
    Outcome.FAILED: Word("failed", "✗", "FAIL", "fail", "cross"),
    Outcome.ERRORED: Word(
        "raised an error",
        "!",
        "ERROR",
        "warn",
        "bang",
        "Your code raised an exception where the check expected a result.",
    ),
    Outcome.TIMED_OUT: Word(
        "took too long",
        "◷",
        "TIME",
        "warn",
        "clock",
        "A call into your code did not return in time and was stopped.",
    ),
    Outcome.OUT_OF_MEMORY: Word(
        "ran out of memory",
        "▣",
        "MEMORY",
        "warn",
        "memory",
        "Your code asked for more memory than a submission may use.",
    ),
    Outcome.CRASHED: Word(
        "ended Python",
        "↯",
        "CRASH",
        "warn",
        "bolt",
        "The Python process that ran your code ended in the middle of this check.",
    ),
    Outcome.BLOCKED: Word(
        "blocked",
        "⊘",
        "blocked",
        "block",
        "stop",
        "It needs something that does not work yet, and was not run.",
    ),
    Outcome.GRADER_FAULT: Word(
        "not judged",
        "⚑",
        "OUR FAULT",
        "fault",
        "wrench",
        "The kit itself failed here, not your code. This check will be repeated.",
    ),
}

UNWRITTEN = Word("not written yet", "○", "todo", "todo", "pen")
"""Not an outcome of its own, but nothing that went wrong either."""

UNIMPORTABLE = Word("import failed", "!", "IMPORT", "warn", "bang")
"""Nor is this: what went wrong is said once, for all checks that it stopped."""

_UNWRITTEN_BEGINS = CATALOGUE["not_implemented"].text.partition("{")[0]

UPSTREAM = {
    "reference": "the course's reference",
    "student": "your own earlier work",
    "none": "none needed",
}

UPSTREAM_OF_CLASS = {
    "reference": "the course's reference",
    "student": "each student's own work",
    "none": "none",
}

FAULT = "Not graded: our fault, will be repeated."
UNREADABLE = "This submission could not be read."


def of(check: CheckResult) -> Word:
    """Return how the outcome of a check is shown."""
    if imports.stopped(check):
        return UNIMPORTABLE
    return UNWRITTEN if unwritten(check) else OUTCOMES[check.outcome]


def unwritten(check: CheckResult) -> bool:
    """Return whether the check met the stub that the student has not replaced yet."""
    erred = check.outcome is Outcome.ERRORED
    return erred and check.message.startswith(_UNWRITTEN_BEGINS)


def sandbox(name: str) -> str:
    """Return how a page names the sandbox that held the student's code."""
    if name == "unprotected":
        return "none (unprotected: not fit for marks)"
    return name or "unknown"


def status(graded: Graded) -> str:
    """Return the status of a submission in a word or two."""
    if graded.status is Status.FAULT:
        return "not graded: our fault"
    return "graded" if graded.status is Status.GRADED else "could not be read"
