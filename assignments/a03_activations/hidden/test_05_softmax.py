"""Softmax and LogSoftmax."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises
from nabla import activations

LAYOUTS = ("F", "strided", "reversed")
REFUSE = (
    "Begin with errors.check_float and errors.check_shape; backward begins with"
    " errors.check_cached."
)
# A maximum over the whole batch would leave nothing of the first row.
ROWS = np.array([[0.0, -1.0, 2.0], [1000.0, 999.0, 998.0], [-1000.0, 0.5, 1000.0]])


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


def strictly(student, method):
    """Return the method such that overflow and 0 / 0 raise; underflow may happen."""
    return student.numpy.errstate(all="raise", under="ignore")(method)


def softmax(z, axis=-1):
    return np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True)


@check(points=1, exercise="softmax/forward")
def test_softmax_forward_gives_probabilities(student, rng):
    """Softmax.forward computes e^z_i / sum e^z_j for every row."""
    for shape in ((6, 4), (1, 5), (7,)):
        z = rng.normal(shape, 2.0)
        close(student.activations.Softmax().forward(z), softmax(z), name="s")


@check(
    points=2,
    exercise="softmax/forward",
    needs=["softmax_forward_gives_probabilities"],
)
def test_softmax_forward_never_overflows(student, rng):
    """Softmax.forward subtracts each row's maximum: large scores do no harm."""
    hint("softmax(z) = softmax(z - c): take for c the maximum of each row, not of all.")
    z = np.concatenate([ROWS, rng.normal((2, 3)) + 5000.0])
    s = strictly(student, student.activations.Softmax().forward)(z)
    expected = softmax(z - z.max(axis=-1, keepdims=True))
    close(s, expected, name="s")


@check(
    points=1,
    exercise="softmax/forward",
    needs=["softmax_forward_gives_probabilities"],
)
def test_softmax_forward_obeys_axis(student, rng):
    """Softmax.forward adds up to 1 along the axis that it was given."""
    z = rng.normal((3, 4, 5))
    for axis in (0, 1, -2):
        s = student.activations.Softmax(axis).forward(z)
        close(s, softmax(z, axis), name=f"s for axis = {axis}")


@check(
    points=1,
    exercise="softmax/forward",
    needs=["softmax_forward_gives_probabilities"],
)
def test_softmax_forward_keeps_the_rules(student, rng):
    """Softmax.forward keeps dtype and input, takes any layout, and refuses integers."""
    keeps_forward(student, rng, student.activations.Softmax(), activations.Softmax())


@check(points=4, exercise="softmax/backward", needs=["softmax/forward"])
def test_softmax_backward_multiplies_by_the_jacobian(student, rng):
    """Softmax.backward returns s (dout - sum of dout s), row by row."""
    for shape in ((6, 4), (1, 5)):
        z, dout = rng.normal(shape), rng.normal(shape)
        dz = passed(student.activations.Softmax(), z, dout)
        jacobians = [np.diag(s) - np.outer(s, s) for s in softmax(z)]
        rows = [J @ d for J, d in zip(jacobians, dout, strict=True)]
        close(dz, np.array(rows), name="dx", N=shape[0], classes=shape[1])


@check(
    points=1,
    exercise="softmax/backward",
    needs=[
        "softmax_forward_obeys_axis",
        "softmax_backward_multiplies_by_the_jacobian",
    ],
)
def test_softmax_backward_obeys_axis(student, rng):
    """Softmax.backward sums along the axis that it was given."""
    z, dout = rng.normal((3, 3, 3)), rng.normal((3, 3, 3))
    for axis in (0, 1, -1):
        dz = passed(student.activations.Softmax(axis), z, dout)
        expected = passed(activations.Softmax(axis), z, dout)
        close(dz, expected, name=f"dx for axis = {axis}")


@check(
    points=1,
    exercise="softmax/backward",
    needs=["softmax_backward_multiplies_by_the_jacobian"],
)
def test_softmax_backward_keeps_the_rules(student, rng):
    """Softmax.backward keeps dtype and dout, needs no live x, and refuses misfits."""
    keeps_backward(student, rng, student.activations.Softmax, activations.Softmax())


@check(points=1, exercise="log_softmax/forward")
def test_log_softmax_forward_gives_logarithms(student, rng):
    """LogSoftmax.forward computes z_i - log(sum e^z_j) for every row."""
    for shape in ((6, 4), (1, 5), (7,)):
        z = rng.normal(shape, 2.0)
        y = student.activations.LogSoftmax().forward(z)
        close(y, np.log(softmax(z)), name="y")


@check(
    points=1,
    exercise="log_softmax/forward",
    needs=["log_softmax_forward_gives_logarithms"],
)
def test_log_softmax_forward_never_overflows(student):
    """LogSoftmax.forward stays finite for rows with scores 1000 apart."""
    hint(
        "log(softmax(z)) is log(0) for the loser: subtract the maximum m, then"
        " log(sum e^(z - m))."
    )
    y = strictly(student, student.activations.LogSoftmax().forward)(ROWS)
    close(y, activations.LogSoftmax().forward(ROWS), name="y")


@check(
    points=1,
    exercise="log_softmax/forward",
    needs=["log_softmax_forward_gives_logarithms"],
)
def test_log_softmax_forward_obeys_axis(student, rng):
    """LogSoftmax.forward sums along the axis that it was given."""
    z = rng.normal((3, 4, 5))
    for axis in (0, 1, -2):
        y = student.activations.LogSoftmax(axis).forward(z)
        close(y, np.log(softmax(z, axis)), name=f"y for axis = {axis}")


@check(
    points=1,
    exercise="log_softmax/forward",
    needs=["log_softmax_forward_gives_logarithms"],
)
def test_log_softmax_forward_keeps_the_rules(student, rng):
    """LogSoftmax.forward keeps dtype and input, and refuses integers."""
    layer = student.activations.LogSoftmax()
    keeps_forward(student, rng, layer, activations.LogSoftmax())


@check(points=1, exercise="log_softmax/backward", needs=["log_softmax/forward"])
def test_log_softmax_backward_multiplies_by_the_jacobian(student, rng):
    """LogSoftmax.backward returns dout - e^y sum of dout, row by row."""
    for shape in ((6, 4), (1, 5)):
        z, dout = rng.normal(shape), rng.normal(shape)
        dz = passed(student.activations.LogSoftmax(), z, dout)
        jacobians = [np.eye(len(s)) - s for s in softmax(z)]
        rows = [d @ J for J, d in zip(jacobians, dout, strict=True)]
        close(dz, np.array(rows), name="dx", N=shape[0], classes=shape[1])


@check(
    points=1,
    exercise="log_softmax/backward",
    needs=[
        "log_softmax_forward_obeys_axis",
        "log_softmax_backward_multiplies_by_the_jacobian",
    ],
)
def test_log_softmax_backward_obeys_axis(student, rng):
    """LogSoftmax.backward sums along the axis that it was given."""
    z, dout = rng.normal((3, 3, 3)), rng.normal((3, 3, 3))
    for axis in (0, 1, -1):
        dz = passed(student.activations.LogSoftmax(axis), z, dout)
        expected = passed(activations.LogSoftmax(axis), z, dout)
        close(dz, expected, name=f"dx for axis = {axis}")


@check(
    points=1,
    exercise="log_softmax/backward",
    needs=["log_softmax_backward_multiplies_by_the_jacobian"],
)
def test_log_softmax_backward_keeps_the_rules(student, rng):
    """LogSoftmax.backward keeps dtype and dout, needs no live x, refuses misfits."""
    make = student.activations.LogSoftmax
    keeps_backward(student, rng, make, activations.LogSoftmax())
