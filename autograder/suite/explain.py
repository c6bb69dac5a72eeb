"""After a gradient was found wrong: which entry is worst, and what the error is."""

from __future__ import annotations

import dataclasses
import typing

import numpy as np

from autograder.messages import say
from autograder.records import ErrorMap
from autograder.suite import describe, hypotheses
from autograder.suite.arrays import joined
from autograder.suite.errormap import error_map
from autograder.suite.failures import StudentError
from autograder.suite.passes import Passes, Point
from autograder.suite.tolerances import Tolerance

Array = np.ndarray[typing.Any, np.dtype[typing.Any]]

_ENTRIES = 150
_TOLERANCE = Tolerance(1e-4, 1e-6)


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """The input or parameter whose gradient is worst, and what is known of it."""

    name: str
    sentence: str
    reason: str
    error_map: ErrorMap | None


def worst(
    passes: Passes, point: Point, h: float, sizes: dict[str, int], *, shown: bool
) -> Found:
    """Probe single entries and describe the worst gradient.

    Args:
        passes: of the student's layer.
        point: where its gradients were found wrong.
        h: step of the central differences.
        sizes: named sizes, by which a wrong factor is recognised.
        shown: whether the two numbers of the worst entry may be told.
    """
    probed: dict[str, _Probed] = {}
    try:
        for name in point.values:
            probed[name] = _probe(passes, point, name, h)
    except StudentError:  # out of time: what is known so far must do
        pass
    else:
        passes.restore(point)
    errors = {name: _error(point.gradients[name], probed[name]) for name in probed}
    name = max(errors, key=errors.__getitem__, default=next(iter(point.values)))
    title = point.titles[name]
    sentence = say("own_forward", name=title)
    if name not in probed or not errors[name] > _TOLERANCE.rtol:
        return Found(name, sentence, "", None)
    numeric, gradient = probed[name].numeric, point.gradients[name]
    line = _worst_entry(title, gradient, numeric, shown=shown)
    reason, grid = "", None
    if np.isfinite(numeric).all():
        ones = {"the upstream gradient is ignored": probed[name].ignoring}
        case = hypotheses.Case(title, gradient, numeric, _TOLERANCE, sizes, ones)
        reason = hypotheses.diagnose(case)
        grid = error_map(title, gradient, numeric, least_axes=1)
    return Found(name, joined(sentence, line), reason, grid)


class _Probed(typing.NamedTuple):
    """Numerical gradients, NaN where not probed; `ignoring` has an upstream of ones."""

    numeric: Array
    ignoring: Array


def _probe(passes: Passes, point: Point, name: str, h: float) -> _Probed:
    value = point.values[name]
    numeric = np.full(value.shape, np.nan)
    ignoring = np.full(value.shape, np.nan)
    count = min(value.size, _ENTRIES)
    for position in np.linspace(0, value.size - 1, count).astype(int):
        index = np.unravel_index(position, value.shape)
        moved = []
        for step in (h, -h):
            there = value.copy()
            there[index] += step
            moved.append(passes.outputs(point, {**point.values, name: there}))
        right, left = moved
        numeric[index] = (point.loss(right) - point.loss(left)) / (2 * h)
        pairs = zip(right, left, strict=True)
        ignoring[index] = sum(np.sum(r - s) for r, s in pairs) / (2 * h)
    return _Probed(numeric, ignoring)


def _relative(gradient: Array, numeric: Array) -> Array:
    scale = np.nanmax(np.abs(numeric), initial=0.0)
    floor = np.maximum(np.abs(gradient), np.abs(numeric))
    floor = np.maximum(floor, 1e-3 * scale + 1e-12)
    return np.asarray(np.nan_to_num(np.abs(gradient - numeric) / floor, nan=0.0))


def _error(gradient: Array, probed: _Probed) -> float:
    return float(_relative(gradient, probed.numeric).max(initial=0.0))


def _worst_entry(title: str, gradient: Array, numeric: Array, *, shown: bool) -> str:
    relative = _relative(gradient, numeric)
    index = np.unravel_index(int(np.argmax(relative)), relative.shape)
    yours, other = float(gradient[index]), float(numeric[index])
    ratio = f", ratio {yours / other:.4g}" if abs(other) > 1e-12 else ""
    place = ", ".join(str(int(i)) for i in index)
    return say(
        "worst_entry" if shown else "worst_entry_hidden",
        name=title,
        index=f"[{place}]" if place else "",
        yours=describe.number(yours),
        numeric=describe.number(other),
        ratio=ratio,
    )
