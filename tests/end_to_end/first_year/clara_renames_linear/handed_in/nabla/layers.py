"""Layers (assignment 2), Clara M.

I renamed a few things so that the names say what they are.
"""

import math
from itertools import accumulate, pairwise

import numpy as np

from nabla import backend
from nabla.errors import check_cached, check_float, check_shape, check_size
from nabla.module import Module, Parameter, check_modules


def affine_forward(x, W, b):
    """y = x W + b"""
    check_float("affine_forward", x=x, W=W, b=b)
    check_shape("affine_forward", "x", x.shape, ("N", "in"))
    check_shape("affine_forward", "W", W.shape, (("in", x.shape[1]), "out"))
    check_shape("affine_forward", "b", b.shape, (("out", W.shape[1]),))
    return x @ W + b


def affine_backward(dout, x, W):
    """dx = dout W^T, dW = x^T dout, db = sum of dout over the batch"""
    check_float("affine_backward", dout=dout, x=x, W=W)
    check_shape("affine_backward", "x", x.shape, ("N", "in"))
    check_shape("affine_backward", "W", W.shape, (("in", x.shape[1]), "out"))
    check_shape("affine_backward", "dout", dout.shape, (x.shape[0], W.shape[1]))
    dx = dout @ W.T
    dW = x.T @ dout
    db = dout.sum(axis=0)
    return dx, dW, db


def _shape(shape, fan_in, fan_out):
    return (fan_in, fan_out) if shape is None else shape


def glorot_uniform(fan_in, fan_out, shape=None, rng=None, dtype=float):
    a = math.sqrt(6 / (fan_in + fan_out))
    return backend.draw_uniform(rng, -a, a, _shape(shape, fan_in, fan_out), dtype)


def glorot_normal(fan_in, fan_out, shape=None, rng=None, dtype=float):
    s = math.sqrt(2 / (fan_in + fan_out))
    return backend.draw_normal(rng, s, _shape(shape, fan_in, fan_out), dtype)


def kaiming_uniform(fan_in, fan_out=1, shape=None, rng=None, dtype=float):
    a = math.sqrt(6 / fan_in)
    return backend.draw_uniform(rng, -a, a, _shape(shape, fan_in, fan_out), dtype)


def kaiming_normal(fan_in, fan_out=1, shape=None, rng=None, dtype=float):
    s = math.sqrt(2 / fan_in)
    return backend.draw_normal(rng, s, _shape(shape, fan_in, fan_out), dtype)


def _zeros(fan_in, fan_out, *, rng, dtype):
    return backend.draw_uniform(rng, 0.0, 0.0, (fan_in, fan_out), dtype)


INITIALIZERS = {
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "kaiming_uniform": kaiming_uniform,
    "kaiming_normal": kaiming_normal,
    "zeros": _zeros,
}


class LinearLayer(Module):
    """y = x W + b, with learnt W and b."""

    def __init__(
        self, in_features, out_features, bias=True, init="glorot_uniform", rng=None,
        dtype=float,
    ):
        check_size("LinearLayer", in_features=in_features, out_features=out_features)
        if init not in INITIALIZERS:
            raise ValueError(f"init {init!r} is not one of {list(INITIALIZERS)}")
        make = INITIALIZERS[init]
        self.weight = Parameter(
            make(in_features, out_features, rng=rng, dtype=dtype), "weight"
        )
        self.bias = None
        if bias:
            self.bias = Parameter(np.zeros(out_features, dtype), "bias", decay=False)

    def forward(self, x):
        check_float("LinearLayer.forward", x=x)
        W = self.weight.data.astype(x.dtype)
        check_shape("LinearLayer.forward", "x", x.shape, ("N", W.shape[0]))
        self.saved = x.copy(), W
        y = x @ W
        if self.bias is not None:
            y = y + self.bias.data.astype(x.dtype)
        return y

    def backward(self, dout):
        x, W = check_cached("LinearLayer.backward", self.saved)
        check_shape("LinearLayer.backward", "dout", dout.shape, (len(x), W.shape[1]))
        self.weight.grad += x.T @ dout
        if self.bias is not None:
            self.bias.grad += dout.sum(axis=0)
        return dout @ W.T


class Identity(Module):
    """y = x"""

    def forward(self, x):
        check_float("Identity.forward", x=x)
        self.saved = x.shape
        return x.copy()

    def backward(self, dout):
        check_shape(
            "Identity.backward", "dout", dout.shape, check_cached("Identity", self.saved)
        )
        return dout.copy()


class FlattenLayer(Module):
    """One row per sample."""

    def forward(self, x):
        check_float("FlattenLayer.forward", x=x)
        check_shape("FlattenLayer.forward", "x", x.shape, ("N", "d", ...))
        self.saved = x.shape
        return x.copy().reshape(x.shape[0], -1)

    def backward(self, dout):
        shape = check_cached("FlattenLayer.backward", self.saved)
        check_shape(
            "FlattenLayer.backward",
            "dout",
            dout.shape,
            (shape[0], math.prod(shape[1:])),
        )
        return dout.copy().reshape(shape)


class Sequential(Module):
    """One after the other."""

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
        self.saved = []
        for layer in self.layers:
            x = layer.forward(x)
            self.saved.append([(m, m.saved) for m in layer.submodules()])
        return x

    def backward(self, dout):
        saved = check_cached("Sequential.backward", self.saved)
        for layer, kept in zip(self.layers[::-1], saved[::-1]):
            for module, its in kept:
                module.saved = its
            dout = layer.backward(dout)
        return dout


class Concat(Module):
    """Side by side."""

    def __init__(self, axis=1):
        self.axis = axis

    def forward(self, *xs):
        if len(xs) == 0:
            raise ValueError("Concat.forward: nothing to join")
        check_float("Concat.forward", **{f"x{i}": x for i, x in enumerate(xs)})
        y = np.concatenate(xs, axis=self.axis)
        self.saved = [x.shape[self.axis] for x in xs], y.shape
        return y

    def backward(self, dout):
        sizes, shape = check_cached("Concat.backward", self.saved)
        check_shape("Concat.backward", "dout", dout.shape, shape)
        cuts = list(accumulate(sizes))[:-1]
        return tuple(np.split(dout, cuts, axis=self.axis))


class Residual(Module):
    """y = x + block(x)"""

    def __init__(self, block):
        check_modules("Residual", block)
        self.block = block

    def forward(self, x):
        y = self.block.forward(x)
        check_shape("Residual.forward", "block(x)", y.shape, x.shape)
        self.saved = x.shape
        return x + y

    def backward(self, dout):
        shape = check_cached("Residual.backward", self.saved)
        check_shape("Residual.backward", "dout", dout.shape, shape)
        return dout + self.block.backward(dout)


class Perceptron:
    """1 above the plane, else 0."""

    def __init__(self, w, b):
        check_float("Perceptron", w=w)
        self.w = w.copy()
        self.b = b

    def predict(self, X):
        check_float("Perceptron.predict", X=X)
        check_shape("Perceptron.predict", "X", X.shape, ("N", len(self.w)))
        return (X @ self.w + self.b > 0).astype(np.int64)


def count_parameters(module):
    return sum(p.data.size for p in module.parameters())


def mlp_parameter_count(sizes, bias=True):
    if len(sizes) < 2:
        raise ValueError("mlp_parameter_count: need at least two sizes")
    for n in sizes:
        check_size("mlp_parameter_count", n=n)
    return sum((a + bool(bias)) * b for a, b in pairwise(sizes))


def collapse_affine(layers):
    if not layers:
        raise ValueError("collapse_affine: no layers")
    W, b = layers[0]
    for V, c in layers[1:]:
        check_shape("collapse_affine", "W", V.shape, (W.shape[1], "out"))
        W, b = W @ V, b @ V + c
    return W, b


def fit_plane(X, y):
    check_float("fit_plane", X=X, y=y)
    check_shape("fit_plane", "y", y.shape, (len(X),))
    Xm, ym = X.mean(axis=0), y.mean()
    w, _, rank, _ = np.linalg.lstsq(X - Xm, y - ym, rcond=None)
    if rank < X.shape[1]:
        raise ValueError("fit_plane: many planes fit")
    return w, float(ym - Xm @ w)


def count_linearly_separable(N, P):
    check_size("count_linearly_separable", N=N, P=P)
    return 2 * sum(math.comb(N - 1, k) for k in range(P + 1))
