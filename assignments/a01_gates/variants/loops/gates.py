"""Every gate as a loop over the entries of its output."""

import itertools
import math

import numpy as np


def check(a):
    if not isinstance(a, np.ndarray) or a.dtype.kind != "f":
        raise TypeError(
            "expected an array of floats, got " + str(getattr(a, "dtype", type(a)))
        )


def entries(shape):
    return itertools.product(*[range(n) for n in shape])


def place(shape, index):
    """Which entry of an array of this shape broadcasting shows at index."""
    tail = index[len(index) - len(shape) :] if shape else ()
    return tuple(0 if n == 1 else i for i, n in zip(tail, shape))


def broadcast(a, b):
    out = []
    for m, n in itertools.zip_longest(reversed(a), reversed(b), fillvalue=1):
        if m != n and m != 1 and n != 1:
            raise ValueError(f"shapes {a} and {b} do not broadcast")
        out.append(n if m == 1 else m)
    return tuple(reversed(out))


def unbroadcast(grad, shape):
    check(grad)
    shape = tuple(shape)
    if len(shape) > grad.ndim or broadcast(shape, grad.shape) != grad.shape:
        raise ValueError(f"{shape} does not broadcast to {grad.shape}")
    total = np.zeros(shape, grad.dtype)
    for index in entries(grad.shape):
        total[place(shape, index)] += grad[index]
    return total


class Gate:
    memory = None

    def recall(self, dout):
        if self.memory is None:
            raise RuntimeError("backward was called before forward")
        check(dout)
        if dout.shape != self.shape:
            raise ValueError(f"dout has shape {dout.shape}, expected {self.shape}")
        return self.memory

    def __call__(self, *args):
        return self.forward(*args)


class Binary(Gate):
    def forward(self, x, y):
        check(x)
        check(y)
        self.shape = broadcast(x.shape, y.shape)
        self.memory = (np.array(x), np.array(y))
        out = np.zeros(self.shape, np.result_type(x, y))
        for index in entries(self.shape):
            out[index] = self.value(x[place(x.shape, index)], y[place(y.shape, index)])
        return out

    def backward(self, dout):
        x, y = self.recall(dout)
        dx, dy = np.zeros(x.shape, dout.dtype), np.zeros(y.shape, dout.dtype)
        for index in entries(self.shape):
            i, j = place(x.shape, index), place(y.shape, index)
            left, right = self.slopes(x[i], y[j])
            dx[i] += left * dout[index]
            dy[j] += right * dout[index]
        return [dx, dy]


class AddGate(Binary):
    def value(self, x, y):
        return x + y

    def slopes(self, x, y):
        return 1, 1


class MulGate(Binary):
    def value(self, x, y):
        return x * y

    def slopes(self, x, y):
        return y, x


class MaxGate(Binary):
    def value(self, x, y):
        return max(x, y)

    def slopes(self, x, y):
        if x == y:
            return 0.5, 0.5
        return (1, 0) if x > y else (0, 1)


class CopyGate(Gate):
    def __init__(self, n=2):
        self.n = n

    def forward(self, x):
        check(x)
        self.shape = x.shape
        self.memory = ()
        return [np.array(x) for _ in range(self.n)]

    def backward(self, *douts):
        for dout in douts:
            self.recall(dout)
        if len(douts) != self.n:
            raise ValueError(f"expected {self.n} gradients, got {len(douts)}")
        dx = np.zeros_like(douts[0])
        for index in entries(self.shape):
            for dout in douts:
                dx[index] += dout[index]
        return dx


class Unary(Gate):
    def forward(self, x):
        check(x)
        self.shape = x.shape
        self.memory = np.array(x)
        out = np.zeros_like(x)
        for index in entries(x.shape):
            out[index] = self.value(float(x[index]))
        return out

    def backward(self, dout):
        x = self.recall(dout)
        dx = np.zeros_like(dout)
        for index in entries(x.shape):
            dx[index] = self.slope(float(x[index])) * float(dout[index])
        return dx


class ScaleGate(Unary):
    def __init__(self, a):
        self.a = a

    def value(self, x):
        return self.a * x

    def slope(self, x):
        return self.a


class ShiftGate(Unary):
    def __init__(self, c):
        self.c = c

    def value(self, x):
        return x + self.c

    def slope(self, x):
        return 1.0


class ExpGate(Unary):
    value = slope = staticmethod(math.exp)


class ReciprocalGate(Unary):
    def value(self, x):
        return 1 / x if x else math.copysign(math.inf, x)

    def slope(self, x):
        return -1 / (x * x) if x else -math.inf


class SigmoidGate(Unary):
    def value(self, x):
        return 1 / (1 + math.exp(-x))

    def slope(self, x):
        return math.exp(-x) / (1 + math.exp(-x)) ** 2


def numerical_gradient(f, x, h=1e-6, method="central"):
    check(x)
    if method not in ("central", "forward") or h <= 0:
        raise ValueError("unknown method or step")
    grad = np.zeros_like(x)
    for index in entries(x.shape):
        right = x.copy()
        right[index] += h
        if method == "forward":
            grad[index] = (f(right) - f(x.copy())) / h
            continue
        left = x.copy()
        left[index] -= h
        grad[index] = (f(right) - f(left)) / (2 * h)
    return grad


def relative_error(a, b, floor=1e-8):
    check(a)
    check(b)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    worst = 0.0
    for index in entries(a.shape):
        p, q = float(a[index]), float(b[index])
        worst = max(worst, abs(p - q) / max(floor, abs(p) + abs(q)))
    return worst


def directional_derivative(grad, u):
    check(grad)
    check(u)
    if grad.shape != u.shape:
        raise ValueError("shapes differ")
    length = math.sqrt(math.fsum(float(v) ** 2 for v in u.flat))
    if length == 0:
        raise ValueError("u is zero")
    return math.fsum(float(g) * float(v) / length for g, v in zip(grad.flat, u.flat))


def expr_e(a, b):
    c = a + b
    d = b + 1
    grad = {"a": 0.0, "b": 0.0}
    grad["a"] += d
    grad["b"] += d
    grad["b"] += c
    return c * d, grad


def expr_xyz(x, y, z):
    return (x + y) * z, {"x": z, "y": z, "z": x + y}


def expr_j(a, b, c):
    return 3 * (a + b * c), {"a": 3, "b": 3 * c, "c": 3 * b}


def sigmoid_neuron(w, x):
    check(w)
    check(x)
    if w.shape != (3,) or x.shape != (2,):
        raise ValueError(f"shapes {w.shape} and {x.shape}, expected (3,) and (2,)")
    m0, m1, s, t, sigmoid = MulGate(), MulGate(), AddGate(), AddGate(), SigmoidGate()
    f = sigmoid(t(s(m0(w[:1], x[:1]), m1(w[1:2], x[1:])), w[2:]))
    total, dw2 = t.backward(sigmoid.backward(np.ones_like(f)))
    p0, p1 = s.backward(total)
    (dw0, dx0), (dw1, dx1) = m0.backward(p0), m1.backward(p1)
    dw = np.array([dw0[0], dw1[0], dw2[0]], w.dtype)
    return f.item(), dw, np.array([dx0[0], dx1[0]], x.dtype)


def path_sum(stages):
    if not stages:
        return 1.0
    total = 0.0
    for edge in stages[0]:
        total += edge * path_sum(stages[1:])
    return total


def path_product(stages):
    product = 1.0
    for edges in stages:
        total = 0.0
        for edge in edges:
            total += edge
        product *= total
    return product


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
    return {"max_tie": 0.5, "sigmoid": 1.0 / (1.0 + math.exp(-1.0))}
