"""Draw the figures of the handout with the reference: python figures/make.py."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "reference"))

import matplotlib as mpl  # noqa: E402 - the reference must be found first
import numpy as np  # noqa: E402
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from nabla import optimizers  # noqa: E402
from nabla.module import Parameter  # noqa: E402

BLUE, RED, GREY, GREEN = "#1f4e9c", "#b3261e", "#555555", "#2e7d32"
VIOLET, ORANGE = "#6a3fa0", "#b26a00"

SLOPES = np.array([1.0, 25.0])  # of the canyon (x^2 + 25 y^2) / 2


def main() -> None:
    """Write all figures as SVG, the same every time."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "a06_optimizers"
    mpl.rcParams["font.size"] = 12
    for draw in (canyon, rates, adaptive):
        figure = draw()
        path = HERE / f"{draw.__name__}.svg"
        figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
        plt.close(figure)
        print(f"wrote {path.name}")


def _walk(make: Callable[[list[Parameter]], optimizers.Optimizer], steps: int):
    """Return the points at which an optimizer is in the canyon."""
    p = Parameter(np.array([5.0, 1.0]))
    optimizer, way = make([p]), [p.data.copy()]
    for _ in range(steps):
        p.grad[...] = SLOPES * p.data
        optimizer.step()
        way.append(p.data.copy())
    return np.array(way)


def canyon() -> Figure:
    """Draw how gradient descent, momentum and Newton walk down a canyon."""
    figure, axes = plt.subplots(3, 1, figsize=(9.5, 8.6), sharex=True)
    newton = np.array([[5.0, 1.0], [0.0, 0.0]])
    ways = (
        ("gradient descent, lr 0.07: 20 steps", RED, _gradient_descent(0.07, 20)),
        (
            "momentum 0.7, lr 0.04: 20 steps",
            BLUE,
            _walk(lambda p: optimizers.SGD(p, 0.04, momentum=0.7), 20),
        ),
        ("Newton: one step", GREEN, newton),
    )
    for ax, (title, color, way) in zip(axes, ways, strict=True):
        _valley(ax)
        ax.plot(way[:, 0], way[:, 1], "o-", color=color, markersize=4, linewidth=1.4)
        height = float(SLOPES @ way[-1] ** 2) / 2
        end = f"f = {height:.3g} at the end" if height else "f = 0 at the end"
        ax.set_title(f"{title}, {end}", color=color, fontsize=12)
        ax.set_ylabel("y")
    axes[-1].set_xlabel("x")
    figure.tight_layout()
    return figure


def _gradient_descent(lr: float, steps: int) -> np.ndarray:
    start = np.array([5.0, 1.0])
    return optimizers.gradient_descent(lambda x: SLOPES * x, start, lr, steps)


def _valley(ax: Axes) -> None:
    x, y = np.meshgrid(np.linspace(-1.2, 5.6, 200), np.linspace(-1.3, 1.3, 120))
    height = (SLOPES[0] * x**2 + SLOPES[1] * y**2) / 2
    ax.contour(x, y, height, [0.25, 1, 3, 6, 10, 15, 21], colors=GREY, linewidths=0.6)


def rates() -> Figure:
    """Draw which rates converge in the canyon, and the two schedules."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12.0, 4.4))
    for lr, color in ((0.02, GREY), (0.07, BLUE), (0.08, ORANGE), (0.081, RED)):
        way = _gradient_descent(lr, 60)
        left.semilogy((way**2 @ SLOPES) / 2, color=color, label=f"lr {lr}")
    left.set_title("gradient descent in the canyon, stable below 2/25")
    left.set_xlabel("step")
    left.set_ylabel("f")
    left.grid(visible=True, alpha=0.3)
    left.legend(fontsize=10, loc="lower left")
    for name, color in (("LinearDecay", BLUE), ("CosineAnnealing", RED)):
        optimizer = optimizers.SGD([Parameter(np.zeros(1))], 0.1)
        schedule = getattr(optimizers, name)(optimizer, 0.01, 10)
        lrs = [optimizer.lr, *(schedule.step() for _ in range(14))]
        right.plot(lrs, "o-", color=color, label=name, markersize=4)
    right.set_title("from 0.1 to 0.01 in ten steps")
    right.set_xlabel("k")
    right.set_ylabel("lr")
    right.set_ylim(0, 0.108)
    right.grid(visible=True, alpha=0.3)
    right.legend(fontsize=10)
    figure.tight_layout()
    return figure


def adaptive() -> Figure:
    """Draw the steps of adaptive optimizers for constant and for bursting gradients."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12.0, 4.4))
    makers = (
        ("Adagrad, lr 0.1", RED, lambda p: optimizers.Adagrad(p, 0.1)),
        ("RMSprop, lr 0.1, alpha 0.9", ORANGE, _rmsprop),
        ("Adam, lr 0.1", BLUE, lambda p: optimizers.Adam(p, 0.1)),
        ("Adadelta, eps 1e-3", VIOLET, lambda p: optimizers.Adadelta(p, eps=1e-3)),
    )
    for label, color, make in makers:
        left.plot(range(1, 41), _steps(make, [1.0] * 40), color=color, label=label)
    left.set_title("the gradient is 1 at every step")
    left.set_xlabel("step")
    left.set_ylabel("length of the step")
    left.grid(visible=True, alpha=0.3)
    left.legend(fontsize=10, loc="upper right")
    bursts = [1.0] * 10 + [10.0] + [1.0] * 29
    for label, color, amsgrad in (("Adam", BLUE, False), ("AMSGrad", GREEN, True)):
        steps = _steps(
            lambda p, a=amsgrad: optimizers.Adam(p, 0.1, (0.9, 0.9), amsgrad=a), bursts
        )
        right.plot(range(1, 41), steps, color=color, label=label)
    right.set_title("the gradient is 10 once, at step 11 (both betas 0.9)")
    right.set_xlabel("step")
    right.grid(visible=True, alpha=0.3)
    right.legend(fontsize=10)
    figure.tight_layout()
    return figure


def _rmsprop(params: list[Parameter]) -> optimizers.Optimizer:
    return optimizers.RMSprop(params, 0.1, alpha=0.9)


def _steps(
    make: Callable[[list[Parameter]], optimizers.Optimizer], gradients: list[float]
) -> list[float]:
    """Return how far one entry moves at each step."""
    p = Parameter(np.zeros(1))
    optimizer, found = make([p]), []
    for g in gradients:
        before = float(p.data[0])
        p.grad[...] = g
        optimizer.step()
        found.append(before - float(p.data[0]))
    return found


if __name__ == "__main__":
    main()
