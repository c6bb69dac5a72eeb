"""Files that Python could not import: said once, not with every check they stop."""

from __future__ import annotations

import collections
import dataclasses
import re
from collections.abc import Iterable

from autograder.messages import CATALOGUE
from autograder.records import CheckResult, Graded, Outcome, Status

REMEDY = (
    "No check could run, and a slip in one line may have cost all points: look at the"
    " line, and decide whether it may be handed in again."
)
"""Why a person should look at a hand-in of which nothing could be imported."""

_FAILED = CATALOGUE["import_failed"].text.split("{")[1].partition("}")[2]
_BEGINNINGS = tuple(
    CATALOGUE[code].text.partition("{")[0]
    for code in ("crashed_import", "timed_out_import")
)
_WHERE = re.compile(r" in (?P<file>[^\s,]+\.py), line (?P<line>\d+)")


@dataclasses.dataclass(frozen=True, slots=True)
class Broken:
    """One reason why Python could not import a file, and how many checks it stopped."""

    message: str
    hint: str
    checks: int

    @property
    def place(self) -> str:
        """The file and the line to correct, as far as they are known."""
        file, failed, rest = self.message.partition(_FAILED)
        if not failed:
            return "your files"
        found = _WHERE.search(rest)
        if found is None:
            return file
        if file.rpartition("/")[2] != found["file"]:  # it imports the broken one
            file = found["file"]
        return f"{file}, line {found['line']}"


def stopped(check: CheckResult) -> bool:
    """Return whether a check could not begin because an import had failed."""
    if check.outcome is Outcome.ERRORED:
        file, failed, _ = check.message.partition(_FAILED)
        return bool(failed) and file.endswith(".py") and " " not in file
    ended = check.outcome in {Outcome.CRASHED, Outcome.TIMED_OUT}
    return ended and check.message.startswith(_BEGINNINGS)


def broken(checks: Iterable[CheckResult]) -> tuple[Broken, ...]:
    """Return why imports failed, each reason once, most checks first."""
    failed = [check for check in checks if stopped(check)]
    hints = {check.message: check.hint for check in failed}
    counts = collections.Counter(check.message for check in failed)
    return tuple(
        Broken(message, hints[message], count)
        for message, count in counts.most_common()
    )


def nothing_ran(graded: Graded) -> bool:
    """Return whether a graded hand-in has no check that got past the imports."""
    tried = [check for check in graded.checks if check.outcome is not Outcome.BLOCKED]
    return graded.status is Status.GRADED and bool(tried) and all(map(stopped, tried))
