"""Where the trainings of a stage end: the reference's runs, the bound, broken ones."""

from __future__ import annotations

import math
import typing
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from autograder.reports.svg import ACCENT, FAIL, INK, LINE, WIDE, canvas
from autograder.reports.text import one_line

_ROW, _TOP, _LEFT, _RIGHT = 74.0, 64.0, 30.0, 30.0
_SHOWN = 45
_FARTHEST = 1e6  # times the reference's: a training that diverged is drawn there
_KEY = (
    (0, "a run of the reference", ACCENT),
    (180, "what is asked", INK),
    (300, "a broken trainer", FAIL),
)


class Limit(typing.Protocol):
    """What is asked of a training."""

    @property
    def better(self) -> str:
        """Is "lower" or "higher"."""

    @property
    def bound(self) -> float:
        """The worst value that passes."""


class Calibration(typing.Protocol):
    """One threshold and what it rests on."""

    @property
    def name(self) -> str:
        """Of the threshold."""

    @property
    def threshold(self) -> Limit:
        """What is asked."""

    @property
    def values(self) -> tuple[float, ...]:
        """How the runs of the reference ended."""

    @property
    def broken(self) -> Mapping[str, tuple[float, ...]]:
        """How broken trainers ended, by the title of the mistake."""


def figure(found: Sequence[Calibration], stage: str) -> str:
    """Return one SVG with a row for each threshold, on a background of its own."""
    height = _TOP + _ROW * len(found) + 10
    label = f"{stage}: where trainings end, the reference's, the bound, broken ones"
    with canvas(WIDE, height, label) as drawing:
        drawing.under('<rect width="100%" height="100%" fill="#ffffff"/>')
        drawing.text(_LEFT, 20, "Where trainings end", weight="bold", color=INK)
        for x, words, colour in _KEY:
            drawing.text(_LEFT + x, 42, words, color=colour)
        for number, one in enumerate(found):
            top = _TOP + _ROW * number
            drawing.text(_LEFT, top + 10, one_line(one.name, _SHOWN), color=INK)
            axes = drawing.axes(_LEFT, top + 20, WIDE - _LEFT - _RIGHT, 26)
            _row(axes, one)
        return drawing.svg()


def _row(axes: Axes, one: Calibration) -> None:
    bound = one.threshold.bound
    found = [v for values in one.broken.values() for v in values if math.isfinite(v)]
    edge = _FARTHEST * max(map(abs, (*one.values, bound)))
    wrong = [max(-edge, min(v, edge)) for v in found]
    shown = [*one.values, bound, *wrong]
    low, high = min(shown), max(shown)
    logarithmic = low > 0 and high / low > 50
    if logarithmic:
        axes.set_xscale("log")
    room = 0.04 * (math.log(high / low) if logarithmic else high - low) or 0.5
    factor = math.exp(room)
    limits = (low / factor, high * factor) if logarithmic else (low - room, high + room)
    axes.set_xlim(*limits)
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_locator(NullLocator())
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.hlines(0.5, *limits, color=LINE, linewidth=1)
    _ticks(axes, one.values, (0.3, 0.7), ACCENT)
    _ticks(axes, wrong, (0.15, 0.85), FAIL)
    axes.vlines(bound, 0.05, 0.95, color=INK, linewidth=2)
    axes.tick_params(axis="x", labelsize=10, pad=1)


def _ticks(
    axes: Axes, values: Sequence[float], span: tuple[float, float], colour: str
) -> None:
    """Draw a short line for each value, all as one path: markers would need ids."""
    xs = [x for value in values for x in (value, value, math.nan)]
    axes.plot(xs, [*span, math.nan] * len(values), color=colour, linewidth=1.2)
