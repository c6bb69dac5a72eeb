"""Clocks: what an action costs, alone, beside others, and over all its processes."""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping

from autograder.sandbox import processes

ROOT = pathlib.Path(__file__).parent.parent.parent
MIB = 1024**2

Action = Callable[[], object]


@dataclasses.dataclass(frozen=True, slots=True)
class Cost:
    """Wall time, processor time of all processes together, memory at its peak."""

    wall_s: float
    cpu_s: float
    peak_bytes: int = 0


def race(actions: Mapping[str, Action], runs: int = 21) -> dict[str, float]:
    """Return each action's median processor time in seconds, one after the other.

    They take turns, so that a slow spell of the machine meets all of them. Processor
    time of this process: what waits for another program's turn does not count.
    """
    for action in actions.values():
        action()
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(runs):
        for name, action in actions.items():
            began = time.process_time()
            action()
            times[name].append(time.process_time() - began)
    return {name: statistics.median(found) for name, found in times.items()}


def median_wall_s(action: Action, runs: int = 200) -> float:
    """Return the median wall time of the action."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def autograder(
    *arguments: str, course: pathlib.Path = ROOT, weigh: bool = False
) -> Cost:
    """Run the command in a cold process and return what it cost."""
    command = [sys.executable, "-m", "autograder.cli", "--course", str(course)]
    return run([*command, *arguments], course, weigh=weigh)


def run(
    command: list[str],
    cwd: pathlib.Path,
    env: Mapping[str, str] | None = None,
    *,
    weigh: bool = False,
) -> Cost:
    """Run a command to its end, with all that it starts.

    Args:
        command: what to run.
        cwd: where.
        env: variables on top of ours.
        weigh: look at the memory, too; that takes a little time of its own.
    """
    before, began = _used_s(), time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        peak = [0]
        watcher = threading.Thread(target=_watch, args=(process, peak))
        if weigh:
            watcher.start()
        code = process.wait()
        wall_s = time.perf_counter() - began
        if weigh:
            watcher.join()
    _reap_orphans()
    if code:
        raise SystemExit(f"{command}: exit code {code}")
    return Cost(wall_s, _used_s() - before, peak[0])


def _watch(process: subprocess.Popen[bytes], peak: list[int]) -> None:
    """Keep the largest sum of memory, pages in common counted once."""
    while process.returncode is None:
        found = processes.proportional_bytes(processes.family(process.pid))
        peak[0] = max(peak[0], found or 0)
        time.sleep(0.05)


def _used_s() -> float:
    """Return the processor time of all ended descendants."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def adopt_orphans() -> None:
    """Become the parent of orphaned descendants, so that their time is counted."""
    set_child_subreaper = 36
    ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def _reap_orphans() -> None:
    """Wait for all descendants that outlived the command."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
