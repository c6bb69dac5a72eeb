"""Stage 05: back-propagation, by hand, through the lectures' own networks.

This file holds the examples that are worked with bare arrays and numbers. Networks of
layers are in `networks.py`, what tells whether their gradients are right is in
`checking.py`; all names of the stage can be imported from here.
"""

from __future__ import annotations

import math
import typing
from collections.abc import Sequence

import numpy as np

from nabla import backend, errors
from nabla.backend import Array
from nabla.checking import (
    GradReport,
    check_layer,
    gradient_check,
    layer_errors,
    loss_and_grads,
)
from nabla.networks import MLP, LogisticRegression, xor_relu_network

__all__ = [
    "MLP",
    "GradReport",
    "LogisticRegression",
    "check_layer",
    "gradient_check",
    "layer_errors",
    "lecture_mistakes",
    "loss_and_grads",
    "mlp_backprop",
    "sgd_update",
    "three_two_one",
    "two_sigmoid_chain",
    "xor_relu_network",
]


def _sigmoid(a: typing.Any) -> typing.Any:
    """Return 1 / (1 + exp(-a)) of a number or an array, without overflow."""
    xp = backend.array_module(a)
    return xp.exp(-xp.logaddexp(0.0, -a))


def mlp_backprop(
    x: Array, y: Array, Wh: Array, Wo: Array
) -> tuple[float, Array, Array]:
    """Return loss, dWh and dWo of the linear two-layer network without biases.

    h = x Wh, yhat = h Wo, L = 1/2 sum (yhat - y)^2
    Eo = yhat - y, Eh = Eo Wo^T; dWo = h^T Eo, dWh = x^T Eh

    The lecture's listing, corrected: for batches, and without changing an argument.
    Loss and gradients are sums over the batch; nobody divides by N.

    Shapes:
        x: (N, d); y: (N, k); Wh, dWh: (d, h); Wo, dWo: (h, k); the loss is a float.

    Raises:
        TypeError: if an argument is not an array of floats.
        ValueError: if the shapes do not fit, or the batch is empty.

    Source: lecture 001, "Applying the Chain Rule to Multi-layer Perceptron", "General
        Case" and "Python Code Example".

    >>> x, y = np.array([[2.0]]), np.array([[1.0]])
    >>> mlp_backprop(x, y, np.array([[0.5]]), np.array([[3.0]]))
    (2.0, array([[12.]]), array([[2.]]))
    """
    raise NotImplementedError("exercise mlp_backprop: write mlp_backprop")


def sgd_update(
    params: Sequence[Array], grads: Sequence[Array], lr: float
) -> list[Array]:
    """Return the parameters one step of gradient descent further, as new arrays.

    p - lr * g for every parameter p and its gradient g

    Shapes:
        params, grads: as many of each, in pairs of one shape.

    Raises:
        TypeError: if a parameter or gradient is not an array of floats.
        ValueError: if there are more of one than of the other, the shapes of a pair
            differ, or lr is not positive.

    Source: lecture 003, "Backprop is not only Gradient Descent"; lecture 001,
        "Multi-layer Perceptron Model".
    """
    raise NotImplementedError("exercise sgd_update: write sgd_update")


def two_sigmoid_chain(
    x: float, a: float, b: float, c: float, d: float
) -> tuple[float, dict[str, float]]:
    """Return z and its derivatives for two neurons of one input each, in a row.

    y = s(a x + b), z = s(c y + d) with s the sigmoid, s' = s (1 - s)

    Shapes:
        all numbers; the dict has the keys "a", "b", "c", "d" and "x".

    Source: lecture 004, "Gradients and backpropagation".

    >>> z, grad = two_sigmoid_chain(x=2.0, a=0.5, b=-0.25, c=1.5, d=0.1)
    >>> round(z, 4), round(grad["a"], 4)
    (0.7538, 0.1213)
    """
    raise NotImplementedError("exercise two_sigmoid_chain: write two_sigmoid_chain")


def three_two_one(
    x: Array | None = None,
    W0: Array | None = None,
    b1: Array | None = None,
    W1: Array | None = None,
    b2: float = 0.3,
    loss: str | None = None,
    y: float = 1.0,
) -> dict[str, typing.Any]:
    """Run the lecture's 3-2-1 network forward and backward; return every number.

    a1 = x W0 + b1, h = s(a1), a2 = h . W1 + b2, out = s(a2) with s the sigmoid

    What is differentiated, under the key "loss":
    None: out itself; "half": 1/2 (out - y)^2; "bce": -(y ln out + (1 - y) ln(1 - out))

    Args:
        x: the input; by default the lecture's, like W0, b1 and W1.
        W0: weights of the hidden layer.
        b1: its biases.
        W1: weights of the output.
        b2: its bias.
        loss: None, "half" or "bce".
        y: the target; not used without a loss.

    Shapes:
        x, dx: (3,); W0, dW0: (3, 2); b1, db1, a1, h: (2,); W1, dW1: (2,); a2, out,
        loss, b2, db2, y: numbers. The dict has the keys a1, h, a2, out, loss, dW0,
        db1, dW1, db2 and dx.

    Raises:
        TypeError: if x, W0, b1 or W1 is not an array of floats.
        ValueError: if a shape does not fit, or loss is unknown.

    Source: lecture 002, "Single Hidden Layer Example"; its 0.49 is wrong.

    >>> three_two_one()["a1"]
    array([0.78, 0.66])
    """
    x = _lectures([0.4, 0.2, 0.2]) if x is None else x
    W0 = _lectures([[1.0, 0.5], [0.2, 1.2], [1.2, 0.1]]) if W0 is None else W0
    b1 = _lectures([0.1, 0.2]) if b1 is None else b1
    W1 = _lectures([0.3, 0.9]) if W1 is None else W1
    raise NotImplementedError("exercise three_two_one: write three_two_one")


def _lectures(numbers: list[typing.Any]) -> Array:
    """Return numbers of the lecture as an array of the module in use."""
    return backend.asarray(np.array(numbers))


def lecture_mistakes() -> dict[str, float]:
    """Return one number for each of seven mistakes on the slides, to six digits.

    "pre_activation": lecture 002, "Single Hidden Layer Example", says
        g(0.5 * 0.4 + 1.2 * 0.2 + 0.1 * 0.2 + 0.2) = g(0.2 + 0.24 + 0.03 + 0.2) =
        g(0.49). By how much is 0.49 too small?
    "hidden": the same example says g(0.78) = 1 / (1 + exp(0.78)), and goes on with
        0.68. What does the formula as printed give?
    "output": the same example ends with g(1.062), which is 0.7430726. How much larger
        is what the network really puts out?
    "outer_product": lecture 001, "Python Code Example", says dWh = Eh * x. For
        x = (3, 1), y = 0, Wh = ((0.1, 0.2), (0.3, 0.4)), Wo = (2, -1), what is the
        entry in row 0 and column 1 of dWh?
    "derivative": the same listing says Eo = (yHat - y) * linear_grad(yHat). With the
        sigmoid in the place of linear, and its derivative s'(z) = s(z) (1 - s(z)) in
        that of linear_grad, what is Eo for h Wo = 0.75 and y = 1?
    "chain_rule": lecture 003, "Computational graph", says dJ/db = dJ/da da/db for
        J = 3 (a + b c). What is dJ/db at a = 1, b = 4, c = -3?
    "symbolic": lecture 002, "Symbolic Differentiation", says d h(x)/dx =
        d f(g(x))/dx * d g(x)/x for h(x) = f(g(x)). What is dh/dx at x = 2 for
        f(u) = u^2 and g(x) = 3 x + 1?

    Source: the slides named.
    """
    raise NotImplementedError("exercise mistakes: write lecture_mistakes")
