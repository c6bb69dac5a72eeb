"""Many submissions: local worker processes, a cache by digest, resume after a kill.

The coordinator runs nothing of a submission. For each one it starts a fresh process,
forked from a server that has already imported NumPy, pytest and the reference, so that
no state travels from one submission to the next and starting costs milliseconds.
"""

from __future__ import annotations

import collections
import dataclasses
import multiprocessing.connection
import time
import typing
from collections.abc import Callable, Iterable, Iterator

from autograder import agreement, server, warm, worker
from autograder.manifest import Course
from autograder.records import Graded, Score, Submission

if typing.TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

GRACE_S = 30.0
"""What a worker may take beyond the submission's own clock before it is given up."""

FAREWELL_S = 0.5
"""What a worker may take to end by itself after its result."""

CLEARING_S = 5.0
"""What it may take to end its guest and to remove its folders when asked to."""

ATTEMPTS = 2
"""A worker that dies without a result is a fault of ours: the job is tried again."""

Lookup = Callable[[Submission], Graded | None]


@dataclasses.dataclass(slots=True)
class _Running:
    """One worker process and what it is busy with."""

    process: BaseProcess
    pipe: multiprocessing.connection.Connection
    submission: Submission
    slot: int
    deadline: float
    deaths: int  # of workers, in earlier attempts
    tries: tuple[worker.Tried, ...]  # what came out of those that were none


def grade_all(
    submissions: Iterable[Submission],
    settings: worker.Settings,
    workers: int = 1,
    cached: Lookup | None = None,
) -> Iterator[Graded]:
    """Grade all submissions and yield each result as soon as it is there.

    A submission that `cached` knows, or that is unreadable, costs no worker.
    Closing the iterator, or an interrupt, kills what still runs.
    """
    pool = _Pool(settings, workers)
    with server.interrupts_go_to(pool.interrupt), pool:
        for submission in submissions:
            pool.check_interrupt()
            known = cached(submission) if cached else None
            if known is not None:
                yield _renamed(known, submission, settings)
            elif submission.problem:
                yield worker.unreadable(submission, settings)
            elif submission.fault:
                yield worker.fault(submission, settings, submission.fault)
            else:
                while pool.full:
                    yield from pool.collect()
                pool.start(submission)
                yield from pool.collect(timeout_s=0.0)
        while pool.busy:
            yield from pool.collect()


class _Pool:
    """At most `workers` processes at a time, each in a slot with its own number."""

    def __init__(self, settings: worker.Settings, workers: int) -> None:
        self._settings = settings
        self._free = collections.deque(range(workers))
        self._running: list[_Running] = []
        self._context = server.context()
        self._interrupted = False
        self._bell, self._button = self._context.Pipe(duplex=False)

    def interrupt(self, *_: object) -> None:
        """Take note of Ctrl-C: raised just anywhere, it can be lost or break things."""
        self._interrupted = True
        self._button.send_bytes(b"x")  # wakes up whoever waits

    def check_interrupt(self) -> None:
        """Raise the interrupt that has been noted, if any."""
        if self._interrupted:
            raise KeyboardInterrupt

    @property
    def full(self) -> bool:
        """Whether a new submission has to wait."""
        return not self._free

    @property
    def busy(self) -> bool:
        """Whether any submission is being graded."""
        return bool(self._running)

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(self, *_: object) -> None:
        for running in self._running:
            running.process.terminate()
        for running in self._running:
            _end(running)

    def start(
        self,
        submission: Submission,
        deaths: int = 0,
        tries: tuple[worker.Tried, ...] = (),
    ) -> None:
        """Start a worker for the submission in a free slot."""
        slot = self._free.popleft()
        ours, theirs = self._context.Pipe(duplex=False)
        work = (theirs, submission, self._settings, slot)
        process = server.started(self._context, worker.main, work)
        theirs.close()
        limit_s = self._settings.limits.submission_s + GRACE_S
        deadline = time.monotonic() + limit_s
        job = _Running(process, ours, submission, slot, deadline, deaths, tries)
        self._running.append(job)

    def collect(self, timeout_s: float | None = None) -> Iterator[Graded]:
        """Yield the results of all workers that have ended."""
        if timeout_s is None:
            nearest = min(running.deadline for running in self._running)
            timeout_s = max(0.0, nearest - time.monotonic())
        pipes = [running.pipe for running in self._running]
        ready = set(multiprocessing.connection.wait([self._bell, *pipes], timeout_s))
        self.check_interrupt()
        for running in tuple(self._running):
            late = time.monotonic() >= running.deadline
            if running.pipe in ready or late:
                result = self._take(running, readable=running.pipe in ready)
                if result is not None:
                    yield result

    def _take(self, running: _Running, *, readable: bool) -> Graded | None:
        result: worker.Tried | None = None
        if readable:
            try:
                result = running.pipe.recv()
            except (EOFError, OSError):  # it died before it could say anything
                result = None
        _end(running)
        self._running.remove(running)
        self._free.append(running.slot)
        return self._settle(running, result)

    def _settle(self, running: _Running, result: worker.Tried | None) -> Graded | None:
        """Return what an attempt has led to; None: to another one."""
        deaths, tries = running.deaths, running.tries
        if result is None:
            deaths += 1
            if deaths == ATTEMPTS:
                return self._without_result(running)
        else:
            tries = (*tries, result)
            graded = agreement.settled(tries)
            if graded is not None:
                return graded
        self.start(running.submission, deaths, tries)
        return None

    def _without_result(self, running: _Running) -> Graded:
        code = running.process.exitcode
        reason = f"the worker ended {ATTEMPTS} times without a result (status {code})"
        return worker.fault(running.submission, self._settings, reason)


def _renamed(
    known: Graded, submission: Submission, settings: worker.Settings
) -> Graded:
    """Return the result of the same files, which another student may have handed in.

    What they earn depends on when, and after how many others, they were handed in.
    """
    score = Score(known.score, known.possible)
    if known.checks:
        assignment = Course(settings.root).assignment(settings.stage)
        score = worker.points(submission, assignment, known.checks)
    return dataclasses.replace(
        known,
        submission=submission.name,
        score=score.earned,
        notes=(*submission.notes, *score.notes),
        upstream=submission.upstream,
    )


def _end(running: _Running) -> None:
    """End the worker if it still runs: its guests die with it.

    It is asked first, so that it can remove what it has in the temporary folder.
    """
    running.pipe.close()
    running.process.join(timeout=FAREWELL_S)
    if running.process.is_alive():
        running.process.terminate()
        running.process.join(timeout=CLEARING_S)
    if running.process.is_alive():
        running.process.kill()
    running.process.join()


def warm_up(course: Course, stages: Iterable[str]) -> None:
    """Have all workers forked from a server that has read these stages' checks.

    Call it once, before the first grading: there is one server per process.
    """
    warm.ask_for(course, stages)
