"""forward returns the output and keeps a function: the backward pass."""

import functools
import operator

import numpy as np

from nabla import errors
from nabla.module import Module


def unbroadcast(grad, shape):
    errors.check_float("unbroadcast", grad=grad)
    if np.broadcast_shapes(grad.shape, shape) != grad.shape:
        raise ValueError(f"{shape} does not broadcast to {grad.shape}")
    letters = "abcdefghijklmnop"[: grad.ndim]
    kept = "".join(
        letter for letter, size in zip(reversed(letters), reversed(shape)) if size != 1
    )[::-1]
    return np.array(np.einsum(f"{letters}->{kept}", grad)).reshape(shape)


class _Gate(Module):
    """Subclasses give `rule`: inputs -> (output, function dout -> gradients)."""

    def forward(self, *inputs):
        names = {f"x{i}": x for i, x in enumerate(inputs)}
        errors.check_float(type(self).__name__, **names)
        out, back = self.rule(*[np.array(x) for x in inputs])
        self.saved = out.shape, back
        return np.array(out)

    def backward(self, dout):
        shape, back = errors.check_cached(type(self).__name__, self.saved)
        errors.check_float(type(self).__name__, dout=dout)
        errors.check_shape(type(self).__name__, "dout", dout.shape, shape)
        return back(dout)


def _pair(x, y, left, right):
    def back(dout):
        dx = unbroadcast(left(dout), x.shape)
        return dx, unbroadcast(right(dout), y.shape)

    return back


class AddGate(_Gate):
    def rule(self, x, y):
        return np.add(x, y), _pair(x, y, np.positive, np.positive)


class MulGate(_Gate):
    def rule(self, x, y):
        times = functools.partial(functools.partial, np.multiply)
        return np.multiply(x, y), _pair(x, y, times(y), times(x))


class MaxGate(_Gate):
    def rule(self, x, y):
        sign = np.sign(x - y)
        return (
            np.where(x > y, x, y),
            _pair(x, y, lambda d: d * ((1 + sign) / 2), lambda d: d * ((1 - sign) / 2)),
        )


class CopyGate(Module):
    def __init__(self, n=2):
        self.n = n

    def forward(self, x):
        errors.check_float("CopyGate", x=x)
        self.saved = x.shape
        return tuple(np.repeat(x[None], self.n, axis=0))

    def backward(self, *douts):
        shape = errors.check_cached("CopyGate", self.saved)
        for dout in douts:
            errors.check_float("CopyGate", dout=dout)
        if [d.shape for d in douts] != [shape] * self.n:
            raise ValueError(f"expected {self.n} gradients of shape {shape}")
        return functools.reduce(operator.add, douts)


class ScaleGate(_Gate):
    def __init__(self, a):
        self.a = a

    def rule(self, x):
        return x * self.a, lambda dout: dout * self.a


class ShiftGate(_Gate):
    def __init__(self, c):
        self.c = c

    def rule(self, x):
        return x + self.c, np.array


class ExpGate(_Gate):
    def rule(self, x):
        return np.exp(x), lambda dout: dout * np.exp(x)


class ReciprocalGate(_Gate):
    def rule(self, x):
        return np.reciprocal(x), lambda dout: -dout / np.square(x)


class SigmoidGate(_Gate):
    def rule(self, x):
        t = np.tanh(x / 2)
        return (1 + t) / 2, lambda dout: dout * (1 - t * t) / 4


def numerical_gradient(f, x, h=1e-6, method="central"):
    errors.check_float("numerical_gradient", x=x)
    start = {"central": -1, "forward": 0}.get(method)
    if start is None or h <= 0:
        raise ValueError(f"method {method!r} and step {h} are not possible")
    slopes = []
    for unit in np.eye(x.size, dtype=x.dtype).reshape(-1, *x.shape):
        right, left = f(x + h * unit), f(x + start * h * unit)
        slopes.append((right - left) / ((1 - start) * h))
    return np.array(slopes, x.dtype).reshape(x.shape)


def relative_error(a, b, floor=1e-8):
    errors.check_float("relative_error", a=a, b=b)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    scale = np.clip(np.abs(a) + np.abs(b), floor, None)
    return np.max(np.abs(np.subtract(a, b)) / scale)


def directional_derivative(grad, u):
    errors.check_float("directional_derivative", grad=grad, u=u)
    if grad.shape != u.shape or not u.any():
        raise ValueError("u is zero, or of another shape than grad")
    return np.vdot(grad, u / np.linalg.norm(u))


def _number(value):
    return np.array([float(value)])


def expr_e(a, b):
    copy, first, second, product = CopyGate(), AddGate(), ShiftGate(1.0), MulGate()
    b1, b2 = copy.forward(_number(b))
    c, d = first.forward(_number(a), b1), second.forward(b2)
    e = product.forward(c, d)
    dc, dd = product.backward(np.ones(1))
    da, db1 = first.backward(dc)
    db = copy.backward(db1, second.backward(dd))
    return float(e[0]), {"a": float(da[0]), "b": float(db[0])}


def expr_xyz(x, y, z):
    add, mul = AddGate(), MulGate()
    f = mul.forward(add.forward(_number(x), _number(y)), _number(z))
    dq, dz = mul.backward(np.ones(1))
    dx, dy = add.backward(dq)
    return f[0], {"x": dx[0], "y": dy[0], "z": dz[0]}


def expr_j(a, b, c):
    mul, add, scale = MulGate(), AddGate(), ScaleGate(3)
    value = scale.forward(add.forward(_number(a), mul.forward(_number(b), _number(c))))
    da, du = add.backward(scale.backward(np.ones(1)))
    db, dc = mul.backward(du)
    return value[0], {"a": da[0], "b": db[0], "c": dc[0]}


def sigmoid_neuron(w, x):
    errors.check_float("sigmoid_neuron", w=w, x=x)
    if (w.shape, x.shape) != ((3,), (2,)):
        raise ValueError(f"shapes {w.shape} and {x.shape}, expected (3,) and (2,)")
    inputs = np.append(x, np.ones(1, x.dtype))
    s = 1 / (1 + np.exp(-np.inner(w, inputs)))
    slope = s * (1 - s)
    return s, slope * inputs, slope * w[:2]


def path_sum(stages):
    ends = [1.0]
    for edges in stages:
        ends = [end * edge for end in ends for edge in edges]
    return sum(ends)


def path_product(stages):
    return functools.reduce(operator.mul, map(sum, stages), 1.0)


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
