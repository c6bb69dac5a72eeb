"""Step, Sigmoid and Tanh."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises
from nabla import activations

LAYOUTS = ("F", "strided", "reversed")
REFUSE = (
    "Begin with errors.check_float and errors.check_shape; backward begins with"
    " errors.check_cached."
)
FAR = np.array([[-1000.0, -745.0, -100.0, 100.0], [745.0, 1000.0, 0.0, -0.0]])


def keeps_forward(student, rng, name):
    """Check dtype, layout, purity and refusals of a forward pass."""
    layer, reference = getattr(student.activations, name)(), getattr(activations, name)
    x = rng.away_from_zero((6, 4))
    expected = reference().forward(x)
    for layout in LAYOUTS:
        placed = student.place(x, layout=layout)
        close(layer.forward(placed), expected, name="y")
        close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)
    single = x[:1].astype(np.float32)
    close(layer.forward(single), reference().forward(single), name="y of float32")

    def works():
        return layer.forward(x)

    hint(REFUSE)
    ones = np.ones((6, 4), dtype=int)
    raises("TypeError", layer.forward, ones, works=works, when="x holds integers")
    raises("ValueError", layer.forward, x[:0], works=works, when="the batch is empty")


def keeps_backward(student, rng, name):
    """Check dtype, layout, purity, what is saved, and refusals of a backward pass."""
    layer, reference = getattr(student.activations, name)(), getattr(activations, name)
    x, dout = rng.away_from_zero((6, 4)), rng.normal((6, 4))
    wanted = reference()
    wanted.forward(x)
    expected = wanted.backward(dout)
    placed = student.place(x)
    layer.forward(placed)
    student.numpy.copyto(placed, rng.away_from_zero((6, 4)))
    for layout in LAYOUTS:
        upstream = student.place(dout, layout=layout)
        dx = layer.backward(upstream)
        close(dx, expected, name="dx, with x overwritten after forward")
        seen = student.look(upstream)
        close(seen, dout, name="dout afterwards", rtol=0, atol=0)
    layer.forward(x.astype(np.float32))
    dx = layer.backward(dout.astype(np.float32))
    close(dx, expected.astype(np.float32), name="dx of float32")
    fresh = getattr(student.activations, name)()

    def works():
        return layer.backward(dout)

    hint(REFUSE)
    early = "it comes before forward"
    raises("RuntimeError", fresh.backward, dout, works=works, when=early)
    for wrong in (dout[:, :1], dout[:1], np.stack([dout, dout])):
        clause = "dout has another shape than x"
        raises("ValueError", layer.backward, wrong, works=works, when=clause)


def strictly(student, method):
    """Return the method such that overflow and 0 / 0 raise; underflow may happen."""
    return student.numpy.errstate(all="raise", under="ignore")(method)


@check(points=1, exercise="step/forward")
def test_step_forward_gives_zero_or_one(student, rng):
    """Step.forward gives 1 where x > 0, and 0 elsewhere, also at 0."""
    x = rng.normal((6, 4))
    x[2, 1], x[3, 3], x[0, 0] = 0.0, -0.0, 1e-300
    close(student.activations.Step().forward(x), (x > 0) * 1.0, name="y")


@check(points=1, exercise="step/forward", needs=["step_forward_gives_zero_or_one"])
def test_step_forward_keeps_the_rules(student, rng):
    """Step.forward keeps dtype and input, takes any layout, and refuses integers."""
    keeps_forward(student, rng, "Step")


@check(points=1, exercise="step/backward", needs=["step/forward"])
def test_step_backward_gives_zeros(student, rng):
    """Step.backward gives zeros of dout's shape, and refuses to come first."""
    layer, x, dout = student.activations.Step(), rng.normal((5, 3)), rng.normal((5, 3))
    layer.forward(x)
    close(layer.backward(dout), np.zeros((5, 3)), name="dx")
    single = dout.astype(np.float32)
    layer.forward(x.astype(np.float32))
    close(layer.backward(single), np.zeros((5, 3), np.float32), name="dx of float32")

    def works():
        return layer.backward(dout)

    hint(REFUSE)
    fresh = student.activations.Step()
    early = "it comes before forward"
    raises("RuntimeError", fresh.backward, dout, works=works, when=early)
    clause = "dout has another shape than x"
    raises("ValueError", layer.backward, dout[:1], works=works, when=clause)


@check(points=2, exercise="sigmoid/forward")
def test_sigmoid_forward_gives_the_logistic_function(student, rng):
    """Sigmoid.forward computes 1 / (1 + e^-x)."""
    for shape in ((6, 4), (1, 5), (7,), (2, 3, 4)):
        x = rng.normal(shape, 3.0)
        y = student.activations.Sigmoid().forward(x)
        close(y, 1 / (1 + np.exp(-x)), name="y")


@check(
    points=2,
    exercise="sigmoid/forward",
    needs=["sigmoid_forward_gives_the_logistic_function"],
)
def test_sigmoid_forward_never_overflows(student):
    """Sigmoid.forward gives 0 and 1 at -1000 and 1000, without overflow on the way."""
    hint(
        "e^1000 is too large for a float64. Let no exponent become large: cut it off,"
        " or use another form of the formula where x is negative."
    )
    expected = activations.Sigmoid().forward(FAR)
    y = strictly(student, student.activations.Sigmoid().forward)(FAR)
    close(y, expected, name="y")


@check(
    points=1,
    exercise="sigmoid/forward",
    needs=["sigmoid_forward_gives_the_logistic_function"],
)
def test_sigmoid_forward_keeps_the_rules(student, rng):
    """Sigmoid.forward keeps dtype and input, takes any layout, and refuses integers."""
    keeps_forward(student, rng, "Sigmoid")


@check(points=3, exercise="sigmoid/backward", needs=["sigmoid/forward"])
def test_sigmoid_backward_gives_dout_times_the_slope(student, rng):
    """Sigmoid.backward returns dout s (1 - s)."""
    for shape in ((6, 4), (1, 5)):
        layer, x, dout = (
            student.activations.Sigmoid(),
            rng.normal(shape),
            rng.normal(shape),
        )
        layer.forward(x)
        s = 1 / (1 + np.exp(-x))
        close(layer.backward(dout), dout * s * (1 - s), name="dx")


@check(
    points=1,
    exercise="sigmoid/backward",
    needs=["sigmoid_backward_gives_dout_times_the_slope"],
)
def test_sigmoid_backward_keeps_the_rules(student, rng):
    """Sigmoid.backward keeps dtype and dout, needs no live x, and refuses misfits."""
    keeps_backward(student, rng, "Sigmoid")


@check(points=1, exercise="tanh/forward")
def test_tanh_forward_gives_the_hyperbolic_tangent(student, rng):
    """Tanh.forward computes tanh(x)."""
    for shape in ((6, 4), (1, 5), (7,)):
        x = rng.normal(shape, 2.0)
        close(student.activations.Tanh().forward(x), np.tanh(x), name="y")


@check(
    points=1,
    exercise="tanh/forward",
    needs=["tanh_forward_gives_the_hyperbolic_tangent"],
)
def test_tanh_forward_never_overflows(student):
    """Tanh.forward gives -1 and 1 at -1000 and 1000, without overflow on the way."""
    hint("The quotient of the slide overflows. NumPy has a tanh that does not.")
    y = strictly(student, student.activations.Tanh().forward)(FAR)
    close(y, np.tanh(FAR), name="y")


@check(
    points=1,
    exercise="tanh/forward",
    needs=["tanh_forward_gives_the_hyperbolic_tangent"],
)
def test_tanh_forward_keeps_the_rules(student, rng):
    """Tanh.forward keeps dtype and input, takes any layout, and refuses integers."""
    keeps_forward(student, rng, "Tanh")


@check(points=3, exercise="tanh/backward", needs=["tanh/forward"])
def test_tanh_backward_gives_dout_times_the_slope(student, rng):
    """Tanh.backward returns dout (1 - t²)."""
    for shape in ((6, 4), (1, 5)):
        layer, x, dout = (
            student.activations.Tanh(),
            rng.normal(shape),
            rng.normal(shape),
        )
        layer.forward(x)
        close(layer.backward(dout), dout * (1 - np.tanh(x) ** 2), name="dx")


@check(
    points=1,
    exercise="tanh/backward",
    needs=["tanh_backward_gives_dout_times_the_slope"],
)
def test_tanh_backward_keeps_the_rules(student, rng):
    """Tanh.backward keeps dtype and dout, needs no live x, and refuses misfits."""
    keeps_backward(student, rng, "Tanh")
