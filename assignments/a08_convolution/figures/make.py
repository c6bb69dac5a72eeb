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

from nabla import convolution, pooling  # noqa: E402

BLUE, RED, GREY, PALE, ROSE = "#1f4e9c", "#b3261e", "#555555", "#e8eef9", "#f9e8e7"

IMAGE = np.array(
    [[0.0, 0, 1, 1, 1]] * 3 + [[0.0, 0, 1, 1, 2], [0.0, 0, 1, 3, 1]],
)
KERNEL = np.array([[1.0, 2, 0], [0, -1, 3], [2, 0, 1]])
POOL = np.array(
    [[1.0, 3, 2, 0], [4, 4, 1, 5], [-1, -2, -3, -4], [-5, -6, -7, -8]],
)
Cells = typing.Collection[tuple[int, int]]


def main() -> None:
    """Write all figures as SVG, the same every time."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "a08_convolution"
    mpl.rcParams["font.size"] = 12
    for draw in (correlation, max_pooling, shift):
        figure = draw()
        path = HERE / f"{draw.__name__}.svg"
        figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
        plt.close(figure)
        print(f"wrote {path.name}")


def _grid(
    ax: Axes,
    corner: tuple[float, float],
    numbers: np.ndarray,
    title: str,
    *,
    marked: Cells = (),
    faint: Cells = (),
    backward: bool = False,
) -> None:
    """Draw a matrix as squares with numbers; some are marked, some are padding."""
    left, top = corner
    edge = RED if backward else BLUE
    for (i, j), number in np.ndenumerate(numbers):
        place = (left + j, top - i - 1)
        hit, outside = (i, j) in marked, (i, j) in faint
        face = (ROSE if backward else PALE) if hit else "white"
        style = {"facecolor": face, "edgecolor": "#bbbbbb" if outside else edge}
        ax.add_patch(plt.Rectangle(place, 1, 1, linewidth=1, **style))
        ax.text(
            left + j + 0.5,
            top - i - 0.5,
            f"{number:g}",
            fontsize=12 if len(f"{number:g}") < 4 else 10,
            ha="center",
            va="center",
            color="#999999" if outside else "black",
            fontweight="bold" if hit else "normal",
        )
    middle = left + numbers.shape[1] / 2
    ax.text(middle, top + 0.3, title, ha="center", color=edge)


def _canvas(width: float, height: float, right: float, low: float) -> tuple:
    figure, ax = plt.subplots(figsize=(width, height))
    ax.set_xlim(-0.5, right)
    ax.set_ylim(low, 1.4)
    ax.set_aspect("equal")
    ax.axis("off")
    return figure, ax


def correlation() -> Figure:
    """Draw the worked example: stride 2, padding 1, one window marked."""
    layer = convolution.Conv2d(1, 1, 3, stride=2, padding=1, init="zeros")
    layer.weight.data[0, 0], layer.bias.data[0] = KERNEL, 0.5
    y = layer.forward(IMAGE[None, None])
    dx = layer.backward(np.ones_like(y))[0, 0]
    figure, ax = _canvas(11.5, 7.6, 18.5, -14.3)
    padded = np.pad(IMAGE, 1)
    around = {c for c in np.ndindex(7, 7) if 0 in c or 6 in c}
    window = {(4 + i, 2 + j) for i in range(3) for j in range(3)}
    _grid(ax, (0, 0), padded, "x, padded", marked=window, faint=around)
    ax.text(8.0, -3.5, "∗", ha="center", va="center", fontsize=20)
    every = set(np.ndindex(3, 3))
    _grid(ax, (9, -2), KERNEL, "W", marked=every)
    ax.text(13.2, -3.5, "+ 0.5  =", ha="center", va="center", fontsize=14)
    _grid(ax, (14.6, -2), y[0, 0], "y", marked={(2, 1)})
    _grid(ax, (0, -8.6), dx, "dx for dout = 1", backward=True)
    dW = layer.weight.grad[0, 0]
    _grid(ax, (9, -9.6), dW, "dW", backward=True)
    _grid(ax, (14.6, -9.6), layer.bias.grad[None], "db", backward=True)
    return figure


def max_pooling() -> Figure:
    """Draw max pooling forward and backward, apart and with overlap."""
    figure, ax = _canvas(11.5, 6.2, 20.5, -11.2)
    dout = np.array([[1.0, 2.0], [3.0, 4.0]])
    for row, (args, title) in enumerate((((2,), "2 x 2"), ((3, 1), "3 x 3, stride 1"))):
        layer = pooling.MaxPool2d(*args)
        y = layer.forward(POOL[None, None])[0, 0]
        dx = layer.backward(dout[None, None])[0, 0]
        winners = {(int(i), int(j)) for i, j in np.argwhere(dx)}
        top = -6.2 * row
        _grid(ax, (0, top), POOL, f"x,  {title}", marked=winners)
        _grid(ax, (6, top - 1), y, "y")
        _grid(ax, (11, top - 1), dout, "dout", backward=True)
        _grid(ax, (15.5, top), dx, "dx", marked=winners, backward=True)
        for x, color in ((5.0, BLUE), (14.25, RED)):
            arrow = {"arrowstyle": "->", "color": color}
            ax.annotate("", (x + 0.6, top - 2), (x - 0.6, top - 2), arrowprops=arrow)
    return figure


def shift() -> Figure:
    """Draw what becomes of an image that moves, in maps of stride 1 and 2."""
    scene = np.zeros((12, 24))
    scene[3:9, 4:6] = 1.0
    scene[7:9, 4:9] = 1.0
    rows = ("image", "edges, stride 1", "edges, stride 2", "largest edge")
    figure, axes = plt.subplots(
        4, 2, figsize=(10.5, 8.2), height_ratios=(12, 10, 10, 2.5)
    )
    for column, moved in enumerate((0, 4)):
        image = np.roll(scene, moved, axis=1)
        edges = [_edges(image, stride) for stride in (1, 2)]
        largest = pooling.MaxPool2d(edges[0].shape).forward(edges[0][None, None])
        pictures = (image, *edges, largest[0, 0])
        for ax, title, picture in zip(axes[:, column], rows, pictures, strict=True):
            ax.imshow(picture, cmap="RdBu", vmin=-4, vmax=4, aspect="equal")
            ax.set_yticks([])
            ax.set_xticks([])
            ax.tick_params(length=0)
            where = np.argwhere(abs(picture) > 0)[:, 1].min()
            begins = f"begins at column {where}"
            value = f"{picture.max():g}"
            ax.set_xlabel(begins if picture.size > 1 else value, fontsize=10)
            if column == 0:
                ax.set_ylabel(title, rotation=0, ha="right", va="center")
        axes[0, column].set_title("here" if not moved else f"moved by {moved}")
    figure.subplots_adjust(hspace=0.45, wspace=0.1)
    return figure


def _edges(image: np.ndarray, stride: int) -> np.ndarray:
    """Return Sobel's d/dx as a convolutional layer computes it."""
    layer = convolution.Conv2d(1, 1, 3, stride=stride, padding=1, init="zeros")
    layer.weight.data[0, 0] = [[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    return layer.forward(image[None, None])[0, 0]


if __name__ == "__main__":
    main()
