"""Stage 01: gates, the atoms of every computational graph, and how to check them."""

from __future__ import annotations

import math

from nabla import errors
from nabla.module import Module

# I know plain Python best, so I try to do it without numpy where I can.
# (A list of rows is a matrix, isn't it?)


def unbroadcast(grad, shape):
    """Sum a gradient over the axes along which an array of `shape` was repeated."""
    errors.check_float("unbroadcast", grad=grad)
    axes = []
    front = grad.ndim - len(shape)
    if front < 0:
        raise ValueError("too many axes")
    for i in range(front):
        axes.append(i)
    for i in range(len(shape)):
        if grad.shape[front + i] != shape[i]:
            if shape[i] != 1:
                raise ValueError("does not broadcast")
            axes.append(front + i)
    if axes == []:
        return grad.copy()
    return grad.sum(axis=tuple(axes), keepdims=True).reshape(shape)


class AddGate(Module):
    """out = x + y;  dx = dout, dy = dout"""

    def forward(self, x, y):
        errors.check_float("AddGate.forward", x=x, y=y)
        self.saved = x.shape, y.shape, (x + y).shape
        return x + y

    def backward(self, dout):
        xs, ys, out = errors.check_cached("AddGate.backward", self.saved)
        errors.check_float("AddGate.backward", dout=dout)
        errors.check_shape("AddGate.backward", "dout", dout.shape, out)
        return [unbroadcast(dout, xs), unbroadcast(dout, ys)]


class MulGate(Module):
    """out = x y;  dx = dout y, dy = dout x"""

    def forward(self, x, y):
        errors.check_float("MulGate.forward", x=x, y=y)
        self.saved = x, y
        out = []
        for row_x, row_y in zip(x, y):
            out.append(row_x * row_y)
        return out

    def backward(self, dout):
        x, y = errors.check_cached("MulGate.backward", self.saved)
        dx = []
        dy = []
        for d, a, b in zip(dout, x, y):
            dx.append(d * b)
            dy.append(d * a)
        return dx, dy


class MaxGate(Module):
    """out = max(x, y)"""

    def forward(self, x, y):
        errors.check_float("MaxGate.forward", x=x, y=y)
        self.saved = x, y
        return [[max(a, b) for a, b in zip(r, s)] for r, s in zip(x, y)]

    def backward(self, dout):
        x, y = errors.check_cached("MaxGate.backward", self.saved)
        dx, dy = [], []
        for d_row, x_row, y_row in zip(dout, x, y):
            dx.append([])
            dy.append([])
            for d, a, b in zip(d_row, x_row, y_row):
                if a > b:
                    dx[-1].append(d)
                    dy[-1].append(0.0)
                elif a < b:
                    dx[-1].append(0.0)
                    dy[-1].append(d)
                else:
                    dx[-1].append(d / 2)
                    dy[-1].append(d / 2)
        return dx, dy


class CopyGate(Module):
    """out_1 = ... = out_n = x;  dx = dout_1 + ... + dout_n"""

    def __init__(self, n=2):
        errors.check_size("CopyGate", n=n)
        self.n = n

    def forward(self, x):
        errors.check_float("CopyGate.forward", x=x)
        self.saved = x.shape
        return [x] * self.n

    def backward(self, *douts):
        shape = errors.check_cached("CopyGate.backward", self.saved)
        if len(douts) != self.n:
            raise ValueError("CopyGate.backward: wrong number of gradients")
        for dout in douts:
            errors.check_shape("CopyGate.backward", "dout", dout.shape, shape)
        return sum(douts)


class ScaleGate(Module):
    """out = a x, dx = a dout"""

    def __init__(self, a):
        self.a = float(a)

    def forward(self, x):
        errors.check_float("ScaleGate.forward", x=x)
        self.saved = x.shape
        return self.a * x

    def backward(self, dout):
        shape = errors.check_cached("ScaleGate.backward", self.saved)
        errors.check_shape("ScaleGate.backward", "dout", dout.shape, shape)
        return self.a * dout


class ShiftGate(Module):
    """out = x + c, dx = dout"""

    def __init__(self, c):
        self.c = float(c)

    def forward(self, x):
        errors.check_float("ShiftGate.forward", x=x)
        self.saved = x.shape
        return x + self.c

    def backward(self, dout):
        shape = errors.check_cached("ShiftGate.backward", self.saved)
        errors.check_shape("ShiftGate.backward", "dout", dout.shape, shape)
        return dout.copy()


class ExpGate(Module):
    """out = e^x, dx = dout out"""

    def forward(self, x):
        errors.check_float("ExpGate.forward", x=x)
        self.saved = [[math.exp(v) for v in row] for row in x]
        return self.saved

    def backward(self, dout):
        out = errors.check_cached("ExpGate.backward", self.saved)
        return dout * out


class ReciprocalGate(Module):
    """out = 1 / x, dx = -dout / x^2"""

    def forward(self, x):
        errors.check_float("ReciprocalGate.forward", x=x)
        self.saved = x.copy()
        return [[1 / float(v) for v in row] for row in x]

    def backward(self, dout):
        x = errors.check_cached("ReciprocalGate.backward", self.saved)
        errors.check_shape("ReciprocalGate.backward", "dout", dout.shape, x.shape)
        return -dout / x**2


class SigmoidGate(Module):
    """s = 1 / (1 + e^-x), dx = dout (1 - s) s"""

    def forward(self, x):
        errors.check_float("SigmoidGate.forward", x=x)
        self.saved = 1 / (1 + math.e ** (-x))
        return self.saved.copy()

    def backward(self, dout):
        s = errors.check_cached("SigmoidGate.backward", self.saved)
        errors.check_shape("SigmoidGate.backward", "dout", dout.shape, s.shape)
        return dout * (1 - s) * s


def numerical_gradient(f, x, h=1e-6, method="central"):
    """Measure the gradient of f at x by moving one entry of x at a time."""
    errors.check_float("numerical_gradient", x=x)
    if method not in ["central", "forward"]:
        raise ValueError("unknown method " + str(method))
    if h <= 0:
        raise ValueError("h must be positive")
    grad = []
    for i in range(x.size):
        old = x.flat[i]
        x.flat[i] = old + h
        up = f(x)
        x.flat[i] = old - h
        down = f(x)
        x.flat[i] = old
        if method == "central":
            grad.append((up - down) / (2 * h))
        else:
            grad.append((up - f(x)) / h)
    return grad


def relative_error(a, b, floor=1e-8):
    """Return the largest of |a - b| / max(floor, |a| + |b|), entry by entry."""
    errors.check_float("relative_error", a=a, b=b)
    errors.check_shape("relative_error", "b", b.shape, a.shape)
    worst = 0.0
    for p, q in zip(a.flat, b.flat):
        worst = max(worst, abs(p - q) / max(floor, abs(p) + abs(q)))
    return worst


def directional_derivative(grad, u):
    """Return how fast f changes along u: grad . u / |u|."""
    errors.check_float("directional_derivative", grad=grad, u=u)
    errors.check_shape("directional_derivative", "u", u.shape, grad.shape)
    dot = sum(g * v for g, v in zip(grad.flat, u.flat))
    length = math.sqrt(sum(v * v for v in u.flat))
    if length == 0:
        raise ValueError("u is zero")
    return dot / length


def expr_e(a, b):
    c, d = a + b, b + 1
    return c * d, [d, c + d]


def expr_xyz(x, y, z):
    return (x + y) * z, [z, z, x + y]


def expr_j(a, b, c):
    return 3 * (a + b * c), [3.0, 3 * c, 3 * b]


def sigmoid_neuron(w, x):
    """Return f = s(w0 x0 + w1 x1 + w2), df/dw and df/dx."""
    errors.check_float("sigmoid_neuron", w=w, x=x)
    errors.check_shape("sigmoid_neuron", "w", w.shape, (3,))
    errors.check_shape("sigmoid_neuron", "x", x.shape, (2,))
    z = w[0] * x[0] + w[1] * x[1] + w[2]
    s = 1 / (1 + math.exp(-z))
    ds = s * (1 - s)
    return s, [ds * x[0], ds * x[1], ds], [ds * w[0], ds * w[1]]


def path_sum(stages):
    paths = [1.0]
    for edges in stages:
        paths = [p * e for p in paths for e in edges]
    return sum(paths)


def path_product(stages):
    product = 1.0
    for edges in stages:
        product = product * sum(edges)
    return product
