"""A matplotlib figure as an inline SVG that follows the page: colours, font, size.

Figures are drawn in stand-in colours that become CSS variables, so that one figure
serves the light and the dark page; text stays text, in the page's font. The same
drawing gives the same bytes: no date, no random id.
"""

from __future__ import annotations

import contextlib
import io
import re
import typing
from collections.abc import Iterator, Sequence
from html import escape

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from autograder.reports.text import one_line

WIDE, NARROW = 860.0, 350.0
"""Widths at which a figure is drawn: for a desk and for a phone."""

INK, MUTED, LINE, ACCENT, SOFT = "#010101", "#010102", "#010103", "#010104", "#010105"
FAIL, WARN, BLOCK, TRACK = "#010106", "#010107", "#010108", "#010109"
LEVELS = tuple(f"#0102{level:02x}" for level in range(6))
"""From "all is well" to "all is wrong", in both figures that are grids."""

_VARIABLES = {
    INK: "var(--ink, #1c2330)",
    MUTED: "var(--muted, #566072)",
    LINE: "var(--line, #dcdcd4)",
    ACCENT: "var(--accent, #1f5f8b)",
    SOFT: "var(--band, #e3ebf0)",
    FAIL: "var(--fail, #b3261e)",
    WARN: "var(--warn-bar, #e09a3e)",
    BLOCK: "var(--block-bar, #9aa3b2)",
    TRACK: "var(--track, #e9e9e3)",
    LEVELS[0]: "var(--e0, #e6ebee)",
    LEVELS[1]: "var(--e1, #fbdcae)",
    LEVELS[2]: "var(--e2, #f7ad74)",
    LEVELS[3]: "var(--e3, #e56b5b)",
    LEVELS[4]: "var(--e4, #b5305f)",
    LEVELS[5]: "var(--e5, #5e1a5b)",
}
_STYLE: typing.Any = {
    "svg.hashsalt": "autograder",
    "svg.fonttype": "none",
    "text.parse_math": False,  # a `$` in a name is a `$`
    "font.size": 13,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.facecolor": "none",
    "axes.labelcolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
}
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))

Grid = Sequence[Sequence[int | None]]


class Canvas:
    """A figure measured in pixels from its upper left corner."""

    def __init__(self, width: float, height: float, label: str) -> None:
        self.width, self.height, self.label = width, height, label
        self.figure = Figure(figsize=(width / 72, height / 72), dpi=72)
        self._under: list[str] = []

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Return axes without a frame in the given rectangle."""
        bottom = 1 - (top + height) / self.height
        place = (left / self.width, bottom, width / self.width, height / self.height)
        axes = self.figure.add_axes(place)
        axes.set_frame_on(False)
        axes.set_autoscale_on(False)
        return axes

    def text(self, x: float, y: float, words: str, **style: typing.Any) -> None:
        """Write one line, centred on the height `y`."""
        place = x / self.width, 1 - y / self.height
        self.figure.text(*place, one_line(words), va="center", **style)

    def under(self, markup: str) -> None:
        """Put finished SVG under everything that is drawn."""
        self._under.append(markup)

    def svg(self) -> str:
        """Return the figure as one `<svg>` element."""
        for artist in self.figure.findobj():
            artist.set_clip_on(False)  # a clip needs an id, and nothing reaches out
        file = io.StringIO()
        self.figure.savefig(file, format="svg", metadata=_NO_METADATA)
        body = _tidy(file.getvalue())
        size = f'width="{self.width:g}" height="{self.height:g}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size}'
            f' viewBox="0 0 {self.width:g} {self.height:g}" role="img"'
            f' aria-label="{escape(one_line(self.label, 300))}"'
            ' style="font-family: var(--font, sans-serif)">'
            f"{''.join(self._under)}{body}</svg>"
        )


@contextlib.contextmanager
def canvas(width: float, height: float, label: str) -> Iterator[Canvas]:
    """Draw in the kit's style, whatever the user's own matplotlib settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield Canvas(width, height, label)


def cells(grid: Grid, left: float, top: float, width: float, height: float) -> str:
    """Return a grid of coloured cells: one path per level, runs of cells merged.

    A cell that is None stays empty.
    """
    runs: dict[int, list[str]] = {}
    for y, row in enumerate(grid):
        start = 0
        for x in range(1, len(row) + 1):
            if x < len(row) and row[x] == row[start]:
                continue
            level = row[start]
            if level is not None:
                runs.setdefault(level, []).append(
                    f"M{start} {y}h{x - start}v1H{start}z"
                )
            start = x
    scale = f"{width / max(1, len(grid[0])):.4f} {height / len(grid):.4f}"
    paths = "".join(
        f'<path style="fill: {_VARIABLES[LEVELS[level]]}" d="{"".join(runs[level])}"/>'
        for level in sorted(runs)
    )
    place = f'transform="translate({left:g} {top:g}) scale({scale})"'
    return f'<g {place} shape-rendering="crispEdges">{paths}</g>'


def _tidy(svg: str) -> str:
    """Keep the drawing alone, in the page's colours and font.

    Nothing in it is referred to by an id, so that a page may hold it twice.
    """
    body = svg[svg.index("</defs>") + len("</defs>") : svg.rindex("</svg>")]
    body = re.sub(r"\s*\n\s*", " ", body).replace("> <", "><").replace(' "', '"')
    body = re.sub(r" font-family: [^;\"]*;?", "", body)
    body = re.sub(r" font: (?:(\w+) )?([\d.]+px) [^;\"]*", _short_font, body)
    body = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", body)
    body = re.sub(r' id="[^"]*"', "", body)
    body = re.sub(r' (?:d|x|y|transform)="[^"]*"', _rounded, body)
    body = re.sub(r'<path d="[^"]*" style="fill: none"/>', "", body)
    body = re.sub(r"<g>(?:<g/>)?</g>|<g/>", "", body)
    for stand_in, variable in _VARIABLES.items():
        body = body.replace(stand_in, variable)
    return body.strip()


def _short_font(shorthand: re.Match[str]) -> str:
    """Return size and weight, which matplotlib before 3.10 writes with the family."""
    weight = f"; font-weight: {shorthand[1]}" if shorthand[1] else ""
    return f" font-size: {shorthand[2]}{weight}"


def _rounded(attribute: re.Match[str]) -> str:
    return re.sub(r"(\.\d\d)\d+", r"\1", attribute[0])
