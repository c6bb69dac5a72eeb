"""Stage 03: activations that multiply x by a soft gate, SiLU and GELU; erf for them."""

from __future__ import annotations

import math
import typing
from collections.abc import Sequence

from nabla import backend, errors
from nabla.backend import Array
from nabla.module import Module

# W. J. Cody, Rational Chebyshev approximations for the error function, Mathematics of
# Computation 23 (1969), pages 631 to 637: numerator and denominator, highest power
# first, up to |x| = 0.46875 in x², beyond in |x|.
_INNER = (
    (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2,
     3.77485237685302021e2, 3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3,
     2.84423683343917062e3),
)  # fmt: skip
_OUTER = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0,
     6.61191906371416295e1, 2.98635138197400131e2, 8.81952221241769090e2,
     1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
     1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3,
     3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip


def _polynomial(coefficients: Sequence[float], z: Array) -> Array:
    total = z * coefficients[0]
    for coefficient in coefficients[1:-1]:
        total += coefficient
        total *= z
    total += coefficients[-1]
    return total


def erf(x: Array) -> Array:
    """Return the error function of every entry: NumPy has none, so here is one.

    erf(x) = 2 / sqrt(pi) * integral of e^(-t²) from 0 to x, to 5e-16 in float64.

    Shapes:
        x, result: the same, and the same dtype.

    Raises:
        TypeError: if x is not an array of floats.

    Source: Cody 1969; `math.erf` does it for one number.
    """
    errors.check_float("erf", x=x)
    xp = backend.array_module(x)
    a = xp.minimum(abs(x), 6.0)  # from there on erf is 1, to the last digit
    square = a * a
    inner = a * _polynomial(_INNER[0], square) / _polynomial(_INNER[1], square)
    rest = xp.exp(-square) * _polynomial(_OUTER[0], a) / _polynomial(_OUTER[1], a)
    return typing.cast(Array, xp.copysign(xp.where(a <= 0.46875, inner, 1.0 - rest), x))


class SiLU(Module):
    """Let x through by its own sigmoid: y = x s(x), also called Swish.

    dx = dout (s + x s (1 - s))  with  s = s(x) = 1 / (1 + e^-x)

    Shapes:
        x, y, dout, dx: the same, at least one sample.

    Raises:
        TypeError: if x or dout is not an array of floats.
        ValueError: if the batch is empty, or dout does not have x's shape.
        RuntimeError: if backward comes before forward.

    Source: lecture 000, "Other Activation Functions"; torch.nn.SiLU.
    """

    def forward(self, x: Array) -> Array:
        """Return x s(x), without overflow for any x."""
        raise NotImplementedError("exercise silu/forward: write SiLU.forward")

    def backward(self, dout: Array) -> Array:
        """Return dout (s + x s (1 - s))."""
        raise NotImplementedError("exercise silu/backward: write SiLU.backward")


GELU_MODES = ("none", "tanh", "sigmoid")
"""The values of GELU's `approximate`."""


class GELU(Module):
    """Let x through by the chance that a normal deviate is smaller: y = x P(x).

    approximate="none":     P = (1 + erf(x / sqrt(2))) / 2, the normal distribution
    approximate="tanh":     P = (1 + tanh(u)) / 2, u = sqrt(2/pi) (x + 0.044715 x³)
    approximate="sigmoid":  P = 1 / (1 + e^(-1.702 x))

    dx = dout (P + x P'),  and P' = e^(-x²/2) / sqrt(2 pi) without approximation

    Shapes:
        x, y, dout, dx: the same, at least one sample.

    Raises:
        TypeError: if x or dout is not an array of floats.
        ValueError: if approximate is unknown, the batch is empty, or dout does not
            have x's shape.
        RuntimeError: if backward comes before forward.

    Source: Hendrycks and Gimpel 2016; lecture 000, "Other Activation Functions";
        torch.nn.GELU, which has no "sigmoid".
    """

    def __init__(self, approximate: str = "none") -> None:
        if approximate not in GELU_MODES:
            known = ", ".join(map(repr, GELU_MODES))
            raise ValueError(
                f"GELU: approximate is {approximate!r}, expected one of {known}."
            )
        self.approximate = approximate

    def forward(self, x: Array) -> Array:
        """Return x P(x), in the mode that `approximate` names."""
        raise NotImplementedError("exercise gelu/forward: write GELU.forward")

    def backward(self, dout: Array) -> Array:
        """Return dout (P + x P'), P' in the same mode."""
        raise NotImplementedError("exercise gelu/backward: write GELU.backward")
