"""Stage 03: activations that look at several numbers: Softmax, LogSoftmax, Maxout."""

from __future__ import annotations

import typing

import numpy as np

from nabla import backend, errors
from nabla.backend import Array, Seed
from nabla.layers import glorot_uniform
from nabla.module import Module, Parameter


class Softmax(Module):
    """Turn scores into probabilities along one axis: s_i = e^z_i / sum_j e^z_j.

    dz_i = s_i (dout_i - sum_j dout_j s_j)

    Args:
        axis: the axis of the classes; along it the outputs add up to 1.

    Shapes:
        z, s, dout, dz: the same, at least one sample.

    Raises:
        TypeError: if z or dout is not an array of floats.
        ValueError: if the batch is empty, dout does not have z's shape, or there is no
            such axis.
        RuntimeError: if backward comes before forward.

    Source: lecture 001, "Softmax"; lecture 003, "Notes to Softmax"; torch.nn.Softmax.
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, z: Array) -> Array:
        """Return the probabilities, without overflow for any z."""
        raise NotImplementedError("exercise softmax/forward: write Softmax.forward")

    def backward(self, dout: Array) -> Array:
        """Return s (dout - sum of dout s along the axis)."""
        raise NotImplementedError("exercise softmax/backward: write Softmax.backward")


class LogSoftmax(Module):
    """Give the logarithms of Softmax: y_i = z_i - log sum_j e^z_j.

    dz_i = dout_i - e^y_i sum_j dout_j

    Args, shapes and errors are Softmax's.

    Source: lecture 004, "Output units and loss functions"; torch.nn.LogSoftmax.
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, z: Array) -> Array:
        """Return the logarithms; none is -inf as long as z is finite."""
        raise NotImplementedError(
            "exercise log_softmax/forward: write LogSoftmax.forward"
        )

    def backward(self, dout: Array) -> Array:
        """Return dout - e^y times the sum of dout along the axis."""
        raise NotImplementedError(
            "exercise log_softmax/backward: write LogSoftmax.backward"
        )


class Maxout(Module):
    """Take the largest of several affine maps: y = max_k (x W_k + b_k).

    The gradient goes to the piece that has won, and from there to its W_k, b_k and x.
    Where several are equally large, each gets the same share.

    Args:
        pieces: how many affine maps there are for every output.
        rng: generator, seed or None, for the weight.

    Shapes:
        x: (N, in_features); y: (N, out_features), in x's dtype.
        weight: (pieces, in_features, out_features), decays.
        bias: (pieces, out_features), zeros at first, does not decay.

    Raises:
        TypeError: if a size is not a whole number, or x or dout is no float array.
        ValueError: if a size is below 1, or a shape does not fit.
        RuntimeError: if backward comes before forward.

    Source: Goodfellow et al. 2013; lecture 002, "Types of activation function".
    """

    def __init__(
        self, in_features: int, out_features: int, pieces: int = 2, rng: Seed = None
    ) -> None:
        errors.check_size(
            "Maxout", in_features=in_features, out_features=out_features, pieces=pieces
        )
        shape = pieces, in_features, out_features
        W = glorot_uniform(in_features, out_features, shape, rng)
        b = backend.asarray(np.zeros((pieces, out_features)))
        self.weight = Parameter(W, name="weight")
        self.bias = Parameter(b, "bias", decay=False)

    def forward(self, x: Array) -> Array:
        """Return the largest piece of every output; keep who has won."""
        raise NotImplementedError("exercise maxout/forward: write Maxout.forward")

    def backward(self, dout: Array) -> Array:
        """Add to the gradients of the pieces that have won; return dx."""
        raise NotImplementedError("exercise maxout/backward: write Maxout.backward")
