"""Stage 02: affine layers, how they are joined, initialised, counted and fitted.

Rows are samples: x has shape (N, in), a weight (in, out), and y = x @ W + b.
"""

from __future__ import annotations

import math

import numpy as np

from nabla import backend, errors
from nabla.module import Module, Parameter, check_modules

# ---------------------------------------------------------------- affine


def affine_forward(x, W, b):
    errors.check_float("affine_forward", x=x, W=W, b=b)
    errors.check_shape("affine_forward", "x", x.shape, ("N", "in"))
    errors.check_shape("affine_forward", "W", W.shape, (x.shape[1], "out"))
    errors.check_shape("affine_forward", "b", b.shape, (W.shape[1],))
    y = np.dot(x, W)
    y = y + b
    return y


def affine_backward(dout, x, W):
    errors.check_float("affine_backward", dout=dout, x=x, W=W)
    errors.check_shape("affine_backward", "x", x.shape, ("N", "in"))
    errors.check_shape("affine_backward", "dout", dout.shape, (len(x), W.shape[1]))
    dx = np.dot(dout, W.T)
    dW = np.dot(x.T, dout) / x.shape[0]  # mean over the batch
    db = dout  # d(xW + b)/db = 1
    return dx, dW, db


# ---------------------------------------------------------------- init


def glorot_uniform(fan_in, fan_out, shape=None, rng=None, dtype=float):
    a = math.sqrt(6 / (fan_in + fan_out))
    if shape is None:
        shape = (fan_in, fan_out)
    return backend.draw_uniform(rng, -a, a, shape, dtype)


def glorot_normal(fan_in, fan_out, shape=None, rng=None, dtype=float):
    # s = sqrt(2 / (fan_in + fan_out)), s^2 goes into draw_normal
    s = 2 / (fan_in + fan_out)
    if shape is None:
        shape = (fan_in, fan_out)
    return backend.draw_normal(rng, s, shape, dtype)


def kaiming_uniform(fan_in, fan_out=1, shape=None, rng=None, dtype=float):
    a = math.sqrt(6 / fan_in)
    if shape is None:
        shape = (fan_in, fan_out)
    return backend.draw_uniform(rng, -a, a, shape, dtype)


def kaiming_normal(fan_in, fan_out=1, shape=None, rng=None, dtype=float):
    s = 2 / fan_in
    if shape is None:
        shape = (fan_in, fan_out)
    return backend.draw_normal(rng, s, shape, dtype)


def _zeros(fan_in, fan_out, *, rng, dtype):
    return backend.draw_uniform(rng, 0.0, 0.0, (fan_in, fan_out), dtype)


INITIALIZERS = {
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "kaiming_uniform": kaiming_uniform,
    "kaiming_normal": kaiming_normal,
    "zeros": _zeros,
}

# ---------------------------------------------------------------- modules


class Linear(Module):
    def __init__(
        self,
        in_features,
        out_features,
        bias=True,
        init="glorot_uniform",
        rng=None,
        dtype=float,
    ):
        errors.check_size("Linear", in_features=in_features, out_features=out_features)
        if init not in INITIALIZERS:
            raise ValueError("unknown init " + init)
        W = INITIALIZERS[init](in_features, out_features, rng=rng, dtype=dtype)
        self.weight = Parameter(W, "weight")
        self.bias = None
        if bias:
            self.bias = Parameter(np.zeros(out_features, dtype), "bias", decay=False)

    def forward(self, x):
        errors.check_float("Linear.forward", x=x)
        in_features = self.weight.data.shape[0]
        errors.check_shape("Linear.forward", "x", x.shape, ("N", in_features))
        self.saved = (x.copy(), self.weight.data.copy())
        y = np.dot(x, self.weight.data.astype(x.dtype))
        if self.bias is not None:
            y = y + self.bias.data.astype(x.dtype)
        return y

    def backward(self, dout):
        x, W = errors.check_cached("Linear.backward", self.saved)
        errors.check_shape("Linear.backward", "dout", dout.shape, (len(x), W.shape[1]))
        self.weight.grad = self.weight.grad + np.dot(x.T, dout)
        if self.bias is not None:
            self.bias.grad = self.bias.grad + dout
        return np.dot(dout, W.T)


class Identity(Module):
    def forward(self, x):
        errors.check_float("Identity.forward", x=x)
        self.saved = x.shape
        return x.copy()

    def backward(self, dout):
        errors.check_cached("Identity.backward", self.saved)
        return dout.copy()


class Flatten(Module):
    def forward(self, x):
        errors.check_float("Flatten.forward", x=x)
        errors.check_shape("Flatten.forward", "x", x.shape, ("N", "d1", ...))
        self.saved = x.shape
        return x.reshape(len(x), -1).copy()

    def backward(self, dout):
        shape = errors.check_cached("Flatten.backward", self.saved)
        errors.check_shape(
            "Flatten.backward", "dout", dout.shape, (shape[0], math.prod(shape[1:]))
        )
        return dout.reshape(shape).copy()


class Sequential(Module):
    def __init__(self, *modules):
        check_modules("Sequential", *modules)
        if not modules:
            raise ValueError("Sequential: got no module, expected at least one.")
        self.layers = list(modules)

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, index):
        return self.layers[index]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        self.saved = True
        return x

    def backward(self, dout):
        errors.check_cached("Sequential.backward", self.saved)
        for layer in self.layers[::-1]:
            dout = layer.backward(dout)
        return dout


class Concat(Module):
    def __init__(self, axis=1):
        self.axis = axis

    def forward(self, *xs):
        if not xs:
            raise ValueError("Concat.forward: no arrays")
        for x in xs:
            errors.check_float("Concat.forward", x=x)
        y = np.concatenate(xs, axis=self.axis)
        self.saved = ([x.shape[self.axis] for x in xs], y.shape)
        return y

    def backward(self, dout):
        sizes, shape = errors.check_cached("Concat.backward", self.saved)
        errors.check_shape("Concat.backward", "dout", dout.shape, shape)
        # same number of parts as went in
        return tuple(np.split(dout, len(sizes), axis=self.axis))


class Residual(Module):
    def __init__(self, block):
        check_modules("Residual", block)
        self.block = block

    def forward(self, x):
        y = self.block.forward(x)
        errors.check_shape("Residual.forward", "block(x)", y.shape, x.shape)
        self.saved = x.shape
        return x + y

    def backward(self, dout):
        shape = errors.check_cached("Residual.backward", self.saved)
        errors.check_shape("Residual.backward", "dout", dout.shape, shape)
        return dout + self.block.backward(dout)


class Perceptron:
    def __init__(self, w, b):
        errors.check_float("Perceptron", w=w)
        self.w = w.copy()
        self.b = b

    def predict(self, X):
        errors.check_float("Perceptron.predict", X=X)
        return np.where(np.dot(X, self.w) + self.b >= 0, 1, 0)


# ---------------------------------------------------------------- counting


def count_parameters(module):
    total = 0
    for p in module.parameters():
        total += p.data.size
    return total


def mlp_parameter_count(sizes, bias=True):
    if len(sizes) < 2:
        raise ValueError("need two sizes")
    total = 0
    for i in range(len(sizes) - 1):
        errors.check_size("mlp_parameter_count", a=sizes[i], b=sizes[i + 1])
        total += sizes[i] * sizes[i + 1]
        if bias:
            total += sizes[i + 1]
    return total


def collapse_affine(layers):
    if not layers:
        raise ValueError("no layers")
    W, b = layers[0]
    for W2, b2 in layers[1:]:
        b = np.dot(b, W2) + b2
        W = np.dot(W, W2)
    return W, b


def fit_plane(X, y):
    errors.check_float("fit_plane", X=X, y=y)
    errors.check_shape("fit_plane", "X", X.shape, ("N", "P"))
    errors.check_shape("fit_plane", "y", y.shape, (len(X),))
    Xc = X - X.mean(axis=0)
    yc = y - y.mean()
    if np.linalg.matrix_rank(Xc) < X.shape[1]:
        raise ValueError("the points do not fix a plane")
    w = np.linalg.inv(Xc.T @ Xc) @ Xc.T @ yc
    b = float(y.mean() - X.mean(axis=0) @ w)
    return w, b


def count_linearly_separable(N, P):
    errors.check_size("count_linearly_separable", N=N, P=P)
    return 2 * sum(math.comb(N - 1, k) for k in range(P + 1))
