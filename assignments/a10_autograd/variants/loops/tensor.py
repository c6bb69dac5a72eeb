"""Stage 10 with loops and index notation: an array that remembers how it was computed, and can be differentiated.

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
        other = constant(other, like=self)
        x, y = self.shape, other.shape
        return record(
            self.data + other.data,
            (self, lambda dout: fit(dout, x)),
            (other, lambda dout: fit(dout, y)),
        )

    def __neg__(self) -> Tensor:
        """Return -x;  dx = -dout."""
        return record(-self.data, (self, lambda dout: -dout))

    def __mul__(self, other: Operand) -> Tensor:
        """Return x y;  dx = dout y, dy = dout x."""
        other = constant(other, like=self)
        x, y = self.data.copy(), other.data.copy()
        return record(
            x * y,
            (self, lambda dout: fit(dout * y, x.shape)),
            (other, lambda dout: fit(dout * x, y.shape)),
        )

    def __truediv__(self, other: Operand) -> Tensor:
        """Return x / y;  dx = dout / y, dy = -dout x / y²."""
        other = constant(other, like=self)
        y = other.data.copy()
        quotient = self.data / y
        shape = self.shape
        return record(
            quotient,
            (self, lambda dout: fit(dout / y, shape)),
            (other, lambda dout: fit(-(dout / y) * quotient, y.shape)),
        )

    def __pow__(self, other: Operand) -> Tensor:
        """Return x^p;  dx = dout p x^(p-1), dp = dout x^p ln x.

        dx is 0 where p is 0, and dp is 0 where x is 0 and p is not negative.
        """
        other = constant(other, like=self)
        xp = backend.array_module(self.data, other.data)
        x, p = self.data.copy(), other.data.copy()
        y = x**p

        def slope() -> Array:  # p x^(p-1), without 0 * inf for p = 0
            return typing.cast(Array, p * x ** xp.where(p == 0, 1, p - 1))

        def log() -> Array:  # log 1 where x is 0: the slope of 0 ** p is 0
            return typing.cast(Array, xp.log(xp.where(x == 0, 1, x)))

        return record(
            y,
            (self, lambda dout: fit(dout * slope(), x.shape)),
            (other, lambda dout: fit(dout * y * log(), p.shape)),
        )

    def __matmul__(self, other: Operand) -> Tensor:
        """Return x @ y;  dx = dout y^T, dy = x^T dout, like NumPy for any axes.

        Shapes:
            (m, k) @ (k, n); (k,) stands for a row on the left and for a column on the
            right; all axes before the last two are a batch, and broadcast.
        """
        other = constant(other, like=self)
        xp = backend.array_module(self.data, other.data)
        x, y = self.data.copy(), other.data.copy()
        left = x.reshape(1, -1) if x.ndim == 1 else x
        right = y.reshape(-1, 1) if y.ndim == 1 else y
        product = xp.einsum("...ij,...jk->...ik", left, right)

        def to_left(dout: Array) -> Array:
            upstream = dout.reshape(product.shape)
            full = xp.einsum("...ik,...jk->...ij", upstream, right)
            return fit(full, left.shape).reshape(x.shape)

        def to_right(dout: Array) -> Array:
            upstream = dout.reshape(product.shape)
            full = xp.einsum("...ij,...ik->...jk", left, upstream)
            return fit(full, right.shape).reshape(y.shape)

        shape = list(product.shape)
        if y.ndim == 1:
            del shape[-1]
        if x.ndim == 1:
            del shape[-1 if y.ndim == 1 else -2]
        return record(product.reshape(shape), (self, to_left), (other, to_right))

    def maximum(self, other: Operand) -> Tensor:
        """Return the larger of x and y, entry by entry; a tie shares dout equally."""
        other = constant(other, like=self)
        xp = backend.array_module(self.data, other.data)
        x, y = self.data, other.data
        larger = xp.maximum(x, y)
        to_x = ((x > y) + 0.5 * (x == y)).astype(larger.dtype)
        return record(
            larger,
            (self, lambda dout: fit(dout * to_x, x.shape)),
            (other, lambda dout: fit(dout * (1 - to_x), y.shape)),
        )

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
        y = backend.array_module(self.data).exp(self.data)
        return record(y, (self, lambda dout: dout * y))

    def log(self) -> Tensor:
        """Return the natural logarithm of x;  dx = dout / x."""
        x = self.data.copy()
        y = backend.array_module(x).log(x)
        return record(y, (self, lambda dout: dout / x))

    def sqrt(self) -> Tensor:
        """Return the square root y of x;  dx = dout / (2 y)."""
        y = backend.array_module(self.data).sqrt(self.data)
        return record(y, (self, lambda dout: dout / (2 * y)))

    def abs(self) -> Tensor:
        """Return |x|;  dx = dout sign(x), 0 at x = 0."""
        xp = backend.array_module(self.data)
        sign = xp.sign(self.data)
        return record(xp.abs(self.data), (self, lambda dout: dout * sign))

    def __abs__(self) -> Tensor:
        return self.abs()

    def tanh(self) -> Tensor:
        """Return y, the tanh of x;  dx = dout (1 - y²)."""
        y = backend.array_module(self.data).tanh(self.data)
        return record(y, (self, lambda dout: dout * (1 - y**2)))

    def sigmoid(self) -> Tensor:
        """Return y = 1 / (1 + e^-x), without overflow;  dx = dout y (1 - y)."""
        x = self.data
        xp = backend.array_module(x)
        y = xp.empty_like(x)
        y[x >= 0] = 1 / (1 + xp.exp(-x[x >= 0]))
        e = xp.exp(x[x < 0])
        y[x < 0] = e / (1 + e)
        return record(y, (self, lambda dout: dout * (y - y * y)))

    def relu(self) -> Tensor:
        """Return max(x, 0);  dx = dout where x > 0, else 0, also at x = 0."""
        xp = backend.array_module(self.data)
        positive = self.data > 0
        return record(xp.maximum(self.data, 0), (self, lambda dout: dout * positive))

    # Reductions

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Return the sum over some axes;  every x of a sum gets its dout."""
        total = self.data.sum(axis=axis, keepdims=keepdims)
        axes = range(self.data.ndim) if axis is None else axis
        summed = {
            a % self.data.ndim for a in ((axes,) if isinstance(axes, int) else axes)
        }
        shape = self.shape

        def stretch(dout: Array) -> Array:
            xp = backend.array_module(dout)
            full = xp.zeros(shape, dout.dtype)
            source = dout.reshape(
                [1 if i in summed else n for i, n in enumerate(shape)]
            )
            for place in itertools.product(*map(range, shape)):
                there = tuple(0 if i in summed else at for i, at in enumerate(place))
                full[place] = source[there]
            return full

        return record(total, (self, stretch))

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Return the mean over some axes;  each of n gets dout / n."""
        xp = backend.array_module(self.data)
        shape = self.shape
        kept = self.data.mean(axis=axis, keepdims=True)
        n = self.data.size // kept.size
        return record(
            self.data.mean(axis=axis, keepdims=keepdims),
            (self, lambda dout: xp.broadcast_to(dout.reshape(kept.shape) / n, shape)),
        )

    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Return the largest over some axes;  k that are equal get dout / k each."""
        xp = backend.array_module(self.data)
        largest = self.data.max(axis=axis, keepdims=True)
        chosen = self.data == largest
        count = chosen.sum(axis=axis, keepdims=True).astype(self.data.dtype)
        return record(
            self.data.max(axis=axis, keepdims=keepdims),
            (self, lambda dout: xp.where(chosen, dout.reshape(count.shape) / count, 0)),
        )

    # Shapes

    def reshape(self, *shape: int) -> Tensor:
        """Return the same entries in another shape; one size may be -1."""
        before = self.shape
        return record(
            self.data.reshape(shape), (self, lambda dout: dout.reshape(before))
        )

    def transpose(self, *axes: int) -> Tensor:
        """Return x with its axes in another order.

        Without arguments all axes in reverse; two of them, (i, j), change places, as in
        torch.transpose; all of them are the new order, as in numpy.transpose.
        """
        order = list(range(self.data.ndim))
        if not axes:
            order.reverse()
        elif len(axes) == 2:
            i, j = axes
            order[i], order[j] = order[j], order[i]
        else:
            order = [order[axis] for axis in axes]
        back = sorted(range(len(order)), key=order.__getitem__)
        return record(
            self.data.transpose(order), (self, lambda dout: dout.transpose(back))
        )

    def __getitem__(self, key: typing.Any) -> Tensor:
        """Return x[key];  an entry that was taken twice gets both of its douts.

        Args:
            key: what NumPy takes: numbers, slices, ..., None, arrays of int or bool.
        """
        shape = self.shape
        xp = backend.array_module(self.data)

        def put_back(dout: Array) -> Array:
            full = xp.zeros(shape, dout.dtype)
            xp.add.at(full, key, dout)
            return full

        return record(self.data[key], (self, put_back))

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
    if not tensors:
        raise ValueError("concat: got no tensor.")
    like = next(t for t in tensors if isinstance(t, Tensor))
    parts = [constant(t, like) for t in tensors]
    edges, begin = [], 0
    for part in parts:
        end = begin + part.shape[axis]
        edges.append((part, _cutter(begin, end, axis)))
        begin = end
    xp = backend.array_module(like.data)
    return record(xp.concatenate([p.data for p in parts], axis), *edges)


def _cutter(begin: int, end: int, axis: int) -> Pull:
    def cut(dout: Array) -> Array:
        key = [slice(None)] * dout.ndim
        key[axis] = slice(begin, end)
        return dout[tuple(key)]

    return cut
