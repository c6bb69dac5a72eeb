"""ReLU, LeakyReLU and ELU."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises
from nabla import activations

LAYOUTS = ("F", "strided", "reversed")
REFUSE = (
    "Begin with errors.check_float and errors.check_shape; backward begins with"
    " errors.check_cached."
)
KINK = np.array([[0.0, -0.0, 0.5, -0.5], [-0.0, 2.0, -2.0, 0.0]])


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


@check(points=2, exercise="relu/forward")
def test_relu_forward_cuts_off_what_is_negative(student, rng):
    """ReLU.forward computes max(x, 0)."""
    for shape in ((6, 4), (1, 5), (7,), (2, 3, 4)):
        x = rng.normal(shape, 3.0)
        close(student.activations.ReLU().forward(x), x * (x > 0), name="y")


@check(
    points=1,
    exercise="relu/forward",
    needs=["relu_forward_cuts_off_what_is_negative"],
)
def test_relu_forward_keeps_the_rules(student, rng):
    """ReLU.forward keeps dtype and input, takes any layout, and refuses integers."""
    keeps_forward(student, rng, student.activations.ReLU(), activations.ReLU())


@check(points=2, exercise="relu/backward", needs=["relu/forward"])
def test_relu_backward_passes_dout_where_x_is_positive(student, rng):
    """ReLU.backward returns dout where x > 0, else 0."""
    for shape in ((6, 4), (1, 5)):
        x, dout = rng.away_from_zero(shape), rng.normal(shape)
        dx = passed(student.activations.ReLU(), x, dout)
        close(dx, dout * (x > 0), name="dx")


@check(
    points=1,
    exercise="relu/backward",
    needs=["relu_backward_passes_dout_where_x_is_positive"],
)
def test_relu_has_slope_zero_at_zero(student, rng):
    """ReLU.backward gives 0 where x is 0, as in the hidden layer of the XOR net."""
    hint("At x = 0 the slope is 0 by convention: the mask is x > 0.")
    Z, dout = (
        np.array([[0.0, -1.0], [1.0, 0.0], [1.0, -0.0], [2.0, 1.0]]),
        rng.normal((4, 2)),
    )
    dZ = passed(student.activations.ReLU(), Z, dout)
    close(dZ, dout * (Z > 0), name="dx")


@check(
    points=1,
    exercise="relu/backward",
    needs=["relu_backward_passes_dout_where_x_is_positive"],
)
def test_relu_backward_keeps_the_rules(student, rng):
    """ReLU.backward keeps dtype and dout, needs no live x, and refuses misfits."""
    keeps_backward(student, rng, student.activations.ReLU, activations.ReLU())


@check(points=1, exercise="leaky_relu/forward")
def test_leaky_relu_forward_scales_what_is_negative(student, rng):
    """LeakyReLU.forward computes x where x > 0, else negative_slope x."""
    make = student.activations.LeakyReLU
    for slope in (0.1, 0.001, 2.5, -0.5):
        x = rng.normal((6, 4))
        y = make(slope).forward(x)
        close(y, np.where(x > 0, x, slope * x), name=f"y for the slope {slope}")
    x = rng.normal((1, 5))
    close(make().forward(x), np.where(x > 0, x, 0.01 * x), name="y for the default")


@check(
    points=1,
    exercise="leaky_relu/forward",
    needs=["leaky_relu_forward_scales_what_is_negative"],
)
def test_leaky_relu_forward_keeps_the_rules(student, rng):
    """LeakyReLU.forward keeps dtype and input, and refuses integers."""
    make = student.activations.LeakyReLU
    keeps_forward(student, rng, make(0.2), activations.LeakyReLU(0.2))


@check(points=1, exercise="leaky_relu/backward", needs=["leaky_relu/forward"])
def test_leaky_relu_backward_scales_where_x_is_negative(student, rng):
    """LeakyReLU.backward returns dout where x > 0, else negative_slope dout."""
    for slope in (0.1, 2.5):
        x, dout = rng.away_from_zero((6, 4)), rng.normal((6, 4))
        dx = passed(student.activations.LeakyReLU(slope), x, dout)
        close(dx, np.where(x > 0, dout, slope * dout), name="dx")


@check(
    points=1,
    exercise="leaky_relu/backward",
    needs=["leaky_relu_backward_scales_where_x_is_negative"],
)
def test_leaky_relu_has_the_small_slope_at_zero(student, rng):
    """LeakyReLU.backward has the slope negative_slope at x = 0."""
    dout = rng.normal(KINK.shape)
    dx = passed(student.activations.LeakyReLU(0.3), KINK, dout)
    close(dx, np.where(KINK > 0, dout, 0.3 * dout), name="dx")


@check(
    points=1,
    exercise="leaky_relu/backward",
    needs=["leaky_relu_backward_scales_where_x_is_negative"],
)
def test_leaky_relu_backward_keeps_the_rules(student, rng):
    """LeakyReLU.backward keeps dtype and dout, needs no live x, and refuses misfits."""

    def make():
        return student.activations.LeakyReLU(0.2)

    keeps_backward(student, rng, make, activations.LeakyReLU(0.2))


@check(points=2, exercise="elu/forward")
def test_elu_forward_levels_off(student, rng):
    """ELU.forward computes x where x > 0, else alpha (e^x - 1)."""
    for alpha in (1.0, 2.5, 0.3):
        x = rng.normal((6, 4), 2.0)
        y = student.activations.ELU(alpha).forward(x)
        wanted = np.where(x > 0, x, alpha * np.expm1(x))
        close(y, wanted, name=f"y for alpha = {alpha}")


@check(points=1, exercise="elu/forward", needs=["elu_forward_levels_off"])
def test_elu_forward_never_overflows(student):
    """ELU.forward gives x at 1000 and -alpha at -1000, without overflow."""
    hint(
        "numpy.where computes both sides everywhere: cut x off at 0 before e^x is"
        " taken."
    )
    x = np.array([[-1000.0, -30.0, 0.0, -0.0], [30.0, 710.0, 1000.0, 1.0]])
    y = strictly(student, student.activations.ELU(1.5).forward)(x)
    close(y, activations.ELU(1.5).forward(x), name="y")


@check(points=1, exercise="elu/forward", needs=["elu_forward_levels_off"])
def test_elu_forward_keeps_the_rules(student, rng):
    """ELU.forward keeps dtype and input, takes any layout, and refuses integers."""
    keeps_forward(student, rng, student.activations.ELU(0.7), activations.ELU(0.7))


@check(points=1, exercise="elu/backward", needs=["elu/forward"])
def test_elu_backward_gives_dout_times_the_slope(student, rng):
    """ELU.backward returns dout where x > 0, else dout alpha e^x."""
    for alpha in (1.0, 2.5):
        x, dout = rng.away_from_zero((6, 4)), rng.normal((6, 4))
        dx = passed(student.activations.ELU(alpha), x, dout)
        close(dx, np.where(x > 0, dout, dout * alpha * np.exp(x)), name="dx")


@check(
    points=1,
    exercise="elu/backward",
    needs=["elu_backward_gives_dout_times_the_slope"],
)
def test_elu_has_slope_alpha_at_zero(student, rng):
    """ELU.backward has the slope alpha at x = 0, and no trouble far from it."""
    x, dout = np.array([[0.0, -0.0, 1000.0, -1000.0]]), rng.normal((1, 4))
    dx = passed(student.activations.ELU(2.5), x, dout)
    close(dx, dout * np.array([[2.5, 2.5, 1.0, 0.0]]), name="dx")


@check(
    points=1,
    exercise="elu/backward",
    needs=["elu_backward_gives_dout_times_the_slope"],
)
def test_elu_backward_keeps_the_rules(student, rng):
    """ELU.backward keeps dtype and dout, needs no live x, and refuses misfits."""

    def make():
        return student.activations.ELU(0.7)

    keeps_backward(student, rng, make, activations.ELU(0.7))
