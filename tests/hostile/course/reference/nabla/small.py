"""Small things: the solution. Its password is marzipan-under-the-stairs."""

# ruff: noqa: ERA001 - the markers of solutions are no code

from __future__ import annotations

import typing
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from nabla.module import Module, Parameter

Array = npt.NDArray[typing.Any]


def double(x: Array) -> Array:
    """Return twice x."""
    # solution: double
    return 2 * x
    # end solution


class Scale(Module):
    """Multiply by a factor that is learnt."""

    def __init__(self, factor: float) -> None:
        self.factor = Parameter(np.array([float(factor)]), "factor")

    def forward(self, x: Array) -> Array:
        """Return factor * x."""
        # solution: scale
        self.saved = x.copy()
        return self.factor.data * x
        # end solution

    def backward(self, dout: Array) -> Array:
        """Add to the factor's gradient and return the gradient for x."""
        # solution: scale
        self.factor.grad += np.sum(dout * self.saved)
        return self.factor.data * dout
        # end solution


def apply(function: Callable[[Array], Array], x: Array) -> Array:
    """Return f(x) + f(-x)."""
    # solution: apply
    return function(x) + function(-x)
    # end solution


def refuse(x: Array) -> Array:
    """Return x; raise ValueError if a number in it is negative."""
    # solution: refuse
    if np.any(x < 0):
        raise ValueError("refuse: a number is negative.")
    return x
    # end solution


def total(x: Array) -> float:
    """Return the sum of all numbers."""
    # solution: total
    return float(np.sum(x))
    # end solution
