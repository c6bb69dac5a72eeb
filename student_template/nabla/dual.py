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
        raise NotImplementedError("exercise dual/arithmetic: write Dual.__add__")

    def __neg__(self) -> Dual:
        """Return -x, with -dx."""
        raise NotImplementedError("exercise dual/arithmetic: write Dual.__neg__")

    def __mul__(self, other: DualOperand) -> Dual:
        """Return x y, with dx y + x dy."""
        raise NotImplementedError("exercise dual/arithmetic: write Dual.__mul__")

    def __truediv__(self, other: DualOperand) -> Dual:
        """Return x / y, with (dx - (x / y) dy) / y."""
        raise NotImplementedError("exercise dual/arithmetic: write Dual.__truediv__")

    def __pow__(self, p: float) -> Dual:
        """Return x^p for a number p, with p x^(p-1) dx; the slope is 0 for p = 0."""
        raise NotImplementedError("exercise dual/arithmetic: write Dual.__pow__")

    def __matmul__(self, other: DualOperand) -> Dual:
        """Return x @ y, with dx @ y + x @ dy."""
        raise NotImplementedError("exercise dual/arithmetic: write Dual.__matmul__")

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
        raise NotImplementedError("exercise dual/functions: write Dual.exp")

    def log(self) -> Dual:
        """Return ln x, with dx / x."""
        raise NotImplementedError("exercise dual/functions: write Dual.log")

    def tanh(self) -> Dual:
        """Return y, the tanh of x, with (1 - y²) dx."""
        raise NotImplementedError("exercise dual/functions: write Dual.tanh")

    def sigmoid(self) -> Dual:
        """Return y = 1 / (1 + e^-x), without overflow, with y (1 - y) dx."""
        raise NotImplementedError("exercise dual/functions: write Dual.sigmoid")

    def relu(self) -> Dual:
        """Return max(x, 0), with dx where x > 0, else 0."""
        raise NotImplementedError("exercise dual/functions: write Dual.relu")

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Dual:
        """Return the sum over some axes, with the sum of dx."""
        raise NotImplementedError("exercise dual/functions: write Dual.sum")

    def __getitem__(self, key: typing.Any) -> Dual:
        """Return x[key], with dx[key]."""
        raise NotImplementedError("exercise dual/functions: write Dual.__getitem__")


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
    raise NotImplementedError("exercise jvp: write jvp")
