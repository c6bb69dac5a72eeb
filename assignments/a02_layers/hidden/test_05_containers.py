"""Sequential and Residual, built around modules of the grader.

A mistake in the student's Linear costs no points here, with one exception that says so.
"""

from __future__ import annotations

import itertools

import numpy as np

from autograder.suite import check, close, hint, raises


class Block:
    """y = tanh(x W): lives with the grader and remembers what it was asked."""

    def __init__(self, W):
        self.W = W
        self.xs, self.douts, self.slopes = [], [], []

    def forward(self, x):
        """Return tanh(x W)."""
        self.xs.append(x)
        y = np.tanh(x @ self.W)
        self.slopes.append(1 - y**2)
        return y

    def backward(self, dout):
        """Return the gradient for the latest x."""
        if not self.slopes:
            raise RuntimeError("Block.backward was called before forward")
        self.douts.append(dout)
        return (dout * self.slopes[-1]) @ self.W.T


def blocks(rng, *sizes):
    """Return one block per pair of neighbouring sizes."""
    pairs = itertools.pairwise(sizes)
    return [Block(rng.normal(pair, 0.5)) for pair in pairs]


def sequential(student, parts):
    return student.layers.Sequential(*[student.lend_module(part) for part in parts])


@check(points=2, exercise="sequential/forward")
def test_sequential_forward_applies_first_to_last(student, rng):
    """Sequential.forward applies its modules from first to last."""
    parts, x = blocks(rng, 3, 3, 3, 3), rng.normal((4, 3))
    y = sequential(student, parts).forward(x)
    expected = x
    for part in parts:
        expected = np.tanh(expected @ part.W)
    close(y, expected, name="y")


@check(points=1, exercise="sequential/forward")
def test_sequential_forward_asks_each_module_once(student, rng):
    """Sequential.forward hands each module's output to the next, once."""
    parts, x = blocks(rng, 3, 5, 2), rng.normal((4, 3))
    sequential(student, parts).forward(x)
    for i, part in enumerate(parts):
        close(len(part.xs), 1, name=f"calls of module {i}")
        close(part.xs[0], x, name=f"input of module {i}")
        x = np.tanh(x @ part.W)


@check(points=3, exercise="sequential/backward")
def test_sequential_backward_goes_last_to_first(student, rng):
    """Sequential.backward hands dout back from the last module to the first."""
    parts, x, dout = blocks(rng, 3, 3, 3, 3), rng.normal((4, 3)), rng.normal((4, 3))
    layer = sequential(student, parts)
    layer.forward(x)
    dx = layer.backward(dout)
    expected = dout
    for part in reversed(parts):
        expected = (expected * part.slopes[-1]) @ part.W.T
    close(dx, expected, name="dx")
    close(parts[-1].douts[0], dout, name="dout of the last module")


@check(points=1, exercise="sequential/backward")
def test_sequential_backward_follows_the_latest_forward(student, rng):
    """Sequential.backward belongs to the latest of several forward passes."""
    parts, dout = blocks(rng, 3, 3, 3), rng.normal((6, 3))
    layer = sequential(student, parts)
    layer.forward(rng.normal((4, 3)))
    layer.forward(rng.normal((6, 3)))
    dx = layer.backward(dout)
    expected = dout
    for part in reversed(parts):
        expected = (expected * part.slopes[-1]) @ part.W.T
    close(dx, expected, name="dx")
    for i, part in enumerate(parts):
        close(len(part.douts), 1, name=f"backward calls of module {i}")


@check(
    points=2,
    exercise="sequential/backward",
    needs=[
        "sequential_forward_applies_first_to_last",
        "linear_forward_gives_x_w_plus_b",
        "linear_backward_returns_dx",
        "linear_backward_adds_dw",
        "linear_backward_accumulates",
    ],
)
def test_sequential_keeps_two_uses_of_a_layer_apart(student, rng):
    """A Linear that stands twice in a Sequential gets the sum of both gradients.

    Each use needs what it has saved itself. This check is built around the student's
    own Linear: what a module has saved can only be seen there.
    """
    hint("Keep what each use has saved, and put it back before that use's backward.")
    W, b = rng.normal((3, 3)), rng.normal(3)
    x, dout = rng.normal((5, 3)), rng.normal((5, 3))
    shared = student.layers.Linear(3, 3, init="zeros")
    shared.weight = student.module.Parameter(W)
    shared.bias = student.module.Parameter(b, decay=False)
    layer = student.layers.Sequential(shared, shared)
    close(len(layer.parameters()), 2, name="number of parameters")
    layer.forward(x)
    dx = layer.backward(dout)
    close(dx, dout @ W.T @ W.T, name="dx")
    expected = x.T @ (dout @ W.T) + (x @ W + b).T @ dout
    close(shared.weight.grad, expected, name="weight.grad")


@check(points=1, exercise="sequential/backward")
def test_sequential_backward_refuses_to_come_first(student, rng):
    """Sequential.backward raises RuntimeError before forward."""
    hint("Begin with errors.check_cached(where, self.saved).")
    x, dout = rng.normal((4, 3)), rng.normal((4, 3))
    layer = sequential(student, blocks(rng, 3, 3, 3))
    fresh = sequential(student, blocks(rng, 3, 3, 3))

    def works():
        layer.forward(x)
        return layer.backward(dout)

    raises("RuntimeError", fresh.backward, dout, works=works)


@check(points=1, exercise="residual/forward")
def test_residual_forward_adds_x(student, rng):
    """Residual.forward returns x + block(x) and leaves x alone."""
    (block,), x = blocks(rng, 3, 3), rng.normal((4, 3))
    placed = student.place(x)
    y = student.layers.Residual(student.lend_module(block)).forward(placed)
    close(y, x + np.tanh(x @ block.W), name="y")
    close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)


@check(points=1, exercise="residual/forward")
def test_residual_forward_refuses_another_shape(student, rng):
    """Residual.forward raises ValueError if the block changes the shape.

    The dangerous shape is the one that NumPy would stretch silently.
    """
    hint("Compare the shape of block(x) with that of x before you add them.")
    x = rng.normal((4, 3))
    lend = student.lend_module
    narrow, good = blocks(rng, 3, 1)[0], blocks(rng, 3, 3)[0]
    layer = student.layers.Residual(lend(good))
    wrong = student.layers.Residual(lend(narrow))
    raises("ValueError", wrong.forward, x, works=lambda: layer.forward(x))


@check(points=3, exercise="residual/backward")
def test_residual_backward_adds_both_branches(student, rng):
    """Residual.backward adds the gradients of the shortcut and of the block."""
    (block,), x, dout = blocks(rng, 3, 3), rng.normal((4, 3)), rng.normal((4, 3))
    layer = student.layers.Residual(student.lend_module(block))
    layer.forward(x)
    dx = layer.backward(dout)
    close(dx, dout + (dout * block.slopes[-1]) @ block.W.T, name="dx")


@check(points=1, exercise="residual/backward")
def test_residual_backward_leaves_dout_alone(student, rng):
    """Residual.backward hands dout itself to the block and does not change it."""
    (block,), x, dout = blocks(rng, 3, 3), rng.normal((4, 3)), rng.normal((4, 3))
    layer = student.layers.Residual(student.lend_module(block))
    layer.forward(x)
    placed = student.place(dout)
    layer.backward(placed)
    close(len(block.douts), 1, name="backward calls of the block")
    close(block.douts[0], dout, name="dout of the block")
    close(student.look(placed), dout, name="dout afterwards", rtol=0, atol=0)


@check(points=1, exercise="residual/backward")
def test_residual_backward_refuses_to_come_first(student, rng):
    """Residual.backward raises RuntimeError before forward."""
    hint("errors.check_cached, or the block's own refusal, will do.")
    x, dout = rng.normal((4, 3)), rng.normal((4, 3))
    lend = student.lend_module
    layer = student.layers.Residual(lend(blocks(rng, 3, 3)[0]))
    fresh = student.layers.Residual(lend(blocks(rng, 3, 3)[0]))

    def works():
        layer.forward(x)
        return layer.backward(dout)

    raises("RuntimeError", fresh.backward, dout, works=works)
