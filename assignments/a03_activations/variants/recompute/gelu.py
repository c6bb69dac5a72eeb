"""Stage 03: the base class, SiLU and GELU."""

from __future__ import annotations

import math

import numpy as np

from nabla import errors
from nabla.module import Module


def erf(x):
    return np.vectorize(math.erf, otypes=[x.dtype])(x)


def logistic(x):
    s = np.empty_like(x)
    right = x >= 0
    s[right] = 1 / (1 + np.exp(-x[right]))
    e = np.exp(x[~right])
    s[~right] = e / (1 + e)
    return s


class Elementwise(Module):
    def f(self, x):
        raise NotImplementedError

    def df(self, x):
        raise NotImplementedError

    def forward(self, x):
        name = type(self).__name__
        errors.check_float(f"{name}.forward", x=x)
        errors.check_shape(f"{name}.forward", "x", x.shape, ("N", ...))
        self._x = np.array(x)
        return self.f(self._x)

    def backward(self, dout):
        name = type(self).__name__
        if "_x" not in vars(self):
            raise RuntimeError(f"{name}.backward: call forward first")
        errors.check_float(f"{name}.backward", dout=dout)
        if dout.shape != self._x.shape:
            raise ValueError(f"{name}.backward: {dout.shape} is not {self._x.shape}")
        return np.multiply(dout, self.df(self._x))


class SiLU(Elementwise):
    def f(self, x):
        with np.errstate(over="ignore"):
            return x / (1 + np.exp(-x))

    def df(self, x):
        y = self.f(x)
        return y + logistic(x) * (1 - y)


class GELU(Elementwise):
    def __init__(self, approximate="none"):
        if approximate not in {"none", "tanh", "sigmoid"}:
            raise ValueError(f"GELU: unknown mode {approximate!r}")
        self.approximate = approximate

    def f(self, x):
        if self.approximate == "tanh":
            return x * logistic(math.sqrt(8 / math.pi) * (x + 0.044715 * x**3))
        if self.approximate == "sigmoid":
            return x * logistic(1.702 * x)
        return x * (1 + erf(x / math.sqrt(2))) / 2

    def df(self, x):
        if self.approximate == "none":
            P = (1 + erf(x / math.sqrt(2))) / 2
            return P + x * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
        if self.approximate == "sigmoid":
            u, du = 1.702 * x, 1.702
        else:
            c = math.sqrt(8 / math.pi)
            u, du = c * (x + 0.044715 * x**3), c * (1 + 0.134145 * x**2)
        return logistic(u) * (1 + x * logistic(-u) * du)
