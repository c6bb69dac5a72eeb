"""What may be asked of a training: the reference's own results under many seeds.

The bound lies so far out in the tail that a right solution misses it less than once in
a million runs, by two models of the tail of which the more careful one counts: a normal
distribution (of the logarithm, for losses), and an exponential tail beyond the worst
tenth of the runs.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import math
import multiprocessing
import pathlib
import statistics
import typing
from collections.abc import Callable, Iterator, Sequence

from autograder.errors import SuiteError
from autograder.manifest import Assignment, Course
from autograder.suite.attempt import attempt
from autograder.suite.collect import collect
from autograder.suite.context import Better, Measured
from autograder.suite.convergence import FILE, Threshold
from autograder.suite.diagnose import our_own
from autograder.suite.host import reference_on_host
from autograder.suite.mutants import load_mutants, materialise
from autograder.suite.seeds import check_seed

RUNS = 200
FEWEST = 50
_RARE = 1e-7  # ten times rarer than what is promised
_TAIL = 0.1
_MARGIN = 0.05  # where all runs end alike, a right solution may still round otherwise
_BROKEN_RUNS = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Calibration:
    """One threshold, the runs that it rests on, and where broken trainers end."""

    name: str
    threshold: Threshold
    values: tuple[float, ...]
    broken: dict[str, tuple[float, ...]]  # title of a mutant -> its results


class _Run(typing.NamedTuple):
    """One training to be made: a check, by its place, with a package of ours."""

    check: int
    number: int
    root: pathlib.Path


_Results = dict[tuple[int, pathlib.Path], list[dict[str, Measured]]]


def calibrate(
    course: Course,
    assignment: Assignment,
    runs: int = RUNS,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> list[Calibration]:
    """Return the thresholds of all trainings in the stage's hidden checks.

    Args:
        course: where the reference is.
        assignment: the stage.
        runs: with how many seeds the reference trains.
        workers: processes.
        progress: is called after each training with the number of all.

    Raises:
        SuiteError: if the stage trains nothing, or the reference fails.
    """
    if runs < FEWEST:
        raise SuiteError(f"{runs} runs tell nothing of a tail: take {FEWEST} or more.")
    checks = collect(assignment, course)
    training = {
        index: list(measure(course, assignment, _Run(index, 0, course.reference)))
        for index, check in enumerate(checks)
        if check.hidden
    }
    training = {index: names for index, names in training.items() if names}
    if not training:
        raise SuiteError(
            f"{assignment.folder}: no hidden check trains anything.",
            "A check that does calls converges(name, value).",
        )
    plan = [_Run(c, n, course.reference) for c in training for n in range(runs)]
    broken = {
        (index, mutant.title): materialise(mutant, course.reference)
        for index in training
        for mutant in load_mutants(assignment)
        if checks[index].id in mutant.fails
    }
    for (index, _), root in broken.items():
        plan += [_Run(index, number, root) for number in range(_BROKEN_RUNS)]
    results: _Results = collections.defaultdict(list)
    measuring = _trained(course, assignment, plan, workers)
    for run, found in zip(plan, measuring, strict=True):
        results[run.check, run.root].append(found)
        if progress is not None:
            progress(len(plan))
    return [
        _calibration(
            name,
            checks[index].id,
            results[index, course.reference],
            {t: results[i, root] for (i, t), root in broken.items() if i == index},
        )
        for index, names in training.items()
        for name in names
    ]


def _trained(
    course: Course, assignment: Assignment, plan: Sequence[_Run], workers: int
) -> Iterator[dict[str, Measured]]:
    work = functools.partial(measure, course, assignment)
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(work, plan)


def measure(course: Course, assignment: Assignment, run: _Run) -> dict[str, Measured]:
    """Run one check once with a package of ours and return what it measured.

    Raises:
        SuiteError: if the check fails with the reference.
    """
    check = collect(assignment, course)[run.check]
    seed = check_seed(f"calibration {run.number}", assignment.id, check.id, "")
    measured: dict[str, Measured] = {}
    with reference_on_host(course):
        error = attempt(check, our_own(run.root), seed, measured).error
    if error is not None and run.root == course.reference:
        raise SuiteError(f"{check.place} fails with the reference: {error!r}")
    return measured


def _calibration(
    name: str,
    check_id: str,
    own: Sequence[dict[str, Measured]],
    broken: dict[str, list[dict[str, Measured]]],
) -> Calibration:
    values = tuple(found[name].value for found in own)
    others = {
        title: tuple(found[name].value for found in runs if name in found)
        for title, runs in broken.items()
    }
    limit = threshold(check_id, values, own[0][name].better)
    return Calibration(name, limit, values, others)


def threshold(check: str, values: Sequence[float], better: Better) -> Threshold:
    """Return the bound that a right solution misses less than once in a million runs.

    Raises:
        SuiteError: if a run of the reference did not end in a number.
    """
    if not all(map(math.isfinite, values)):
        raise SuiteError(f"{check}: a training of the reference diverged.")
    logarithmic = better == "lower" and min(values) > 0
    sign = 1.0 if better == "lower" else -1.0
    scaled = [math.log(v) if logarithmic else sign * v for v in values]
    edge = max(_normal_bound(scaled), _tail_bound(scaled), _least_bound(scaled))
    bound = _rounded_up(math.exp(edge) if logarithmic else edge)
    reached = math.log(bound) if logarithmic else bound
    worst = max(values) if better == "lower" else min(values)
    return Threshold(
        check=check,
        better=better,
        bound=sign * bound,
        median=statistics.median(values),
        worst=worst,
        runs=len(values),
        failure_probability=max(_normal_tail(scaled, reached), _tail(scaled, reached)),
    )


def _normal_bound(values: Sequence[float]) -> float:
    """Return the quantile of Student's distribution: mean and spread are estimated."""
    z = statistics.NormalDist().inv_cdf(1 - _RARE)
    freedom, n = len(values) - 1, len(values)
    t = z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3) / (96 * freedom**2)
    spread = statistics.stdev(values) * math.sqrt(1 + 1 / n)
    return statistics.fmean(values) + t * spread


def _normal_tail(values: Sequence[float], bound: float) -> float:
    spread = statistics.stdev(values)
    if spread == 0:
        return 0.0
    z = (bound - statistics.fmean(values)) / spread
    return math.erfc(z / math.sqrt(2)) / 2


def _tail_bound(values: Sequence[float]) -> float:
    begin, mean_excess = _excess(values)
    return begin + mean_excess * math.log(_TAIL / _RARE)


def _tail(values: Sequence[float], bound: float) -> float:
    begin, mean_excess = _excess(values)
    return _TAIL * math.exp((begin - bound) / mean_excess) if mean_excess else 0.0


def _excess(values: Sequence[float]) -> tuple[float, float]:
    """Return where the worst tenth begins, and how far beyond it lies on average."""
    ordered = sorted(values)
    first = len(ordered) - max(2, round(_TAIL * len(ordered)))
    begin = ordered[first - 1]
    return begin, statistics.fmean(ordered[first:]) - begin


def _least_bound(values: Sequence[float]) -> float:
    return max(values) + _MARGIN


def _rounded_up(value: float) -> float:
    """Return three digits of the value, none of them in a student's disfavour."""
    if value == 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 2)
    return float(f"{math.ceil(value / step) * step:.6g}")


def write(assignment: Assignment, found: Sequence[Calibration]) -> pathlib.Path:
    """Write the stage's thresholds.toml."""
    lines = [
        f"# Written by `autograder calibrate {assignment.id}`: the reference over many",
        "# seeds. figures/calibration.svg shows the runs, the bounds and what fails.",
    ]
    for one in sorted(found, key=lambda calibration: calibration.name):
        t = one.threshold
        lines += [
            "",
            f"[{one.name}]",
            f'check = "{t.check}"',
            f'better = "{t.better}"',
            f"bound = {t.bound!r}",
            f"median = {t.median:.6g}",
            f"worst = {t.worst:.6g}",
            f"runs = {t.runs}",
            f"failure_probability = {t.failure_probability:.1e}",
        ]
    path = assignment.folder / FILE
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path
