"""Stage 10: an array that remembers how it was computed, and can be differentiated.

Every operation computes its result and hands it to `record`, with one edge per input.
What a pull needs of the inputs is copied: data may change before backward comes.
"""

from __future__ import annotations

import itertools
import typing
from collections.abc import Sequence

from nabla import backend
from nabla.backend import Array
from nabla.gates import unbroadcast
from nabla.graph import Node, Pull, is_number, record

Operand: typing.TypeAlias = "Tensor | Array | float"
Axis: typing.TypeAlias = int | tuple[int, ...] | None


class Tensor(Node):
    """An array of the graph, with the operations that can be differentiated.

    Operators take tensors, arrays of floats, and numbers, and broadcast like NumPy;
    shapes that do not fit are a ValueError, integers and lists a TypeError.

    Raises:
        TypeError: if data is neither an array of floats nor a float.

    Source: lecture 003, "Automated differentiation with autograd in PyTorch";
        torch.Tensor.

    >>> a, b = Tensor(2.0, requires_grad=True), Tensor(1.0, requires_grad=True)
    >>> e = (a + b) * (b + 1)
    >>> e.backward()
    >>> e.item(), a.grad.item(), b.grad.item()
    (6.0, 2.0, 5.0)
    """

    __array_ufunc__ = None  # lets `array * tensor` come to __rmul__

    @property
    def T(self) -> Tensor:
        """All axes in reverse."""
        return self.transpose()

    def __repr__(self) -> str:
        needs = ", requires_grad=True" if self.requires_grad else ""
        return f"Tensor({self.data}{needs})"

    # Operations on two tensors

    def __add__(self, other: Operand) -> Tensor:
        """Return x + y;  dx = dout, dy = dout."""
        raise NotImplementedError("exercise add: write Tensor.__add__")

    def __neg__(self) -> Tensor:
        """Return -x;  dx = -dout."""
        raise NotImplementedError("exercise add: write Tensor.__neg__")

    def __mul__(self, other: Operand) -> Tensor:
        """Return x y;  dx = dout y, dy = dout x."""
        raise NotImplementedError("exercise mul: write Tensor.__mul__")

    def __truediv__(self, other: Operand) -> Tensor:
        """Return x / y;  dx = dout / y, dy = -dout x / y²."""
        raise NotImplementedError("exercise div: write Tensor.__truediv__")

    def __pow__(self, other: Operand) -> Tensor:
        """Return x^p;  dx = dout p x^(p-1), dp = dout x^p ln x.

        dx is 0 where p is 0, and dp is 0 where x is 0 and p is not negative.
        """
        raise NotImplementedError("exercise pow: write Tensor.__pow__")

    def __matmul__(self, other: Operand) -> Tensor:
        """Return x @ y;  dx = dout y^T, dy = x^T dout, like NumPy for any axes.

        Shapes:
            (m, k) @ (k, n); (k,) stands for a row on the left and for a column on the
            right; all axes before the last two are a batch, and broadcast.
        """
        raise NotImplementedError("exercise matmul: write Tensor.__matmul__")

    def maximum(self, other: Operand) -> Tensor:
        """Return the larger of x and y, entry by entry; a tie shares dout equally."""
        raise NotImplementedError("exercise maximum: write Tensor.maximum")

    def __radd__(self, other: Operand) -> Tensor:
        return self + other

    def __sub__(self, other: Operand) -> Tensor:
        return self + (-constant(other, like=self))

    def __rsub__(self, other: Operand) -> Tensor:
        return constant(other, like=self) + (-self)

    def __rmul__(self, other: Operand) -> Tensor:
        return self * other

    def __rtruediv__(self, other: Operand) -> Tensor:
        return constant(other, like=self) / self

    def __rpow__(self, other: Operand) -> Tensor:
        return constant(other, like=self) ** self

    def __rmatmul__(self, other: Operand) -> Tensor:
        return constant(other, like=self) @ self

    # Functions, entry by entry

    def exp(self) -> Tensor:
        """Return e^x;  dx = dout e^x."""
        raise NotImplementedError("exercise exp_log: write Tensor.exp")

    def log(self) -> Tensor:
        """Return the natural logarithm of x;  dx = dout / x."""
        raise NotImplementedError("exercise exp_log: write Tensor.log")

    def sqrt(self) -> Tensor:
        """Return the square root y of x;  dx = dout / (2 y)."""
        raise NotImplementedError("exercise sqrt_abs: write Tensor.sqrt")

    def abs(self) -> Tensor:
        """Return |x|;  dx = dout sign(x), 0 at x = 0."""
        raise NotImplementedError("exercise sqrt_abs: write Tensor.abs")

    def __abs__(self) -> Tensor:
        return self.abs()

    def tanh(self) -> Tensor:
        """Return y, the tanh of x;  dx = dout (1 - y²)."""
        raise NotImplementedError("exercise tanh_sigmoid: write Tensor.tanh")

    def sigmoid(self) -> Tensor:
        """Return y = 1 / (1 + e^-x), without overflow;  dx = dout y (1 - y)."""
        raise NotImplementedError("exercise tanh_sigmoid: write Tensor.sigmoid")

    def relu(self) -> Tensor:
        """Return max(x, 0);  dx = dout where x > 0, else 0, also at x = 0."""
        raise NotImplementedError("exercise relu: write Tensor.relu")

    # Reductions

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Return the sum over some axes;  every x of a sum gets its dout."""
        raise NotImplementedError("exercise sum: write Tensor.sum")

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Return the mean over some axes;  each of n gets dout / n."""
        raise NotImplementedError("exercise mean: write Tensor.mean")

    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Return the largest over some axes;  k that are equal get dout / k each."""
        raise NotImplementedError("exercise max: write Tensor.max")

    # Shapes

    def reshape(self, *shape: int) -> Tensor:
        """Return the same entries in another shape; one size may be -1."""
        raise NotImplementedError("exercise reshape: write Tensor.reshape")

    def transpose(self, *axes: int) -> Tensor:
        """Return x with its axes in another order.

        Without arguments all axes in reverse; two of them, (i, j), change places, as in
        torch.transpose; all of them are the new order, as in numpy.transpose.
        """
        raise NotImplementedError("exercise transpose: write Tensor.transpose")

    def __getitem__(self, key: typing.Any) -> Tensor:
        """Return x[key];  an entry that was taken twice gets both of its douts.

        Args:
            key: what NumPy takes: numbers, slices, ..., None, arrays of int or bool.
        """
        raise NotImplementedError("exercise getitem: write Tensor.__getitem__")

    def concat(self, *others: Operand, axis: int = 0) -> Tensor:
        """Return this tensor and the others, joined along an axis."""
        return concat([self, *others], axis)


def constant(value: Operand, like: Tensor) -> Tensor:
    """Return the other operand as a tensor; a number gets the dtype of `like`.

    Raises:
        TypeError: if it is no tensor, array of floats or number.
    """
    if isinstance(value, Tensor):
        return value
    if is_number(value):
        xp = backend.array_module(like.data)
        return Tensor(xp.asarray(float(value), dtype=like.data.dtype))
    return Tensor(value)


def fit(grad: Array, shape: tuple[int, ...]) -> Array:
    """Sum a gradient over the axes along which broadcasting has repeated an input."""
    return grad if grad.shape == shape else unbroadcast(grad, shape)


def maximum(x: Tensor, y: Operand) -> Tensor:
    """Return the larger of x and y, entry by entry; a tie shares dout equally."""
    return x.maximum(y)


def concat(tensors: Sequence[Operand], axis: int = 0) -> Tensor:
    """Return tensors joined along an axis;  backward cuts where they were joined.

    Raises:
        ValueError: if there is none, or their other axes differ.

    Source: lecture 001, "List of different modules"; torch.cat.
    """
    raise NotImplementedError("exercise concat: write concat")
