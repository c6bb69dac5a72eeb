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

from nabla import losses  # noqa: E402

BLUE, RED, GREY, GREEN = "#1f4e9c", "#b3261e", "#555555", "#2e7d32"


def main() -> None:
    """Write all figures as SVG, the same every time."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "a04_losses"
    mpl.rcParams["font.size"] = 12
    for draw in (values_and_slopes, surrogates, saturation):
        figure = draw()
        path = HERE / f"{draw.__name__}.svg"
        figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
        plt.close(figure)
        print(f"wrote {path.name}")


def _curve(
    loss: losses.Loss, pred: np.ndarray, target: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the loss of every entry of pred, and its derivative."""
    values = loss.forward(pred, np.full_like(pred, target))
    return values, loss.backward(np.ones_like(pred))


def values_and_slopes() -> Figure:
    """Draw the losses of regression, and below them their derivatives."""
    figure, axes = plt.subplots(2, 2, figsize=(11.5, 7.0), sharex="col")
    diff = np.linspace(-2.5, 2.5, 401)
    for name, color in (
        ("MSELoss", BLUE),
        ("HalfSquaredError", GREEN),
        ("L1Loss", RED),
    ):
        values, slopes = _curve(getattr(losses, name)("none"), diff, 0.0)
        axes[0, 0].plot(diff, values, color=color, label=name)
        jump = np.abs(np.diff(slopes, prepend=slopes[0])) > 0.5
        slopes = np.where(jump, np.nan, slopes)  # a gap, not a line, at the kink
        axes[1, 0].plot(diff, slopes, color=color)
    axes[1, 0].plot([0], [0], "o", color=RED, markersize=5)
    p = np.linspace(0.01, 0.99, 401)
    for target, color, style in ((1.0, BLUE, "-"), (0.0, RED, "-"), (0.3, GREEN, "--")):
        values, slopes = _curve(losses.BCELoss("none"), p, target)
        axes[0, 1].plot(p, values, style, color=color, label=f"target {target:g}")
        axes[1, 1].plot(p, slopes, style, color=color)
    axes[1, 1].set_ylim(-12, 12)
    axes[0, 0].set_title("one entry, by its difference")
    axes[0, 1].set_title("BCELoss, by the probability")
    axes[1, 0].set_xlabel("pred - target")
    axes[1, 1].set_xlabel("pred")
    axes[0, 0].set_ylabel("loss")
    axes[1, 0].set_ylabel("derivative for pred")
    for ax in axes.flat:
        _grid(ax)
    for ax in axes[0]:
        ax.legend(fontsize=10)
    return figure


def surrogates() -> Figure:
    """Draw the 0-1 loss and the losses that stand in for it."""
    figure, ax = plt.subplots(figsize=(8.5, 4.6))
    margin = np.linspace(-2.5, 3.0, 551)
    zero_one = (margin <= 0).astype(float)
    gap = np.where(np.abs(margin) < 0.006, np.nan, zero_one)
    hinge, _ = _curve(losses.HingeLoss("none"), margin, 1.0)
    logistic, _ = _curve(losses.BCEWithLogitsLoss("none"), margin, 1.0)
    ax.plot(margin, gap, color=GREY, linewidth=2.5, label="0-1 loss")
    ax.plot(margin, hinge, color=RED, label="HingeLoss")
    ax.plot(margin, logistic, color=BLUE, linestyle="--", label="BCEWithLogitsLoss")
    ax.plot(margin, logistic / np.log(2), color=BLUE, label="… divided by ln 2")
    ax.set_xlabel("t y, the score counted as positive when it is right")
    ax.set_ylabel("loss")
    ax.set_ylim(-0.1, 3.2)
    ax.legend(fontsize=10)
    _grid(ax)
    return figure


def saturation() -> Figure:
    """Draw how strongly a wrong answer is corrected, by how sure it is."""
    figure, ax = plt.subplots(figsize=(8.5, 4.6))
    k = np.linspace(-4.0, 10.0, 281)
    z, labels = np.stack([-k, k], axis=1), np.zeros(len(k), int)
    loss = losses.CrossEntropyLoss("sum")
    loss.forward(z, labels)
    steep = -loss.backward()[:, 0]
    p = np.exp(z - losses.logsumexp(z)[:, None])
    squared = losses.MSELoss("sum")
    squared.forward(p, losses.one_hot(labels, 2))
    dp = squared.backward()
    flat = -(p * (dp - (dp * p).sum(axis=1, keepdims=True)))[:, 0]
    ax.plot(k, steep, color=BLUE, label="cross-entropy")
    ax.plot(k, flat, color=RED, label="squared error behind softmax")
    ax.axvline(0, color=GREY, linewidth=1)
    ax.text(-0.15, 1.04, "right", color=GREY, ha="right")
    ax.text(0.15, 1.04, "wrong, and ever surer", color=GREY)
    ax.set_xlabel("k, for logits (-k, k) and label 0")
    ax.set_ylabel("- d loss / d z[0]")
    ax.set_ylim(-0.05, 1.15)
    ax.legend(fontsize=10, loc="center right")
    _grid(ax)
    return figure


def _grid(ax: Axes) -> None:
    ax.grid(visible=True, alpha=0.3)


if __name__ == "__main__":
    main()
