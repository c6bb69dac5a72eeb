"""Draw the figures of the handout with the reference: python figures/make.py."""

from __future__ import annotations

import functools
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "reference"))

import matplotlib as mpl  # noqa: E402 - the reference must be found first
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.patches import Circle  # noqa: E402

from nabla import autograd  # noqa: E402
from nabla.autograd import Tensor  # noqa: E402

BLUE, RED, GREY, PALE = "#1f4e9c", "#b3261e", "#555555", "#e8eef9"

PLACES = {"a": (0.0, 2.6), "b": (0.0, 0.0), "c": (3.6, 2.6), "d": (3.6, 0.0)}
PLACES["e"] = (7.2, 1.3)


def main() -> None:
    """Write all figures as SVG, the same every time."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "a10_autograd"
    mpl.rcParams["font.size"] = 12
    for draw in (graph, sweeps):
        figure = draw()
        path = HERE / f"{draw.__name__}.svg"
        figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
        plt.close(figure)
        print(f"wrote {path.name}")


def graph() -> Figure:
    """Draw e = (a + b)(b + 1) with values, local derivatives and gradients."""
    a, b = Tensor(2.0, requires_grad=True), Tensor(1.0, requires_grad=True)
    c, d = a + b, b + 1.0
    e = c * d
    nodes = {"a": a, "b": b, "c": c, "d": d, "e": e}
    titles = {"a": "a", "b": "b", "c": "c = a + b", "d": "d = b + 1", "e": "e = c d"}
    gradients = {"e": 1.0, "d": c.item(), "c": d.item()}
    figure, ax = plt.subplots(figsize=(10.5, 4.6))
    for name, node in nodes.items():
        for parent, pull in node.edges:
            start = next(key for key, other in nodes.items() if other is parent)
            _edge(ax, start, name, float(pull(node.data * 0 + 1)))
    e.backward()
    for leaf, node in (("a", a), ("b", b)):
        gradients[leaf] = 0.0 if node.grad is None else float(node.grad)
    for name, node in nodes.items():
        _node(ax, name, titles[name], node.item(), gradients[name])
    ax.set_xlim(-1.4, 9.0)
    ax.set_ylim(-1.3, 3.9)
    ax.set_aspect("equal")
    ax.axis("off")
    return figure


def _node(ax: Axes, name: str, title: str, value: float, gradient: float) -> None:
    x, y = PLACES[name]
    ax.add_patch(Circle((x, y), 0.62, facecolor=PALE, edgecolor=BLUE, zorder=3))
    ax.text(x, y, f"{value:g}", ha="center", va="center", size=15, zorder=4)
    ax.text(x, y + 0.78, title, color=BLUE, ha="center", va="bottom")
    below = f"gradient {gradient:g}"
    ax.text(x, y - 0.76, below, color=RED, ha="center", va="top", size=11)


def _edge(ax: Axes, start: str, end: str, slope: float) -> None:
    (x0, y0), (x1, y1) = PLACES[start], PLACES[end]
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    along = ((x1 - x0) / length, (y1 - y0) / length)
    head = (x1 - 0.68 * along[0], y1 - 0.68 * along[1])
    tail = (x0 + 0.68 * along[0], y0 + 0.68 * along[1])
    style = {"arrowstyle": "->", "color": GREY, "linewidth": 1.6}
    ax.annotate("", xy=head, xytext=tail, arrowprops=style)
    middle = ((x0 + x1) / 2 - 0.22 * along[1], (y0 + y1) / 2 + 0.22 * along[0])
    ax.text(*middle, f"{slope:g}", color=GREY, ha="center", va="center", size=13)


def sweeps() -> Figure:
    """Draw the cost of a Jacobian against the number of inputs, in both modes."""
    figure, axes = plt.subplots(1, 2, figsize=(11.0, 4.2), sharey=True)
    sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
    for ax, n_out in zip(axes, (1, 50), strict=True):
        f = functools.partial(_chain, n_out=n_out)
        counted = [autograd.count_operations(f, n, n_out) for n in sizes]
        forward = [found["forward"] for found in counted]
        reverse = [found["reverse"] for found in counted]
        ax.loglog(sizes, forward, "o-", color=BLUE, label="forward: a sweep per input")
        ax.loglog(sizes, reverse, "s-", color=RED, label="reverse: a sweep per output")
        ax.set_title("1 output" if n_out == 1 else f"{n_out} outputs")
        ax.set_xlabel("inputs")
        ax.grid(visible=True, alpha=0.3)
    axes[0].set_ylabel("operations differentiated")
    axes[0].legend(fontsize=10, loc="upper left")
    return figure


def _chain(x: Tensor, n_out: int) -> Tensor:
    """Return n_out numbers after ten operations."""
    y = x.sum()
    for _ in range(7):
        y = y.tanh()
    return autograd.concat([y.reshape(1)] * n_out)


if __name__ == "__main__":
    main()
