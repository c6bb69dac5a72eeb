"""Stage 03, Softmax, LogSoftmax and Maxout in loops."""

from __future__ import annotations

import math

import numpy as np

from nabla import backend, errors
from nabla.layers import glorot_uniform
from nabla.module import Module, Parameter


def row_by_row(function, axis, *arrays):
    moved = [np.moveaxis(a, axis, -1) for a in arrays]
    out = np.empty(moved[0].shape, moved[0].dtype)
    for i in np.ndindex(*out.shape[:-1]):
        out[i] = function(*[[float(v) for v in a[i]] for a in moved])
    return np.ascontiguousarray(np.moveaxis(out, -1, axis))


def softmax(row):
    top = max(row)
    powers = [math.exp(v - top) for v in row]
    return [p / sum(powers) for p in powers]


def log_softmax(row):
    top = max(row)
    total = math.log(math.fsum(math.exp(v - top) for v in row))
    return [v - top - total for v in row]


def softmax_back(dout, row):
    s = softmax(row)
    n = range(len(s))
    return [sum(dout[j] * s[j] * ((i == j) - s[i]) for j in n) for i in n]


def log_softmax_back(dout, row):
    s = softmax(row)
    return [d - p * math.fsum(dout) for d, p in zip(dout, s)]


class Softmax(Module):
    def __init__(self, axis=-1):
        self.axis = axis

    def forward(self, z):
        errors.check_float("Softmax.forward", z=z)
        errors.check_shape("Softmax.forward", "z", z.shape, ("N", ...))
        self.saved = z.copy()
        return row_by_row(softmax, self.axis, z)

    def backward(self, dout):
        z = errors.check_cached("Softmax.backward", self.saved)
        errors.check_float("Softmax.backward", dout=dout)
        errors.check_shape("Softmax.backward", "dout", dout.shape, z.shape)
        return row_by_row(softmax_back, self.axis, dout, z)


class LogSoftmax(Module):
    def __init__(self, axis=-1):
        self.axis = axis

    def forward(self, z):
        errors.check_float("LogSoftmax.forward", z=z)
        errors.check_shape("LogSoftmax.forward", "z", z.shape, ("N", ...))
        self.saved = z.copy()
        return row_by_row(log_softmax, self.axis, z)

    def backward(self, dout):
        z = errors.check_cached("LogSoftmax.backward", self.saved)
        errors.check_float("LogSoftmax.backward", dout=dout)
        errors.check_shape("LogSoftmax.backward", "dout", dout.shape, z.shape)
        return row_by_row(log_softmax_back, self.axis, dout, z)


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
        W, b = self.weight.data.copy(), self.bias.data.copy()
        errors.check_float("Maxout.forward", x=x)
        errors.check_shape("Maxout.forward", "x", x.shape, ("N", W.shape[1]))
        y = np.zeros((len(x), W.shape[2]), x.dtype)
        winners = {}
        for n in range(len(x)):
            for j in range(W.shape[2]):
                values = [
                    sum(float(x[n, i]) * W[k, i, j] for i in range(W.shape[1]))
                    + b[k, j]
                    for k in range(len(W))
                ]
                y[n, j] = max(values)
                winners[n, j] = [k for k, v in enumerate(values) if v == max(values)]
        self.saved = x.copy(), W, winners
        return y

    def backward(self, dout):
        x, W, winners = errors.check_cached("Maxout.backward", self.saved)
        errors.check_float("Maxout.backward", dout=dout)
        errors.check_shape("Maxout.backward", "dout", dout.shape, (len(x), W.shape[2]))
        dx = np.zeros_like(x)
        for (n, j), won in winners.items():
            for k in won:
                share = dout[n, j] / len(won)
                dx[n] += share * W[k, :, j]
                self.weight.grad[k, :, j] += share * x[n]
                self.bias.grad[k, j] += share
        return dx
