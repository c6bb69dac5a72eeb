"""Small things."""

from __future__ import annotations

import typing
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from nabla.module import Module, Parameter

Array = npt.NDArray[typing.Any]


def double(x: Array) -> Array:
    """Return twice x."""
    raise NotImplementedError("exercise double: write double")


class Scale(Module):
    """Multiply by a factor that is learnt."""

    def __init__(self, factor: float) -> None:
        self.factor = Parameter(np.array([float(factor)]), "factor")

    def forward(self, x: Array) -> Array:
        """Return factor * x."""
        raise NotImplementedError("exercise scale: write Scale.forward")

    def backward(self, dout: Array) -> Array:
        """Add to the factor's gradient and return the gradient for x."""
        raise NotImplementedError("exercise scale: write Scale.backward")


def apply(function: Callable[[Array], Array], x: Array) -> Array:
    """Return f(x) + f(-x)."""
    raise NotImplementedError("exercise apply: write apply")


def refuse(x: Array) -> Array:
    """Return x; raise ValueError if a number in it is negative."""
    raise NotImplementedError("exercise refuse: write refuse")


def total(x: Array) -> float:
    """Return the sum of all numbers."""
    raise NotImplementedError("exercise total: write total")
