"""Stage 03, one number at a time."""

from __future__ import annotations

import math

import numpy as np

from nabla import backend, errors
from nabla.gelu import GELU, SiLU, erf
from nabla.module import Module, Parameter, check_modules
from nabla.softmax import LogSoftmax, Maxout, Softmax

__all__ = ["GELU", "LogSoftmax", "Maxout", "SiLU", "Softmax", "erf"]


def each(function, *arrays):
    out = np.empty(arrays[0].shape, arrays[0].dtype)
    for i in np.ndindex(*out.shape):
        out[i] = function(*[float(a[i]) for a in arrays])
    return out


class Single(Module):
    def value(self, x):
        raise NotImplementedError

    def slope(self, x):
        raise NotImplementedError

    def _forward(self, x):
        errors.check_float("forward", x=x)
        errors.check_shape("forward", "x", x.shape, ("N", ...))
        self.saved = x.copy()
        return each(self.value, x)

    def _backward(self, dout):
        x = errors.check_cached("backward", self.saved)
        errors.check_float("backward", dout=dout)
        errors.check_shape("backward", "dout", dout.shape, x.shape)
        return each(lambda d, t: d * self.slope(t), dout, x)


def s(x):
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    return math.exp(x) / (1.0 + math.exp(x))


class Step(Single):
    def value(self, x):
        return 1.0 if x > 0 else 0.0

    def slope(self, x):
        return 0.0

    def forward(self, x):
        return self._forward(x)

    def backward(self, dout):
        return self._backward(dout)


class Sigmoid(Single):
    def value(self, x):
        return s(x)

    def slope(self, x):
        return s(x) * s(-x)

    def forward(self, x):
        return self._forward(x)

    def backward(self, dout):
        return self._backward(dout)


class Tanh(Single):
    def value(self, x):
        return math.tanh(x)

    def slope(self, x):
        return (1.0 - math.tanh(x)) * (1.0 + math.tanh(x))

    def forward(self, x):
        return self._forward(x)

    def backward(self, dout):
        return self._backward(dout)


class ReLU(Single):
    def value(self, x):
        return max(x, 0.0)

    def slope(self, x):
        return 1.0 if x > 0 else 0.0

    def forward(self, x):
        return self._forward(x)

    def backward(self, dout):
        return self._backward(dout)


class LeakyReLU(Single):
    def __init__(self, negative_slope=0.01):
        self.negative_slope = negative_slope

    def value(self, x):
        return x if x > 0 else self.negative_slope * x

    def slope(self, x):
        return 1.0 if x > 0 else self.negative_slope

    def forward(self, x):
        return self._forward(x)

    def backward(self, dout):
        return self._backward(dout)


class PReLU(Module):
    def __init__(self, num_parameters=1, init=0.25):
        errors.check_size("PReLU", num_parameters=num_parameters)
        self.slope = Parameter(
            backend.asarray(np.full(num_parameters, init)), "slope", decay=False
        )

    def forward(self, x):
        errors.check_float("PReLU.forward", x=x)
        errors.check_shape("PReLU.forward", "x", x.shape, ("N", ...))
        a = self.slope.data.copy()
        if len(a) > 1 and (x.ndim < 2 or x.shape[1] != len(a)):
            raise ValueError(f"PReLU: {len(a)} slopes do not fit {x.shape}")
        y = np.zeros_like(x)
        for i in np.ndindex(*x.shape):
            y[i] = x[i] if x[i] > 0 else a[i[1] if len(a) > 1 else 0] * x[i]
        self.saved = x.copy(), a
        return y

    def backward(self, dout):
        x, a = errors.check_cached("PReLU.backward", self.saved)
        errors.check_float("PReLU.backward", dout=dout)
        errors.check_shape("PReLU.backward", "dout", dout.shape, x.shape)
        dx = np.zeros_like(x)
        for i in np.ndindex(*x.shape):
            c = i[1] if len(a) > 1 else 0
            if x[i] > 0:
                dx[i] = dout[i]
            else:
                dx[i] = a[c] * dout[i]
                self.slope.grad[c] += float(dout[i]) * float(x[i])
        return dx


class ELU(Single):
    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def value(self, x):
        return x if x > 0 else self.alpha * (math.exp(x) - 1.0)

    def slope(self, x):
        return 1.0 if x > 0 else self.alpha * math.exp(x)

    def forward(self, x):
        return self._forward(x)

    def backward(self, dout):
        return self._backward(dout)


def chain_gradient(activation, x0, depth):
    check_modules("chain_gradient", activation)
    errors.check_size("chain_gradient", depth=depth)
    x, product, found = np.array([float(x0)]), 1.0, []
    for _ in range(depth):
        y = activation.forward(x)
        product *= float(activation.backward(np.ones(1))[0])
        found.append(product)
        x = y
    return np.array(found)


def saturation_fraction(a, low, high):
    errors.check_float("saturation_fraction", a=a)
    if a.size == 0 or low >= high:
        raise ValueError("saturation_fraction: a is empty or low is not below high")
    count = 0
    for value in a.flat:
        if value <= low or value >= high:
            count += 1
    return count / a.size


def dead_fraction(a):
    errors.check_float("dead_fraction", a=a)
    if len(a) == 0:
        raise ValueError("dead_fraction: no samples")
    units = a.reshape(len(a), -1)
    dead = [not any(units[:, j]) for j in range(units.shape[1])]
    return sum(dead) / len(dead)


def lecture_mistakes():
    gap, x = 0.0, -4.0
    while x < 4.0:
        exact = x * 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))
        gap = max(gap, abs(exact - x * s(1.702 * x)))
        x += 0.002
    return {
        "sigmoid_slope": 0.25,
        "sigmoid_first_unit": s(0.78),
        "gelu_gap": gap,
        "relu_flat": 3,
    }
