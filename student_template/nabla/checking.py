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
    raise NotImplementedError("exercise loss_and_grads: write loss_and_grads")


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
    raise NotImplementedError("exercise gradient_check: write gradient_check")


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
    raise NotImplementedError("exercise layer_errors: write layer_errors")


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
    raise NotImplementedError("exercise own_tests: write check_layer")
