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
        raise NotImplementedError("exercise step/forward: write Step.forward")

    def backward(self, dout: Array) -> Array:
        """Return zeros."""
        raise NotImplementedError("exercise step/backward: write Step.backward")


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
        raise NotImplementedError("exercise sigmoid/forward: write Sigmoid.forward")

    def backward(self, dout: Array) -> Array:
        """Return dout s (1 - s)."""
        raise NotImplementedError("exercise sigmoid/backward: write Sigmoid.backward")


class Tanh(Module):
    """Squash into (-1, 1): y = t = tanh(x).

    dx = dout (1 - t²)

    Shapes and errors are Step's.

    Source: lecture 001, "Tanh Function" and "Sigmoid vs Tanh"; torch.nn.Tanh.
    """

    def forward(self, x: Array) -> Array:
        """Return tanh(x)."""
        raise NotImplementedError("exercise tanh/forward: write Tanh.forward")

    def backward(self, dout: Array) -> Array:
        """Return dout (1 - t²)."""
        raise NotImplementedError("exercise tanh/backward: write Tanh.backward")


class ReLU(Module):
    """Cut off what is negative: y = max(x, 0).

    dx = dout where x > 0, else 0; at x = 0 the slope is 0 by convention.

    Shapes and errors are Step's.

    Source: lecture 001, "Rectified Linear Unit (ReLU)"; torch.nn.ReLU.
    """

    def forward(self, x: Array) -> Array:
        """Return max(x, 0)."""
        raise NotImplementedError("exercise relu/forward: write ReLU.forward")

    def backward(self, dout: Array) -> Array:
        """Return dout where x > 0, else 0."""
        raise NotImplementedError("exercise relu/backward: write ReLU.backward")


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
        raise NotImplementedError(
            "exercise leaky_relu/forward: write LeakyReLU.forward"
        )

    def backward(self, dout: Array) -> Array:
        """Return dout where x > 0, else negative_slope dout."""
        raise NotImplementedError(
            "exercise leaky_relu/backward: write LeakyReLU.backward"
        )


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
        raise NotImplementedError("exercise prelu/forward: write PReLU.forward")

    def backward(self, dout: Array) -> Array:
        """Add dout min(x, 0), summed, to slope.grad; return dx."""
        raise NotImplementedError("exercise prelu/backward: write PReLU.backward")


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
        raise NotImplementedError("exercise elu/forward: write ELU.forward")

    def backward(self, dout: Array) -> Array:
        """Return dout where x > 0, else dout alpha e^x."""
        raise NotImplementedError("exercise elu/backward: write ELU.backward")


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
    raise NotImplementedError("exercise chain_gradient: write chain_gradient")


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
    raise NotImplementedError("exercise saturation_fraction: write saturation_fraction")


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
    raise NotImplementedError("exercise dead_fraction: write dead_fraction")


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
    raise NotImplementedError("exercise mistakes: write lecture_mistakes")
