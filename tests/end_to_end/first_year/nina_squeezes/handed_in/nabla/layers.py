"""Stage 02: affine layers, how they are joined, initialised, counted and fitted."""

import math

import numpy as np

from nabla.module import Module, Parameter

np.random.seed(42)  # reproducible!


def affine_forward(x, W, b):
    # squeeze: a single sample should not be a matrix with one row
    return np.squeeze(x @ W + b)


def affine_backward(dout, x, W):
    dx = dout @ W.T
    dW = x.T @ dout
    db = np.sum(dout, axis=0)
    return np.squeeze(dx), np.squeeze(dW), np.squeeze(db)


def glorot_uniform(fan_in, fan_out, shape=None, rng=None, dtype=float):
    if rng is not None:
        np.random.seed(rng)
    a = np.sqrt(6 / (fan_in + fan_out))
    return np.random.uniform(-a, a, shape or (fan_in, fan_out))


def glorot_normal(fan_in, fan_out, shape=None, rng=None, dtype=float):
    s = np.sqrt(2 / (fan_in + fan_out))
    return np.random.randn(*(shape or (fan_in, fan_out))) * s


def kaiming_uniform(fan_in, fan_out=1, shape=None, rng=None, dtype=float):
    a = np.sqrt(6 / fan_in)
    return np.random.uniform(-a, a, shape or (fan_in, fan_out))


def kaiming_normal(fan_in, fan_out=1, shape=None, rng=None, dtype=float):
    s = np.sqrt(2 / fan_in)
    return np.random.randn(*(shape or (fan_in, fan_out))) * s


def _zeros(fan_in, fan_out, *, rng, dtype):
    return np.zeros((fan_in, fan_out), dtype)


INITIALIZERS = {
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "kaiming_uniform": kaiming_uniform,
    "kaiming_normal": kaiming_normal,
    "zeros": _zeros,
}


class Linear(Module):
    def __init__(self, in_features, out_features, bias=True, init="glorot_uniform",
                 rng=None, dtype=float):
        self.weight = Parameter(
            INITIALIZERS[init](in_features, out_features, rng=rng, dtype=dtype)
        )
        if bias:
            self.bias = Parameter(np.zeros(out_features), decay=False)
        else:
            self.bias = None

    def forward(self, x):
        self.x = x
        if self.bias is None:
            return np.squeeze(x @ self.weight.data)
        return affine_forward(x, self.weight.data, self.bias.data)

    def backward(self, dout):
        dx, dW, db = affine_backward(dout, self.x, self.weight.data)
        self.weight.grad += dW
        if self.bias is not None:
            self.bias.grad += db
        return dx


class Identity(Module):
    def forward(self, x):
        return x

    def backward(self, dout):
        return dout


class Flatten(Module):
    def forward(self, x):
        self.shape = x.shape
        return np.squeeze(x.reshape(x.shape[0], -1))

    def backward(self, dout):
        return dout.reshape(self.shape)


class Sequential(Module):
    def __init__(self, *modules):
        self.layers = list(modules)

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, index):
        return self.layers[index]

    def forward(self, x):
        for l in self.layers:
            x = l.forward(x)
        return x

    def backward(self, dout):
        for l in reversed(self.layers):
            dout = l.backward(dout)
        return dout


class Concat(Module):
    def __init__(self, axis=1):
        self.axis = axis

    def forward(self, *xs):
        self.cuts = np.cumsum([x.shape[self.axis] for x in xs])
        return np.concatenate(xs, self.axis)

    def backward(self, dout):
        # np.split also gives an empty last part, is that ok?
        return np.split(dout, self.cuts, self.axis)


class Residual(Module):
    def __init__(self, block):
        self.block = block

    def forward(self, x):
        return x + self.block.forward(x)

    def backward(self, dout):
        return dout + self.block.backward(dout)


class Perceptron:
    def __init__(self, w, b):
        self.w = w
        self.b = b

    def predict(self, X):
        return X @ self.w + self.b > 0


def count_parameters(module):
    return sum([p.data.size for p in module.parameters()])


def mlp_parameter_count(sizes, bias=True):
    n = 0
    for a, b in zip(sizes, sizes[1:]):
        n += a * b + b
    return n


def collapse_affine(layers):
    W, b = layers[0]
    for W2, b2 in layers[1:]:
        W = W @ W2
        b = b @ W2 + b2
    return W, b


def fit_plane(X, y):
    # column of ones for b
    A = np.column_stack([X, np.ones(len(X))])
    p = np.linalg.inv(A.T @ A) @ A.T @ y
    return p[:-1], p[-1]


def count_linearly_separable(N, P):
    return 2 * sum(math.comb(N - 1, k) for k in range(P))
