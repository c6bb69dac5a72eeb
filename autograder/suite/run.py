"""Run the checks of a stage for one submission and return what they found."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
from collections.abc import Callable

from autograder.errors import UsageError
from autograder.manifest import Assignment, Course
from autograder.records import CheckResult, Limits
from autograder.sandbox.protocol import Guest
from autograder.suite.collect import collect
from autograder.suite.diagnose import modules_of, our_own
from autograder.suite.guest_transport import GuestTransport
from autograder.suite.host import reference_on_host
from autograder.suite.runner import Runner
from autograder.suite.seeds import PUBLIC_SECRET
from autograder.suite.transport import PACKAGE, LocalTransport, Transport

Watch = Callable[[CheckResult, int], None]
"""Is told a result, and how many there will be."""


@dataclasses.dataclass(frozen=True, slots=True)
class SuiteRun:
    """The results in file order, and what the student's code did meanwhile."""

    results: tuple[CheckResult, ...]
    printed: str
    doubts: int = 0  # how often the machine may have had a hand in that


def run_suite(
    assignment: Assignment,
    course: Course,
    *,
    start: Callable[[Limits], Guest] | None = None,
    local: pathlib.Path | None = None,
    limits: Limits | None = None,
    secret: str = PUBLIC_SECRET,
    digest: str = "",
    public: bool = True,
    hidden: bool = True,
    only: str = "",
    explain: bool = True,
    watch: Watch | None = None,
) -> SuiteRun:
    """Run the checks of a stage: in a guest, or else in this process.

    Args:
        assignment: the stage.
        course: where its reference and mutants are, if they are there.
        start: starts a guest that holds the submission, under the limits given to it.
        local: folder that holds `nabla/`, to be run in this very process, unconfined
            and untimed; without it and without `start`, the reference.
        limits: the clocks, by default those of the manifest.
        secret: of the course; with the digest it decides about the inputs.
        digest: of the submitted files.
        public: run the public checks.
        hidden: run the hidden checks, if they are there.
        only: run only the checks of exercises whose ids begin so.
        explain: look for known mistakes after a failure; costs milliseconds.
        watch: is told each result at once, and how many checks there are.

    Raises:
        SuiteError: if the suite contradicts itself or the manifest.
    """
    if start is None:
        transport = in_process(assignment, course, local or course.reference)
    else:
        modules = modules_of(course, assignment)
        transport = GuestTransport(start, limits or assignment.limits, modules)
    with contextlib.closing(transport), reference_on_host(course):
        wanted = {False: public, True: hidden}
        checks = [
            check
            for check in collect(assignment, course)
            if wanted[check.hidden] and check.exercise.startswith(only)
        ]
        runner = Runner(
            assignment,
            course,
            checks,
            transport,
            secret=secret,
            digest=digest,
            explain=explain,
        )
        results = []
        for check in checks:
            results.append(runner.run(check))
            if watch is not None:
                watch(results[-1], len(checks))
        printed = transport.printed()  # ends the last process, which may be dead
        return SuiteRun(tuple(results), printed, transport.doubts)


def in_process(assignment: Assignment, course: Course, root: pathlib.Path) -> Transport:
    """Return the package below `root` in this process.

    Raises:
        UsageError: if there is none.
    """
    if not (root / PACKAGE).is_dir():
        raise UsageError(
            f"{root}: holds no folder {PACKAGE}/ to check.",
            "Name the folder in which your nabla/ lies.",
        )
    if root == course.reference:
        return our_own(root)
    return LocalTransport(str(root), modules_of(course, assignment))


def warm(assignment: Assignment, course: Course) -> None:
    """Read the checks of a stage now, so that forks of this process find them read."""
    collect(assignment, course)
