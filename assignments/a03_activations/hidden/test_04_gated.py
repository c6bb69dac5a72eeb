"""SiLU, and GELU in three modes."""

from __future__ import annotations

import math

import numpy as np

from autograder.suite import check, close, hint, raises
from nabla import activations

LAYOUTS = ("F", "strided", "reversed")
REFUSE = (
    "Begin with errors.check_float and errors.check_shape; backward begins with"
    " errors.check_cached."
)
FAR = np.array([[-1000.0, -40.0, -5.5, 5.5], [40.0, 1000.0, 0.0, -0.0]])


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


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def normal(x):
    """Return the distribution function of the normal distribution."""
    return np.vectorize(lambda t: (1 + math.erf(t / math.sqrt(2))) / 2)(x)


@check(points=1, exercise="silu/forward")
def test_silu_forward_gives_x_times_its_sigmoid(student, rng):
    """SiLU.forward computes x / (1 + e^-x)."""
    for shape in ((6, 4), (1, 5), (7,)):
        x = rng.normal(shape, 3.0)
        close(student.activations.SiLU().forward(x), x * sigmoid(x), name="y")


@check(
    points=1,
    exercise="silu/forward",
    needs=["silu_forward_gives_x_times_its_sigmoid"],
)
def test_silu_forward_never_overflows(student):
    """SiLU.forward gives 0 and x at -1000 and 1000, without overflow on the way."""
    hint("Its sigmoid must not overflow for x = -1000.")
    y = strictly(student, student.activations.SiLU().forward)(FAR)
    close(y, activations.SiLU().forward(FAR), name="y")


@check(
    points=1,
    exercise="silu/forward",
    needs=["silu_forward_gives_x_times_its_sigmoid"],
)
def test_silu_forward_keeps_the_rules(student, rng):
    """SiLU.forward keeps dtype and input, takes any layout, and refuses integers."""
    keeps_forward(student, rng, student.activations.SiLU(), activations.SiLU())


@check(points=2, exercise="silu/backward", needs=["silu/forward"])
def test_silu_backward_gives_dout_times_the_slope(student, rng):
    """SiLU.backward returns dout (s + x s (1 - s))."""
    for shape in ((6, 4), (1, 5)):
        x, dout = rng.normal(shape, 2.0), rng.normal(shape)
        dx = passed(student.activations.SiLU(), x, dout)
        s = sigmoid(x)
        close(dx, dout * (s + x * s * (1 - s)), name="dx")


@check(
    points=1,
    exercise="silu/backward",
    needs=["silu_backward_gives_dout_times_the_slope"],
)
def test_silu_backward_keeps_the_rules(student, rng):
    """SiLU.backward keeps dtype and dout, needs no live x, and refuses misfits."""
    keeps_backward(student, rng, student.activations.SiLU, activations.SiLU())


@check(points=2, exercise="gelu/forward")
def test_gelu_forward_is_exact_by_default(student, rng):
    """GELU.forward computes x P(x) with the exact normal distribution P."""
    for shape in ((6, 4), (1, 5), (7,)):
        x = rng.normal(shape, 2.0)
        close(student.activations.GELU().forward(x), x * normal(x), name="y")


@check(points=1, exercise="gelu/forward", needs=["gelu_forward_is_exact_by_default"])
def test_gelu_forward_with_tanh(student, rng):
    """GELU.forward computes the tanh approximation when it is asked for."""
    x = rng.normal((6, 4), 2.0)
    u = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    y = student.activations.GELU("tanh").forward(x)
    close(y, x / 2 * (1 + np.tanh(u)), name="y")


@check(points=1, exercise="gelu/forward", needs=["gelu_forward_is_exact_by_default"])
def test_gelu_forward_with_sigmoid(student, rng):
    """GELU.forward computes x / (1 + e^(-1.702 x)) when it is asked for."""
    x = rng.normal((6, 4), 2.0)
    y = student.activations.GELU("sigmoid").forward(x)
    close(y, x * sigmoid(1.702 * x), name="y")


@check(
    points=1,
    exercise="gelu/forward",
    needs=["gelu_forward_with_tanh", "gelu_forward_with_sigmoid"],
)
def test_gelu_forward_never_overflows(student):
    """GELU.forward gives 0 and x at -1000 and 1000 in all modes, without overflow."""
    for mode in ("none", "tanh", "sigmoid"):
        y = strictly(student, student.activations.GELU(mode).forward)(FAR)
        expected = activations.GELU(mode).forward(FAR)
        close(y, expected, name=f"y in mode {mode!r}")


@check(points=1, exercise="gelu/forward", needs=["gelu_forward_is_exact_by_default"])
def test_gelu_forward_keeps_the_rules(student, rng):
    """GELU.forward keeps dtype and input, takes any layout, and refuses integers."""
    keeps_forward(student, rng, student.activations.GELU(), activations.GELU())


@check(points=2, exercise="gelu/backward", needs=["gelu/forward"])
def test_gelu_backward_is_exact_by_default(student, rng):
    """GELU.backward returns dout (P + x P') with the exact normal density P'."""
    for shape in ((6, 4), (1, 5)):
        x, dout = rng.normal(shape, 2.0), rng.normal(shape)
        dx = passed(student.activations.GELU(), x, dout)
        density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
        close(dx, dout * (normal(x) + x * density), name="dx")


@check(
    points=1,
    exercise="gelu/backward",
    needs=["gelu_forward_with_tanh", "gelu_backward_is_exact_by_default"],
)
def test_gelu_backward_with_tanh(student, rng):
    """GELU.backward differentiates the tanh approximation in its mode."""
    hint("u = sqrt(2/pi) (x + 0.044715 x³) has the slope sqrt(2/pi) (1 + 0.134145 x²).")
    x, dout = rng.normal((6, 4), 2.0), rng.normal((6, 4))
    dx = passed(student.activations.GELU("tanh"), x, dout)
    close(dx, passed(activations.GELU("tanh"), x, dout), name="dx")


@check(
    points=1,
    exercise="gelu/backward",
    needs=["gelu_forward_with_sigmoid", "gelu_backward_is_exact_by_default"],
)
def test_gelu_backward_with_sigmoid(student, rng):
    """GELU.backward differentiates x / (1 + e^(-1.702 x)) in its mode."""
    hint("The slope of s(1.702 x) is 1.702 s (1 - s).")
    x, dout = rng.normal((6, 4), 2.0), rng.normal((6, 4))
    dx = passed(student.activations.GELU("sigmoid"), x, dout)
    s = sigmoid(1.702 * x)
    close(dx, dout * (s + 1.702 * x * s * (1 - s)), name="dx")


@check(
    points=1,
    exercise="gelu/backward",
    needs=["gelu_backward_is_exact_by_default"],
)
def test_gelu_backward_keeps_the_rules(student, rng):
    """GELU.backward keeps dtype and dout, needs no live x, and refuses misfits."""
    keeps_backward(student, rng, student.activations.GELU, activations.GELU())
