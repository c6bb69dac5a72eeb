"""The student's own test is tested: by right layers, and by wrong ones.

All of them live here and are lent; student code sees only what they answer. Right and
wrong ones come mixed, so that counting calls is of no use. A check earns its points
when all right layers pass and every wrong one of its group is caught, by whatever
exception: a test that breaks has noticed something, too.
"""

from __future__ import annotations

import math

import numpy as np

from autograder.suite import check, close, hint
from autograder.suite.failures import StudentRaised


class _Right:
    """The affine layer; what is below is built from it by changing one thing."""

    def __init__(self, W, b):
        self.W, self.b = W, b
        self.x = None

    def forward(self, x):
        """Check x, keep it, return y."""
        if x.dtype.kind != "f":
            raise TypeError("x holds no floats")
        if x.ndim != 2 or x.shape[1] != self.W.shape[0]:
            raise ValueError("x does not fit W")
        self.x = x
        return self.y(x)

    def backward(self, dout):
        """Check dout, return dx, dW and db."""
        if self.x is None:
            raise RuntimeError("backward was called before forward")
        if dout.shape != (len(self.x), self.W.shape[1]):
            raise ValueError("dout does not have the shape of y")
        return self.dx(dout), self.dW(dout), self.db(dout)

    def y(self, x):
        return x @ self.W + self.b

    def dx(self, dout):
        return dout @ self.W.T

    def dW(self, dout):
        return self.x.T @ dout

    def db(self, dout):
        return dout.sum(axis=0)


class _Loops(_Right):
    """Sums exactly, and so with other last digits."""

    def y(self, x):
        rows = [
            [math.fsum([*(row * column), bias]) for column, bias in self.columns()]
            for row in x
        ]
        return np.array(rows, x.dtype).reshape(len(x), -1)

    def columns(self):
        return zip(self.W.T, self.b, strict=True)

    def dW(self, dout):
        rows = [[math.fsum(i * j) for j in dout.T] for i in self.x.T]
        return np.array(rows, dout.dtype)


class _Wide(_Right):
    """Computes in float64 and in Fortran's order, returns the dtype given."""

    def y(self, x):
        wide = x.astype(float) @ self.W.astype(float) + self.b
        return np.asfortranarray(wide.astype(x.dtype))

    def dx(self, dout):
        return (dout.astype(float) @ self.W.T.astype(float)).astype(dout.dtype)

    def db(self, dout):
        return dout[::-1].astype(float).sum(axis=0).astype(dout.dtype)


RIGHT = (_Right, _Loops, _Wide)


def wrong(**methods):
    """Return a layer in which these methods are others."""
    return type("Wrong", (_Right,), methods)


def square(layer):
    return layer.W.shape[0] == layer.W.shape[1]


FORWARD = (
    wrong(y=lambda s, x: x @ s.W),
    wrong(y=lambda s, x: x @ s.W - s.b),
    wrong(y=lambda s, x: np.maximum(x @ s.W + s.b, 0)),
    wrong(y=lambda s, x: (x @ s.W + s.b) / len(x)),
)
DX = (
    wrong(dx=lambda s, dout: np.ones_like(dout) @ s.W.T),
    wrong(dx=lambda s, dout: -dout @ s.W.T),
    wrong(dx=lambda s, dout: dout @ s.W.T * (s.x > 0)),
    wrong(dx=lambda s, dout: dout @ s.W.T / len(dout)),
)
DW = (
    wrong(dW=lambda s, dout: s.x.T @ dout / len(dout)),
    wrong(dW=lambda s, dout: s.x.T @ np.ones_like(dout)),
    wrong(dW=lambda s, dout: np.outer(s.x[0], dout[0])),
    wrong(dW=lambda s, dout: abs(s.x).T @ dout),
    wrong(dW=lambda s, dout: s.x.T @ dout + s.W),
)
DB = (
    wrong(db=lambda _, dout: dout.mean(axis=0)),
    wrong(db=lambda _, dout: np.ones_like(dout).sum(axis=0)),
    wrong(db=lambda _, dout: dout.sum(axis=0, keepdims=True)),
    wrong(db=lambda s, dout: np.full_like(s.b, dout.sum())),
    wrong(db=lambda _, dout: dout[-1]),
    wrong(db=lambda _, dout: dout),
)
SIZES = (
    wrong(y=lambda s, x: x @ (s.W.T if square(s) else s.W) + s.b),
    wrong(dx=lambda s, dout: dout @ (s.W if square(s) else s.W.T)),
    wrong(dW=lambda s, dout: (s.x.T @ dout).T if square(s) else s.x.T @ dout),
    wrong(
        y=lambda s, x: (
            (x @ s.W + s.b).squeeze(axis=0) if len(x) == 1 else _Right.y(s, x)
        )
    ),
    wrong(db=lambda s, dout: dout if len(dout) == 1 else _Right.db(s, dout)),
    wrong(
        y=lambda s, x: x @ s.W + (s.b[:, None] if len(x) == len(s.b) > 1 else s.b),
    ),
    wrong(
        dx=lambda s, dout: (dout @ s.W.T)[0] if len(dout) == 1 else _Right.dx(s, dout)
    ),
)


class _AddsUp(_Right):
    """dW and db add up over calls of backward."""

    total = 0.0

    def dW(self, dout):
        self.total = self.total + super().dW(dout)
        return self.total


class _AddsUpOnlyWhileTheBatchLasts(_Right):
    """dW adds up over calls of backward, until the next forward."""

    total = 0.0

    def y(self, x):
        self.total = 0.0
        return super().y(x)

    def dW(self, dout):
        self.total = self.total + super().dW(dout)
        return self.total


class _RemembersTheVeryFirst(_Right):
    """forward keeps only the first x it ever sees."""

    first = None

    def y(self, x):
        self.first = x if self.first is None else self.first
        return super().y(x)

    def dW(self, dout):
        return self.first[: len(dout)].T @ dout[: len(self.first)]


class _Learns(_Right):
    """backward takes a step of its own."""

    def dx(self, dout):
        dx = super().dx(dout)
        self.W = self.W - 0.01 * self.dW(dout)
        return dx


STATE = (_AddsUp, _AddsUpOnlyWhileTheBatchLasts, _RemembersTheVeryFirst, _Learns)


def single(value):
    return value.astype(np.float32).astype(value.dtype)


def coarse(value):
    return value if value.dtype == np.float64 else np.round(value, 1)


DTYPES = (
    wrong(y=lambda s, x: _Right.y(s, x).astype(float)),
    wrong(dx=lambda s, dout: _Right.dx(s, dout).astype(float)),
    wrong(dW=lambda s, dout: _Right.dW(s, dout).astype(float)),
    wrong(db=lambda s, dout: _Right.db(s, dout).astype(float)),
    wrong(y=lambda s, x: single(_Right.y(s, x))),
    wrong(dW=lambda s, dout: single(_Right.dW(s, dout))),
    wrong(y=lambda s, x: coarse(_Right.y(s, x))),
)


def _forward_of_integers(s, x):
    s.x = np.asarray(x, s.W.dtype)
    return _Right.y(s, s.x)


def _forward_of_any_width(s, x):
    if x.dtype.kind != "f":
        raise TypeError("x holds no floats")
    s.x = x[:, : s.W.shape[0]]
    return s.x @ s.W[: s.x.shape[1]] + s.b


def _backward_at_once(s, dout):
    if s.x is None:
        s.x = np.zeros((len(dout), len(s.W)), s.W.dtype)
    return _Right.backward(s, dout)


def _backward_of_any_shape(s, dout):
    if s.x is None:
        raise RuntimeError("backward was called before forward")
    return s.dx(dout), s.x[: len(dout)].T @ dout[: len(s.x)], s.db(dout)


def _backward_that_stretches(s, dout):
    if s.x is None:
        raise RuntimeError("backward was called before forward")
    dout = np.broadcast_to(dout, (len(s.x), s.W.shape[1]))
    return s.dx(dout), s.dW(dout), s.db(dout)


REFUSALS = (
    wrong(forward=_forward_of_integers),
    wrong(forward=_forward_of_any_width),
    wrong(backward=_backward_at_once),
    wrong(backward=_backward_of_any_shape),
    wrong(backward=_backward_that_stretches),
)


def caught(student, layer, seed):
    """Return whether the student's test raises for a wrong layer."""
    try:
        run(student, layer, seed)
    except StudentRaised as exc:
        if exc.type == "NotImplementedError" or exc.module:
            raise
        return True
    return False


def run(student, layer, seed):
    """Let the student's test loose on a layer."""

    def make(W, b):
        return student.lend_module(layer(W, b))

    student.backprop.check_layer(student.lend(make), student.generator(seed))


def judge(student, rng, group):
    """Check that right layers pass, and that all of the group are caught."""
    layers = [*RIGHT, *group]
    missed = 0
    for i in rng.permutation(len(layers)):
        seed = rng.spawn_seed()
        if layers[i] in RIGHT:
            hint("The layer that your test refuses here is right, to rounding.")
            run(student, layers[i], seed)
        else:
            missed += not caught(student, layers[i], seed)
    hint("What does the docstring promise that your test does not look at?")
    close(missed, 0, name="the number of wrong layers that your test lets pass")


@check(points=1, exercise="own_tests")
def test_own_tests_catch_wrong_outputs(student, rng):
    """check_layer passes right layers, and catches those with wrong outputs."""
    judge(student, rng, FORWARD)


@check(points=1, exercise="own_tests")
def test_own_tests_catch_wrong_dx(student, rng):
    """check_layer passes right layers, and catches those with a wrong dx."""
    judge(student, rng, DX)


@check(points=2, exercise="own_tests")
def test_own_tests_catch_wrong_dw(student, rng):
    """check_layer passes right layers, and catches those with a wrong dW."""
    judge(student, rng, DW)


@check(points=1, exercise="own_tests")
def test_own_tests_catch_wrong_db(student, rng):
    """check_layer passes right layers, and catches those with a wrong db."""
    judge(student, rng, DB)


@check(points=1, exercise="own_tests")
def test_own_tests_catch_what_fails_for_some_sizes(student, rng):
    """check_layer passes right layers, and catches those wrong for some sizes only."""
    judge(student, rng, SIZES)


@check(points=2, exercise="own_tests")
def test_own_tests_catch_a_wrong_memory(student, rng):
    """check_layer passes right layers, and catches those that remember too much."""
    judge(student, rng, STATE)


@check(points=1, exercise="own_tests")
def test_own_tests_catch_a_wrong_precision(student, rng):
    """check_layer passes right layers, and catches those of the wrong precision."""
    judge(student, rng, DTYPES)


@check(points=1, exercise="own_tests")
def test_own_tests_catch_missing_refusals(student, rng):
    """check_layer passes right layers, and catches those that accept anything."""
    judge(student, rng, REFUSALS)
