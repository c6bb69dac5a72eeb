"""Stage 10: dual numbers, which carry a derivative forward beside every value."""

from __future__ import annotations

import typing
from collections.abc import Callable

from nabla import backend, errors
from nabla.backend import Array
from nabla.graph import as_array, is_number

Axis: typing.TypeAlias = int | tuple[int, ...] | None
DualOperand: typing.TypeAlias = "Dual | Array | float"


class Dual:
    """A value and its derivative along one direction: value + tangent · eps, eps² = 0.

    (x + dx eps) (y + dy eps) = x y + (dx y + x dy) eps, and
    f(x + dx eps) = f(x) + f'(x) dx eps: the chain rule, applied forward.

    Shapes:
        value, tangent: the same; without a tangent it is a constant, with zeros.

    Raises:
        TypeError: if value or tangent is neither an array of floats nor a float.
        ValueError: if the tangent does not have the value's shape.

    Source: lecture 000, "Forward-mode and Reverse-mode differentiation".

    >>> x = Dual(3.0, 1.0)
    >>> float((x * x + x).tangent)
    7.0
    """

    __array_ufunc__ = None  # lets `array * dual` come to __rmul__

    def __init__(
        self, value: Array | float, tangent: Array | float | None = None
    ) -> None:
        self.value = as_array("Dual", value=value)
        if tangent is None:
            tangent = backend.array_module(self.value).zeros_like(self.value)
        self.tangent = as_array("Dual", tangent=tangent)
        errors.check_shape("Dual", "tangent", self.tangent.shape, self.value.shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of value and tangent."""
        return self.value.shape

    def __repr__(self) -> str:
        return f"Dual({self.value}, {self.tangent})"

    def _constant(self, other: DualOperand) -> Dual:
        """Return the other operand as a Dual; a number gets this one's dtype."""
        if isinstance(other, Dual):
            return other
        if is_number(other):
            xp = backend.array_module(self.value)
            return Dual(xp.asarray(float(other), dtype=self.value.dtype))
        return Dual(other)

    def __add__(self, other: DualOperand) -> Dual:
        """Return x + y, with dx + dy."""
        # solution: dual/arithmetic
        other = self._constant(other)
        return Dual(self.value + other.value, self.tangent + other.tangent)
        # end solution

    def __neg__(self) -> Dual:
        """Return -x, with -dx."""
        # solution: dual/arithmetic
        return Dual(-self.value, -self.tangent)
        # end solution

    def __mul__(self, other: DualOperand) -> Dual:
        """Return x y, with dx y + x dy."""
        # solution: dual/arithmetic
        other = self._constant(other)
        x, dx, y, dy = self.value, self.tangent, other.value, other.tangent
        return Dual(x * y, dx * y + x * dy)
        # end solution

    def __truediv__(self, other: DualOperand) -> Dual:
        """Return x / y, with (dx - (x / y) dy) / y."""
        # solution: dual/arithmetic
        other = self._constant(other)
        x, dx, y, dy = self.value, self.tangent, other.value, other.tangent
        return Dual(x / y, (dx - x / y * dy) / y)
        # end solution

    def __pow__(self, p: float) -> Dual:
        """Return x^p for a number p, with p x^(p-1) dx; the slope is 0 for p = 0."""
        # solution: dual/arithmetic
        slope = p * self.value ** (p - 1 if p else 1)
        return Dual(self.value**p, slope * self.tangent)
        # end solution

    def __matmul__(self, other: DualOperand) -> Dual:
        """Return x @ y, with dx @ y + x @ dy."""
        # solution: dual/arithmetic
        other = self._constant(other)
        x, dx, y, dy = self.value, self.tangent, other.value, other.tangent
        return Dual(x @ y, dx @ y + x @ dy)
        # end solution

    def __radd__(self, other: DualOperand) -> Dual:
        return self + other

    def __sub__(self, other: DualOperand) -> Dual:
        return self + (-self._constant(other))

    def __rsub__(self, other: DualOperand) -> Dual:
        return self._constant(other) + (-self)

    def __rmul__(self, other: DualOperand) -> Dual:
        return self * other

    def __rtruediv__(self, other: DualOperand) -> Dual:
        return self._constant(other) / self

    def __rmatmul__(self, other: DualOperand) -> Dual:
        return self._constant(other) @ self

    def exp(self) -> Dual:
        """Return e^x, with e^x dx."""
        # solution: dual/functions
        y = backend.array_module(self.value).exp(self.value)
        return Dual(y, y * self.tangent)
        # end solution

    def log(self) -> Dual:
        """Return ln x, with dx / x."""
        # solution: dual/functions
        y = backend.array_module(self.value).log(self.value)
        return Dual(y, self.tangent / self.value)
        # end solution

    def tanh(self) -> Dual:
        """Return y, the tanh of x, with (1 - y²) dx."""
        # solution: dual/functions
        y = backend.array_module(self.value).tanh(self.value)
        return Dual(y, (1 - y**2) * self.tangent)
        # end solution

    def sigmoid(self) -> Dual:
        """Return y = 1 / (1 + e^-x), without overflow, with y (1 - y) dx."""
        # solution: dual/functions
        xp = backend.array_module(self.value)
        x = self.value
        y = xp.exp(xp.minimum(x, 0)) / (1 + xp.exp(-xp.abs(x)))
        return Dual(y, y * (1 - y) * self.tangent)
        # end solution

    def relu(self) -> Dual:
        """Return max(x, 0), with dx where x > 0, else 0."""
        # solution: dual/functions
        xp = backend.array_module(self.value)
        return Dual(xp.maximum(self.value, 0), self.tangent * (self.value > 0))
        # end solution

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Dual:
        """Return the sum over some axes, with the sum of dx."""
        # solution: dual/functions
        return Dual(
            self.value.sum(axis=axis, keepdims=keepdims),
            self.tangent.sum(axis=axis, keepdims=keepdims),
        )
        # end solution

    def __getitem__(self, key: typing.Any) -> Dual:
        """Return x[key], with dx[key]."""
        # solution: dual/functions
        return Dual(self.value[key], self.tangent[key])
        # end solution


def jvp(f: Callable[[Dual], Dual], x: Array, u: Array) -> Array:
    """Return the Jacobian of f at x times u, in one sweep forward.

    Args:
        f: takes a Dual and returns one.
        x: where f is differentiated.
        u: the direction, in x's shape.

    Shapes:
        result: that of f(x).

    Raises:
        TypeError: if x or u is not an array of floats.
        ValueError: if u does not have x's shape.

    Source: lecture 000, "Forward-mode and Reverse-mode differentiation";
        torch.func.jvp.
    """
    # solution: jvp
    return f(Dual(x, u)).tangent
    # end solution
