"""PReLU: its slopes are put in from here."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises
from nabla import activations

LAYOUTS = ("F", "strided", "reversed")
REFUSE = (
    "Begin with errors.check_float and errors.check_shape; backward begins with"
    " errors.check_cached."
)


def keeps_forward(student, rng, layer, reference, shape=(6, 4)):
    """Check dtype, layout, purity and refusals of a forward pass."""
    x = rng.away_from_zero(shape)
    expected = reference.forward(x)
    for layout in LAYOUTS:
        placed = student.place(x, layout=layout)
        close(layer.forward(placed), expected, name="y")
        close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)
    single = x[:1].astype(np.float32)
    close(layer.forward(single), reference.forward(single), name="y of float32")

    def works():
        return layer.forward(x)

    hint(REFUSE)
    ones = np.ones(shape, dtype=int)
    raises("TypeError", layer.forward, ones, works=works, when="x holds integers")
    raises("ValueError", layer.forward, x[:0], works=works, when="the batch is empty")


def keeps_backward(student, rng, make, reference):
    """Check dtype, layout, purity, what is saved, and refusals of a backward pass."""
    layer, x, dout = make(), rng.away_from_zero((6, 4)), rng.normal((6, 4))
    reference.forward(x)
    expected = reference.backward(dout)
    placed = student.place(x)
    layer.forward(placed)
    student.numpy.copyto(placed, -x)
    for layout in LAYOUTS:
        upstream = student.place(dout, layout=layout)
        dx = layer.backward(upstream)
        close(dx, expected, name="dx, with x overwritten after forward")
        seen = student.look(upstream)
        close(seen, dout, name="dout afterwards", rtol=0, atol=0)
    layer.forward(x.astype(np.float32))
    dx = layer.backward(dout.astype(np.float32))
    close(dx, expected.astype(np.float32), name="dx of float32")

    def works():
        return layer.backward(dout)

    hint(REFUSE)
    early = "it comes before forward"
    raises("RuntimeError", make().backward, dout, works=works, when=early)
    for wrong in (dout[:, :1], dout[:1], np.stack([dout, dout])):
        clause = "dout has another shape than x"
        raises("ValueError", layer.backward, wrong, works=works, when=clause)


def passed(layer, x, dout):
    """Run both passes and return dx."""
    layer.forward(x)
    return layer.backward(dout)


def prelu(student, slopes):
    """Return the student's layer with the given slopes."""
    layer = student.activations.PReLU(len(slopes))
    layer.slope = student.module.Parameter(slopes, "slope", decay=False)
    return layer


def with_slopes(slopes):
    """Return the reference's layer with the given slopes."""
    layer = activations.PReLU(len(slopes))
    layer.slope.data[...] = slopes
    return layer


@check(points=1, exercise="prelu/forward")
def test_prelu_forward_with_one_slope(student, rng):
    """PReLU.forward scales what is negative by its one slope, for any shape."""
    a = rng.normal(1)
    for shape in ((6, 4), (1, 3, 2), (5,)):
        x = rng.normal(shape)
        y = prelu(student, a).forward(x)
        close(y, np.where(x > 0, x, a * x), name="y")


@check(points=1, exercise="prelu/forward", needs=["prelu_forward_with_one_slope"])
def test_prelu_forward_with_a_slope_per_channel(student, rng):
    """PReLU.forward with several slopes takes them along axis 1."""
    hint(
        "For images (N, C, H, W) reshape the slopes to (C, 1, 1): then they broadcast."
    )
    for shape in ((6, 3), (2, 3, 3), (2, 3, 4, 5), (3, 2, 2)):
        C = shape[1]
        a, x = rng.normal(C), rng.normal(shape)
        y = prelu(student, a).forward(x)
        beside = a.reshape(1, C, *[1] * (len(shape) - 2))
        close(y, np.where(x > 0, x, beside * x), name="y", num_parameters=C)


@check(points=1, exercise="prelu/forward", needs=["prelu_forward_with_one_slope"])
def test_prelu_forward_keeps_the_rules(student, rng):
    """PReLU.forward returns x's dtype, leaves x alone, and refuses misfits."""
    a = rng.normal(1)
    keeps_forward(student, rng, prelu(student, a), with_slopes(a))
    three, x = prelu(student, rng.normal(3)), rng.normal((6, 3))

    def works():
        return three.forward(x)

    clause = "axis 1 does not have one place per slope"
    for wrong in (rng.normal((6, 1)), rng.normal((3, 4))):
        raises("ValueError", three.forward, wrong, works=works, when=clause)


@check(points=1, exercise="prelu/backward", needs=["prelu/forward"])
def test_prelu_backward_returns_dx(student, rng):
    """PReLU.backward returns dout where x > 0, else slope dout."""
    a, x, dout = rng.normal(1), rng.away_from_zero((6, 4)), rng.normal((6, 4))
    x[0] = 0.0
    dx = passed(prelu(student, a), x, dout)
    close(dx, np.where(x > 0, dout, a * dout), name="dx")


@check(points=1, exercise="prelu/backward", needs=["prelu/forward"])
def test_prelu_backward_adds_up_the_slope_gradient(student, rng):
    """PReLU.backward adds dout min(x, 0), summed over everything, to slope.grad."""
    a = rng.normal(1)
    for shape in ((6, 4), (1, 3, 2)):
        layer, x, dout = prelu(student, a), rng.normal(shape), rng.normal(shape)
        passed(layer, x, dout)
        expected = np.array([(dout * np.minimum(x, 0)).sum()])
        close(layer.slope.grad, expected, name="slope.grad", N=shape[0])


@check(
    points=2,
    exercise="prelu/backward",
    needs=[
        "prelu_forward_with_a_slope_per_channel",
        "prelu_backward_returns_dx",
        "prelu_backward_adds_up_the_slope_gradient",
    ],
)
def test_prelu_backward_with_a_slope_per_channel(student, rng):
    """PReLU.backward sums each slope's gradient over all axes but axis 1."""
    a = rng.normal(3)
    for shape in ((6, 3), (3, 3, 3), (2, 3, 4, 5)):
        layer, x, dout = prelu(student, a), rng.normal(shape), rng.normal(shape)
        dx = passed(layer, x, dout)
        beside = a.reshape(1, 3, *[1] * (len(shape) - 2))
        close(dx, np.where(x > 0, dout, beside * dout), name="dx")
        total = np.moveaxis(dout * np.minimum(x, 0), 1, 0).reshape(3, -1).sum(axis=1)
        close(layer.slope.grad, total, name="slope.grad", N=shape[0])


@check(
    points=1,
    exercise="prelu/backward",
    needs=["prelu_backward_adds_up_the_slope_gradient"],
)
def test_prelu_backward_accumulates(student, rng):
    """A second PReLU.backward adds to slope.grad what the first has left there."""
    hint("Add to grad, +=, and leave it to zero_grad() to begin anew.")
    layer, total = prelu(student, rng.normal(1)), 0.0
    for _ in range(3):
        x, dout = rng.normal((2, 4, 3))
        passed(layer, x, dout)
        total += (dout * np.minimum(x, 0)).sum()
        close(layer.slope.grad, np.array([total]), name="slope.grad")


@check(
    points=1,
    exercise="prelu/backward",
    needs=[
        "prelu_backward_returns_dx",
        "prelu_backward_adds_up_the_slope_gradient",
    ],
)
def test_prelu_backward_keeps_the_rules(student, rng):
    """PReLU.backward uses x and the slope of forward, and keeps dtype and dout."""
    a = rng.normal(1)
    keeps_backward(student, rng, lambda: prelu(student, a), with_slopes(a))
    layer, placed = prelu(student, a), student.place(a)
    layer.slope.data = placed
    x, dout = rng.away_from_zero((6, 4)), rng.normal((6, 4))
    layer.forward(x)
    student.numpy.copyto(placed, a + 1.0)
    expected = np.where(x > 0, dout, a * dout)
    close(layer.backward(dout), expected, name="dx, with the slope changed since")
