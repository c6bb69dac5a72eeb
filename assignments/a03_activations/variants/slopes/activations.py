"""Stage 03: forward saves the slope, backward multiplies."""

from __future__ import annotations

import math

import numpy as np

from nabla import backend, errors
from nabla.gelu import GELU, SiLU, erf
from nabla.module import Module, Parameter, check_modules
from nabla.softmax import LogSoftmax, Maxout, Softmax

__all__ = ["GELU", "LogSoftmax", "Maxout", "SiLU", "Softmax", "erf"]


def checked(name, x):
    errors.check_float(f"{name}.forward", x=x)
    errors.check_shape(f"{name}.forward", "x", x.shape, ("N", ...))
    return backend.array_module(x)


def times_slope(name, dout, slope):
    slope = errors.check_cached(f"{name}.backward", slope)
    errors.check_float(f"{name}.backward", dout=dout)
    errors.check_shape(f"{name}.backward", "dout", dout.shape, slope.shape)
    return dout * slope


class Step(Module):
    def forward(self, x):
        xp = checked("Step", x)
        self.saved = xp.zeros_like(x)
        return xp.heaviside(x, xp.zeros_like(x))

    def backward(self, dout):
        return times_slope("Step", dout, self.saved)


class Sigmoid(Module):
    def forward(self, x):
        xp = checked("Sigmoid", x)
        limit = 700.0 if x.dtype == np.float64 else 80.0
        s = 1.0 / (1.0 + xp.exp(-xp.clip(x, -limit, limit)))
        self.saved = s - s * s
        return s

    def backward(self, dout):
        return times_slope("Sigmoid", dout, self.saved)


class Tanh(Module):
    def forward(self, x):
        xp = checked("Tanh", x)
        e = xp.exp(-2 * abs(x))
        t = xp.sign(x) * (1 - e) / (1 + e)
        self.saved = 4 * e / (1 + e) ** 2
        return t

    def backward(self, dout):
        return times_slope("Tanh", dout, self.saved)


class ReLU(Module):
    def forward(self, x):
        checked("ReLU", x)
        self.saved = (x > 0).astype(x.dtype)
        return x * self.saved

    def backward(self, dout):
        return times_slope("ReLU", dout, self.saved)


class LeakyReLU(Module):
    def __init__(self, negative_slope=0.01):
        self.negative_slope = float(negative_slope)

    def forward(self, x):
        xp = checked("LeakyReLU", x)
        self.saved = xp.where(x > 0, 1.0, self.negative_slope).astype(x.dtype)
        return self.saved * x

    def backward(self, dout):
        return times_slope("LeakyReLU", dout, self.saved)


class PReLU(Module):
    def __init__(self, num_parameters=1, init=0.25):
        errors.check_size("PReLU", num_parameters=num_parameters)
        a = backend.asarray(np.full(num_parameters, init))
        self.slope = Parameter(a, "slope", decay=False)

    def forward(self, x):
        xp = checked("PReLU", x)
        a = self.slope.data.astype(x.dtype)
        if a.size > 1:
            errors.check_shape("PReLU.forward", "x", x.shape, ("N", a.size, ...))
        shape = [1] * x.ndim
        if a.size > 1:
            shape[1] = a.size
        self.saved = xp.where(x > 0, xp.ones_like(x), a.reshape(shape))
        self.below = xp.clip(x, None, 0).copy()
        return self.saved * x

    def backward(self, dout):
        dx = times_slope("PReLU", dout, self.saved)
        da = dout * self.below
        if self.slope.data.size > 1:
            da = np.einsum("nck->c", da.reshape(*da.shape[:2], -1))
        else:
            da = da.ravel().sum(keepdims=True)
        self.slope.grad += da
        return dx


class ELU(Module):
    def __init__(self, alpha=1.0):
        self.alpha = float(alpha)

    def forward(self, x):
        xp = checked("ELU", x)
        e = xp.exp(xp.clip(x, None, 0))
        above = x > 0
        self.saved = above + ~above * (self.alpha * e)
        self.saved = self.saved.astype(x.dtype)
        return xp.clip(x, 0, None) + self.alpha * (e - 1)

    def backward(self, dout):
        return times_slope("ELU", dout, self.saved)


def chain_gradient(activation, x0, depth):
    check_modules("chain_gradient", activation)
    errors.check_size("chain_gradient", depth=depth)
    x, slopes = np.full((1, 1), float(x0)), []
    for _ in range(depth):
        y = activation.forward(x)
        slopes.append(activation.backward(np.ones((1, 1)))[0, 0])
        x = y
    return np.cumprod(slopes)


def saturation_fraction(a, low, high):
    errors.check_float("saturation_fraction", a=a)
    errors.check_shape("saturation_fraction", "a", a.shape, ("N", ...))
    if low >= high:
        raise ValueError(f"saturation_fraction: low {low} is not below high {high}")
    return 1.0 - float(np.count_nonzero((a > low) & (a < high))) / a.size


def dead_fraction(a):
    errors.check_float("dead_fraction", a=a)
    errors.check_shape("dead_fraction", "a", a.shape, ("N", ...))
    return np.mean(abs(a).max(axis=0) == 0)


def lecture_mistakes():
    x = np.linspace(-5, 5, 20001)
    exact = x * (1 + erf(x / np.sqrt(2))) / 2
    return {
        "sigmoid_slope": 1 / 4,
        "sigmoid_first_unit": 0.6856801139,
        "gelu_gap": np.max(np.abs(exact - x / (1 + np.exp(-1.702 * x)))),
        "relu_flat": np.float64(3.0),
    }
