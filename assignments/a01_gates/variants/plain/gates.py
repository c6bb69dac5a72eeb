"""The formulas of the handout, one by one."""

import numpy as np

from nabla.errors import check_cached, check_float
from nabla.module import Module


def unbroadcast(grad, shape):
    check_float("unbroadcast", grad=grad)
    result = grad.copy()
    while result.ndim > len(shape):
        result = result.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            result = result.sum(axis=axis, keepdims=True)
    if np.shape(result) != tuple(shape):
        raise ValueError(f"grad {grad.shape} is no broadcast of {shape}")
    return result


def same_shape(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shape {a.shape}, expected {b.shape}")


class AddGate(Module):
    def forward(self, x, y):
        check_float("AddGate", x=x, y=y)
        self.out = x + y
        self.saved = x.shape, y.shape
        return self.out

    def backward(self, dout):
        a, b = check_cached("AddGate", self.saved)
        check_float("AddGate", dout=dout)
        same_shape(dout, self.out)
        return unbroadcast(dout, a), unbroadcast(dout, b)


class MulGate(Module):
    def forward(self, x, y):
        check_float("MulGate", x=x, y=y)
        self.x, self.y = x.copy(), y.copy()
        self.out = x * y
        return self.out

    def backward(self, dout):
        if "x" not in self.__dict__:
            raise RuntimeError("forward first")
        check_float("MulGate", dout=dout)
        same_shape(dout, self.out)
        dx = unbroadcast(dout * self.y, self.x.shape)
        dy = unbroadcast(dout * self.x, self.y.shape)
        return dx, dy


class MaxGate(Module):
    def forward(self, x, y):
        check_float("MaxGate", x=x, y=y)
        self.saved = (x > y), (x < y), (x == y), x.shape, y.shape
        return np.maximum(x, y)

    def backward(self, dout):
        first, second, tie, a, b = check_cached("MaxGate", self.saved)
        check_float("MaxGate", dout=dout)
        same_shape(dout, tie)
        dx = np.zeros_like(dout)
        dx[first] = dout[first]
        dx[tie] = dout[tie] / 2
        dy = np.zeros_like(dout)
        dy[second] = dout[second]
        dy[tie] = dout[tie] / 2
        return unbroadcast(dx, a), unbroadcast(dy, b)


class CopyGate(Module):
    def __init__(self, n=2):
        self.n = n

    def forward(self, x):
        check_float("CopyGate", x=x)
        self.saved = x.copy()
        return (x.copy(),) * self.n

    def backward(self, *douts):
        x = check_cached("CopyGate", self.saved)
        if len(douts) != self.n:
            raise ValueError("wrong number of gradients")
        dx = 0
        for dout in douts:
            check_float("CopyGate", dout=dout)
            same_shape(dout, x)
            dx = dx + dout
        return dx


class Simple(Module):
    def forward(self, x):
        check_float(type(self).__name__, x=x)
        self.saved = x.copy()
        return self.f(x)

    def backward(self, dout):
        x = check_cached(type(self).__name__, self.saved)
        check_float(type(self).__name__, dout=dout)
        same_shape(dout, x)
        return dout * self.df(x)


class ScaleGate(Simple):
    def __init__(self, a):
        self.a = a

    def f(self, x):
        return self.a * x

    def df(self, x):
        return self.a


class ShiftGate(Simple):
    def __init__(self, c):
        self.c = c

    def f(self, x):
        return x + self.c

    def df(self, x):
        return 1


class ExpGate(Simple):
    def f(self, x):
        return np.exp(x)

    def df(self, x):
        return np.exp(x)


class ReciprocalGate(Simple):
    def f(self, x):
        return 1 / x

    def df(self, x):
        return -1 / x**2


class SigmoidGate(Simple):
    def f(self, x):
        return 1 / (1 + np.exp(-x))

    def df(self, x):
        return np.exp(-x) / (1 + np.exp(-x)) ** 2


def numerical_gradient(f, x, h=1e-6, method="central"):
    check_float("numerical_gradient", x=x)
    if method != "central" and method != "forward":
        raise ValueError("method must be central or forward")
    if h <= 0:
        raise ValueError("h must be positive")
    grad = np.zeros_like(x)
    fx = f(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        i = it.multi_index
        old = x[i]
        x[i] = old + h
        right = f(x)
        if method == "central":
            x[i] = old - h
            grad[i] = (right - f(x)) / (2 * h)
        else:
            grad[i] = (right - fx) / h
        x[i] = old
        it.iternext()
    return grad


def relative_error(a, b, floor=1e-8):
    check_float("relative_error", a=a, b=b)
    same_shape(a, b)
    return float(np.max(np.abs(a - b) / np.maximum(floor, np.abs(a) + np.abs(b))))


def directional_derivative(grad, u):
    check_float("directional_derivative", grad=grad, u=u)
    same_shape(grad, u)
    norm = np.sqrt(np.sum(u**2))
    if norm == 0:
        raise ValueError("u is zero")
    return float(np.sum(grad * u / norm))


def expr_e(a, b):
    c = a + b
    d = b + 1
    e = c * d
    de_dc = d
    de_dd = c
    return e, {"a": de_dc * 1, "b": de_dc * 1 + de_dd * 1}


def expr_xyz(x, y, z):
    q = x + y
    return q * z, {"x": z, "y": z, "z": q}


def expr_j(a, b, c):
    return 3 * (a + b * c), {"a": 3, "b": 3 * c, "c": 3 * b}


def sigmoid_neuron(w, x):
    check_float("sigmoid_neuron", w=w, x=x)
    same_shape(w, np.empty(3))
    same_shape(x, np.empty(2))
    mul, add, bias = MulGate(), AddGate(), AddGate()
    minus, exp, plus, inverse = (
        ScaleGate(-1.0),
        ExpGate(),
        ShiftGate(1.0),
        ReciprocalGate(),
    )
    p = mul(w[:2], x)
    z = bias(add(p[:1], p[1:]), w[2:])
    f = inverse(plus(exp(minus(z))))
    d = np.ones_like(f)
    for gate in (inverse, plus, exp, minus):
        d = gate.backward(d)
    d, dw2 = bias.backward(d)
    dw, dx = mul.backward(np.concatenate(add.backward(d)))
    return float(f[0]), np.concatenate((dw, dw2)), dx


def path_sum(stages):
    def walk(k, product):
        if k == len(stages):
            return product
        return sum(walk(k + 1, product * edge) for edge in stages[k])

    return walk(0, 1.0)


def path_product(stages):
    return float(np.prod([np.sum(edges) for edges in stages]))


def lecture_mistakes() -> dict[str, float]:
    """Return what is right where a slide is not: one number per key.

    "max_tie": lecture 000, "Derivatives in Computational Graphs", gives both inputs of
        a max gate the derivative 1 where they are equal. What does a central difference
        measure there for each of them?
    "sigmoid": lecture 002 goes through the sigmoid of 1 and writes its derivative as
        (1 - 1/(1 + e^1)) (1/(1 + e^1)). The product is right, the factors are not: what
        is the sigmoid of 1? Six digits or more.

    Source: the slides named.
    """
    return {"max_tie": 0.5, "sigmoid": 0.7310585786300049}
