"""Stage 01: gates, the atoms of every computational graph, and how to check them.

In `forward` a gate computes its output and keeps in `self.saved` what `backward`
needs. In `backward` it gets dout, the derivative of the final value with respect to
its output, and returns upstream times local: the derivative for each of its inputs.
Arrays have at least one axis; a single number is an array of shape (1,).
"""

from __future__ import annotations

import itertools
import math
import typing
from collections.abc import Callable, Sequence

import numpy as np

from nabla import backend, errors
from nabla.backend import Array
from nabla.module import Module

Stages: typing.TypeAlias = Sequence[Sequence[float]]


def unbroadcast(grad: Array, shape: tuple[int, ...]) -> Array:
    """Sum a gradient over the axes along which an array of `shape` was repeated.

    An array that broadcasting repeats was used many times, so its gradients add.

    Shapes:
        grad: what `shape` broadcasts to; result: `shape`, a new array.

    Raises:
        TypeError: if grad is not an array of floats.
        ValueError: if `shape` does not broadcast to grad's shape.

    Source: lecture 002, "copy gate: gradient adder".

    >>> unbroadcast(np.ones((3, 4)), (3, 1)).shape
    (3, 1)
    """
    raise NotImplementedError("exercise unbroadcast: write unbroadcast")


def _common_shape(where: str, x: Array, y: Array) -> tuple[int, ...]:
    """Check the two inputs of a gate; return the shape they broadcast to."""
    errors.check_float(where, x=x, y=y)
    try:
        return np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        raise ValueError(
            f"{where}: x has shape {x.shape} and y has shape {y.shape}, expected shapes"
            " that broadcast: from the last axis on, equal sizes or a 1."
        ) from None


def _check_upstream(where: str, dout: Array, shape: tuple[int, ...]) -> None:
    """Check that dout is an array of floats in the shape of the gate's output."""
    errors.check_float(where, dout=dout)
    errors.check_shape(where, "dout", dout.shape, shape)


class AddGate(Module):
    """Add two arrays: the gradient distributor.

    out = x + y;  dx = dout, dy = dout

    Shapes:
        x, y: any two that broadcast; out, dout: what they broadcast to; dx, dy: those
        of x and y.

    Raises:
        TypeError: if an argument is not an array of floats.
        ValueError: if x and y do not broadcast, or dout does not have out's shape.
        RuntimeError: if backward comes before forward.

    Source: lecture 002, "Patterns in gradient flow"; lecture 000, f²(x₁, x₂).
    """

    def forward(self, x: Array, y: Array) -> Array:
        """Return x + y."""
        raise NotImplementedError("exercise add/forward: write AddGate.forward")

    def backward(self, dout: Array) -> tuple[Array, Array]:
        """Return (dx, dy), two new arrays."""
        raise NotImplementedError("exercise add/backward: write AddGate.backward")


class MulGate(Module):
    """Multiply two arrays elementwise: the swap multiplier.

    out = x y;  dx = dout y, dy = dout x

    Shapes and errors are AddGate's.

    Source: lecture 002, "Patterns in gradient flow"; lecture 000, f¹(x₁, x₂).
    """

    def forward(self, x: Array, y: Array) -> Array:
        """Return x * y."""
        raise NotImplementedError("exercise mul/forward: write MulGate.forward")

    def backward(self, dout: Array) -> tuple[Array, Array]:
        """Return (dx, dy), computed from what x and y were in forward."""
        raise NotImplementedError("exercise mul/backward: write MulGate.backward")


class MaxGate(Module):
    """Take the larger of two entries: the gradient router.

    out = max(x, y);  dx = dout where x > y, dout / 2 where x = y, else 0;  dy likewise

    At a tie each input gets half, which is what a central difference measures. The
    lecture gives each of them all of dout and so doubles it.

    Shapes and errors are AddGate's.

    Source: lecture 002, "Patterns in gradient flow"; torch.maximum.
    """

    def forward(self, x: Array, y: Array) -> Array:
        """Return max(x, y), entry by entry."""
        raise NotImplementedError("exercise max/forward: write MaxGate.forward")

    def backward(self, dout: Array) -> tuple[Array, Array]:
        """Return (dx, dy): all to the larger, half each at a tie."""
        raise NotImplementedError("exercise max/backward: write MaxGate.backward")


class CopyGate(Module):
    """Hand one array to n consumers: the gradient adder.

    out_1 = ... = out_n = x;  dx = dout_1 + ... + dout_n

    Args:
        n: number of consumers, at least 1.

    Shapes:
        x, every out and dout, dx: the same.

    Raises:
        TypeError: if x or a dout is not an array of floats, or n no whole number.
        ValueError: if n < 1, the douts are not n, or one has not x's shape.
        RuntimeError: if backward comes before forward.

    Source: lecture 002, "Patterns in gradient flow"; lecture 000, e_b.
    """

    def __init__(self, n: int = 2) -> None:
        errors.check_size("CopyGate", n=n)
        self.n = n

    def forward(self, x: Array) -> tuple[Array, ...]:
        """Return n copies of x, each an array of its own."""
        raise NotImplementedError("exercise copy/forward: write CopyGate.forward")

    def backward(self, *douts: Array) -> Array:
        """Return the sum of the n gradients."""
        raise NotImplementedError("exercise copy/backward: write CopyGate.backward")


class ScaleGate(Module):
    """Multiply by a constant: out = a x, dx = a dout.

    Shapes:
        x, out, dout, dx: the same.

    Raises:
        TypeError: if x or dout is not an array of floats.
        ValueError: if dout has not out's shape.
        RuntimeError: if backward comes before forward.

    Source: lecture 002, sigmoid neuron, local gradients.
    """

    def __init__(self, a: float) -> None:
        self.a = float(a)  # a NumPy float64 would turn float32 arrays into float64

    def forward(self, x: Array) -> Array:
        """Return a x."""
        raise NotImplementedError("exercise scale: write ScaleGate.forward")

    def backward(self, dout: Array) -> Array:
        """Return a dout."""
        raise NotImplementedError("exercise scale: write ScaleGate.backward")


class ShiftGate(Module):
    """Add a constant: out = x + c, dx = dout. Shapes and errors are ScaleGate's."""

    def __init__(self, c: float) -> None:
        self.c = float(c)

    def forward(self, x: Array) -> Array:
        """Return x + c."""
        raise NotImplementedError("exercise shift: write ShiftGate.forward")

    def backward(self, dout: Array) -> Array:
        """Return a copy of dout."""
        raise NotImplementedError("exercise shift: write ShiftGate.backward")


class ExpGate(Module):
    """Exponential: out = e^x, dx = dout out. Shapes and errors are ScaleGate's."""

    def forward(self, x: Array) -> Array:
        """Return e^x."""
        raise NotImplementedError("exercise exp: write ExpGate.forward")

    def backward(self, dout: Array) -> Array:
        """Return dout e^x."""
        raise NotImplementedError("exercise exp: write ExpGate.backward")


class ReciprocalGate(Module):
    """Reciprocal: out = 1 / x, dx = -dout / x². Shapes and errors are ScaleGate's.

    At x = 0 the rules of IEEE 754 hold: 1 / 0 is inf, 1 / -0.0 is -inf, no exception.
    """

    def forward(self, x: Array) -> Array:
        """Return 1 / x."""
        raise NotImplementedError("exercise reciprocal: write ReciprocalGate.forward")

    def backward(self, dout: Array) -> Array:
        """Return -dout / x²."""
        raise NotImplementedError("exercise reciprocal: write ReciprocalGate.backward")


class SigmoidGate(Module):
    """Logistic function: out = s(x) = 1 / (1 + e^-x), dx = dout (1 - s) s.

    Shapes and errors are ScaleGate's. Source: lecture 002, "Sigmoid local gradient".
    """

    def forward(self, x: Array) -> Array:
        """Return 1 / (1 + e^-x)."""
        raise NotImplementedError("exercise sigmoid: write SigmoidGate.forward")

    def backward(self, dout: Array) -> Array:
        """Return dout (1 - s) s."""
        raise NotImplementedError("exercise sigmoid: write SigmoidGate.backward")


def numerical_gradient(
    f: Callable[[Array], float], x: Array, h: float = 1e-6, method: str = "central"
) -> Array:
    """Measure the gradient of f at x by moving one entry of x at a time.

    central: (f(x + h e_i) - f(x - h e_i)) / (2 h), error of order h²
    forward: (f(x + h e_i) - f(x)) / h, error of order h

    f is called at most twice per entry, and perhaps once at x itself.

    Args:
        f: takes an array like x and returns a number.
        x: where to measure; restored to the last bit, also when f raises.
        h: the step, for float64; in float32 take 1e-2 or 1e-3.
        method: "central" or "forward".

    Shapes:
        x, result: the same, and the same dtype.

    Raises:
        TypeError: if x is not an array of floats.
        ValueError: if method is neither "central" nor "forward", or h is not positive.

    Source: lecture 002, "Numerical differentiation".

    >>> numerical_gradient(lambda x: float(x[0] ** 3), np.array([2.0]), h=0.1).round(2)
    array([12.01])
    """
    raise NotImplementedError("exercise numerical_gradient: write numerical_gradient")


def relative_error(a: Array, b: Array, floor: float = 1e-8) -> float:
    """Return the largest of |a - b| / max(floor, |a| + |b|), entry by entry.

    0 where both are 0, 1 where the signs differ or one is 0, small where they agree.

    Shapes:
        a, b: the same.

    Raises:
        TypeError: if a or b is not an array of floats.
        ValueError: if their shapes differ.

    Source: Stanford CS231n, notes on gradient checks.
    """
    raise NotImplementedError("exercise relative_error: write relative_error")


def directional_derivative(grad: Array, u: Array) -> float:
    """Return how fast f changes along u, whatever u's length: grad . u / |u|.

    Shapes:
        grad, u: the same.

    Raises:
        TypeError: if grad or u is not an array of floats.
        ValueError: if their shapes differ, or u is zero and so no direction.

    Source: lecture 004, "directional derivative".

    >>> round(directional_derivative(np.array([8.0, 3.0]), np.array([3.0, 4.0])), 9)
    7.2
    """
    raise NotImplementedError(
        "exercise directional_derivative: write directional_derivative"
    )


def expr_e(a: float, b: float) -> tuple[float, dict[str, float]]:
    """Return e = (a + b)(b + 1) and its gradient {"a": ..., "b": ...}.

    c = a + b, d = b + 1, e = c d;  b is used twice, so its two gradients add.

    Source: lecture 000, "Sample expression".

    >>> expr_e(2.0, 1.0)
    (6.0, {'a': 2.0, 'b': 5.0})
    """
    raise NotImplementedError("exercise expr_e: write expr_e")


def expr_xyz(x: float, y: float, z: float) -> tuple[float, dict[str, float]]:
    """Return f = (x + y) z and its gradient {"x": ..., "y": ..., "z": ...}.

    Source: lecture 002, "Example: Back-Prop".
    """
    raise NotImplementedError("exercise expr_xyz: write expr_xyz")


def expr_j(a: float, b: float, c: float) -> tuple[float, dict[str, float]]:
    """Return J = 3 (a + b c) and its gradient {"a": ..., "b": ..., "c": ...}.

    u = b c, v = a + u, J = 3 v

    Source: lecture 003, "Computational graph".
    """
    raise NotImplementedError("exercise expr_j: write expr_j")


def sigmoid_neuron(w: Array, x: Array) -> tuple[float, Array, Array]:
    """Return f = s(w0 x0 + w1 x1 + w2), df/dw and df/dx, computed with gates.

    Shapes:
        w, dw: (3,), the last entry is the bias; x, dx: (2,).

    Raises:
        TypeError: if w or x is not an array of floats.
        ValueError: if a shape does not fit.

    Source: lecture 002, "Another example"; Stanford CS231n.
    """
    raise NotImplementedError("exercise sigmoid_neuron: write sigmoid_neuron")


def path_sum(stages: Stages) -> float:
    """Return dZ/dX as a sum over all paths, each the product of its edges.

    Every stage is a list of the parallel edges between two nodes. With k stages of
    three edges there are 3^k paths.

    Source: lecture 000, "Path factorization".

    >>> path_sum([[1.5, -2.0, 1.0], [3.0, 0.25, -1.0]])
    1.125
    """
    raise NotImplementedError("exercise path_sum: write path_sum")


def path_product(stages: Stages) -> float:
    """Return what `path_sum` does, factored: one sum per stage, and their product.

    Source: lecture 000, "Path factorization".
    """
    raise NotImplementedError("exercise path_product: write path_product")


def lecture_mistakes() -> dict[str, float]:
    """Return what is right where a slide is not: one number per key.

    "max_tie": lecture 000, "Derivatives in Computational Graphs", gives both inputs of
        a max gate the derivative 1 where they are equal. What does a central difference
        measure there for each of them?
    "sigmoid": lecture 002 goes through the sigmoid of 1 and writes its derivative as
        (1 - 1/(1 + e^1)) (1/(1 + e^1)). The product is right, the factors are not: what
        is the sigmoid of 1? Six digits or more.

    Source: the slides named.
    """
    raise NotImplementedError("exercise mistakes: write lecture_mistakes")
