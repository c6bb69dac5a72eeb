"""Maxout: its parameters are put in from here."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises

REFUSE = (
    "Begin with errors.check_float and errors.check_shape; backward begins with"
    " errors.check_cached."
)


def maxout(student, W, b):
    """Return the student's layer with the given weights and biases."""
    pieces, n_in, n_out = W.shape
    layer = student.activations.Maxout(n_in, n_out, pieces)
    parameter = student.module.Parameter
    layer.weight, layer.bias = parameter(W, "weight"), parameter(b, "bias", decay=False)
    return layer


def drawn(student, rng, pieces=2, sizes=(4, 3)):
    """Return a layer with random parameters, and these."""
    W, b = rng.normal((pieces, *sizes)), rng.normal((pieces, sizes[1]))
    return maxout(student, W, b), W, b


def parts(x, W, b):
    """Return the pieces before the maximum is taken, (pieces, N, out)."""
    return np.einsum("ni,kio->kno", x, W) + b[:, None, :]


@check(points=1, exercise="maxout/forward")
def test_maxout_forward_takes_the_largest_piece(student, rng):
    """Maxout.forward computes max_k (x W_k + b_k), output by output."""
    for pieces, N in ((2, 6), (3, 1), (4, 3)):
        layer, W, b = drawn(student, rng, pieces)
        x = rng.normal((N, 4))
        close(layer.forward(x), parts(x, W, b).max(axis=0), name="y", N=N)


@check(
    points=1,
    exercise="maxout/forward",
    needs=["maxout_forward_takes_the_largest_piece"],
)
def test_maxout_forward_knows_linear_and_relu(student, rng):
    """Maxout of one piece is Linear, and beside a piece of zeros it is ReLU(Linear)."""
    x, W, b = rng.normal((6, 4)), rng.normal((1, 4, 3)), rng.normal((1, 3))
    y = x @ W[0] + b[0]
    close(maxout(student, W, b).forward(x), y, name="y of one piece")
    W, b = np.concatenate([W, 0 * W]), np.concatenate([b, 0 * b])
    expected = np.maximum(y, 0)
    close(maxout(student, W, b).forward(x), expected, name="y beside zeros")


@check(
    points=1,
    exercise="maxout/forward",
    needs=["maxout_forward_takes_the_largest_piece"],
)
def test_maxout_forward_keeps_the_rules(student, rng):
    """Maxout.forward returns x's dtype, leaves x alone, and refuses misfits."""
    layer, W, b = drawn(student, rng)
    x = rng.normal((6, 4))
    expected = parts(x, W, b).max(axis=0)
    for layout in ("F", "strided", "reversed"):
        placed = student.place(x, layout=layout)
        close(layer.forward(placed), expected, name="y")
        close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)
    y = layer.forward(x.astype(np.float32))
    close(y, expected.astype(np.float32), name="y of float32")

    def works():
        return layer.forward(x)

    hint(REFUSE)
    ones = np.ones((6, 4), dtype=int)
    raises("TypeError", layer.forward, ones, works=works, when="x holds integers")
    clause = "x has another shape than (N, in_features)"
    for wrong in (rng.normal((6, 3)), x[0], x[:0]):
        raises("ValueError", layer.forward, wrong, works=works, when=clause)


def expected_gradients(x, dout, W, b):
    """Return dx, dW, db where no two pieces are equal."""
    Z = parts(x, W, b)
    dZ = dout * np.equal(Z, Z.max(axis=0))
    dx = np.einsum("kno,kio->ni", dZ, W)
    return dx, np.einsum("ni,kno->kio", x, dZ), dZ.sum(axis=1)


@check(points=2, exercise="maxout/backward", needs=["maxout/forward"])
def test_maxout_backward_returns_dx(student, rng):
    """Maxout.backward returns the gradient for x, through the winning pieces alone."""
    for pieces, N in ((2, 6), (3, 1)):
        layer, W, b = drawn(student, rng, pieces)
        x, dout = rng.normal((N, 4)), rng.normal((N, 3))
        layer.forward(x)
        expected = expected_gradients(x, dout, W, b)[0]
        close(layer.backward(dout), expected, name="dx", N=N, pieces=pieces)


@check(points=1, exercise="maxout/backward", needs=["maxout/forward"])
def test_maxout_backward_adds_dw_and_db(student, rng):
    """Maxout.backward gives gradients to the winning pieces' weights and biases."""
    for pieces, N in ((2, 6), (3, 1)):
        layer, W, b = drawn(student, rng, pieces)
        x, dout = rng.normal((N, 4)), rng.normal((N, 3))
        layer.forward(x)
        layer.backward(dout)
        _, dW, db = expected_gradients(x, dout, W, b)
        close(layer.weight.grad, dW, name="weight.grad", N=N, pieces=pieces)
        close(layer.bias.grad, db, name="bias.grad", N=N, pieces=pieces)


@check(
    points=1,
    exercise="maxout/backward",
    needs=["maxout_backward_returns_dx", "maxout_backward_adds_dw_and_db"],
)
def test_maxout_backward_shares_ties_equally(student, rng):
    """Where pieces are equally large, each gets the same share of dout."""
    hint("With two equal pieces each gets dout / 2; the two shares add up to dout.")
    W, b = rng.normal((1, 4, 3)), rng.normal((1, 3))
    x, dout = rng.normal((6, 4)), rng.normal((6, 3))
    for pieces in (2, 3):
        layer = maxout(student, np.repeat(W, pieces, 0), np.repeat(b, pieces, 0))
        layer.forward(x)
        close(layer.backward(dout), dout @ W[0].T, name="dx", pieces=pieces)
        share = np.repeat(dout.sum(axis=0)[None] / pieces, pieces, 0)
        close(layer.bias.grad, share, name="bias.grad", pieces=pieces)


@check(
    points=1,
    exercise="maxout/backward",
    needs=["maxout_backward_returns_dx", "maxout_backward_adds_dw_and_db"],
)
def test_maxout_backward_accumulates(student, rng):
    """A second Maxout.backward doubles the gradients of the first."""
    hint("Add to grad, +=, and leave it to zero_grad() to begin anew.")
    layer, W, b = drawn(student, rng)
    x, dout = rng.normal((6, 4)), rng.normal((6, 3))
    layer.forward(x)
    layer.backward(dout)
    layer.backward(dout)
    _, dW, db = expected_gradients(x, dout, W, b)
    close(layer.weight.grad, 2 * dW, name="weight.grad after two passes")
    close(layer.bias.grad, 2 * db, name="bias.grad after two passes")


@check(
    points=1,
    exercise="maxout/backward",
    needs=["maxout_backward_returns_dx", "maxout_backward_adds_dw_and_db"],
)
def test_maxout_backward_keeps_the_rules(student, rng):
    """Maxout.backward uses x and the weights of forward, and keeps dtype and dout."""
    W, b = rng.normal((2, 4, 3)), rng.normal((2, 3))
    layer, weights = maxout(student, W, b), student.place(W)
    layer.weight.data = weights
    x, dout = rng.normal((6, 4)), rng.normal((6, 3))
    placed, upstream = student.place(x), student.place(dout, layout="strided")
    layer.forward(placed)
    student.numpy.copyto(placed, rng.normal((6, 4)))
    student.numpy.copyto(weights, rng.normal((2, 4, 3)))
    dx, dW, _ = expected_gradients(x, dout, W, b)
    found = layer.backward(upstream)
    close(found, dx, name="dx, with x and the weights changed since forward")
    close(layer.weight.grad, dW, name="weight.grad, with x changed since forward")
    close(student.look(upstream), dout, name="dout afterwards", rtol=0, atol=0)
    layer = maxout(student, W, b)
    layer.forward(x.astype(np.float32))
    found = layer.backward(dout.astype(np.float32))
    close(found, dx.astype(np.float32), name="dx of float32")

    def works():
        return layer.backward(dout)

    hint(REFUSE)
    fresh, early = maxout(student, W, b), "it comes before forward"
    raises("RuntimeError", fresh.backward, dout, works=works, when=early)
    clause = "dout has another shape than y"
    for wrong in (dout[:1], dout[:, :1]):
        raises("ValueError", layer.backward, wrong, works=works, when=clause)
