"""From an inbox to marks and pages: intake, cache, batch, gradebook, reports, exports.

A run's folder is its own memory: every result is in the gradebook before the next one
is waited for, so the same call after a kill grades only what is missing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import pathlib
import shutil
import typing
from collections.abc import Iterable, Iterator, Sequence

from autograder import batch, intake, machine, sandbox, server, versions, worker
from autograder.errors import MachineError, SandboxError, UsageError
from autograder.exports import export as write_export
from autograder.gradebook import Gradebook
from autograder.manifest import Assignment, Course
from autograder.records import Graded, Status, Submission
from autograder.secret import course_secret

ALWAYS_WRITTEN = ("csv", "jsonl")
GRADEBOOK = "gradebook.sqlite"


class Watcher(typing.Protocol):
    """Someone who wants to know how far a batch is."""

    def started(self, total: int) -> None:
        """Hear how many submissions there are."""

    def watch(self, graded: Graded, known: bool) -> None:  # noqa: FBT001 - a callback
        """Hear of a result, and whether it was known from an earlier run."""


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """How to grade; the defaults are those of the command line."""

    workers: int | None = None
    sandbox: str = "auto"
    unprotected: bool = False
    upstream: str = "auto"
    fresh: bool = False


def settings_for(
    course: Course, assignment: Assignment, options: Options
) -> worker.Settings:
    """Choose the sandbox and gather what a worker must know.

    Raises:
        SandboxError: if no protected sandbox works and none was waived.
    """
    chosen = sandbox.choose(options.sandbox, unprotected=options.unprotected)
    return worker.Settings(
        root=course.root,
        stage=assignment.id,
        sandbox=chosen.name,
        secret=course_secret(course),
        limits=assignment.limits,
        modules=assignment.modules,
        points=assignment.points,
    )


def worker_count(options: Options) -> int:
    """Return how many submissions are graded at a time: by default, one per core."""
    if options.workers is not None:
        return options.workers
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def grade(
    course: Course,
    assignment: Assignment,
    paths: Sequence[pathlib.Path],
    out: pathlib.Path,
    *,
    options: Options,
    watcher: Watcher,
) -> list[Graded]:
    """Grade the submissions in `paths`, write all results to `out`, and return them.

    Raises:
        UsageError: if a path is missing, holds nothing, or `out` cannot be written.
        SandboxError: if nothing here can hold a student's code.
        GradebookError: if the gradebook of `out` cannot be used.
        MachineError: if its disk is full, say.
    """
    settings = settings_for(course, assignment, options)
    sources = intake.find(paths, assignment)
    key = versions.suite_digest(course, assignment, settings.secret)
    with (
        machine.answers_for(out),
        _claimed(out),
        Gradebook(out / GRADEBOOK) as book,
        _workplace(out) as place,
    ):
        watcher.started(len(sources))
        batch.warm_up(course, [assignment.id])
        staged = (
            _staged(source, assignment, course, place, options.upstream)
            for source in sources
        )

        def known(submission: Submission) -> Graded | None:
            return None if options.fresh else book.cached(key, submission.digest)

        names = {source.name for source in sources}
        for graded in batch.grade_all(staged, settings, worker_count(options), known):
            was_known = book.append(graded, key)
            shutil.rmtree(place / graded.submission, ignore_errors=True)
            watcher.watch(graded, was_known)
        with contextlib.suppress(SandboxError, OSError):  # the next start tries again
            sandbox.clear_away()  # what workers that were killed have left behind
        latest = book.latest(assignment.id)  # with what was set by hand
        results = [graded for graded in latest if graded.submission in names]
        write_results(assignment, results, out)
    return results


def _staged(
    source: intake.Source,
    assignment: Assignment,
    course: Course,
    place: pathlib.Path,
    upstream: str,
) -> Submission:
    """Stage a hand-in; where this machine fails, the batch goes on and nobody pays."""
    try:
        return intake.stage(source, assignment, course, place, upstream)
    except MachineError as exc:
        return Submission(source.name, "", "", notes=source.notes, fault=str(exc))


def write_results(
    assignment: Assignment, results: Sequence[Graded], out: pathlib.Path
) -> pathlib.Path:
    """Write scores.csv, results.jsonl and the pages; return the class page.

    Raises:
        ExportError, MachineError: if something cannot be written.
    """
    from autograder import reports

    graded_at = f"{dt.datetime.now().astimezone():%d %B %Y, %H:%M}"
    meta = reports.Meta(graded_at=graded_at)
    with machine.answers_for(out):
        for name in ALWAYS_WRITTEN:
            write_export(name, results, out)
        return reports.write_report(results, assignment, out, meta)


def needs_a_person(results: Iterable[Graded]) -> bool:
    """Return whether any could not be graded, by its fault or ours, or not imported."""
    from autograder.reports.imports import nothing_ran

    return any(
        graded.status is not Status.GRADED or nothing_ran(graded) for graded in results
    )


def read_run(run: pathlib.Path) -> list[Graded]:
    """Return the latest result of every submission of a finished run.

    Raises:
        UsageError: if the folder holds no gradebook, or one without results.
    """
    path = run / GRADEBOOK
    if not path.is_file():
        raise UsageError(
            f"{run}: holds no {GRADEBOOK}, so it is not the folder of a run.",
            "Name the folder that was given to `autograder grade --out`.",
        )
    with Gradebook(path) as book:
        results = book.latest()
    if not results:
        raise UsageError(
            f"{run}: nothing has been graded there yet.",
            "Make the call of `autograder grade` again: it goes on where it stopped.",
        )
    return results


@contextlib.contextmanager
def _claimed(out: pathlib.Path) -> Iterator[None]:
    """Hold `out` for this process alone, until the end of the run or of the process.

    The file that stands for this names a folder of ours in the temporary directory, so
    that the next run can remove it if we are killed.
    """
    lock = out / ".lock"
    try:
        out.mkdir(parents=True, exist_ok=True)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as exc:
        raise UsageError(
            f"--out {out}: cannot be written ({exc.strerror}).",
            "Name a folder that you may write to.",
        ) from exc
    try:
        _lock(handle, out)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, out: pathlib.Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: a second run is not detected
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        raise UsageError(
            f"--out {out}: another run is writing there.",
            "Wait for it to end, or name another folder.",
        ) from exc
    _tidy(pathlib.Path(os.fsdecode(os.pread(handle, 4096, 0))))
    os.ftruncate(handle, 0)
    os.pwrite(handle, os.fsencode(server.sockets()), 0)


def _tidy(left: pathlib.Path) -> None:
    """Remove the folder that a killed run has noted, if it is what we note."""
    if left.is_absolute() and left.name.startswith(server.SOCKETS):
        with contextlib.suppress(OSError):
            if left.lstat().st_uid == os.geteuid():
                shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def _workplace(out: pathlib.Path) -> Iterator[pathlib.Path]:
    """Make a folder for staged hand-ins; what a killed run has left there goes."""
    folder = (out / ".staged").resolve()
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("scores.csv", "results.jsonl"):
        for unfinished in out.glob(f".{name}-*"):
            unfinished.unlink()
    folder.mkdir(exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
