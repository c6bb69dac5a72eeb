"""Stage 03: SiLU and GELU, forward saves the slope."""

from __future__ import annotations

import math

import numpy as np

from nabla import backend, errors
from nabla.module import Module

GELU_MODES = ("none", "tanh", "sigmoid")


def erf(x):
    return np.vectorize(math.erf, otypes=[x.dtype])(x)


class Gated(Module):
    def gate(self, x, xp):
        raise NotImplementedError

    def forward(self, x):
        name = type(self).__name__
        errors.check_float(f"{name}.forward", x=x)
        errors.check_shape(f"{name}.forward", "x", x.shape, ("N", ...))
        P, dP = self.gate(x, backend.array_module(x))
        self.saved = P + x * dP
        return x * P

    def backward(self, dout):
        name = type(self).__name__
        slope = errors.check_cached(f"{name}.backward", self.saved)
        errors.check_float(f"{name}.backward", dout=dout)
        errors.check_shape(f"{name}.backward", "dout", dout.shape, slope.shape)
        return dout * slope


class SiLU(Gated):
    def gate(self, x, xp):
        s = 0.5 + 0.5 * xp.tanh(0.5 * x)
        return s, s * (1 - s)


class GELU(Gated):
    def __init__(self, approximate="none"):
        if approximate not in GELU_MODES:
            raise ValueError(f"GELU: unknown mode {approximate!r}")
        self.approximate = approximate

    def gate(self, x, xp):
        if self.approximate == "none":
            P = 0.5 + 0.5 * erf(x * math.sqrt(0.5))
            return P, xp.exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi))
        if self.approximate == "sigmoid":
            s = 0.5 + 0.5 * xp.tanh(0.851 * x)
            return s, 1.702 * s * (1 - s)
        c = math.sqrt(2 / math.pi)
        t = xp.tanh(c * x * (1 + 0.044715 * x * x))
        return 0.5 + 0.5 * t, 0.5 * (1 - t * t) * c * (1 + 0.134145 * x * x)
