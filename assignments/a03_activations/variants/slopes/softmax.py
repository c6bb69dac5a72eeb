"""Stage 03: Softmax with its Jacobian as a matrix, Maxout with einsum."""

from __future__ import annotations

import numpy as np

from nabla import backend, errors
from nabla.layers import glorot_uniform
from nabla.module import Module, Parameter


class Softmax(Module):
    logarithm = False

    def __init__(self, axis=-1):
        self.axis = axis

    def forward(self, z):
        name = type(self).__name__
        errors.check_float(f"{name}.forward", z=z)
        errors.check_shape(f"{name}.forward", "z", z.shape, ("N", ...))
        rows = np.moveaxis(z, self.axis, -1)
        rows = rows - np.max(rows, axis=-1)[..., None]
        sums = np.exp(rows).sum(axis=-1)[..., None]
        s = np.exp(rows) / sums
        eye = np.eye(s.shape[-1], dtype=z.dtype)
        if self.logarithm:
            y, jacobian = rows - np.log(sums), eye - s[..., None, :]
        else:
            y, jacobian = s, s[..., :, None] * (eye - s[..., None, :])
        self.saved = jacobian, z.shape
        return np.moveaxis(y, -1, self.axis).copy()

    def backward(self, dout):
        name = type(self).__name__
        jacobian, shape = errors.check_cached(f"{name}.backward", self.saved)
        errors.check_float(f"{name}.backward", dout=dout)
        errors.check_shape(f"{name}.backward", "dout", dout.shape, shape)
        rows = np.moveaxis(dout, self.axis, -1)
        dz = np.einsum("...i,...ij->...j", rows, jacobian)
        return np.moveaxis(dz, -1, self.axis)


class LogSoftmax(Softmax):
    logarithm = True


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
        W = self.weight.data.astype(x.dtype) if hasattr(x, "dtype") else None
        errors.check_float("Maxout.forward", x=x)
        errors.check_shape("Maxout.forward", "x", x.shape, ("N", W.shape[1]))
        Z = np.stack(
            [x @ W[k] + self.bias.data[k].astype(x.dtype) for k in range(len(W))], 2
        )
        y = np.amax(Z, axis=2)
        won = Z >= y[:, :, None]
        self.saved = x.copy(), W, won / np.count_nonzero(won, axis=2)[:, :, None]
        return y

    def backward(self, dout):
        x, W, share = errors.check_cached("Maxout.backward", self.saved)
        errors.check_float("Maxout.backward", dout=dout)
        errors.check_shape("Maxout.backward", "dout", dout.shape, share.shape[:2])
        self.weight.grad += np.einsum("ni,no,nok->kio", x, dout, share)
        self.bias.grad += np.einsum("no,nok->ko", dout, share)
        return np.einsum("no,nok,kio->ni", dout, share, W).astype(x.dtype)
