"""Draw the figures of the handout with the reference: python figures/make.py."""

from __future__ import annotations

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "reference"))

import matplotlib as mpl  # noqa: E402 - the reference must be found first
import numpy as np  # noqa: E402
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from nabla import activations as act  # noqa: E402
from nabla.module import Module  # noqa: E402

BLUE, RED, GREY, GREEN = "#1f4e9c", "#b3261e", "#555555", "#2e7d32"

PANELS: tuple[tuple[str, Module], ...] = (
    ("Step", act.Step()),
    ("Sigmoid", act.Sigmoid()),
    ("Tanh", act.Tanh()),
    ("ReLU", act.ReLU()),
    ("LeakyReLU(0.1)", act.LeakyReLU(0.1)),
    ("ELU", act.ELU()),
    ("SiLU", act.SiLU()),
    ("GELU", act.GELU()),
)


def main() -> None:
    """Write all figures as SVG, the same every time."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "a03_activations"
    mpl.rcParams["font.size"] = 12
    for draw in (curves, chains, gelu_gap):
        figure = draw()
        path = HERE / f"{draw.__name__}.svg"
        figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
        plt.close(figure)
        print(f"wrote {path.name}")


def both(layer: Module, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the output and the slope at every x."""
    return layer.forward(x), layer.backward(np.ones_like(x))


def curves() -> Figure:
    """Draw every activation and its slope."""
    figure, axes = plt.subplots(2, 4, figsize=(13.0, 6.2), sharex=True, sharey=True)
    sides = np.linspace(-4, -1e-9, 300), np.linspace(1e-9, 4, 300)
    for ax, (name, layer) in zip(axes.flat, PANELS, strict=True):
        for i, x in enumerate(sides):  # apart, so that a jump is no line
            y, slope = both(layer, x)
            ax.plot(x, y, color=BLUE, label=None if i else "y", linewidth=2)
            ax.plot(x, slope, "--", color=RED, label=None if i else "slope")
        ax.set_title(name)
        _axes(ax)
    axes[0, 0].legend(fontsize=10, loc="upper left")
    figure.tight_layout()
    return figure


def _axes(ax: Axes) -> None:
    for line in (ax.axhline, ax.axvline):
        line(0.0, color=GREY, linewidth=0.6)
    ax.set_ylim(-1.3, 2.3)
    ax.grid(visible=True, alpha=0.2)


def chains() -> Figure:
    """Draw how a gradient shrinks through a chain of equal activations."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12.0, 4.4))
    steps = np.arange(1, 21)
    for name, layer, color in (
        ("Sigmoid, from 0", act.Sigmoid(), RED),
        ("Tanh, from 1", act.Tanh(), BLUE),
        ("SiLU, from 1", act.SiLU(), GREEN),
        ("ReLU, from 1", act.ReLU(), GREY),
    ):
        x0 = 0.0 if "0" in name else 1.0
        products = act.chain_gradient(layer, x0, 20)
        left.semilogy(steps, products, "o-", color=color, label=name, markersize=4)
    left.semilogy(steps, 0.25**steps, ":", color=RED, label="0.25ⁿ")
    left.set_title("Product of the slopes")
    left.set_xlabel("activations in a row")
    left.set_xticks([1, 5, 10, 15, 20])
    left.grid(visible=True, alpha=0.3)
    left.legend(fontsize=10)
    _saturation(right)
    return figure


def _saturation(ax: Axes) -> None:
    """Draw which part of 10,000 units is saturated, by the spread of their inputs."""
    z = np.random.default_rng(1).normal(size=10_000)
    spreads = np.linspace(0.1, 6.0, 60)
    for name, layer, limits, color in (
        ("Sigmoid, outside 0.05 … 0.95", act.Sigmoid(), (0.05, 0.95), RED),
        ("Tanh, outside ±0.9", act.Tanh(), (-0.9, 0.9), BLUE),
    ):
        outputs = [layer.forward(spread * z) for spread in spreads]
        parts = [act.saturation_fraction(a, *limits) for a in outputs]
        ax.plot(spreads, parts, color=color, label=name)
    ax.set_title("Part of the units that are saturated")
    ax.set_xlabel("standard deviation of their inputs")
    ax.set_ylim(0.0, 1.0)
    ax.grid(visible=True, alpha=0.3)
    ax.legend(fontsize=10, loc="upper left")


def gelu_gap() -> Figure:
    """Draw what the two approximations of GELU get wrong."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12.0, 4.0))
    x = np.linspace(-5.0, 5.0, 2001)
    exact = act.GELU().forward(x)
    left.plot(x, exact, color=BLUE, label="exact", linewidth=2)
    for ax, mode, color in ((left, "sigmoid", RED), (left, "tanh", GREEN)):
        ax.plot(x, act.GELU(mode).forward(x), "--", color=color, label=mode)
        gap = act.GELU(mode).forward(x) - exact
        right.plot(x, gap, color=color, label=f"{mode} - exact")
    left.set_xlim(-5.0, 1.0)
    left.set_ylim(-0.2, 0.5)
    left.set_title("GELU in three modes, left of 1")
    right.set_title("Differences")
    for ax in (left, right):
        ax.axhline(0.0, color=GREY, linewidth=0.6)
        ax.set_xlabel("x")
        ax.grid(visible=True, alpha=0.3)
        ax.legend(fontsize=10)
    return figure


if __name__ == "__main__":
    main()
