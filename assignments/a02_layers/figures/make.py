"""Draw the figures of the handout with the reference: python figures/make.py."""

from __future__ import annotations

import pathlib
import sys
import typing

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "reference"))

import matplotlib as mpl  # noqa: E402 - the reference must be found first
import numpy as np  # noqa: E402
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from nabla import data, layers  # noqa: E402

BLUE, RED, GREY, PALE, ROSE = "#1f4e9c", "#b3261e", "#555555", "#e8eef9", "#f9e8e7"

SIZES = {
    "N": 4,
    "in": 3,
    "out": 2,
    "1": 1,
}  # as many squares as a box has along an axis


class Box(typing.NamedTuple):
    """A matrix, drawn as a grid of squares with its two sizes beside it."""

    name: str
    rows: str
    columns: str


def main() -> None:
    """Write all figures as SVG, the same every time."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "a02_layers"
    mpl.rcParams["font.size"] = 12
    for draw in (affine, planes, initial_weights):
        figure = draw()
        path = HERE / f"{draw.__name__}.svg"
        figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
        plt.close(figure)
        print(f"wrote {path.name}")


def affine() -> Figure:
    """Draw the shapes of the affine layer as grids of squares."""
    x, weight, bias = Box("x", "N", "in"), Box("W", "in", "out"), Box("b", "1", "out")
    y, dout = Box("y", "N", "out"), Box("dout", "N", "out")
    across, tall = Box("Wᵀ", "out", "in"), Box("xᵀ", "in", "N")
    ones = Box("1 … 1", "1", "N")
    figure, ax = plt.subplots(figsize=(11.5, 9.0))
    _row(ax, 0.0, [x, "@", weight, "+", bias, "=", y], "forward")
    _row(ax, -6.4, [dout, "@", across, "=", Box("dx", "N", "in")], "input")
    parts = [tall, "@", dout, "=", Box("dW", "in", "out")]
    _row(ax, -12.4, parts, "weights")
    parts = [ones, "@", dout, "=", Box("db", "1", "out")]
    _row(ax, -18.0, parts, "bias")
    ax.set_xlim(-4.0, 21.0)
    ax.set_ylim(-20.6, 3.6)
    ax.set_aspect("equal")
    ax.axis("off")
    return figure


def _row(ax: Axes, y: float, parts: list[Box | str], title: str) -> None:
    """Draw one formula around the height y, from left to right."""
    face, edge = (PALE, BLUE) if title == "forward" else (ROSE, RED)
    ax.text(-3.9, y, title, color=edge, ha="left", va="center", style="italic")
    left = 0.6
    for part in parts:
        if isinstance(part, str):
            ax.text(left - 0.1, y, part, ha="center", va="center", fontsize=15)
            left += 1.6
        else:
            _grid(ax, part, left, y, face, edge)
            left += SIZES[part.columns] + 1.3


def _grid(  # noqa: PLR0917 - a place and two colours
    ax: Axes, box: Box, left: float, y: float, face: str, edge: str
) -> None:
    """Draw one matrix as squares, its name and its sizes beside it."""
    height, width = SIZES[box.rows], SIZES[box.columns]
    for i in range(height):
        for j in range(width):
            corner = (left + j, y + height / 2 - i - 1)
            ax.add_patch(plt.Rectangle(corner, 1, 1, facecolor=face, edgecolor=edge))
    middle, top = left + width / 2, y + height / 2
    ax.text(middle, top + 0.75, box.name, color=edge, ha="center")
    ax.text(middle, top + 0.12, box.columns, color=GREY, size=9, ha="center")
    if height > 1:  # a vector has one size
        ax.text(left - 0.12, y, box.rows, color=GREY, size=9, ha="right", va="center")


def planes() -> Figure:
    """Draw the best plane of the worked example, and the best one for XOR."""
    X = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1], [2, 1]])
    y = np.array([1.1, 2.9, 0.2, 2.1, 3.9])
    figure = plt.figure(figsize=(11.0, 4.8))
    for i, (title, points, values) in enumerate(
        (("five points near a plane", X, y), ("XOR", *data.xor()))
    ):
        ax = figure.add_subplot(1, 2, i + 1, projection="3d")
        w, b = layers.fit_plane(points, values)
        w = np.round(w, 9) + 0.0  # a rounding error of either sign is no slope
        _surface(ax, points, w, b)
        ax.scatter(
            points[:, 0], points[:, 1], values, color=RED, s=45, depthshade=False
        )
        for (x1, x2), value in zip(points, values, strict=True):
            foot = w[0] * x1 + w[1] * x2 + b
            ax.plot([x1, x1], [x2, x2], [value, foot], color=RED, linewidth=1.5)
        ax.set_title(f"{title}\nw = ({w[0]:.2f}, {w[1]:.2f}),  b = {b:.2f}")
        ax.set_xlabel("$x_1$")
        ax.set_ylabel("$x_2$")
        ax.set_zlabel("y")
        ax.view_init(elev=18, azim=-62)
    return figure


def _surface(ax: typing.Any, points: np.ndarray, w: np.ndarray, b: float) -> None:
    (low1, low2), (high1, high2) = points.min(axis=0), points.max(axis=0)
    grid = np.meshgrid(np.linspace(low1, high1, 5), np.linspace(low2, high2, 5))
    height = w[0] * grid[0] + w[1] * grid[1] + b
    ax.plot_surface(
        *grid, height, color=BLUE, alpha=0.22, edgecolor=BLUE, linewidth=0.3
    )


def initial_weights() -> Figure:
    """Draw histograms of initial weights, and how signals survive in a deep net."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12.0, 4.4))
    fans, a = (512, 128), float(np.sqrt(6 / 640))
    bins = np.linspace(-0.2, 0.2, 81).tolist()
    for name, color in (("glorot_uniform", BLUE), ("glorot_normal", RED)):
        W = getattr(layers, name)(*fans, rng=1)
        left.hist(W.ravel(), bins, color=color, alpha=0.45, label=name, density=True)
    for bound in (-a, a):
        left.axvline(bound, color=GREY, linewidth=1)
    left.text(a + 0.004, 5.6, f"a = {a:.4f}", color=GREY)
    left.set_title("65,536 weights of a 512-128 layer")
    left.set_xlabel("weight")
    left.set_ylabel("density")
    left.legend(fontsize=10)
    for label, scale, color in (
        ("a taken for the standard deviation", 3**0.5, RED),
        ("Glorot", 1.0, BLUE),
        ("half of it", 0.5, GREY),
    ):
        spread = _spread_by_depth(scale)
        right.semilogy(spread, "o-", color=color, label=label, markersize=4)
    right.set_title("20 affine layers of 100 units")
    right.set_xlabel("layer")
    right.set_ylabel("standard deviation of its output")
    right.grid(visible=True, alpha=0.3)
    right.legend(fontsize=10, loc="upper left")
    return figure


def _spread_by_depth(scale: float) -> list[float]:
    """Return the spread of the signal after each of 20 layers."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(500, 100))
    spread = [float(x.std())]
    for _ in range(20):
        x = x @ (scale * layers.glorot_uniform(100, 100, rng=rng))
        spread.append(float(x.std()))
    return spread


if __name__ == "__main__":
    main()
