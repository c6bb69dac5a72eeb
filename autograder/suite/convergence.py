"""`converges`: did training with the student's parts end where the reference's does?

What counts as having learnt is measured, not believed: thresholds.toml of the stage is
written by `autograder calibrate`, which runs the same check with the reference under
hundreds of seeds.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import pathlib
import tomllib

import numpy as np

from autograder.errors import SuiteError
from autograder.messages import say
from autograder.suite.context import Better, Measured, verb
from autograder.suite.failures import CheckFailed

FILE = "thresholds.toml"


@dataclasses.dataclass(frozen=True, slots=True)
class Threshold:
    """Where the reference ends over many runs, and what is asked of a student.

    `failure_probability` is estimated: how often a right solution would miss the bound.
    """

    check: str
    better: Better
    bound: float
    median: float
    worst: float
    runs: int
    failure_probability: float

    def met_by(self, value: float) -> bool:
        """Return whether a value is as good as is asked for."""
        return value <= self.bound if self.better == "lower" else value >= self.bound


def converges(
    name: str,
    value: float,
    *,
    better: Better = "lower",
    what: str = "the loss after training",
) -> None:
    """Check that a training's result is as good as the reference's ever is.

    Args:
        name: of the threshold, unique in the stage.
        value: one number, computed here and not by the student's code.
        better: "lower" for losses, "higher" for accuracies.
        what: what the number is, for messages: "the accuracy on unseen digits".

    Raises:
        CheckFailed: if it is worse, or not finite.
        SuiteError: if there is no threshold of that name.
    """
    with verb() as context:
        number = _number(name, value)
        if context.measured is not None:
            context.measured[name] = Measured(number, better)
            return
        threshold = _threshold(context.stage, name, better)
        if not math.isfinite(number):
            raise CheckFailed(say("diverged", what=what, got=number), name=what)
        if not threshold.met_by(number):
            side = "at most" if better == "lower" else "at least"
            raise CheckFailed(
                say(
                    "not_converged",
                    what=what,
                    got=f"{number:.3g}",
                    asked=f"{side} {threshold.bound:.3g}",
                    runs=threshold.runs,
                    median=f"{threshold.median:.3g}",
                    worst=f"{threshold.worst:.3g}",
                ),
                name=what,
            )


def _number(name: str, value: object) -> float:
    number = np.asarray(value)
    if number.shape != () or number.dtype.kind not in "fiu":
        raise SuiteError(
            f"converges({name!r}): the value is {number.dtype} of shape"
            f" {number.shape}, expected one number.",
            "Compute it on the host from what the training returned.",
        )
    return float(number)


def _threshold(stage: pathlib.Path | None, name: str, better: Better) -> Threshold:
    if stage is None:
        raise SuiteError("converges: is called outside of a check.")
    path = stage / FILE
    found = thresholds(stage).get(name)
    if found is None:
        raise SuiteError(
            f"{path}: has no threshold {name!r}.",
            f"Measure it: autograder calibrate {stage.name}",
        )
    if found.better != better:
        raise SuiteError(
            f"{path}: {name!r} is better {found.better}, the check says {better}."
        )
    return found


def thresholds(stage: pathlib.Path) -> dict[str, Threshold]:
    """Return the thresholds of a stage by name; none if it has no such file.

    Raises:
        SuiteError: if the file cannot be read.
    """
    path = stage / FILE
    if not path.is_file():
        return {}
    return _read(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=32)
def _read(path: pathlib.Path, _modified_ns: int) -> dict[str, Threshold]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: Threshold(**table) for name, table in data.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError) as exc:
        raise SuiteError(
            f"{path}: cannot be used: {exc}.",
            f"Write it anew: autograder calibrate {path.parent.name}",
        ) from exc
