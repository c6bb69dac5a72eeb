"""Stage 02 - layers

Tessa, I already know PyTorch from my internship
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

from nabla.module import Module, Parameter, check_modules


def affine_forward(x, W, b):
    y = F.linear(torch.from_numpy(x), torch.from_numpy(W.T), torch.from_numpy(b))
    return y.numpy()


def affine_backward(dout, x, W):
    return dout @ W.T, x.T @ dout, dout.sum(axis=0)


def _init(function, fan_in, fan_out, shape, rng):
    if isinstance(rng, int):
        torch.manual_seed(rng)
    W = torch.empty(shape or (fan_in, fan_out))
    function(W)
    return W.numpy()


def glorot_uniform(fan_in, fan_out, shape=None, rng=None, dtype=float):
    return _init(torch.nn.init.xavier_uniform_, fan_in, fan_out, shape, rng)


def glorot_normal(fan_in, fan_out, shape=None, rng=None, dtype=float):
    return _init(torch.nn.init.xavier_normal_, fan_in, fan_out, shape, rng)


def kaiming_uniform(fan_in, fan_out=1, shape=None, rng=None, dtype=float):
    return _init(torch.nn.init.kaiming_uniform_, fan_in, fan_out, shape, rng)


def kaiming_normal(fan_in, fan_out=1, shape=None, rng=None, dtype=float):
    return _init(torch.nn.init.kaiming_normal_, fan_in, fan_out, shape, rng)


INITIALIZERS = {
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "kaiming_uniform": kaiming_uniform,
    "kaiming_normal": kaiming_normal,
    "zeros": lambda fan_in, fan_out, rng, dtype: np.zeros((fan_in, fan_out), dtype),
}


class Linear(Module):
    def __init__(self, in_features, out_features, bias=True, init="glorot_uniform",
                 rng=None, dtype=float):
        W = INITIALIZERS[init](in_features, out_features, rng=rng, dtype=dtype)
        self.weight = Parameter(W)
        self.bias = Parameter(np.zeros(out_features), decay=False) if bias else None

    def forward(self, x):
        self.saved = x
        y = x @ self.weight.data
        return y if self.bias is None else y + self.bias.data

    def backward(self, dout):
        dx, dW, db = affine_backward(dout, self.saved, self.weight.data)
        self.weight.grad += dW
        if self.bias is not None:
            self.bias.grad += db
        return dx


class Identity(Module):
    def forward(self, x):
        return x.copy()

    def backward(self, dout):
        return dout.copy()


class Flatten(Module):
    def forward(self, x):
        self.saved = x.shape
        return torch.flatten(torch.from_numpy(x), 1).numpy()

    def backward(self, dout):
        return dout.reshape(self.saved)


class Sequential(Module):
    def __init__(self, *modules):
        check_modules("Sequential", *modules)
        self.layers = list(modules)

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, index):
        return self.layers[index]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def backward(self, dout):
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout


class Concat(Module):
    def __init__(self, axis=1):
        self.axis = axis

    def forward(self, *xs):
        self.saved = [x.shape[self.axis] for x in xs]
        return torch.cat([torch.from_numpy(x) for x in xs], dim=self.axis).numpy()

    def backward(self, dout):
        parts = torch.split(torch.from_numpy(dout), self.saved, dim=self.axis)
        return tuple(part.numpy() for part in parts)


class Residual(Module):
    def __init__(self, block):
        check_modules("Residual", block)
        self.block = block

    def forward(self, x):
        return x + self.block(x)

    def backward(self, dout):
        return dout + self.block.backward(dout)


class Perceptron:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def predict(self, X):
        return (X @ self.w + self.b > 0).astype(np.int64)


def count_parameters(module):
    return sum(p.data.size for p in module.parameters())


def mlp_parameter_count(sizes, bias=True):
    return sum(a * b + bias * b for a, b in zip(sizes[:-1], sizes[1:]))


def collapse_affine(layers):
    W, b = layers[0]
    for V, c in layers[1:]:
        W, b = W @ V, b @ V + c
    return W, b


def fit_plane(X, y):
    A = torch.from_numpy(np.column_stack([X, np.ones(len(X))]))
    p = torch.linalg.lstsq(A, torch.from_numpy(y)[:, None]).solution[:, 0].numpy()
    return p[:-1], float(p[-1])


def count_linearly_separable(N, P):
    return 2 * sum(math.comb(N - 1, k) for k in range(P + 1))
