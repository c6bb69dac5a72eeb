"""Stage 01: gates.

Ada K., group 3.  All public checks pass :)
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from nabla import errors
from nabla.module import Module


def unbroadcast(grad, shape):
    """Sum a gradient over the axes along which an array of `shape` was repeated."""
    print("unbroadcast: grad.shape =", grad.shape, "shape =", shape)
    errors.check_float("unbroadcast", grad=grad)
    if len(shape) > grad.ndim:
        raise ValueError(f"unbroadcast: {shape} has more axes than {grad.shape}")
    result = grad.copy()
    # axes in front
    while result.ndim > len(shape):
        result = result.sum(axis=0)
        print("   summed a front axis, now", result.shape)
    # axes of size one
    for axis, size in enumerate(shape):
        if result.shape[axis] == size:
            continue
        if size != 1:
            raise ValueError(f"unbroadcast: {shape} does not go into {grad.shape}")
        result = result.sum(axis=axis, keepdims=True)
        print("   summed axis", axis, "now", result.shape)
    return result


def check_two(name, x, y):
    print(name, "x =", x, "y =", y)
    errors.check_float(name, x=x, y=y)
    return np.broadcast_shapes(x.shape, y.shape)  # raises ValueError itself


def check_dout(name, dout, shape):
    print(name, "dout =", dout)
    errors.check_float(name, dout=dout)
    errors.check_shape(name, "dout", dout.shape, shape)


class AddGate(Module):
    """Add two arrays."""

    def forward(self, x, y):
        out_shape = check_two("AddGate.forward", x, y)
        self.saved = (x.shape, y.shape, out_shape)
        out = x + y
        print("AddGate.forward out =", out)
        return out

    def backward(self, dout):
        xs, ys, outs = errors.check_cached("AddGate.backward", self.saved)
        check_dout("AddGate.backward", dout, outs)
        dx = unbroadcast(dout, xs)
        dy = unbroadcast(dout, ys)
        print("AddGate.backward dx =", dx, "dy =", dy)
        return dx, dy


class MulGate(Module):
    """Multiply two arrays."""

    def forward(self, x, y):
        out_shape = check_two("MulGate.forward", x, y)
        self.saved = (x.copy(), y.copy(), out_shape)
        out = x * y
        print("MulGate.forward out =", out)
        return out

    def backward(self, dout):
        x, y, outs = errors.check_cached("MulGate.backward", self.saved)
        check_dout("MulGate.backward", dout, outs)
        dx = unbroadcast(dout * y, x.shape)
        dy = unbroadcast(dout * x, y.shape)
        print("MulGate.backward dx =", dx, "dy =", dy)
        return dx, dy


class MaxGate(Module):
    """The larger one wins."""

    def forward(self, x, y):
        out_shape = check_two("MaxGate.forward", x, y)
        self.saved = (x.copy(), y.copy(), out_shape)
        out = np.maximum(x, y)
        print("MaxGate.forward out =", out)
        return out

    def backward(self, dout):
        x, y, outs = errors.check_cached("MaxGate.backward", self.saved)
        check_dout("MaxGate.backward", dout, outs)
        half = dout.dtype.type(0.5)
        dx = dout * (x > y) + half * dout * (x == y)
        dy = dout * (x < y) + half * dout * (x == y)
        print("MaxGate.backward dx =", dx, "dy =", dy)
        return unbroadcast(dx, x.shape), unbroadcast(dy, y.shape)


class CopyGate(Module):
    """One in, n out."""

    def __init__(self, n=2):
        print("CopyGate n =", n)
        errors.check_size("CopyGate", n=n)
        self.n = n

    def forward(self, x):
        print("CopyGate.forward x =", x)
        errors.check_float("CopyGate.forward", x=x)
        self.saved = x.shape
        return tuple(x.copy() for _ in range(self.n))

    def backward(self, *douts):
        print("CopyGate.backward got", len(douts), "gradients")
        shape = errors.check_cached("CopyGate.backward", self.saved)
        if len(douts) != self.n:
            raise ValueError("CopyGate.backward: wrong number of gradients")
        for dout in douts:
            check_dout("CopyGate.backward", dout, shape)
        dx = np.zeros_like(douts[0])
        for dout in douts:
            dx = dx + dout
            print("   dx is now", dx)
        return dx


class ScaleGate(Module):
    """a * x"""

    def __init__(self, a):
        print("ScaleGate a =", a)
        self.a = float(a)

    def forward(self, x):
        print("ScaleGate.forward x =", x)
        errors.check_float("ScaleGate.forward", x=x)
        self.saved = x.shape
        return self.a * x

    def backward(self, dout):
        shape = errors.check_cached("ScaleGate.backward", self.saved)
        check_dout("ScaleGate.backward", dout, shape)
        return self.a * dout


class ShiftGate(Module):
    """x + c"""

    def __init__(self, c):
        print("ShiftGate c =", c)
        self.c = float(c)

    def forward(self, x):
        print("ShiftGate.forward x =", x)
        errors.check_float("ShiftGate.forward", x=x)
        self.saved = x.shape
        return x + self.c

    def backward(self, dout):
        shape = errors.check_cached("ShiftGate.backward", self.saved)
        check_dout("ShiftGate.backward", dout, shape)
        return dout.copy()


class ExpGate(Module):
    """e^x"""

    def forward(self, x):
        print("ExpGate.forward x =", x)
        errors.check_float("ExpGate.forward", x=x)
        self.saved = np.exp(x)
        print("ExpGate.forward out =", self.saved)
        return self.saved.copy()

    def backward(self, dout):
        out = errors.check_cached("ExpGate.backward", self.saved)
        check_dout("ExpGate.backward", dout, out.shape)
        return dout * out


class ReciprocalGate(Module):
    """1 / x"""

    def forward(self, x):
        print("ReciprocalGate.forward x =", x)
        errors.check_float("ReciprocalGate.forward", x=x)
        with np.errstate(divide="ignore"):
            self.saved = 1 / x
        return self.saved.copy()

    def backward(self, dout):
        out = errors.check_cached("ReciprocalGate.backward", self.saved)
        check_dout("ReciprocalGate.backward", dout, out.shape)
        return -dout * out**2


class SigmoidGate(Module):
    """1 / (1 + e^-x)"""

    def forward(self, x):
        print("SigmoidGate.forward x =", x)
        errors.check_float("SigmoidGate.forward", x=x)
        # tanh does not overflow, exp did for x = -1000
        self.saved = 0.5 * (1 + np.tanh(0.5 * x))
        print("SigmoidGate.forward s =", self.saved)
        return self.saved.copy()

    def backward(self, dout):
        s = errors.check_cached("SigmoidGate.backward", self.saved)
        check_dout("SigmoidGate.backward", dout, s.shape)
        return dout * s * (1 - s)


def numerical_gradient(f, x, h=1e-6, method="central"):
    """Measure the gradient of f at x by moving one entry of x at a time."""
    print("numerical_gradient", method, "h =", h)
    errors.check_float("numerical_gradient", x=x)
    if method != "central" and method != "forward":
        raise ValueError("numerical_gradient: method must be central or forward")
    if h <= 0:
        raise ValueError("numerical_gradient: h must be positive")
    grad = np.zeros_like(x)
    if method == "forward":
        f0 = f(x)
    for i in np.ndindex(*x.shape):
        old = x[i]
        try:
            x[i] = old + h
            up = f(x)
            if method == "central":
                x[i] = old - h
                down = f(x)
                grad[i] = (up - down) / (2 * h)
            else:
                grad[i] = (up - f0) / h
        finally:
            x[i] = old
        print("   ", i, grad[i])
    return grad


def relative_error(a, b, floor=1e-8):
    """Return the largest of |a - b| / max(floor, |a| + |b|), entry by entry."""
    errors.check_float("relative_error", a=a, b=b)
    errors.check_shape("relative_error", "b", b.shape, a.shape)
    worst = np.max(np.abs(a - b) / np.maximum(floor, np.abs(a) + np.abs(b)))
    print("relative_error", worst)
    return float(worst)


def directional_derivative(grad, u):
    """grad . u / |u|"""
    print("directional_derivative", grad, u)
    errors.check_float("directional_derivative", grad=grad, u=u)
    errors.check_shape("directional_derivative", "u", u.shape, grad.shape)
    length = np.linalg.norm(u.ravel())
    if length == 0:
        raise ValueError("directional_derivative: u is zero")
    return float(np.sum(grad * u) / length)


def expr_e(a, b):
    c = a + b
    d = b + 1
    print("c =", c, "d =", d)
    return c * d, {"a": d, "b": c + d}


def expr_xyz(x, y, z):
    q = x + y
    print("q =", q)
    return q * z, {"x": z, "y": z, "z": q}


def expr_j(a, b, c):
    u = b * c
    v = a + u
    print("u =", u, "v =", v)
    return 3 * v, {"a": 3.0, "b": 3 * c, "c": 3 * b}


def sigmoid_neuron(w, x):
    """Return f, df/dw and df/dx, computed with gates."""
    print("sigmoid_neuron w =", w, "x =", x)
    errors.check_float("sigmoid_neuron", w=w, x=x)
    errors.check_shape("sigmoid_neuron", "w", w.shape, (3,))
    errors.check_shape("sigmoid_neuron", "x", x.shape, (2,))
    mul, add, sig = MulGate(), AddGate(), SigmoidGate()
    products = mul.forward(w[:2], x)
    total = add.forward(products.sum(keepdims=True), w[2:])
    f = sig.forward(total)
    dsum = sig.backward(np.ones(1))
    dproducts, dbias = add.backward(dsum)
    # the sum of two is a broadcast backwards
    dw, dx = mul.backward(np.repeat(dproducts, 2))
    print("f =", f, "dw =", dw, "dx =", dx)
    return float(f[0]), np.append(dw, dbias), dx


def path_sum(stages):
    total = 0.0
    for path in itertools.product(*stages):
        print("path", path)
        total += math.prod(path)
    return total


def path_product(stages):
    result = 1.0
    for edges in stages:
        print("edges", edges, "sum", sum(edges))
        result *= sum(edges)
    return result
