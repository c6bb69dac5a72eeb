"""Stage 03: activations of single numbers, and how well they pass gradients on.

SiLU and GELU stand in `gelu.py`; Softmax, LogSoftmax and Maxout, which look at several
numbers at once, in `softmax.py`. All their names can be imported from here, too.
"""

from __future__ import annotations

import math
import typing

import numpy as np

from nabla import backend, errors
from nabla.backend import Array
from nabla.gelu import GELU, SiLU, erf
from nabla.module import Module, Parameter, check_modules
from nabla.softmax import LogSoftmax, Maxout, Softmax

__all__ = [
    "ELU",
    "GELU",
    "LeakyReLU",
    "LogSoftmax",
    "Maxout",
    "PReLU",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Step",
    "Tanh",
    "chain_gradient",
    "dead_fraction",
    "erf",
    "lecture_mistakes",
    "saturation_fraction",
]


class Step(Module):
    """Fire or do not: y = 1 where x > 0, else 0.

    dx = 0: the slope is 0 wherever there is one, so nothing before a step can be
    trained. At x = 0, where there is none, we take 0, too.

    Shapes:
        x, y, dout, dx: the same, at least one sample.

    Raises:
        TypeError: if x or dout is not an array of floats.
        ValueError: if the batch is empty, or dout does not have x's shape.
        RuntimeError: if backward comes before forward.

    Source: lecture 002, "Perceptron's activation function"; lecture 003, "Problem with
        the step function?".
    """

    def forward(self, x: Array) -> Array:
        """Return 1 where x > 0, else 0, in x's dtype."""
        # solution: step/forward
        errors.check_float("Step.forward", x=x)
        errors.check_shape("Step.forward", "x", x.shape, ("N", ...))
        self.saved = x.shape
        return (x > 0).astype(x.dtype)
        # end solution

    def backward(self, dout: Array) -> Array:
        """Return zeros."""
        # solution: step/backward
        shape = errors.check_cached("Step.backward", self.saved)
        errors.check_float("Step.backward", dout=dout)
        errors.check_shape("Step.backward", "dout", dout.shape, shape)
        return typing.cast(Array, backend.array_module(dout).zeros_like(dout))
        # end solution


class Sigmoid(Module):
    """Squash into (0, 1): y = s(x) = 1 / (1 + e^-x).

    dx = dout s (1 - s)

    Shapes and errors are Step's.

    Source: lecture 001, "Sigmoid Function"; lecture 003, "Activation functions:
        Sigmoid"; torch.nn.Sigmoid.

    >>> Sigmoid().forward(np.array([0.0, 1.0])).round(4)
    array([0.5   , 0.7311])
    """

    def forward(self, x: Array) -> Array:
        """Return 1 / (1 + e^-x), without overflow for any x."""
        # solution: sigmoid/forward
        errors.check_float("Sigmoid.forward", x=x)
        errors.check_shape("Sigmoid.forward", "x", x.shape, ("N", ...))
        xp = backend.array_module(x)
        largest = math.floor(math.log(xp.finfo(x.dtype).max))  # e^709 is a float64
        s = xp.negative(x)
        xp.minimum(s, largest, out=s)
        xp.exp(s, out=s)
        s += 1
        xp.divide(1, s, out=s)
        self.saved = s
        return typing.cast(Array, s.copy())
        # end solution

    def backward(self, dout: Array) -> Array:
        """Return dout s (1 - s)."""
        # solution: sigmoid/backward
        s = errors.check_cached("Sigmoid.backward", self.saved)
        errors.check_float("Sigmoid.backward", dout=dout, s=s)
        errors.check_shape("Sigmoid.backward", "dout", dout.shape, s.shape)
        dx = 1 - s
        dx *= s
        dx *= dout
        return typing.cast(Array, dx)
        # end solution


class Tanh(Module):
    """Squash into (-1, 1): y = t = tanh(x).

    dx = dout (1 - t²)

    Shapes and errors are Step's.

    Source: lecture 001, "Tanh Function" and "Sigmoid vs Tanh"; torch.nn.Tanh.
    """

    def forward(self, x: Array) -> Array:
        """Return tanh(x)."""
        # solution: tanh/forward
        errors.check_float("Tanh.forward", x=x)
        errors.check_shape("Tanh.forward", "x", x.shape, ("N", ...))
        t = backend.array_module(x).tanh(x)
        self.saved = t
        return typing.cast(Array, t.copy())
        # end solution

    def backward(self, dout: Array) -> Array:
        """Return dout (1 - t²)."""
        # solution: tanh/backward
        t = errors.check_cached("Tanh.backward", self.saved)
        errors.check_float("Tanh.backward", dout=dout, t=t)
        errors.check_shape("Tanh.backward", "dout", dout.shape, t.shape)
        dx = t * t
        backend.array_module(t).subtract(1, dx, out=dx)
        dx *= dout
        return typing.cast(Array, dx)
        # end solution


class ReLU(Module):
    """Cut off what is negative: y = max(x, 0).

    dx = dout where x > 0, else 0; at x = 0 the slope is 0 by convention.

    Shapes and errors are Step's.

    Source: lecture 001, "Rectified Linear Unit (ReLU)"; torch.nn.ReLU.
    """

    def forward(self, x: Array) -> Array:
        """Return max(x, 0)."""
        # solution: relu/forward
        errors.check_float("ReLU.forward", x=x)
        errors.check_shape("ReLU.forward", "x", x.shape, ("N", ...))
        self.saved = x > 0
        return typing.cast(Array, backend.array_module(x).maximum(x, 0))
        # end solution

    def backward(self, dout: Array) -> Array:
        """Return dout where x > 0, else 0."""
        # solution: relu/backward
        positive = errors.check_cached("ReLU.backward", self.saved)
        errors.check_float("ReLU.backward", dout=dout)
        errors.check_shape("ReLU.backward", "dout", dout.shape, positive.shape)
        return typing.cast(Array, dout * positive)
        # end solution


class LeakyReLU(Module):
    """Let a little of what is negative through: y = x where x > 0, else a x.

    dx = dout where x > 0, else a dout; so at x = 0 the slope is a = negative_slope.

    Args:
        negative_slope: 0.01 as in PyTorch; lecture 002 has 0.1, lecture 003 has 0.001.

    Shapes and errors are Step's.

    Source: lecture 000, "Popular Activation Functions"; lecture 003, "Activation
        functions overview"; torch.nn.LeakyReLU.
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        # A NumPy float64 would turn float32 arrays into float64.
        self.negative_slope = float(negative_slope)

    def forward(self, x: Array) -> Array:
        """Return x where x > 0, else negative_slope x."""
        # solution: leaky_relu/forward
        errors.check_float("LeakyReLU.forward", x=x)
        errors.check_shape("LeakyReLU.forward", "x", x.shape, ("N", ...))
        positive = x > 0
        self.saved = positive
        xp = backend.array_module(x)
        return typing.cast(Array, xp.where(positive, x, self.negative_slope * x))
        # end solution

    def backward(self, dout: Array) -> Array:
        """Return dout where x > 0, else negative_slope dout."""
        # solution: leaky_relu/backward
        positive = errors.check_cached("LeakyReLU.backward", self.saved)
        errors.check_float("LeakyReLU.backward", dout=dout)
        errors.check_shape("LeakyReLU.backward", "dout", dout.shape, positive.shape)
        xp = backend.array_module(dout)
        return typing.cast(Array, xp.where(positive, dout, self.negative_slope * dout))
        # end solution


class PReLU(Module):
    """Learn how much of what is negative passes: y = x where x > 0, else a x.

    dx = dout where x > 0, else a dout
    da = sum of dout min(x, 0) over all entries that share a; at x = 0 that is 0

    Args:
        num_parameters: 1, one slope for everything, or one for each place of axis 1.
        init: the slopes' first value.

    Shapes:
        x, y, dout, dx: the same; with C > 1 slopes (N, C, ...).
        slope: (num_parameters,), does not decay.

    Raises:
        TypeError: if num_parameters is not a whole number, or x or dout is not an
            array of floats.
        ValueError: if num_parameters is below 1, or a shape does not fit.
        RuntimeError: if backward comes before forward.

    Source: He et al. 2015; lecture 003, "Activation functions overview";
        torch.nn.PReLU.
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25) -> None:
        errors.check_size("PReLU", num_parameters=num_parameters)
        a = backend.asarray(np.full(num_parameters, float(init)))
        self.slope = Parameter(a, "slope", decay=False)

    def forward(self, x: Array) -> Array:
        """Return x where x > 0, else slope x."""
        # solution: prelu/forward
        a = self.slope.data
        errors.check_float("PReLU.forward", x=x, slope=a)
        expected = ("N", ...) if a.size == 1 else ("N", ("num_parameters", a.size), ...)
        errors.check_shape("PReLU.forward", "x", x.shape, expected)
        a = a.astype(x.dtype)  # a copy: an optimizer changes the slopes in place
        if a.size > 1:
            a = a.reshape(-1, *(1,) * (x.ndim - 2))  # beside axis 1 of x
        self.saved = x.copy(), a
        return typing.cast(Array, backend.array_module(x).where(x > 0, x, a * x))
        # end solution

    def backward(self, dout: Array) -> Array:
        """Add dout min(x, 0), summed, to slope.grad; return dx."""
        # solution: prelu/backward
        x, a = errors.check_cached("PReLU.backward", self.saved)
        errors.check_float("PReLU.backward", dout=dout, x=x)
        errors.check_shape("PReLU.backward", "dout", dout.shape, x.shape)
        xp = backend.array_module(x)
        da = dout * xp.minimum(x, 0)
        shared = tuple(i for i in range(x.ndim) if i != 1 or a.size == 1)
        self.slope.grad += da.sum(axis=shared)
        return typing.cast(Array, xp.where(x > 0, dout, a * dout))
        # end solution


class ELU(Module):
    """Level off smoothly below zero: y = x where x > 0, else alpha (e^x - 1).

    dx = dout where x > 0, else dout alpha e^x = dout (y + alpha)

    Args:
        alpha: minus the value that y approaches for very negative x.

    Shapes and errors are Step's.

    Source: Clevert et al. 2016; lecture 002, "Types of activation function";
        torch.nn.ELU.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = float(alpha)

    def forward(self, x: Array) -> Array:
        """Return x where x > 0, else alpha (e^x - 1), without overflow for any x."""
        # solution: elu/forward
        errors.check_float("ELU.forward", x=x)
        errors.check_shape("ELU.forward", "x", x.shape, ("N", ...))
        xp = backend.array_module(x)
        below = self.alpha * xp.expm1(xp.minimum(x, 0))
        self.saved = x > 0, below
        return typing.cast(Array, xp.where(x > 0, x, below))
        # end solution

    def backward(self, dout: Array) -> Array:
        """Return dout where x > 0, else dout alpha e^x."""
        # solution: elu/backward
        positive, below = errors.check_cached("ELU.backward", self.saved)
        errors.check_float("ELU.backward", dout=dout, below=below)
        errors.check_shape("ELU.backward", "dout", dout.shape, below.shape)
        xp = backend.array_module(dout)
        return typing.cast(Array, xp.where(positive, dout, dout * (below + self.alpha)))
        # end solution


def chain_gradient(activation: Module, x0: float, depth: int) -> Array:
    """Return how the gradient shrinks when one activation follows another.

    x_1 = f(x_0), x_2 = f(x_1), ...; entry k is f'(x_0) f'(x_1) ... f'(x_k).

    Args:
        activation: f, a module that maps every number alone.
        x0: where the chain begins.
        depth: how many derivatives are multiplied in the last entry, at least 1.

    Shapes:
        returns (depth,).

    Raises:
        TypeError: if activation is not a Module, or depth is not a whole number.
        ValueError: if depth is below 1.

    Source: lecture 003, "Activation functions: Sigmoid".

    >>> chain_gradient(LeakyReLU(0.5), -1.0, 3).tolist()
    [0.5, 0.25, 0.125]
    """
    # solution: chain_gradient
    check_modules("chain_gradient", activation)
    errors.check_size("chain_gradient", depth=depth)
    x = backend.asarray(np.array([float(x0)]))
    xp = backend.array_module(x)
    products = [xp.ones_like(x)]
    for _ in range(depth):
        x = activation.forward(x)
        products.append(activation.backward(products[-1]))
    return typing.cast(Array, xp.concatenate(products[1:]))
    # end solution


def saturation_fraction(a: Array, low: float, high: float) -> float:
    """Return which part of the activations has reached a limit: a <= low or a >= high.

    Args:
        a: the activations.
        low: the lower limit, for a sigmoid perhaps 0.05.
        high: the upper limit, for a sigmoid perhaps 0.95.

    Shapes:
        a: any, not empty.

    Raises:
        TypeError: if a is not an array of floats.
        ValueError: if a is empty, or low is not below high.

    Source: lecture 001, "Sigmoid vs Tanh"; Glorot and Bengio 2010.
    """
    # solution: saturation_fraction
    errors.check_float("saturation_fraction", a=a)
    errors.check_shape("saturation_fraction", "a", a.shape, ("N", ...))
    if not low < high:
        raise ValueError(
            f"saturation_fraction: low is {low} and high {high}, expected low < high."
        )
    return float(((a <= low) | (a >= high)).mean())
    # end solution


def dead_fraction(a: Array) -> float:
    """Return which part of the units is 0 on every sample.

    A unit is everything behind axis 0, the axis of the samples.

    Shapes:
        a: (N, ...), activations of a batch.

    Raises:
        TypeError: if a is not an array of floats.
        ValueError: if the batch is empty.

    Source: lecture 000, "Popular Activation Functions", dying neurons.
    """
    # solution: dead_fraction
    errors.check_float("dead_fraction", a=a)
    errors.check_shape("dead_fraction", "a", a.shape, ("N", ...))
    return float((a == 0).all(axis=0).mean())
    # end solution


def lecture_mistakes() -> dict[str, float]:
    """Return what is right where a slide is not: one number per key.

    sigmoid_slope: lecture 001, "Sigmoid vs Tanh", compares the ranges of the gradients:
        "[0, 1] instead of [0, 0.5]". What is the largest slope of the sigmoid?
    sigmoid_first_unit: lecture 002, "Single Hidden Layer Example", writes the first
        hidden unit as 1 / (1 + exp(0.78)) and goes on with 0.68. What is the exact
        activation of a unit whose input is 0.78? Ten digits.
    gelu_gap: lecture 000, "Other Activation Functions", writes for GELU
        x P(x) = x / (1 + e^(-1.702 x)). How far are the two sides apart where they
        differ most, in absolute value over all x? To six digits or more.
    relu_flat: lecture 002, "Activation Functions", calls ReLU "strictly increasing".
        On how much of the interval from -3 to 5 does it not increase? A length.

    Source: the four slides named.
    """
    # solution: mistakes
    x = np.linspace(-3, 0, 30_001)  # the gap is the same at -x, and 0 for large |x|
    gap = x * ((1 + erf(x / math.sqrt(2))) / 2 - 1 / (1 + np.exp(-1.702 * x)))
    return {
        "sigmoid_slope": 0.25,
        "sigmoid_first_unit": 1 / (1 + math.exp(-0.78)),
        "gelu_gap": float(abs(gap).max()),
        "relu_flat": 3.0,
    }
    # end solution
