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

from nabla import gates  # noqa: E402

BLUE, RED, GREY, PALE = "#1f4e9c", "#b3261e", "#555555", "#e8eef9"

Point = tuple[float, float]


class Node(typing.NamedTuple):
    """A node of a graph; a leaf has a value, all others a gate and inputs."""

    name: str
    label: str
    place: Point
    inputs: tuple[str, ...] = ()
    gate: typing.Any = None
    value: float = 0.0


def main() -> None:
    """Write all figures as SVG, the same every time."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "a01_gates"
    mpl.rcParams["font.size"] = 12
    for draw in (sigmoid_neuron, patterns, differences):
        figure = draw()
        path = HERE / f"{draw.__name__}.svg"
        figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
        plt.close(figure)
        print(f"wrote {path.name}")


def sigmoid_neuron() -> Figure:
    """Draw the lecture's graph: values in blue over the edges, gradients in red."""
    nodes = [
        Node("w0", "$w_0$", (0, 6.4), value=2.0),
        Node("x0", "$x_0$", (0, 4.8), value=-1.0),
        Node("w1", "$w_1$", (0, 3.2), value=-3.0),
        Node("x1", "$x_1$", (0, 1.6), value=-2.0),
        Node("w2", "$w_2$", (0, 0), value=-3.0),
        Node("p0", "×", (1.4, 5.6), ("w0", "x0"), gates.MulGate()),
        Node("p1", "×", (1.4, 2.4), ("w1", "x1"), gates.MulGate()),
        Node("sum", "+", (2.8, 4.0), ("p0", "p1"), gates.AddGate()),
        Node("z", "+", (4.2, 2.0), ("sum", "w2"), gates.AddGate()),
        Node("minus", "× -1", (5.6, 2.0), ("z",), gates.ScaleGate(-1.0)),
        Node("exp", "exp", (7.0, 2.0), ("minus",), gates.ExpGate()),
        Node("plus", "+ 1", (8.4, 2.0), ("exp",), gates.ShiftGate(1.0)),
        Node("out", "1/x", (9.8, 2.0), ("plus",), gates.ReciprocalGate()),
        Node("f", "$f$", (11.2, 2.0), ("out",)),
    ]
    values, grads = _run(nodes[:-1])
    places = {node.name: node.place for node in nodes}
    figure, ax = plt.subplots(figsize=(12, 7.0))
    for node in nodes:
        for source in node.inputs:
            up, down = f"{values[source]:.2f}", f"{grads[source]:.2f}"
            _edge(ax, places[source], node.place, up, down)
        _circle(ax, node.place, node.label, PALE if node.gate else "white")
    ax.text(7.7, 5.6, "blue: value, computed forward", color=BLUE, ha="center")
    ax.text(7.7, 5.0, "red: df / d(value), backward", color=RED, ha="center")
    _bare(ax, (-0.4, 11.6), (-0.5, 6.9))
    return figure


def _run(nodes: list[Node]) -> tuple[dict[str, float], dict[str, float]]:
    """Run the gates forward and backward; return the values and their gradients."""
    values: dict[str, typing.Any] = {}
    for node in nodes:
        inputs = [values[name] for name in node.inputs]
        values[node.name] = (
            node.gate.forward(*inputs) if node.gate else np.array([node.value])
        )
    grads: dict[str, typing.Any] = {nodes[-1].name: np.ones(1)}
    for node in reversed([node for node in nodes if node.gate]):
        found = node.gate.backward(grads[node.name])
        found = found if isinstance(found, tuple) else (found,)
        grads.update(zip(node.inputs, found, strict=True))
    values = {name: float(array[0]) for name, array in values.items()}
    return values, {name: float(array[0]) for name, array in grads.items()}


def patterns() -> Figure:
    """Draw what four gates do with the gradients that come back to them."""
    figure, axes = plt.subplots(1, 4, figsize=(12, 3.0))
    kinds = (
        ("add: distributor", "+", gates.AddGate()),
        ("mul: swap multiplier", "×", gates.MulGate()),
        ("max: router", "max", gates.MaxGate()),
    )
    for ax, (title, label, gate) in zip(axes, kinds, strict=False):
        out = gate.forward(np.array([3.0]), np.array([-4.0]))
        dx, dy = gate.backward(np.array([2.5]))
        _edge(ax, (0, 2), (1.4, 1), "3", f"{dx[0]:g}")
        _edge(ax, (0, 0), (1.4, 1), "-4", f"{dy[0]:g}")
        _edge(ax, (1.4, 1), (2.8, 1), f"{out[0]:g}", "2.5")
        _circle(ax, (1.4, 1), label, PALE)
        ax.set_title(title)
    gate = gates.CopyGate()
    gate.forward(np.array([3.0]))
    total = gate.backward(np.array([2.5]), np.array([-1.0]))
    _edge(axes[3], (0, 1), (1.4, 1), "3", f"{total[0]:g}")
    _edge(axes[3], (1.4, 1), (2.8, 2), "3", "2.5")
    _edge(axes[3], (1.4, 1), (2.8, 0), "3", "-1")
    _circle(axes[3], (1.4, 1), "copy", PALE)
    axes[3].set_title("copy: adder")
    for ax in axes:
        _bare(ax, (-0.2, 3.0), (-0.4, 2.4))
    return figure


def differences() -> Figure:
    """Draw the error of measured derivatives of the sigmoid at 1 against the step."""
    s = 1 / (1 + np.exp(-1.0))
    figure, ax = plt.subplots(figsize=(8.0, 4.6))
    for method, dtype, color, style in (
        ("forward", np.float64, BLUE, "-"),
        ("central", np.float64, RED, "-"),
        ("central", np.float32, RED, ":"),
    ):
        steps = np.logspace(-12, -0.5, 93)
        found = [_measured(method, dtype, float(h)) for h in steps]
        error = np.maximum(np.abs(np.array(found) - s * (1 - s)), 1e-13)
        label = f"{method}, {np.dtype(dtype).name}"
        ax.loglog(steps, error, style, color=color, label=label, linewidth=1.8)
    ax.axvline(1e-6, color=GREY, linewidth=1)
    ax.text(1.4e-6, 2e-13, "h = 1e-6", color=GREY)
    ax.set_xlabel("step h")
    ax.set_ylabel("error of the measured derivative")
    ax.grid(visible=True, alpha=0.3)
    ax.legend(loc="lower right", fontsize=10)
    return figure


def _measured(method: str, dtype: type[np.floating], h: float) -> float:
    def f(x: np.ndarray) -> float:
        return float((1 / (1 + np.exp(-x))).sum())

    x = np.array([1.0], dtype)
    return float(gates.numerical_gradient(f, x, h=h, method=method)[0])


def _edge(ax: Axes, start: Point, end: Point, up: str, down: str) -> None:
    arrow = {"arrowstyle": "-|>", "color": GREY, "shrinkA": 16, "shrinkB": 16}
    ax.annotate("", end, start, arrowprops=arrow)
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    box = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"}
    ax.text(x, y + 0.1, up, color=BLUE, ha="center", va="bottom", bbox=box)
    ax.text(x, y - 0.1, down, color=RED, ha="center", va="top", bbox=box)


def _circle(ax: Axes, place: Point, text: str, face: str) -> None:
    box = {"boxstyle": "circle,pad=0.35", "facecolor": face, "edgecolor": GREY}
    size = 10 if text.isalpha() or len(text) > 2 else 12
    ax.text(*place, text, ha="center", va="center", bbox=box, fontsize=size)


def _bare(ax: Axes, x: Point, y: Point) -> None:
    ax.set_xlim(*x)
    ax.set_ylim(*y)
    ax.axis("off")


if __name__ == "__main__":
    main()
