"""Stage 01: gates, the atoms of every computational graph, and how to check them."""

import math

import numpy as np

from nabla.errors import check_cached, check_float, check_shape
from nabla.module import Module


def unbroadcast(grad, shape):
    check_float('unbroadcast', grad=grad)
    n = grad.ndim - len(shape)
    if n < 0:
        raise ValueError('shape has too many axes')
    out = grad.sum(axis=tuple(range(n))) if n else grad.copy()
    for i, s in enumerate(shape):
        if s == 1 and out.shape[i] > 1:
            out = out.sum(axis=i, keepdims=True)
    if out.shape != tuple(shape):
        raise ValueError('shape does not broadcast')
    return out


class TwoGate(Module):
    """What the gates with two inputs share."""

    def shapes(self, x, y):
        check_float(type(self).__name__, x=x, y=y)
        try:
            return np.broadcast_shapes(x.shape, y.shape)
        except ValueError:
            raise ValueError('x and y do not broadcast')

    def upstream(self, dout, shape):
        check_float(type(self).__name__, dout=dout)
        check_shape(type(self).__name__, 'dout', dout.shape, shape)


class AddGate(TwoGate):

    def forward(self, x, y):
        self.saved = x.shape, y.shape, self.shapes(x, y)
        return x + y

    def backward(self, dout):
        xs, ys, s = check_cached('AddGate.backward', self.saved)
        self.upstream(dout, s)
        return unbroadcast(dout, xs), unbroadcast(dout, ys)


class MulGate(TwoGate):

    def forward(self, x, y):
        self.saved = x.copy(), y.copy(), self.shapes(x, y)
        return x * y

    def backward(self, dout):
        x, y, s = check_cached('MulGate.backward', self.saved)
        self.upstream(dout, s)
        return unbroadcast(dout * y, x.shape), unbroadcast(dout * x, y.shape)


class MaxGate(TwoGate):

    def forward(self, x, y):
        self.saved = x.copy(), y.copy(), self.shapes(x, y)
        return np.maximum(x, y)

    def backward(self, dout):
        x, y, s = check_cached('MaxGate.backward', self.saved)
        self.upstream(dout, s)
        # edited this part at the computer pool
        tie = (x == y) * dout / 2
	dx = (x > y) * dout + tie
	dy = (x < y) * dout + tie
        return unbroadcast(dx, x.shape), unbroadcast(dy, y.shape)


class CopyGate(Module):

    def __init__(self, n=2):
        if n < 1:
            raise ValueError('n < 1')
        self.n = n

    def forward(self, x):
        check_float('CopyGate.forward', x=x)
        self.saved = x.shape
        return tuple(x.copy() for i in range(self.n))

    def backward(self, *douts):
        shape = check_cached('CopyGate.backward', self.saved)
        if len(douts) != self.n:
            raise ValueError('wrong number of gradients')
        for d in douts:
            check_shape('CopyGate.backward', 'dout', d.shape, shape)
        return np.sum(douts, axis=0)


class ScaleGate(Module):

    def __init__(self, a):
        self.a = float(a)

    def forward(self, x):
        check_float('ScaleGate.forward', x=x)
        self.saved = x.shape
        return self.a * x

    def backward(self, dout):
        check_shape('ScaleGate.backward', 'dout', dout.shape,
                    check_cached('ScaleGate.backward', self.saved))
        return self.a * dout


class ShiftGate(Module):

    def __init__(self, c):
        self.c = float(c)

    def forward(self, x):
        check_float('ShiftGate.forward', x=x)
        self.saved = x.shape
        return x + self.c

    def backward(self, dout):
        check_shape('ShiftGate.backward', 'dout', dout.shape,
                    check_cached('ShiftGate.backward', self.saved))
        return dout.copy()


class ExpGate(Module):

    def forward(self, x):
        check_float('ExpGate.forward', x=x)
        self.saved = np.exp(x)
        return self.saved.copy()

    def backward(self, dout):
        out = check_cached('ExpGate.backward', self.saved)
        check_shape('ExpGate.backward', 'dout', dout.shape, out.shape)
        return dout * out


class ReciprocalGate(Module):

    def forward(self, x):
        check_float('ReciprocalGate.forward', x=x)
        with np.errstate(all='ignore'):
            self.saved = 1 / x
        return self.saved.copy()

    def backward(self, dout):
        out = check_cached('ReciprocalGate.backward', self.saved)
        check_shape('ReciprocalGate.backward', 'dout', dout.shape, out.shape)
        return -dout * out ** 2


class SigmoidGate(Module):

    def forward(self, x):
        check_float('SigmoidGate.forward', x=x)
        self.saved = 1 / (1 + np.exp(-x))
        return self.saved.copy()

    def backward(self, dout):
        s = check_cached('SigmoidGate.backward', self.saved)
        check_shape('SigmoidGate.backward', 'dout', dout.shape, s.shape)
        return dout * s * (1 - s)


def numerical_gradient(f, x, h=1e-6, method='central'):
    check_float('numerical_gradient', x=x)
    if method not in ('central', 'forward') or h <= 0:
        raise ValueError('wrong method or h')
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        hi = f(x)
        x[i] = old - h if method == 'central' else old
        lo = f(x)
        x[i] = old
        grad[i] = (hi - lo) / (2 * h if method == 'central' else h)
    return grad


def relative_error(a, b, floor=1e-8):
    check_float('relative_error', a=a, b=b)
    check_shape('relative_error', 'b', b.shape, a.shape)
    return float(np.max(np.abs(a - b) / np.maximum(floor, np.abs(a) + np.abs(b))))


def directional_derivative(grad, u):
    check_float('directional_derivative', grad=grad, u=u)
    check_shape('directional_derivative', 'u', u.shape, grad.shape)
    n = math.sqrt(np.sum(u * u))
    if n == 0:
        raise ValueError('u is zero')
    return float(np.sum(grad * u)) / n


def expr_e(a, b):
    return (a + b) * (b + 1), {'a': b + 1, 'b': (b + 1) + (a + b)}


def expr_xyz(x, y, z):
    return (x + y) * z, {'x': z, 'y': z, 'z': x + y}


def expr_j(a, b, c):
    return 3 * (a + b * c), {'a': 3.0, 'b': 3 * c, 'c': 3 * b}


def sigmoid_neuron(w, x):
    check_float('sigmoid_neuron', w=w, x=x)
    check_shape('sigmoid_neuron', 'w', w.shape, (3,))
    check_shape('sigmoid_neuron', 'x', x.shape, (2,))
    s = SigmoidGate()
    f = s.forward(w[:1] * x[:1] + w[1:2] * x[1:] + w[2:])
    d = s.backward(np.ones(1))
    return float(f[0]), np.concatenate([d * x, d]), d * w[:2]


def path_sum(stages):
    if not stages:
        return 1.0
    return sum(e * path_sum(stages[1:]) for e in stages[0])


def path_product(stages):
    return math.prod(sum(s) for s in stages)
