"""Stage 03: Softmax by way of LogSoftmax, Maxout with one affine map per piece."""

from __future__ import annotations

import numpy as np

from nabla import backend, errors
from nabla.layers import glorot_uniform
from nabla.module import Module, Parameter


class LogSoftmax(Module):
    def __init__(self, axis=-1):
        self.axis = axis

    def logarithms(self, z):
        m = np.amax(z, self.axis, keepdims=True)
        lse = m + np.log(np.sum(np.exp(z - m), self.axis, keepdims=True))
        return z - lse

    def forward(self, z):
        name = type(self).__name__
        errors.check_float(f"{name}.forward", z=z)
        errors.check_shape(f"{name}.forward", "z", z.shape, ("N", ...))
        self._z = np.array(z)
        return self.logarithms(self._z)

    def backward(self, dout):
        name = type(self).__name__
        if "_z" not in vars(self):
            raise RuntimeError(f"{name}.backward: call forward first")
        errors.check_float(f"{name}.backward", dout=dout)
        if dout.shape != self._z.shape:
            raise ValueError(f"{name}.backward: {dout.shape} is not {self._z.shape}")
        return self.gradient(np.exp(self.logarithms(self._z)), dout)

    def gradient(self, s, dout):
        return dout - s * dout.sum(self.axis, keepdims=True)


class Softmax(LogSoftmax):
    def forward(self, z):
        return np.exp(super().forward(z))

    def gradient(self, s, dout):
        return super().gradient(s, dout * s)


class Maxout(Module):
    def __init__(self, in_features, out_features, pieces=2, rng=None):
        errors.check_size(
            "Maxout", in_features=in_features, out_features=out_features, pieces=pieces
        )
        shape = pieces, in_features, out_features
        W = glorot_uniform(in_features, out_features, shape, rng)
        b = backend.asarray(np.zeros((pieces, out_features)))
        self.weight = Parameter(W, name="weight")
        self.bias = Parameter(b, "bias", decay=False)

    def forward(self, x):
        errors.check_float("Maxout.forward", x=x)
        shape = ("N", self.weight.data.shape[1])
        errors.check_shape("Maxout.forward", "x", x.shape, shape)
        W = np.array(self.weight.data, dtype=x.dtype)
        b = np.array(self.bias.data, dtype=x.dtype)
        Z = [np.dot(x, w) + row for w, row in zip(W, b)]
        y = Z[0]
        for piece in Z[1:]:
            y = np.maximum(y, piece)
        self._kept = np.array(x), W, [piece == y for piece in Z]
        return y.copy()

    def backward(self, dout):
        if "_kept" not in vars(self):
            raise RuntimeError("Maxout.backward: call forward first")
        x, W, won = self._kept
        errors.check_float("Maxout.backward", dout=dout)
        if dout.shape != won[0].shape:
            raise ValueError(f"Maxout.backward: {dout.shape} is not {won[0].shape}")
        part = dout / sum(mask.astype(x.dtype) for mask in won)
        dx = np.zeros_like(x)
        for k, mask in enumerate(won):
            dZ = part * mask
            self.weight.grad[k] += np.dot(x.T, dZ)
            self.bias.grad[k] += dZ.sum(axis=0)
            dx += np.dot(dZ, W[k].T)
        return dx
