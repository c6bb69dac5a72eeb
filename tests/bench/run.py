"""Measure what the kit costs, against a floor of the same run; write the table.

python tests/bench/run.py            all rows, and tests/bench/README.md
python tests/bench/run.py wire       one row, printed only
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import dataclasses
import json
import os
import pathlib
import platform
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np

ROOT = pathlib.Path(__file__).parent.parent.parent
HERE = pathlib.Path(__file__).parent
STAGES = ("a01_gates", "a02_layers")
FEW, MANY = 4, 24


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, against what, and the target."""

    what: str
    measured: str
    against: str
    target: str


@dataclasses.dataclass(frozen=True, slots=True)
class Cost:
    """Wall time, and processor time of all processes together, in seconds."""

    wall_s: float
    cpu_s: float


def autograder(*arguments: str) -> Cost:
    """Run the command in a cold process and return what it cost."""
    command = [sys.executable, "-m", "autograder.cli", "--course", str(ROOT)]
    before, began = used_s(), time.perf_counter()
    subprocess.run(
        [*command, *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    wall_s = time.perf_counter() - began
    reap_orphans()
    return Cost(wall_s, used_s() - before)


def used_s() -> float:
    """Return the processor time of all ended descendants."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def adopt_orphans() -> None:
    """Become the parent of orphaned descendants, so that their time is counted."""
    set_child_subreaper = 36
    ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def reap_orphans() -> None:
    """Wait for all descendants that outlived the command."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def hand_ins(stage: str, count: int, folder: pathlib.Path) -> pathlib.Path:
    """Write `count` right hand-ins of different content, so that no cache helps."""
    module = f"{stage.split('_', 1)[1]}.py"
    source = (ROOT / "reference" / "nabla" / module).read_text(encoding="utf-8")
    for number in range(count):
        package = folder / f"student{number:03}" / "nabla"
        package.mkdir(parents=True)
        text = f"{source}\n# hand-in {number}\n"
        (package / module).write_text(text, encoding="utf-8")
    return folder


def grade(stage: str, count: int, *options: str) -> Cost:
    """Return what grading a fresh class of `count` costs."""
    with tempfile.TemporaryDirectory() as name:
        inbox = hand_ins(stage, count, pathlib.Path(name) / "inbox")
        out = str(pathlib.Path(name) / "out")
        return autograder("grade", stage, str(inbox), "--out", out, *options)


def bench_check() -> Iterator[Row]:
    """`autograder check` in a cold process."""
    for stage in STAGES:
        times = [autograder("check", stage, "reference").wall_s for _ in range(5)]
        python = [bare_python_s() for _ in range(5)]
        yield Row(
            f"`autograder check {stage}`, cold, median of 5",
            f"{statistics.median(times):.2f} s",
            f"python with NumPy and pytest imported: {statistics.median(python):.2f} s",
            "under 1 s",
        )


def bare_python_s() -> float:
    """Return the wall time of a process that only imports NumPy and pytest."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import numpy, pytest"], check=True)
    return time.perf_counter() - began


def bench_grade() -> Iterator[Row]:
    """What one more submission costs, against the same checks in one warm process."""
    for stage in STAGES:
        for sandbox in ("bubblewrap", "lockdown"):
            options = ("--workers", "1", "--sandbox", sandbox)
            few, many = (grade(stage, count, *options) for count in (FEW, MANY))
            cpu_s = (many.cpu_s - few.cpu_s) / (MANY - FEW)
            wall_s = (many.wall_s - few.wall_s) / (MANY - FEW)
            floor = in_process_s(stage)
            yield Row(
                f"one more {stage} submission, one worker, {sandbox}",
                f"{cpu_s:.2f} core seconds, {wall_s:.2f} s wall",
                f"the same checks in one warm process: {floor:.2f} core seconds",
                "under +0.4 core seconds",
            )


def in_process_s(stage: str) -> float:
    """Return the processor time of the suite on the reference here, warm."""
    from autograder.manifest import Course
    from autograder.suite.run import run_suite

    course = Course(ROOT)
    assignment = course.assignment(stage)
    times = []
    for _ in range(4):
        began = time.process_time()
        run_suite(assignment, course)
        times.append(time.process_time() - began)
    return statistics.median(times[1:])


def bench_workers() -> Iterator[Row]:
    """Two workers against one."""
    count = 40
    costs = [grade("a02_layers", count, "--workers", n) for n in ("1", "2")]
    one, two = (cost.wall_s for cost in costs)
    yield Row(
        f"{count} submissions of a02_layers, two workers",
        f"{two:.1f} s",
        f"one worker: {one:.1f} s, {one / two:.2f} times faster",
        "1.85 times faster",
    )


def bench_wire() -> Iterator[Row]:
    """A round trip of 1 MB over the channel, against the bytes over a plain socket."""
    from autograder.wire import Channel

    array = np.random.default_rng(0).normal(size=131072)

    def echo_channel(end: socket.socket) -> None:
        channel = Channel(end)
        while (value := channel.receive(None)) is not None:
            channel.send(value, None)

    def echo_bytes(end: socket.socket) -> None:
        while data := receive_exactly(end, array.nbytes):
            end.sendall(data)

    near, far = socket.socketpair()
    threading.Thread(target=echo_channel, args=(far,), daemon=True).start()
    channel = Channel(near)

    def typed() -> None:
        channel.send(array, None)
        channel.receive(None)

    plain_near, plain_far = socket.socketpair()
    threading.Thread(target=echo_bytes, args=(plain_far,), daemon=True).start()
    raw = array.tobytes()

    def plain() -> None:
        plain_near.sendall(raw)
        receive_exactly(plain_near, len(raw))

    wire_s, plain_s = median_s(typed), median_s(plain)
    yield Row(
        "wire round trip, 1 MB array",
        f"{wire_s * 1e3:.2f} ms",
        f"plain socket: {plain_s * 1e3:.2f} ms, ratio {wire_s / plain_s:.2f}",
        "at most 1.5 times",
    )
    channel.send(None, None)
    plain_near.close()


def receive_exactly(end: socket.socket, count: int) -> bytes:
    """Return `count` bytes, or nothing at the end of the stream."""
    data = bytearray(count)
    view = memoryview(data)
    while view:
        got = end.recv_into(view)
        if not got:
            return b""
        view = view[got:]
    return bytes(data)


def median_s(action: Callable[[], None], runs: int = 200) -> float:
    """Return the median wall time of the action."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


BENCHES = {
    "check": bench_check,
    "grade": bench_grade,
    "workers": bench_workers,
    "wire": bench_wire,
}


def machine() -> str:
    """Return one line about this machine."""
    cores = os.cpu_count()
    has_bwrap = "with" if shutil.which("bwrap") else "without"
    return (
        f"{platform.system()} {platform.release()} {platform.machine()}, {cores} cores,"
        f" Python {platform.python_version()}, NumPy {np.__version__},"
        f" {has_bwrap} bubblewrap"
    )


def write(rows: list[Row]) -> None:
    """Write the table and the raw rows."""
    lines = [
        "# What the kit costs",
        "",
        "Wall times are medians or slopes of one run; compare a row with the floor",
        "beside it, not with another machine. `tox run -e bench` measures again and",
        "rewrites this page; `python tests/bench/run.py ROW` prints one row",
        f"({', '.join(BENCHES)}).",
        "",
        f"Measured on: {machine()}.",
        "",
        "| what | measured | against | target |",
        "|---|---|---|---|",
        *(f"| {r.what} | {r.measured} | {r.against} | {r.target} |" for r in rows),
        "",
        "Where the time of one submission goes, in a profile of the worker: starting",
        "the guest 0.10 to 0.12 s (NumPy alone 0.07), a fork for each hidden check",
        "about 1.1 ms (2.5 ms before its page faults were looked at), a",
        "request 0.1 to 0.2 ms on both sides together, worker, gradebook and page",
        "about 0.05 s.",
        "",
    ]
    beside = HERE / "hosts.md"  # by `python tests/bench/hosts.py`, which needs Otter
    lines += [beside.read_text(encoding="utf-8")] if beside.is_file() else []
    (HERE / "README.md").write_text("\n".join(lines), encoding="utf-8")
    raw = {"machine": machine(), "rows": [dataclasses.asdict(row) for row in rows]}
    (HERE / "results.json").write_text(json.dumps(raw, indent=1) + "\n", "utf-8")


def main() -> None:
    """Run the rows asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", choices=[[], *BENCHES])
    names = parser.parse_args().rows or list(BENCHES)
    adopt_orphans()
    rows = []
    for name in names:
        for row in BENCHES[name]():
            print(f"{row.what}: {row.measured} ({row.against}; {row.target})")
            rows.append(row)
    if len(names) == len(BENCHES):
        write(rows)


if __name__ == "__main__":
    main()
