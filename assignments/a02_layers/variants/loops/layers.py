"""Stage 02, every sum written out."""

import math

import numpy as np

from nabla import backend
from nabla.module import Module, Parameter


def need_floats(*arrays):
    for a in arrays:
        if not isinstance(a, np.ndarray) or a.dtype not in (np.float32, np.float64):
            raise TypeError("expected arrays of float32 or float64")


def need(condition, message="the shapes do not fit"):
    if not condition:
        raise ValueError(message)


def affine_forward(x, W, b):
    need_floats(x, W, b)
    need(x.ndim == 2 and W.ndim == 2 and b.ndim == 1 and len(x) > 0)
    need(x.shape[1] == W.shape[0] and b.shape[0] == W.shape[1])
    y = np.zeros((x.shape[0], W.shape[1]), dtype=x.dtype)
    for n in range(x.shape[0]):
        for o in range(W.shape[1]):
            total = b[o]
            for i in range(W.shape[0]):
                total = total + x[n, i] * W[i, o]
            y[n, o] = total
    return y


def affine_backward(dout, x, W):
    need_floats(dout, x, W)
    need(dout.shape == (x.shape[0], W.shape[1]) and len(x) > 0)
    dx = np.zeros(x.shape, x.dtype)
    dW = np.zeros(W.shape, W.dtype)
    db = np.zeros(W.shape[1], W.dtype)
    for n in range(x.shape[0]):
        for o in range(W.shape[1]):
            db[o] += dout[n, o]
            for i in range(W.shape[0]):
                dx[n, i] += dout[n, o] * W[i, o]
                dW[i, o] += dout[n, o] * x[n, i]
    return dx, dW, db


def glorot_uniform(fan_in, fan_out, shape=None, rng=None, dtype=np.float64):
    a = (6 / (fan_in + fan_out)) ** 0.5
    if shape is None:
        shape = (fan_in, fan_out)
    return backend.as_generator(rng).uniform(-a, a, size=shape).astype(dtype)


def glorot_normal(fan_in, fan_out, shape=None, rng=None, dtype=np.float64):
    if shape is None:
        shape = (fan_in, fan_out)
    std = (2 / (fan_in + fan_out)) ** 0.5
    return backend.as_generator(rng).normal(0, std, size=shape).astype(dtype)


def kaiming_uniform(fan_in, fan_out=1, shape=None, rng=None, dtype=np.float64):
    a = (6 / fan_in) ** 0.5
    if shape is None:
        shape = (fan_in, fan_out)
    return backend.as_generator(rng).uniform(-a, a, size=shape).astype(dtype)


def kaiming_normal(fan_in, fan_out=1, shape=None, rng=None, dtype=np.float64):
    if shape is None:
        shape = (fan_in, fan_out)
    std = (2 / fan_in) ** 0.5
    return backend.as_generator(rng).normal(0, std, size=shape).astype(dtype)


class Linear(Module):
    def __init__(
        self,
        in_features,
        out_features,
        bias=True,
        init="glorot_uniform",
        rng=None,
        dtype=np.float64,
    ):
        need(in_features >= 1 and out_features >= 1, "sizes must be at least 1")
        if init == "glorot_uniform":
            W = glorot_uniform(in_features, out_features, None, rng, dtype)
        elif init == "glorot_normal":
            W = glorot_normal(in_features, out_features, None, rng, dtype)
        elif init == "kaiming_uniform":
            W = kaiming_uniform(in_features, out_features, None, rng, dtype)
        elif init == "kaiming_normal":
            W = kaiming_normal(in_features, out_features, None, rng, dtype)
        elif init == "zeros":
            W = np.zeros((in_features, out_features), dtype)
        else:
            raise ValueError("unknown init " + init)
        self.weight = Parameter(W, name="weight")
        self.bias = None
        if bias:
            self.bias = Parameter(np.zeros(out_features, dtype), "bias", decay=False)

    def forward(self, x):
        need_floats(x)
        W = np.array(self.weight.data, dtype=x.dtype)
        if self.bias is None:
            b = np.zeros(W.shape[1], x.dtype)
        else:
            b = self.bias.data.astype(x.dtype)
        y = affine_forward(x, W, b)
        self.saved = (np.array(x), W)
        return y

    def backward(self, dout):
        if self.saved is None:
            raise RuntimeError("forward comes first")
        x, W = self.saved
        dx, dW, db = affine_backward(dout, x, W)
        for i in range(W.shape[0]):
            for o in range(W.shape[1]):
                self.weight.grad[i, o] += dW[i, o]
        if self.bias is not None:
            for o in range(W.shape[1]):
                self.bias.grad[o] += db[o]
        return dx


class Identity(Module):
    def forward(self, x):
        need_floats(x)
        self.saved = True
        return np.array(x)

    def backward(self, dout):
        if not self.saved:
            raise RuntimeError("forward comes first")
        return np.array(dout)


class Flatten(Module):
    def forward(self, x):
        need_floats(x)
        need(x.ndim >= 2 and len(x) > 0)
        self.saved = x.shape
        rows = []
        for sample in x:
            row = []
            for index in np.ndindex(*sample.shape):
                row.append(sample[index])
            rows.append(row)
        return np.array(rows, dtype=x.dtype)

    def backward(self, dout):
        if self.saved is None:
            raise RuntimeError("forward comes first")
        need(dout.shape == (self.saved[0], math.prod(self.saved[1:])))
        dx = np.zeros(self.saved, dout.dtype)
        for n in range(self.saved[0]):
            for column, index in enumerate(np.ndindex(*self.saved[1:])):
                dx[(n, *index)] = dout[n, column]
        return dx


class Sequential(Module):
    def __init__(self, *modules):
        self.layers = list(modules)

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, index):
        return self.layers[index]

    def forward(self, x):
        self.saved = []
        for i in range(len(self.layers)):
            x = self.layers[i](x)
            self.saved.append(self.layers[i].saved)
        return x

    def backward(self, dout):
        if self.saved is None:
            raise RuntimeError("forward comes first")
        for i in range(len(self.layers) - 1, -1, -1):
            self.layers[i].saved = self.saved[i]
            dout = self.layers[i].backward(dout)
        return dout


class Concat(Module):
    def __init__(self, axis=1):
        self.axis = axis

    def forward(self, *xs):
        need_floats(*xs)
        shape = list(xs[0].shape)
        axis = self.axis % len(shape)
        shape[axis] = 0
        for x in xs:
            need(x.ndim == len(shape))
            for k in range(len(shape)):
                need(k == axis or x.shape[k] == shape[k])
            shape[axis] += x.shape[axis]
        y = np.zeros(shape, xs[0].dtype)
        start = 0
        for x in xs:
            for index in np.ndindex(*x.shape):
                place = list(index)
                place[axis] += start
                y[tuple(place)] = x[index]
            start += x.shape[axis]
        self.saved = [x.shape for x in xs], y.shape, axis
        return y

    def backward(self, dout):
        if self.saved is None:
            raise RuntimeError("forward comes first")
        shapes, shape, axis = self.saved
        need(dout.shape == shape)
        pieces, start = [], 0
        for s in shapes:
            piece = np.zeros(s, dout.dtype)
            for index in np.ndindex(*s):
                place = list(index)
                place[axis] += start
                piece[index] = dout[tuple(place)]
            pieces.append(piece)
            start += s[axis]
        return tuple(pieces)


class Residual(Module):
    def __init__(self, block):
        self.block = block

    def forward(self, x):
        y = self.block(x)
        need(y.shape == x.shape)
        return y + x

    def backward(self, dout):
        return self.block.backward(dout) + dout


class Perceptron:
    def __init__(self, w, b):
        self.w = w
        self.b = b

    def predict(self, X):
        classes = []
        for row in X:
            total = self.b
            for i in range(len(self.w)):
                total += self.w[i] * row[i]
            classes.append(1 if total > 0 else 0)
        return np.array(classes, dtype=np.int64)


def count_parameters(module):
    total = 0
    for parameter in module.parameters():
        numbers = 1
        for size in parameter.data.shape:
            numbers *= size
        total += numbers
    return total


def mlp_parameter_count(sizes, bias=True):
    need(len(sizes) >= 2 and min(sizes) >= 1, "a net has at least two sizes from 1")
    total = 0
    for i in range(1, len(sizes)):
        total += sizes[i - 1] * sizes[i]
        if bias:
            total += sizes[i]
    return total


def collapse_affine(layers):
    need(len(layers) > 0, "no layers")
    W, b = np.array(layers[0][0]), np.array(layers[0][1])
    for W2, b2 in layers[1:]:
        need(W.shape[1] == W2.shape[0])
        new_W = np.zeros((W.shape[0], W2.shape[1]))
        new_b = np.array(b2)
        for o in range(W2.shape[1]):
            for k in range(W2.shape[0]):
                new_b[o] += b[k] * W2[k, o]
                for i in range(W.shape[0]):
                    new_W[i, o] += W[i, k] * W2[k, o]
        W, b = new_W, new_b
    return W, b


def fit_plane(X, y):
    N, P = X.shape
    x_mean = [sum(X[n, p] for n in range(N)) / N for p in range(P)]
    y_mean = sum(y[n] for n in range(N)) / N
    A = np.zeros((P, P + 1))
    for p in range(P):
        for q in range(P):
            for n in range(N):
                A[p, q] += (X[n, p] - x_mean[p]) * (X[n, q] - x_mean[q])
        for n in range(N):
            A[p, P] += (X[n, p] - x_mean[p]) * (y[n] - y_mean)
    for p in range(P):  # Gaussian elimination with pivots
        pivot = p
        for q in range(p, P):
            if abs(A[q, p]) > abs(A[pivot, p]):
                pivot = q
        need(abs(A[pivot, p]) > 1e-12 * N, "the points lie on a line")
        A[[p, pivot]] = A[[pivot, p]]
        A[p] /= A[p, p]
        for q in range(P):
            if q != p:
                A[q] -= A[q, p] * A[p]
    w = A[:, P].copy()
    b = y_mean
    for p in range(P):
        b -= x_mean[p] * w[p]
    return w, float(b)


def count_linearly_separable(N, P):
    """By the recursion C(N + 1, P) = C(N, P) + C(N, P - 1)."""
    if N == 1 or P == 0:
        return 2
    counts = [2] * (P + 1)
    for _ in range(N - 1):
        counts = [counts[0]] + [counts[p] + counts[p - 1] for p in range(1, P + 1)]
    return counts[P]


def lecture_mistakes() -> dict[str, float]:
    """Return what is right where a slide is not: one number per key.

    "separable": lecture 001, "Linear separability", says that of the 2^N labellings of
        N points in P dimensions only about P are linearly separable. How many are for
        12 points in 3 dimensions?
    "half_way": the same slide expects little hope for N > P. For how many points in 7
        dimensions are exactly half of all labellings separable?
    "biases": lecture 003, "Multilayer perceptron", says that the bias is shared among
        the neurons of a layer. How many biases has a net of 2, 3, 5, 7 and 11 units?

    Source: the slides named; Cover 1965.
    """
    return {"separable": 464.0, "half_way": 16.0, "biases": 26.0}
