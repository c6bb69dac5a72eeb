"""Stage 03, SiLU and GELU, one number at a time."""

from __future__ import annotations

import math

import numpy as np

from nabla import errors
from nabla.module import Module

erf = np.vectorize(math.erf, otypes=[float])

GELU_MODES = ("none", "tanh", "sigmoid")


def s(x):
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    return math.exp(x) / (1.0 + math.exp(x))


def each(function, *arrays):
    out = np.empty(arrays[0].shape, arrays[0].dtype)
    for i in np.ndindex(*out.shape):
        out[i] = function(*[float(a[i]) for a in arrays])
    return out


class SiLU(Module):
    def forward(self, x):
        errors.check_float("SiLU.forward", x=x)
        errors.check_shape("SiLU.forward", "x", x.shape, ("N", ...))
        self.saved = x.copy()
        return each(lambda t: t * s(t), x)

    def backward(self, dout):
        x = errors.check_cached("SiLU.backward", self.saved)
        errors.check_float("SiLU.backward", dout=dout)
        errors.check_shape("SiLU.backward", "dout", dout.shape, x.shape)
        return each(lambda d, t: d * (s(t) + t * s(t) * s(-t)), dout, x)


class GELU(Module):
    def __init__(self, approximate="none"):
        if approximate not in GELU_MODES:
            raise ValueError(f"GELU: unknown mode {approximate!r}")
        self.approximate = approximate

    def parts(self, x):
        if self.approximate == "none":
            density = math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
            return 0.5 * math.erfc(-x / math.sqrt(2.0)), density
        if self.approximate == "sigmoid":
            return s(1.702 * x), 1.702 * s(1.702 * x) * s(-1.702 * x)
        root = math.sqrt(2.0 / math.pi)
        t = math.tanh(root * (x + 0.044715 * x**3))
        du = root * (1.0 + 3.0 * 0.044715 * x**2)
        return 0.5 * (1.0 + t), 0.5 * (1.0 - t * t) * du

    def forward(self, x):
        errors.check_float("GELU.forward", x=x)
        errors.check_shape("GELU.forward", "x", x.shape, ("N", ...))
        self.saved = x.copy()
        return each(lambda t: t * self.parts(t)[0], x)

    def backward(self, dout):
        x = errors.check_cached("GELU.backward", self.saved)
        errors.check_float("GELU.backward", dout=dout)
        errors.check_shape("GELU.backward", "dout", dout.shape, x.shape)

        def entry(d, t):
            gate, slope = self.parts(t)
            return d * (gate + t * slope)

        return each(entry, dout, x)
