"""The figures of the pages: pure functions from numbers to SVG text."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from autograder.reports import svg
from autograder.reports.heatmaps import Column, error_map, exercise_heatmap
from autograder.reports.summary import Item, spread
from autograder.reports.svg import NARROW, WIDE
from autograder.reports.text import one_line, percent, points

__all__ = [
    "NARROW",
    "WIDE",
    "Column",
    "check_rates",
    "error_map",
    "exercise_heatmap",
    "score_distribution",
]


def score_distribution(
    scores: Sequence[float], possible: float, width: float = WIDE
) -> str:
    """Return a histogram of the scores with its median and its middle half."""
    around = spread(scores)
    top = max([possible, *scores], default=possible)
    bins = 20 if len(scores) >= 100 and width >= WIDE else 10
    step = possible / bins
    counts = [0] * max(bins, math.ceil(top / step - 1e-9))
    for score in scores:
        counts[min(len(counts) - 1, max(0, int(score / step + 1e-9)))] += 1
    height = 250.0 if width >= WIDE else 220.0
    label = f"Histogram of {len(scores)} scores out of {points(possible)}."
    if around is not None:
        label += f" Median {points(around.median)}."
    with svg.canvas(width, height, label) as canvas:
        axes = canvas.axes(12, 34, width - 24, height - 80)
        axes.set(xlim=(0, step * len(counts)), ylim=(0, max([1, *counts]) * 1.25))
        if around is not None:
            axes.axvspan(around.lower, around.upper, color=svg.SOFT, lw=0)
        middles = [step * (index + 0.5) for index in range(len(counts))]
        axes.bar(middles, counts, width=step * 0.9, color=svg.ACCENT)
        _count_labels(axes, middles, counts)
        axes.axhline(0, color=svg.MUTED, lw=1)
        axes.set_yticks([])
        axes.xaxis.set_major_locator(MaxNLocator(5 if width < WIDE else 10))
        axes.set_xlabel(f"points out of {points(possible)}")
        if around is not None:
            place = min(len(counts) - 1, int(around.median / step))
            _mark_median(axes, around.median, counts[place])
        return canvas.svg()


def check_rates(found: Sequence[Item], width: float = WIDE) -> str:
    """Return a bar per check: the shares that failed, were stopped, were blocked."""
    letters = int((width - 20) / 7)
    titles = [
        textwrap.wrap(_item_title(item), letters, max_lines=2, placeholder=" …")
        for item in found
    ]
    top = 40.0 if width >= WIDE else 62.0  # room for a legend of two lines
    height = top + sum(17 * len(lines) + 34 for lines in titles)
    label = "Share of submissions failing each check: " + "; ".join(
        f"{item.title} {percent(item.failing)}" for item in found
    )
    with svg.canvas(width, height, label) as canvas:
        axes = canvas.axes(0, 0, width, height)
        axes.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])
        _rate_legend(axes, width)
        y = top
        for item, lines in zip(found, titles, strict=True):
            _rate_row(axes, item, lines, y, width)
            y += 17 * len(lines) + 34
        return canvas.svg()


def _count_labels(axes: Axes, middles: list[float], counts: list[int]) -> None:
    for middle, count in zip(middles, counts, strict=True):
        if count:
            axes.annotate(
                str(count),
                (middle, count),
                (0, 3),
                textcoords="offset points",
                ha="center",
                fontsize=12,
            )


def _mark_median(axes: Axes, median: float, count: int) -> None:
    """Draw a line from the top down to the number above the median's bar."""
    low, high = axes.get_xlim()
    foot = min(0.94, count / axes.get_ylim()[1] + 0.13) if count else 0.0
    axes.axvline(median, color=svg.FAIL, lw=2, ls=(0, (4, 3)), ymin=foot)
    side = "right" if median > (low + high) / 2 else "left"
    axes.annotate(
        f"median {points(round(median, 1))}",
        (median, 1),
        (0, 8),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha=side,
        color=svg.FAIL,
        weight="bold",
    )


def _rate_legend(axes: Axes, width: float) -> None:
    x, y = 0.0, 6.0
    for color, text in (
        (svg.FAIL, "wrong"),
        (svg.WARN, "error or limit"),
        (svg.MUTED, "not written yet"),
        (svg.BLOCK, "blocked"),
    ):
        room = 40 + 6.6 * len(text)
        if x + room > width:
            x, y = 0.0, y + 22
        axes.add_patch(_rectangle(x, y, 12, 12, color))
        axes.text(x + 18, y + 10, text, color=svg.MUTED)
        x += room


def _rate_row(axes: Axes, item: Item, lines: list[str], y: float, width: float) -> None:
    axes.text(0, y + 6, "\n".join(lines), va="top", linespacing=1.25)
    y += 17 * len(lines) + 6
    inner = width - 76
    axes.add_patch(_rectangle(0, y, inner, 10, svg.TRACK))
    x = 0.0
    shares = (
        (item.failed, svg.FAIL),
        (item.stopped, svg.WARN),
        (item.unwritten, svg.MUTED),
        (item.blocked, svg.BLOCK),
    )
    for count, color in shares:
        share = inner * count / max(1, item.judged)
        if share:
            axes.add_patch(_rectangle(x, y, share, 10, color))
        x += share
    text = f"{percent(item.failing)} fail"
    axes.text(inner + 10, y + 9.5, text, weight="bold")


def _item_title(item: Item) -> str:
    title = one_line(item.title, 200) or item.id
    return title if item.hidden else f"{title} (public)"


def _rectangle(
    x: float, y: float, width: float, height: float, color: str
) -> Rectangle:
    return Rectangle((x, y), width, height, color=color, lw=0)
