"""Stage 05: a loss through a network, and whether its gradients are right."""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Callable

import numpy as np

from nabla import errors
from nabla.backend import Array
from nabla.layers import Linear
from nabla.module import Module, Parameter


class Loss(typing.Protocol):
    """What all losses of stage 04 have: forward gives a number, backward dpred."""

    def forward(self, pred: Array, target: Array) -> typing.Any:
        """Return the loss."""

    def backward(self) -> Array:
        """Return its gradient for the prediction of the latest forward."""


def loss_and_grads(
    model: Module, loss: Loss, x: Array, y: Array
) -> tuple[float, list[Array]]:
    """Return the loss of a batch and the gradient of every parameter.

    zero_grad, forward, loss, backward: afterwards the gradients in the parameters are
    those of this batch alone, whatever they were before.

    Shapes:
        x: what the model takes; y: what the loss takes. The gradients come in the
        order of model.parameters(), as copies.

    Source: lecture 004, "PyTorch example"; lecture 002, "Overall Steps of BP".
    """
    # solution: loss_and_grads
    model.zero_grad()
    value = float(loss.forward(model.forward(x), y))
    model.backward(loss.backward())
    return value, [parameter.grad.copy() for parameter in model.parameters()]
    # end solution


@dataclasses.dataclass(frozen=True)
class GradReport:
    """What `gradient_check` has found.

    Attributes:
        ok: whether all entries checked agree.
        worst: the largest error of an entry.
        name: the parameter in which it is, such as "W1", or "parameters()[3]" if its
            name is not its own.
        index: its place in that parameter.
        checked: how many entries were compared.
    """

    ok: bool
    worst: float
    name: str
    index: tuple[int, ...]
    checked: int


def gradient_check(
    model: Module,
    loss: Loss,
    x: Array,
    y: Array,
    h: float = 1e-6,
    tol: float = 1e-6,
    max_entries: int | None = None,
) -> GradReport:
    """Compare every parameter's gradient with central differences of the loss.

    n = (L(p + h) - L(p - h)) / (2 h) for one entry p at a time, g what backward gives;
    error = |g - n| / max(|g| + |n|, floor)

    The floor is where rounding begins to count: L is known to about 1e-16 L only, so n
    to about 1e-16 L / h. An error that is not a number counts as infinite. Parameters
    are restored to the last bit, also when something raises.

    Args:
        model: has parameters, in float64.
        loss: what is differentiated.
        x: what the model takes.
        y: what the loss takes.
        h: the step.
        tol: the report is ok if no error is larger.
        max_entries: at most so many entries of each parameter, spread evenly over it;
            None for all of them.

    Raises:
        TypeError: if x or a parameter is not an array of float64: in float32 the step
            is lost in rounding.
        ValueError: if h or tol is not positive, or max_entries is below 1.

    Source: lecture 002, "Numerical Differentiation"; Stanford CS231n, notes on gradient
        checks.
    """
    # solution: gradient_check
    _check_arguments(model, x, h, tol, max_entries)
    value, grads = loss_and_grads(model, loss, x, y)
    floor = 1e-8 + 8 * np.finfo(float).eps * abs(value) / (h * tol)
    found: list[tuple[float, str, tuple[int, ...]]] = []
    parameters = model.parameters()
    for name, parameter, grad in zip(
        _names(parameters), parameters, grads, strict=True
    ):
        for index in _spread(parameter.data.shape, max_entries):
            g = float(grad[index])
            n = _central_difference(model, loss, x, y, parameter.data, index, h)
            error = abs(g - n) / max(abs(g) + abs(n), floor)
            # NaN compares as smaller than nothing, and would slip through.
            found.append((math.inf if math.isnan(error) else error, name, index))
    worst = max(found, key=lambda entry: entry[0], default=(0.0, "", ()))
    return GradReport(worst[0] <= tol, *worst, checked=len(found))
    # end solution


# solution: gradient_check
def _check_arguments(
    model: Module, x: Array, h: float, tol: float, max_entries: int | None
) -> None:
    where = "gradient_check"
    if not (h > 0 and tol > 0):
        raise ValueError(f"{where}: h is {h}, tol is {tol}, expected both positive.")
    if max_entries is not None:
        errors.check_size(where, max_entries=max_entries)
    parameters = model.parameters()
    arrays = [x, *(parameter.data for parameter in parameters)]
    for name, array in zip(["x", *_names(parameters)], arrays, strict=True):
        errors.check_float(where, **{name: array})
        if array.dtype != np.float64:
            raise TypeError(
                f"{where}: {name} has dtype {array.dtype}, expected float64; a step of"
                f" {h} is lost in the rounding of {array.dtype}."
            )


def _names(parameters: list[Parameter]) -> list[str]:
    """Return the parameters' names; those that are no name, or not one's own, count."""
    names = [parameter.name for parameter in parameters]
    return [
        name if name and names.count(name) == 1 else f"parameters()[{i}]"
        for i, name in enumerate(names)
    ]


def _spread(shape: tuple[int, ...], most: int | None) -> list[tuple[int, ...]]:
    """Return all indices of an array, or `most` of them, spread evenly."""
    size = math.prod(shape)
    count = size if most is None else min(most, size)
    places = np.linspace(0, size - 1, count).round().astype(int)
    return [tuple(map(int, np.unravel_index(place, shape))) for place in places]


def _central_difference(
    model: Module,
    loss: Loss,
    x: Array,
    y: Array,
    data: Array,
    index: tuple[int, ...],
    h: float,
) -> float:
    kept = float(data[index])
    try:
        data[index] = kept + h
        above = float(loss.forward(model.forward(x), y))
        data[index] = kept - h
        below = float(loss.forward(model.forward(x), y))
    finally:
        data[index] = kept
    return (above - below) / (2 * h)


# end solution


def layer_errors(model: typing.Any, loss: Loss, x: Array, y: Array) -> list[Array]:
    """Return the error E_k of every affine layer, first layer first.

    E_k = dL/da_k, the gradient for the output a_k = h_{k-1} W_k + b_k of layer k:
    E_{k-1} = (E_k W_k^T) * g'(a_{k-1}), and dW_k = h_{k-1}^T E_k.

    Args:
        model: an MLP or a Sequential: its `layers` are what x goes through.
        loss: what is differentiated.
        x: what the model takes.
        y: what the loss takes.

    Shapes:
        x: (N, in); E_k: (N, units of layer k).

    Source: lecture 001, "General Case": E_o and E_h, with the transpose that the slide
        leaves out.
    """
    # solution: layer_errors
    model.zero_grad()
    loss.forward(model.forward(x), y)
    dout = loss.backward()
    found = []
    for layer in reversed(model.layers):
        if isinstance(layer, Linear):
            found.append(dout.copy())
        dout = layer.backward(dout)
    return found[::-1]
    # end solution


def check_layer(
    make: Callable[[Array, Array], typing.Any], rng: np.random.Generator
) -> None:
    """Test affine layers that somebody else has written; raise for those with a bug.

    `make(W, b)` builds a fresh layer from W (in, out) and b (out,). Of that layer,

    - `forward(x)` returns y = x W + b for x (N, in) of any N from 1;
    - `backward(dout)` returns (dx, dW, db), the gradients for the x of the latest
      forward, as often as it is called: nothing is added up, nothing is averaged;
    - gradients have the shapes of what they are gradients of;
    - all is float32 if W, b, x and dout are, float64 if those are, and right to the
      rounding of that type;
    - it raises TypeError for x of integers, ValueError for x that does not fit W and
      for dout that does not have y's shape, RuntimeError for backward before forward.

    All else is free: how it computes, in which order it sums, what its messages say.

    Args:
        make: builds the layer under test; call it as often as you like.
        rng: a numpy.random.Generator for the inputs of your test.

    Raises:
        AssertionError: if the layer does not do all this.
    """
    # solution: own_tests
    shapes = [(4, 3, "float64"), (3, 3, "float64"), (2, 1, "float64")]
    for n_in, n_out, dtype in [*shapes, (4, 3, "float32")]:
        W = rng.normal(size=(n_in, n_out)).astype(dtype)
        b = rng.normal(size=n_out).astype(dtype)
        layer = make(W, b)
        for N in (5, n_out, 1):  # the latest forward counts
            x = rng.normal(size=(N, n_in)).astype(dtype)
            dout = rng.normal(size=(N, n_out)).astype(dtype)
            _compare("y", layer.forward(x), x @ W + b)
            for _ in range(2):  # and nothing is added up
                dx, dW, db = layer.backward(dout)
                _compare("dx", dx, dout @ W.T)
                _compare("dW", dW, x.T @ dout)
                _compare("db", db, dout.sum(axis=0))
    W, b, x = rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=(4, 3))
    layer = make(W, b)
    _refuses(RuntimeError, layer.backward, x @ W)
    _refuses(TypeError, layer.forward, np.ones((4, 3), int))
    _refuses(ValueError, layer.forward, x[:, :2])
    layer.forward(x)
    for shape in ((4, 1), (1, 2), (5, 2)):  # the first two, NumPy would stretch
        _refuses(ValueError, layer.backward, rng.normal(size=shape))
    # end solution


# solution: own_tests
def _compare(name: str, found: Array, expected: Array) -> None:
    if found.shape != expected.shape or found.dtype != expected.dtype:
        raise AssertionError(f"{name} is {found.dtype} of shape {found.shape}")
    tol = 1e-9 if expected.dtype == np.float64 else 1e-4
    if not np.allclose(found, expected, rtol=tol, atol=tol):
        raise AssertionError(f"{name} has wrong values")


def _refuses(
    error: type[Exception], call: Callable[[Array], typing.Any], x: Array
) -> None:
    try:
        call(x)
    except error:
        return
    raise AssertionError(f"no {error.__name__} was raised")


# end solution
