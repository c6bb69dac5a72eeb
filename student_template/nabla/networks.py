"""Stage 05: networks of layers, forward and backward.

a_k = h_{k-1} W_k + b_k, h_k = g(a_k), h_0 = x: affine layers and activations in turn.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from nabla import backend, errors
from nabla.activations import ReLU, Tanh
from nabla.backend import Array, Seed
from nabla.layers import Linear
from nabla.module import Module, check_modules


class MLP(Module):
    """Fully connected network: affine layers with an activation between any two.

    The first layer's parameters are named "W1" and "b1", the next "W2" and "b2", ….

    Shapes:
        x: (N, sizes[0]); y: (N, sizes[-1]), in x's dtype.

    Args:
        sizes: number of units from input to output, such as (3, 4, 4, 1).
        activation: called once for each hidden layer, returns its activation.
        output: what follows the last affine layer; None leaves its values as they are.
        rng: generator, seed or None, for all weights.

    Attributes:
        layers: list of all modules in order; forward and backward go through it.

    Raises:
        TypeError: if a size is not a whole number, or activation or output gives no
            Module; if x or dout is not an array of floats.
        ValueError: if there are fewer than two sizes, one is below 1, or a shape does
            not fit.
        RuntimeError: if backward comes before forward.

    Source: lecture 002, "Multilayer Neural Networks"; lecture 003, "Forward and
        Backward Propagation".

    >>> len(MLP((3, 4, 4, 1), rng=7).layers)
    5
    """

    layers: list[Module]

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Callable[[], Module] = Tanh,
        output: Module | None = None,
        rng: Seed = None,
    ) -> None:
        raise NotImplementedError("exercise mlp/init: write MLP.__init__")

    def forward(self, x: Array) -> Array:
        """Hand x through the layers, first to last."""
        raise NotImplementedError("exercise mlp/forward: write MLP.forward")

    def backward(self, dout: Array) -> Array:
        """Hand dout back through the layers, last to first; return dx."""
        raise NotImplementedError("exercise mlp/backward: write MLP.backward")


def xor_relu_network() -> MLP:
    """Return the 2-2-1 ReLU network that solves XOR, with the lecture's numbers.

    W1 = ((1, 1), (1, 1)), b1 = (0, -1), W2 = ((1), (-2)), b2 = (0)

    Source: lecture 004, "Example solution for XOR using one hidden layer and ReLU
        activation function".
    """
    raise NotImplementedError("exercise xor_relu_network: write xor_relu_network")


class LogisticRegression(Module):
    """One neuron for two classes: an affine layer, whose output is a logit.

    z = x w + b; the probability of class 1 is sigmoid(z).

    The sigmoid is part of the loss: train it with `BCEWithLogitsLoss`, then
    dz = (sigmoid(z) - y) / N.

    Shapes:
        x: (N, in_features); z, dout, y: (N,).

    Attributes:
        linear: the layer `Linear(in_features, 1)`; forward, backward and predict use
            it.

    Raises:
        TypeError: if x or dout is not an array of floats.
        ValueError: if a shape does not fit.
        RuntimeError: if backward comes before forward.

    Source: lecture 003, "Computational graph - Logistic Regression"; lecture 002,
        "Logistic regression".

    >>> LogisticRegression(2, rng=7).forward(np.ones((5, 2))).shape
    (5,)
    """

    def __init__(self, in_features: int, rng: Seed = None) -> None:
        self.linear = Linear(in_features, 1, rng=rng)

    def forward(self, x: Array) -> Array:
        """Return one logit per row of x."""
        raise NotImplementedError(
            "exercise logistic/forward: write LogisticRegression.forward"
        )

    def backward(self, dout: Array) -> Array:
        """Return dx for the gradient of the logits."""
        raise NotImplementedError(
            "exercise logistic/backward: write LogisticRegression.backward"
        )

    def predict(self, x: Array) -> Array:
        """Return class 1 where its probability is at least 1/2, else 0, as int64.

        Shapes:
            x: (N, in_features); the result: (N,).
        """
        raise NotImplementedError(
            "exercise logistic/predict: write LogisticRegression.predict"
        )
