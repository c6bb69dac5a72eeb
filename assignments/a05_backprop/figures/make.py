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

from nabla import backprop, losses  # noqa: E402

BLUE, RED, GREY, PALE = "#1f4e9c", "#b3261e", "#555555", "#e8eef9"

X_PLACES = [(0.0, 4.0), (0.0, 2.0), (0.0, 0.0)]
HIDDEN = [(4.6, 3.2), (4.6, 0.8)]
OUTPUT = (9.2, 2.0)


def main() -> None:
    """Write all figures as SVG, the same every time."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "a05_backprop"
    mpl.rcParams["font.size"] = 12
    for draw in (three_two_one, step_sizes):
        figure = draw()
        path = HERE / f"{draw.__name__}.svg"
        figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
        plt.close(figure)
        print(f"wrote {path.name}")


def three_two_one() -> Figure:
    """Draw the 3-2-1 network with every value, and every error on its way back."""
    found = backprop.three_two_one()
    x, W0, W1 = (0.4, 0.2, 0.2), ((1.0, 0.5), (0.2, 1.2), (1.2, 0.1)), (0.3, 0.9)
    figure, ax = plt.subplots(figsize=(12.0, 6.2))
    for i, start in enumerate(X_PLACES):
        for j, end in enumerate(HIDDEN):
            _edge(ax, start, end, W0[i][j], found["dW0"][i, j], at=0.27)
    for j, start in enumerate(HIDDEN):
        _edge(ax, start, OUTPUT, W1[j], found["dW1"][j], at=0.5)
    for i, place in enumerate(X_PLACES):
        _node(ax, place, f"{x[i]:g}", f"{found['dx'][i]:.4f}")
        ax.text(place[0] - 0.75, place[1], f"x{i + 1}", ha="right", va="center")
    for j, place in enumerate(HIDDEN):
        text = f"{found['a1'][j]:.2f} → {found['h'][j]:.4f}"
        _node(ax, place, text, f"{found['db1'][j]:.4f}", wide=True)
    text = f"{found['a2']:.4f} → {found['out']:.4f}"
    _node(ax, OUTPUT, text, f"{found['db2']:.4f}", wide=True)
    for (left, _), title in (
        (X_PLACES[0], "input"),
        (HIDDEN[0], "hidden: a1 → h"),
        (OUTPUT, "output: a2 → out"),
    ):
        ax.text(left, 5.2, title, ha="center", color=GREY, style="italic")
    note = "blue: values and weights, forward      red: derivatives of out, backward"
    ax.text(4.6, -1.2, note, ha="center", color=GREY)
    ax.set_xlim(-1.7, 11.0)
    ax.set_ylim(-1.5, 5.6)
    ax.axis("off")
    return figure


def _edge(  # noqa: PLR0917 - two places, two numbers
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    weight: float,
    grad: float,
    at: float,
) -> None:
    """Draw one weight and, below it, its derivative."""
    ax.plot(*zip(start, end, strict=True), color=GREY, linewidth=1.0, zorder=1)
    px, py = (s + at * (e - s) for s, e in zip(start, end, strict=True))
    for dy, text, color in ((0.13, f"{weight:g}", BLUE), (-0.13, f"{grad:.4f}", RED)):
        ax.text(
            px,
            py + dy,
            text,
            color=color,
            size=10,
            ha="center",
            va="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            zorder=2,
        )


def _node(
    ax: Axes, place: tuple[float, float], value: str, grad: str, *, wide: bool = False
) -> None:
    """Draw one unit: its value inside, its error below."""
    half = 1.15 if wide else 0.55
    left, bottom = place[0] - half, place[1] - 0.33
    box = plt.Rectangle(
        (left, bottom), 2 * half, 0.66, facecolor=PALE, edgecolor=BLUE, zorder=3
    )
    ax.add_patch(box)
    ax.text(*place, value, color=BLUE, ha="center", va="center", zorder=4)
    ax.text(place[0], bottom - 0.24, grad, color=RED, ha="center", va="center")


def step_sizes() -> Figure:
    """Draw the worst error of a gradient check over the step, right and wrong."""
    figure, ax = plt.subplots(figsize=(9.5, 5.0))
    steps = np.logspace(-11, -1, 41)
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 1))
    net = backprop.MLP((3, 4, 1), rng=5)
    _, grads = backprop.loss_and_grads(net, losses.MSELoss(), x, y)
    central, forward, bug = [], [], []
    for h in steps:
        right = _numeric(net, x, y, float(h))
        central.append(_worst(grads, [c for c, _ in right]))
        forward.append(_worst(grads, [f for _, f in right]))
        wrong = [grads[0] * 1.001, *grads[1:]]
        bug.append(_worst(wrong, [c for c, _ in right]))
    for values, label, color, style in (
        (forward, "right gradients, forward difference", GREY, "--"),
        (central, "right gradients, central difference", BLUE, "-"),
        (bug, "dW1 too large by 0.1 %, central difference", RED, "-"),
    ):
        ax.loglog(steps, values, style, color=color, label=label)
    ax.axvline(1e-6, color=GREY, linewidth=0.8)
    ax.text(1.2e-6, 1.5e-1, "h = 1e-6", color=GREY)
    ax.text(1.5e-11, 2.0e-7, "rounding ∝ 1/h", color=GREY)
    ax.text(1.2e-3, 3e-8, "truncation ∝ h²", color=GREY)
    ax.set_xlabel("step h")
    ax.set_ylabel("worst error of an entry")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=10, frameon=False)
    return figure


def _numeric(
    net: backprop.MLP, x: np.ndarray, y: np.ndarray, h: float
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return central and forward differences for every parameter."""
    loss = losses.MSELoss()

    def value() -> float:
        return float(loss.forward(net.forward(x), y))

    here, found = value(), []
    for parameter in net.parameters():
        central = np.zeros_like(parameter.data)
        forward = np.zeros_like(parameter.data)
        for index in np.ndindex(parameter.data.shape):
            kept = parameter.data[index]
            parameter.data[index] = kept + h
            above = value()
            parameter.data[index] = kept - h
            below = value()
            parameter.data[index] = kept
            central[index] = (above - below) / (2 * h)
            forward[index] = (above - here) / h
        found.append((central, forward))
    return found


def _worst(grads: list[typing.Any], numeric: list[typing.Any]) -> float:
    pairs = zip(grads, numeric, strict=True)
    return max(float((abs(g - n) / (abs(g) + abs(n))).max()) for g, n in pairs)


if __name__ == "__main__":
    main()
