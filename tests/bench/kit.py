"""Rows of the kit: checking, grading, several workers, proving a whole course."""

from __future__ import annotations

import pathlib
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator

from clocks import ROOT, Cost, autograder, run
from table import Row, machine, time_text

STAGES = tuple(
    sorted(path.parent.name for path in ROOT.glob("assignments/*/assignment.toml"))
)
GRADED = ("a01_gates", "a02_layers", "a08_convolution", "a09_training")
SANDBOXES = ("bubblewrap", "lockdown")
FEW, MANY = 4, 24  # submissions
FEW_SLOW, MANY_SLOW = 1, 4  # where one takes seconds
CLASS = 200
_BARE = [sys.executable, "-c", "import numpy, pytest"]


def check() -> Iterator[Row]:
    """`autograder check` in a cold process, for every stage."""
    for stage in STAGES:
        trains = (ROOT / "assignments" / stage / "thresholds.toml").is_file()
        found = [autograder("check", stage, "reference") for _ in range(3)]
        bare = [run(_BARE, ROOT) for _ in range(3)]
        wall, cpu = _median(found)
        bare_wall, bare_cpu = _median(bare)
        most = 5 if trains else 1
        yield Row(
            "check",
            f"`autograder check {stage}`, cold" + (", with training" if trains else ""),
            f"{time_text(wall)}, {cpu:.2f} core seconds",
            f"python importing NumPy and pytest: {time_text(bare_wall)},"
            f" {bare_cpu:.2f} core seconds",
            f"under {most} s",
            cpu / bare_cpu,
            wall < most,
            machine=machine(),
        )


def _median(costs: list[Cost]) -> tuple[float, float]:
    """Return the median wall time and the median processor time."""
    return (
        statistics.median(cost.wall_s for cost in costs),
        statistics.median(cost.cpu_s for cost in costs),
    )


def grade() -> Iterator[Row]:
    """What one more submission costs, against the same checks in one warm process."""
    for stage in GRADED:
        floor = in_process_s(stage)
        is_slow = floor > 1
        few, many = (FEW_SLOW, MANY_SLOW) if is_slow else (FEW, MANY)
        for sandbox in SANDBOXES[:1] if is_slow else SANDBOXES:
            options = ("--workers", "1", "--sandbox", sandbox)
            more = one_more(stage, few, many, *options)
            if is_slow:
                target, met = "at most 1.3 times", more.cpu_s <= 1.3 * floor
            else:
                target, met = "at most +0.25 s", more.cpu_s <= floor + 0.25
            yield Row(
                "grade",
                f"one more {stage} submission, one worker, {sandbox}",
                f"{more.cpu_s:.2f} core seconds, {more.wall_s:.2f} s wall",
                f"in this process: {floor:.2f} core seconds",
                target,
                more.cpu_s / floor,
                met,
                machine=machine(),
            )


def one_more(stage: str, few: int, many: int, *options: str) -> Cost:
    """Return what one more submission costs: the slope between two batches."""
    small, large = (grade_class(stage, count, *options) for count in (few, many))
    extra = many - few
    wall_s, cpu_s = large.wall_s - small.wall_s, large.cpu_s - small.cpu_s
    return Cost(wall_s / extra, cpu_s / extra)


def grade_class(stage: str, count: int, *options: str) -> Cost:
    """Return what grading a fresh class of `count` costs."""
    with tempfile.TemporaryDirectory() as name:
        inbox = hand_ins(stage, count, pathlib.Path(name) / "inbox")
        out = str(pathlib.Path(name) / "out")
        where = (stage, str(inbox), "--out", out, "--upstream", "reference")
        return autograder("grade", *where, *options)


def hand_ins(stage: str, count: int, folder: pathlib.Path) -> pathlib.Path:
    """Write `count` right hand-ins of different content, so that no cache helps."""
    from autograder.manifest import Course

    files = Course(ROOT).assignment(stage).files
    for number in range(count):
        for file in files:
            path = folder / f"student{number:04}" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            source = (ROOT / "reference" / file).read_text(encoding="utf-8")
            path.write_text(f"{source}\n# hand-in {number}\n", encoding="utf-8")
    return folder


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


def workers() -> Iterator[Row]:
    """Two workers against one."""
    costs = [grade_class("a02_layers", CLASS, "--workers", n) for n in ("1", "2")]
    one, two = (cost.wall_s for cost in costs)
    yield Row(
        "workers",
        f"{CLASS} submissions of a02_layers, two workers",
        time_text(two),
        f"one worker: {time_text(one)}",
        "at least 1.85 times faster",
        one / two,
        one / two >= 1.85,
        more=True,
        machine=machine(),
    )


def validate() -> Iterator[Row]:
    """Proving the whole course, by as many workers as there are cores."""
    cost = autograder("validate")
    yield Row(
        "validate",
        "`autograder validate`, whole course",
        time_text(cost.wall_s),
        f"{cost.cpu_s / 60:.1f} core minutes",
        "under 10 minutes",
        cost.wall_s / cost.cpu_s,
        cost.wall_s < 600,
        machine=machine(),
    )
