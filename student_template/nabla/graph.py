"""Stage 10: the graph behind a tensor, and the way back through it.

A node keeps one edge per input: the input, and a function (a pull) that turns the
derivative for the node into the derivative for that input, upstream times local. That
is a gate of stage 01 without a class of its own. `backward` walks the edges from the
last result back to the leaves.

With constants, that is numbers, arrays and tensors without `requires_grad`, there is
nothing to differentiate: their edges are not kept.
"""

from __future__ import annotations

import contextlib
import contextvars
import numbers
import types
import typing
from collections.abc import Callable

from nabla import backend, errors
from nabla.backend import Array

Pull: typing.TypeAlias = Callable[[Array], Array]
"""From the derivative for an operation's result to that for one of its inputs."""

N = typing.TypeVar("N", bound="Node")

_recording = contextvars.ContextVar("nabla_recording", default=True)


class Node:
    """A place in the graph: `Tensor` without its operations.

    `data` is a copy of what is given; no two nodes share memory. `edges` holds
    (input, pull) for every input that needs a gradient. A leaf was made by hand and has
    no edges; if it has `requires_grad`, backward adds to its `grad`, None at first.

    Raises:
        TypeError: if data is neither an array of floats nor a float.

    Source: lecture 003, "Computational graph"; torch.Tensor.
    """

    def __init__(self, data: Array | float, requires_grad: bool = False) -> None:
        self.data = as_array(type(self).__name__, data=data)
        self.requires_grad = requires_grad
        self.grad: Array | None = None
        self.edges: tuple[tuple[typing.Self, Pull], ...] = ()
        self.is_leaf = True

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of data."""
        return self.data.shape

    def backward(self, grad: Array | None = None) -> None:
        """Add the derivative of this tensor to `grad` of every leaf it depends on.

        Tensors are visited in reverse topological order, so that each has all of its
        gradient before it hands it on. Afterwards the graph is given up: its edges are
        gone, and its memory with them. If anything is raised, no `grad` has changed.

        Args:
            grad: upstream gradient in this tensor's shape; 1 if there is one entry.

        Raises:
            TypeError: if grad is not an array of floats.
            ValueError: if grad does not have this tensor's shape.
            RuntimeError: if nothing here requires a gradient, if there are several
                entries and no grad, or if a part of the graph was used before.

        Source: lecture 000, "Backpropagation"; torch.Tensor.backward.
        """
        raise NotImplementedError("exercise backward: write Node.backward")

    def zero_grad(self) -> None:
        """Forget the gradient: grad is None again."""
        raise NotImplementedError("exercise detach: write Node.zero_grad")

    def detach(self) -> typing.Self:
        """Return a constant with the same entries, cut off from the graph."""
        raise NotImplementedError("exercise detach: write Node.detach")

    def item(self) -> float:
        """Return the only entry as a float.

        Raises:
            ValueError: if there are several, or none.
        """
        raise NotImplementedError("exercise detach: write Node.item")


def record(data: Array, *edges: tuple[N, Pull]) -> N:
    """Return the result of an operation, with its edges to what needs a gradient.

    Every operation ends here. Edges to constants are not kept, nor is any inside of
    `no_grad`; a result without edges is a constant itself.

    Args:
        data: the result; it is copied, so a pull may keep the original.
        edges: one (input, pull) for every input.
    """
    xp = backend.array_module(data, *(parent.data for parent, _ in edges))
    result = type(edges[0][0])(xp.asarray(data))
    if _recording.get():
        result.edges = tuple(edge for edge in edges if edge[0].requires_grad)
    result.requires_grad = bool(result.edges)
    result.is_leaf = not result.edges
    return result


def as_array(where: str, **named: object) -> Array:
    """Return a copy of an array of floats, or a float as an array without axes.

    Raises:
        TypeError: if it is neither.
    """
    ((name, value),) = named.items()
    if is_number(value) and not isinstance(value, numbers.Integral):
        value = backend.array_module().asarray(value)
    errors.check_float(where, **{name: value})
    return typing.cast(Array, value).copy()


def is_number(value: object) -> bool:
    """Return whether a value is a real number, and neither bool nor array."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def topological_order(node: N) -> list[N]:
    """Return the tensors that this one depends on, inputs first, itself last.

    Each once, and none before its own inputs; constants are not among them. It must not
    call itself: a graph may be deeper than Python's stack.

    Source: lecture 000, "Backpropagation"; lecture 003, "Computational graph".
    """
    raise NotImplementedError("exercise topological_order: write topological_order")


class no_grad(contextlib.ContextDecorator):
    """Record nothing inside a `with` block, or inside a decorated function.

    The state before comes back at the end of the block, also after an exception, and
    blocks may be nested.

    Source: torch.no_grad.

    >>> x = Node(2.0, requires_grad=True)
    >>> with no_grad():
    ...     y = record(x.data**2, (x, lambda dout: dout * 2 * x.data))
    >>> y.requires_grad
    False
    """

    def __init__(self) -> None:
        self.tokens: list[contextvars.Token[bool]] = []

    def __enter__(self) -> typing.Self:
        """Stop recording."""
        raise NotImplementedError("exercise no_grad: write no_grad.__enter__")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        """Go back to the state before; an exception goes on."""
        raise NotImplementedError("exercise no_grad: write no_grad.__exit__")
