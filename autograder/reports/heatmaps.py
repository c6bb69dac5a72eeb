"""Heat maps: where a gradient is wrong, and which exercises a class is missing."""

from __future__ import annotations

import bisect
import dataclasses
import functools
import math
import textwrap
from collections.abc import Sequence
from html import escape

from matplotlib.axis import Axis

from autograder.records import ErrorMap
from autograder.reports import svg
from autograder.reports.summary import MOST_COLUMNS
from autograder.reports.svg import WIDE
from autograder.reports.text import one_line

MANY_ROWS = 10
"""With more exercises than this, a row is low and its name has one line."""

ERROR_BOUNDS = (1e-6, 1e-4, 1e-2, 1e-1, 1.0)
ERROR_LABELS = ("1e-6", "1e-4", "1e-2", "0.1", "1")
LOSS_BOUNDS = (1e-9, 0.25, 0.5, 0.75, 1 - 1e-9)
LOSS_LABELS = ("all", "> ¾", "> ½", "> ¼", "≤ ¼", "none")

_CELLS = "<!-- cells -->"


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One submission in the heat map: its name, its page, a share per exercise."""

    name: str
    href: str
    shares: tuple[float, ...]


@functools.lru_cache(maxsize=4096)
def error_map(errors: ErrorMap) -> str:
    """Return a heat map of relative errors with its colour bar.

    The frame is drawn once per name and shape; only the cells differ, so that
    thousands of pages with a figure each are written in seconds.
    """
    rows, columns = len(errors.values), len(errors.values[0])
    frame = _error_frame(errors.name, errors.shape, rows, columns)
    grid = [[_error_level(value) for value in row] for row in errors.values]
    area = _area(rows, columns)
    return frame.replace(_CELLS, svg.cells(grid, _left(errors.shape), _TOP, *area))


def exercise_heatmap(
    columns: Sequence[Column], exercises: Sequence[str], width: float = WIDE
) -> str:
    """Return exercises × students, coloured by the share of points that was lost.

    The columns are drawn in the order given; that of the caller is by score.
    """
    wide = width >= WIDE
    tall = (32.0, 35.0) if len(exercises) <= MANY_ROWS else (20.0, 23.0)
    strip, pitch = tall if wide else (18.0, 42.0)
    left, top = (232.0, 8.0) if wide else (4.0, 24.0)
    inner = width - left - 8
    height = top + pitch * len(exercises) + 84
    label = (
        f"Share of points earned: {len(exercises)} exercises, {len(columns)} students."
    )
    shares = _thinned([column.shares for column in columns])
    with svg.canvas(width, height, label) as canvas:
        for index, name in enumerate(exercises):
            y = top + pitch * index
            grid = [[_loss_level(share[index]) for share in shares]]
            canvas.under(svg.cells(grid, left, y, inner, strip))
            _exercise_label(canvas, name, left, y, strip, wide=wide)
        bottom = top + pitch * len(exercises)
        _heatmap_legend(canvas, len(columns), len(shares), left, bottom)
        drawn = canvas.svg()
    if len(shares) < len(columns):
        return drawn
    links = _links(columns, left, top, inner, bottom - top)
    return drawn.removesuffix("</svg>") + links + "</svg>"


_TOP, _BAR = 10.0, 14.0


def _left(shape: tuple[int, ...]) -> float:
    """Return the room for the names of rows, where there are rows."""
    return 54.0 if len(shape) > 1 else 12.0


def _area(rows: int, columns: int) -> tuple[float, float]:
    return columns * min(26.0, 200 / columns), rows * min(26.0, 200 / rows)


@functools.lru_cache(maxsize=1024)
def _error_frame(name: str, shape: tuple[int, ...], rows: int, columns: int) -> str:
    """Return everything of an error map but its cells."""
    width, height = _area(rows, columns)
    left = _left(shape)
    label = f"Heat map of the relative error of {name}, shape {shape}."
    total = max(height + 50, 130.0)
    with svg.canvas(left + width + 104, total, label) as canvas:
        canvas.under(_CELLS)
        axes = canvas.axes(left, _TOP, width, height)
        axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
        across, down, name_x, name_y = _axis_names(shape)
        _index_ticks(axes.xaxis, columns, across)
        if len(shape) > 1:
            _index_ticks(axes.yaxis, rows, down)
        else:
            axes.set_yticks([])
        axes.set(xlabel=name_x, ylabel=name_y)
        axes.set_frame_on(True)
        _colour_bar(canvas, left + width + 22)
        return canvas.svg()


def _axis_names(shape: tuple[int, ...]) -> tuple[int, int, str, str]:
    """Return the entries along x and y in the original array, and the axes' names."""
    if len(shape) < 2:
        return math.prod(shape), 1, "index", ""
    if len(shape) == 2:
        return shape[1], shape[0], "column", "row"
    flat = f"axes 1–{len(shape) - 1} in one"
    return math.prod(shape[1:]), shape[0], flat, "axis 0"


def _index_ticks(axis: Axis, count: int, original: int) -> None:
    """Label cells with the indices that they had before the array was thinned out."""
    marks = [0] if count == 1 else sorted({0, count // 2, count - 1})
    thinned = original > count
    names = [mark * original // count if thinned else mark for mark in marks]
    axis.set_ticks(marks, [str(name) for name in names])


def _error_level(value: float) -> int:
    """Return the step of the colour bar; what is not a number is as wrong as can be."""
    if not math.isfinite(value):
        return len(svg.LEVELS) - 1
    return bisect.bisect_right(ERROR_BOUNDS, abs(value))


def _loss_level(share: float) -> int:
    return bisect.bisect_right(LOSS_BOUNDS, 1 - share)


def _colour_bar(canvas: svg.Canvas, left: float) -> None:
    steps = len(svg.LEVELS)
    axes = canvas.axes(left, _TOP, _BAR, 110)
    axes.set(xlim=(0, 1), ylim=(0, steps), xticks=[])
    axes.bar([0.5] * steps, [1] * steps, 1, range(steps), color=svg.LEVELS)
    axes.yaxis.tick_right()
    axes.set_yticks(range(1, steps), ERROR_LABELS)
    axes.yaxis.set_label_position("right")
    axes.set_ylabel("relative error")


def _thinned(shares: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """Return at most MOST_COLUMNS columns, each the mean of its neighbours."""
    if len(shares) <= MOST_COLUMNS:
        return shares
    size = math.ceil(len(shares) / MOST_COLUMNS)
    groups = [shares[start : start + size] for start in range(0, len(shares), size)]
    return [
        tuple(sum(values) / len(group) for values in zip(*group, strict=True))
        for group in groups
    ]


def _exercise_label(
    canvas: svg.Canvas, name: str, left: float, y: float, strip: float, *, wide: bool
) -> None:
    size, lines = (32, 2 if strip > 30 else 1) if wide else (46, 1)
    wrapped = textwrap.wrap(one_line(name), size, max_lines=lines, placeholder=" …")
    x, side = (left - 10, "right") if wide else (left, "left")
    middle = y + strip / 2 + 1 if wide else y - 8
    for index, line in enumerate(wrapped):  # each by itself: the page's font is another
        at = middle + 15 * (index - (len(wrapped) - 1) / 2)
        canvas.text(x, at, line, ha=side)


def _heatmap_legend(
    canvas: svg.Canvas, students: int, drawn: int, left: float, bottom: float
) -> None:
    each = "" if drawn == students else f", {math.ceil(students / drawn)} to a column"
    text = f"{students} students{each}: lowest score left, highest right"
    canvas.text(left, bottom + 14, text, color=svg.MUTED)
    axes = canvas.axes(left, bottom + 42, 216, 14)
    steps = len(svg.LEVELS)
    axes.set(xlim=(0, steps), ylim=(0, 1), yticks=[])
    axes.bar(range(steps), [1] * steps, 1, align="edge", color=svg.LEVELS)
    axes.set_xticks([step + 0.5 for step in range(steps)], LOSS_LABELS)
    text = "share of the points earned"
    axes.set_title(text, loc="left", fontsize=13, pad=5, color=svg.MUTED)


def _links(
    columns: Sequence[Column], left: float, top: float, width: float, height: float
) -> str:
    """Return an invisible link over each student's column, with the name as its tip."""
    step = width / max(1, len(columns))
    place = f'y="{top:g}" width="{step:.3f}" height="{height:g}" fill="transparent"'
    return "".join(
        f'<a href="{escape(column.href)}" tabindex="-1">'
        f'<rect x="{left + step * index:.3f}" {place}>'
        f"<title>{escape(one_line(column.name))}</title></rect></a>"
        for index, column in enumerate(columns)
    )
