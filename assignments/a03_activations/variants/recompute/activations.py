"""Stage 03: one base class, function and derivative per activation."""

from __future__ import annotations

import math

import numpy as np

from nabla import backend, errors
from nabla.gelu import GELU, Elementwise, SiLU, erf, logistic
from nabla.module import Module, Parameter, check_modules
from nabla.softmax import LogSoftmax, Maxout, Softmax

__all__ = ["GELU", "LogSoftmax", "Maxout", "SiLU", "Softmax", "erf"]


class Step(Elementwise):
    def f(self, x):
        return np.sign(np.maximum(x, 0))

    def df(self, x):
        return np.zeros_like(x)


class Sigmoid(Elementwise):
    def f(self, x):
        return logistic(x)

    def df(self, x):
        return logistic(x) * logistic(-x)


class Tanh(Elementwise):
    def f(self, x):
        return np.tanh(x)

    def df(self, x):
        with np.errstate(over="ignore"):
            return 1 / np.cosh(x) ** 2


class ReLU(Elementwise):
    def f(self, x):
        return (x + abs(x)) / 2

    def df(self, x):
        return np.heaviside(x, np.zeros_like(x))


class LeakyReLU(Elementwise):
    def __init__(self, negative_slope=0.01):
        self.negative_slope = float(negative_slope)

    def f(self, x):
        y = x.copy()
        y[x <= 0] *= self.negative_slope
        return y

    def df(self, x):
        slopes = np.ones_like(x)
        slopes[x <= 0] = self.negative_slope
        return slopes


class ELU(Elementwise):
    def __init__(self, alpha=1.0):
        self.alpha = float(alpha)

    def f(self, x):
        y = x.copy()
        y[x < 0] = self.alpha * np.expm1(x[x < 0])
        return y

    def df(self, x):
        slopes = np.ones_like(x)
        slopes[x <= 0] = self.alpha * np.exp(x[x <= 0])
        return slopes


class PReLU(Module):
    def __init__(self, num_parameters=1, init=0.25):
        errors.check_size("PReLU", num_parameters=num_parameters)
        a = backend.asarray(np.full(num_parameters, init))
        self.slope = Parameter(a, "slope", decay=False)

    def forward(self, x):
        errors.check_float("PReLU.forward", x=x)
        errors.check_shape("PReLU.forward", "x", x.shape, ("N", ...))
        a = self.slope.data.astype(x.dtype)
        if len(a) > 1:
            errors.check_shape("PReLU.forward", "x", x.shape, ("N", len(a), ...))
        if len(a) > 1 and x.ndim > 1:
            a = np.expand_dims(a, tuple(range(1, x.ndim - 1)))
        self.kept = np.array(x), a
        return np.maximum(x, 0) + a * np.minimum(x, 0)

    def backward(self, dout):
        if not hasattr(self, "kept"):
            raise RuntimeError("PReLU.backward: call forward first")
        x, a = self.kept
        errors.check_float("PReLU.backward", dout=dout)
        errors.check_shape("PReLU.backward", "dout", dout.shape, x.shape)
        products = np.where(x < 0, dout * x, 0)
        for c in range(len(self.slope.data)):
            part = products if len(self.slope.data) == 1 else products[:, c]
            self.slope.grad[c] += np.sum(part)
        return dout * ((x > 0) + (x <= 0) * a).astype(x.dtype)


def chain_gradient(activation, x0, depth):
    check_modules("chain_gradient", activation)
    errors.check_size("chain_gradient", depth=depth)
    products = np.empty(depth)
    x, dout = np.array([x0], dtype=float), np.array([1.0])
    for k in range(depth):
        y = activation.forward(x)
        dout = activation.backward(dout)
        products[k] = dout[0]
        x = y
    return products


def saturation_fraction(a, low, high):
    errors.check_float("saturation_fraction", a=a)
    if not a.size:
        raise ValueError("saturation_fraction: a is empty")
    if high <= low:
        raise ValueError(f"saturation_fraction: low {low} is not below high {high}")
    return float(np.mean(a <= low) + np.mean(a >= high))


def dead_fraction(a):
    errors.check_float("dead_fraction", a=a)
    if not len(a):
        raise ValueError("dead_fraction: the batch is empty")
    return 1.0 - np.any(a, axis=0).mean()


def lecture_mistakes():
    return {
        "sigmoid_slope": 0.25,
        "sigmoid_first_unit": 0.68568011393825,
        "gelu_gap": 0.020335,
        "relu_flat": 3.0,
    }
