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

# Ines: memory is expensive, so I write into the arrays that are there already.


def unbroadcast(grad: Array, shape: tuple[int, ...]) -> Array:
    """Sum a gradient over the axes along which an array of `shape` was repeated.

    An array that broadcasting repeats was used many times, so its gradients add.
    """
    errors.check_float("unbroadcast", grad=grad)
    extra = grad.ndim - len(shape)
    if extra < 0:
        raise ValueError("unbroadcast: shape is too long")
    for axis in range(len(shape)):
        if shape[axis] != 1 and shape[axis] != grad.shape[extra + axis]:
            raise ValueError("unbroadcast: shape does not fit")
    ones = [
        extra + axis
        for axis in range(len(shape))
        if shape[axis] == 1 and grad.shape[extra + axis] != 1
    ]
    axes = tuple(range(extra)) + tuple(ones)
    if not axes:
        return grad  # nothing to do
    return np.add.reduce(grad, axis=axes, keepdims=True).reshape(shape)


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
    """Add two arrays: the gradient distributor."""

    def forward(self, x: Array, y: Array) -> Array:
        """Return x + y."""
        shape = _common_shape("AddGate.forward", x, y)
        self.saved = x.shape, y.shape, shape
        if shape == x.shape:
            x += y
            return x
        return x + y

    def backward(self, dout: Array) -> tuple[Array, Array]:
        """Return (dx, dy), two new arrays."""
        x_shape, y_shape, shape = errors.check_cached("AddGate.backward", self.saved)
        _check_upstream("AddGate.backward", dout, shape)
        return unbroadcast(dout, x_shape), unbroadcast(dout, y_shape)


class MulGate(Module):
    """Multiply two arrays elementwise: the swap multiplier."""

    def forward(self, x: Array, y: Array) -> Array:
        """Return x * y."""
        shape = _common_shape("MulGate.forward", x, y)
        self.saved = x, y, shape
        return x * y

    def backward(self, dout: Array) -> tuple[Array, Array]:
        """Return (dx, dy), computed from what x and y were in forward."""
        x, y, shape = errors.check_cached("MulGate.backward", self.saved)
        _check_upstream("MulGate.backward", dout, shape)
        dx = unbroadcast(dout * y, x.shape)
        dout *= x
        return dx, unbroadcast(dout, y.shape)


class MaxGate(Module):
    """Take the larger of two entries: the gradient router."""

    def forward(self, x: Array, y: Array) -> Array:
        """Return max(x, y), entry by entry."""
        shape = _common_shape("MaxGate.forward", x, y)
        self.saved = x, y, shape
        return np.maximum(x, y)

    def backward(self, dout: Array) -> tuple[Array, Array]:
        """Return (dx, dy): all to the larger, half each at a tie."""
        x, y, shape = errors.check_cached("MaxGate.backward", self.saved)
        _check_upstream("MaxGate.backward", dout, shape)
        x, y = np.broadcast_arrays(x, y)
        dy = dout.copy()
        dout[x < y] = 0
        dout[x == y] /= 2
        dy -= dout
        return (
            unbroadcast(dout, self.saved[0].shape),
            unbroadcast(dy, self.saved[1].shape),
        )


class CopyGate(Module):
    """Hand one array to n consumers: the gradient adder."""

    def __init__(self, n: int = 2) -> None:
        errors.check_size("CopyGate", n=n)
        self.n = n

    def forward(self, x: Array) -> tuple[Array, ...]:
        """Return n copies of x, each an array of its own."""
        errors.check_float("CopyGate.forward", x=x)
        self.saved = x.shape
        return (x,) * self.n

    def backward(self, *douts: Array) -> Array:
        """Return the sum of the n gradients."""
        shape = errors.check_cached("CopyGate.backward", self.saved)
        if len(douts) != self.n:
            raise ValueError("CopyGate.backward: wrong number of gradients")
        for dout in douts:
            _check_upstream("CopyGate.backward", dout, shape)
        total = douts[0]
        for dout in douts[1:]:
            total += dout
        return total


class ScaleGate(Module):
    """Multiply by a constant: out = a x, dx = a dout."""

    def __init__(self, a: float) -> None:
        self.a = float(a)

    def forward(self, x: Array) -> Array:
        """Return a x."""
        errors.check_float("ScaleGate.forward", x=x)
        self.saved = x.shape
        x *= self.a
        return x

    def backward(self, dout: Array) -> Array:
        """Return a dout."""
        shape = errors.check_cached("ScaleGate.backward", self.saved)
        _check_upstream("ScaleGate.backward", dout, shape)
        dout *= self.a
        return dout


class ShiftGate(Module):
    """Add a constant: out = x + c, dx = dout. Shapes and errors are ScaleGate's."""

    def __init__(self, c: float) -> None:
        self.c = float(c)

    def forward(self, x: Array) -> Array:
        """Return x + c."""
        errors.check_float("ShiftGate.forward", x=x)
        self.saved = x.shape
        x += self.c
        return x

    def backward(self, dout: Array) -> Array:
        """Return a copy of dout."""
        shape = errors.check_cached("ShiftGate.backward", self.saved)
        _check_upstream("ShiftGate.backward", dout, shape)
        return dout


class ExpGate(Module):
    """Exponential: out = e^x, dx = dout out. Shapes and errors are ScaleGate's."""

    def forward(self, x: Array) -> Array:
        """Return e^x."""
        errors.check_float("ExpGate.forward", x=x)
        self.saved = np.exp(x, out=x)
        return self.saved

    def backward(self, dout: Array) -> Array:
        """Return dout e^x."""
        out = errors.check_cached("ExpGate.backward", self.saved)
        _check_upstream("ExpGate.backward", dout, out.shape)
        dout *= out
        return dout


class ReciprocalGate(Module):
    """Reciprocal: out = 1 / x, dx = -dout / x². Shapes and errors are ScaleGate's."""

    def forward(self, x: Array) -> Array:
        """Return 1 / x."""
        errors.check_float("ReciprocalGate.forward", x=x)
        self.saved = x
        with np.errstate(divide="ignore"):
            return 1 / x

    def backward(self, dout: Array) -> Array:
        """Return -dout / x²."""
        x = errors.check_cached("ReciprocalGate.backward", self.saved)
        _check_upstream("ReciprocalGate.backward", dout, x.shape)
        return -dout / x**2


class SigmoidGate(Module):
    """Logistic function: out = s(x) = 1 / (1 + e^-x), dx = dout (1 - s) s."""

    def forward(self, x: Array) -> Array:
        """Return 1 / (1 + e^-x)."""
        errors.check_float("SigmoidGate.forward", x=x)
        s = 1 / (1 + np.exp(-x))
        self.saved = s
        return s

    def backward(self, dout: Array) -> Array:
        """Return dout (1 - s) s."""
        s = errors.check_cached("SigmoidGate.backward", self.saved)
        _check_upstream("SigmoidGate.backward", dout, s.shape)
        dout *= s
        dout *= 1 - s
        return dout


def numerical_gradient(
    f: Callable[[Array], float], x: Array, h: float = 1e-6, method: str = "central"
) -> Array:
    """Measure the gradient of f at x by moving one entry of x at a time."""
    errors.check_float("numerical_gradient", x=x)
    if method not in ("central", "forward"):
        raise ValueError(f"numerical_gradient: unknown method {method}")
    if h <= 0:
        raise ValueError("numerical_gradient: h must be positive")
    grad = np.empty_like(x)
    f0 = f(x) if method == "forward" else None
    for i in np.ndindex(x.shape):
        x[i] += h
        right = f(x)
        if method == "central":
            x[i] -= 2 * h
            left = f(x)
            x[i] += h
            grad[i] = (right - left) / (2 * h)
        else:
            x[i] -= h
            grad[i] = (right - f0) / h
    return grad


def relative_error(a: Array, b: Array, floor: float = 1e-8) -> float:
    """Return the largest of |a - b| / max(floor, |a| + |b|), entry by entry."""
    errors.check_float("relative_error", a=a, b=b)
    errors.check_shape("relative_error", "b", b.shape, a.shape)
    size = np.abs(a) + np.abs(b)
    np.maximum(size, floor, out=size)
    return float(np.max(np.abs(a - b) / size))


def directional_derivative(grad: Array, u: Array) -> float:
    """Return how fast f changes along u, whatever u's length: grad . u / |u|."""
    errors.check_float("directional_derivative", grad=grad, u=u)
    errors.check_shape("directional_derivative", "u", u.shape, grad.shape)
    length = np.sqrt((u * u).sum())
    if length == 0:
        raise ValueError("directional_derivative: u is zero")
    u /= length
    return float((grad * u).sum())


def expr_e(a: float, b: float) -> tuple[float, dict[str, float]]:
    """Return e = (a + b)(b + 1) and its gradient {"a": ..., "b": ...}."""
    c = a + b
    d = b + 1
    return c * d, {"a": d, "b": c + d}


def expr_xyz(x: float, y: float, z: float) -> tuple[float, dict[str, float]]:
    """Return f = (x + y) z and its gradient {"x": ..., "y": ..., "z": ...}."""
    q = x + y
    return q * z, {"x": z, "y": z, "z": q}


def expr_j(a: float, b: float, c: float) -> tuple[float, dict[str, float]]:
    """Return J = 3 (a + b c) and its gradient {"a": ..., "b": ..., "c": ...}."""
    return 3 * (a + b * c), {"a": 3.0, "b": 3 * c, "c": 3 * b}


def sigmoid_neuron(w: Array, x: Array) -> tuple[float, Array, Array]:
    """Return f = s(w0 x0 + w1 x1 + w2), df/dw and df/dx, computed with gates."""
    errors.check_float("sigmoid_neuron", w=w, x=x)
    errors.check_shape("sigmoid_neuron", "w", w.shape, (3,))
    errors.check_shape("sigmoid_neuron", "x", x.shape, (2,))
    mul, sigmoid = MulGate(), SigmoidGate()
    z = mul.forward(w[:2], x)
    f = sigmoid.forward(z.sum(keepdims=True) + w[2:])
    dz = sigmoid.backward(np.ones(1))
    dw, dx = mul.backward(np.repeat(dz, 2))
    return float(f[0]), np.concatenate([dw, dz]), dx


def path_sum(stages: Stages) -> float:
    """Return dZ/dX as a sum over all paths, each the product of its edges."""
    return float(sum(math.prod(path) for path in itertools.product(*stages)))


def path_product(stages: Stages) -> float:
    """Return what `path_sum` does, factored: one sum per stage, and their product."""
    result = 1.0
    for stage in stages:
        result *= sum(stage)
    return result
