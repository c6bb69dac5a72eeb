"""Cost as it grows: submissions, batch, image, width, parameters; and its figure."""

from __future__ import annotations

import dataclasses
import math
import pathlib
import typing
from collections.abc import Callable, Iterator, Sequence

import nets
import numpy as np
from clocks import race
from kit import grade_class
from nets import normal

from nabla.activations import Tanh
from nabla.convolution import Conv2d
from nabla.layers import Linear
from nabla.models import build_mlp
from nabla.module import Parameter
from nabla.optimizers import Adam

FIGURE = pathlib.Path(__file__).with_name("growth.svg")
COLOURS = ("#2f6fd0", "#c9483f", "#2e8b57", "#b07a10", "#8a5cc2", "#7a7a7a")


@dataclasses.dataclass(frozen=True)
class Series:
    """One line of the figure: sizes, and what is done at each of them."""

    what: str
    sizes: Sequence[int]
    seconds: Callable[[int], float]
    why: str


def all_series(most: int) -> Iterator[Series]:
    """Yield every line; submissions go up to `most`."""
    counts = [count for count in (10, 50, 200, 1000, 2000) if count <= max(most, 50)]
    yield Series(
        "submissions, a02_layers on one worker, core seconds",
        counts,
        lambda count: grade_class("a02_layers", count, "--workers", "1").cpu_s,
        "each submission costs the same; starting the kit counts less and less",
    )
    yield Series(
        "samples in a batch, step of LeNet",
        (1, 4, 16, 64, 256, 1024),
        lambda n: _step_s(nets.lenet(), (n, 1, 28, 28), 10),
        "below 16 the calls of Python and NumPy cost more than the arithmetic; then"
        " in proportion, since a convolution works on a few samples at a time",
    )
    yield Series(
        "side of an image, convolution 16 → 32, batch 8",
        (8, 16, 32, 64, 128),
        _convolution_s,
        "2 is in proportion to the pixels; below 16 calls count",
    )
    yield Series(
        "units of a layer, step of Linear(n, n), batch 64",
        (32, 128, 512, 2048),
        _linear_s,
        "2 is in proportion to the weights; it begins where the products outweigh"
        " the calls",
    )
    yield Series(
        "parameters, one step of Adam",
        (10**3, 10**4, 10**5, 10**6, 10**7),
        _adam_s,
        "below 10,000 the calls count; above 100,000 it is steeper than 1, since its"
        " arrays leave the cache and each pass over them waits for the memory",
    )
    yield Series(
        "parameters of an MLP, training step, batch 64",
        (10**4, 10**5, 10**6, 10**7),
        _mlp_s,
        "below 100,000 the calls count; then larger products come closer to what the"
        " processor can do",
    )


def measure(most: int) -> list[dict[str, typing.Any]]:
    """Return every line with its points and slope, and draw the figure."""
    found = []
    for series in all_series(most):
        points = [(size, series.seconds(size)) for size in series.sizes]
        slope = _slope(points[-3:])
        print(f"growth: {series.what}: slope {slope:.2f}: {points}")
        entry = {"what": series.what, "points": points, "slope": slope}
        found.append({**entry, "why": series.why})
    draw(found)
    return found


def _slope(points: Sequence[tuple[int, float]]) -> float:
    """Return the slope of the straight line through the logarithms."""
    x, y = np.log(np.array(points)).T
    return float(np.polyfit(x, y, 1)[0])


def _step_s(model, shape: tuple[int, ...], classes: int) -> float:
    action = nets.step(model, normal(*shape), nets.labels(shape[0], classes))
    return race({"step": action}, runs=7)["step"]


def _convolution_s(side: int) -> float:
    x, layer = normal(8, 16, side, side), nets.in_float32(Conv2d(16, 32, 3, padding=1))
    dout = normal(*layer.forward(x).shape)
    action = {"both": lambda: (layer.forward(x), layer.backward(dout))}
    return race(action, runs=7)["both"]


def _linear_s(units: int) -> float:
    x, layer = normal(64, units), nets.in_float32(Linear(units, units, rng=1))
    action = {"both": lambda: (layer.forward(x), layer.backward(x))}
    return race(action, runs=9)["both"]


def _adam_s(count: int) -> float:
    parameter = Parameter(normal(count // 10, 10))
    parameter.grad[...] = 1e-3
    return race({"step": Adam([parameter]).step}, runs=7)["step"]


def _mlp_s(count: int) -> float:
    # n inputs, two hidden layers of n: about 2 n^2 parameters.
    n = math.isqrt(count // 2)
    model = nets.in_float32(build_mlp((n, n, n, 10), Tanh, rng=1))
    return _step_s(model, (64, n), 10)


def draw(found: Sequence[dict[str, typing.Any]]) -> None:
    """Draw all lines, time beside that of the largest size; readable on any ground."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "growth"
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(2, 3, figsize=(11, 6.4), layout="constrained")
    for ax, series, colour in zip(panels.flat, found, COLOURS, strict=False):
        sizes, seconds = np.array(series["points"]).T
        ax.loglog(sizes, seconds, "o-", color=colour)
        ends = np.array([sizes[-min(3, len(sizes))], sizes[-1]])
        line = seconds[-1] * (ends / sizes[-1]) ** series["slope"]
        ax.loglog(ends, line, "--", color="#808080")
        label = f"slope {series['slope']:.2f}"
        ax.text(0.05, 0.95, label, transform=ax.transAxes, va="top", color="#404040")
        what, _, detail = series["what"].partition(", ")
        ax.set_title(f"{detail}", fontsize=10)
        ax.set(xlabel=what, ylabel="seconds")
        ax.grid(which="major", alpha=0.3)
    figure.savefig(FIGURE, metadata={"Date": None}, facecolor="white")
    plt.close(figure)
