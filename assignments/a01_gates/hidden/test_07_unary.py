"""Gates of one input: scale, shift, exp, reciprocal, sigmoid."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises


def _keeps_the_rules(student, rng, gate, expected):
    """Inputs and upstream stay as they are, float32 stays float32."""
    x = rng.uniform(0.5, 2.0, (2, 3)).astype(np.float32)
    dout = rng.normal((2, 3)).astype(np.float32)
    placed_x, placed_dout = student.place(x, "F"), student.place(dout, "strided")
    out = gate.forward(placed_x)
    hint("Do not write into x: compute a new array from it.")
    close(student.look(placed_x), x, name="x after forward")
    hint("")
    close(out, expected(x), name="out")
    before = gate.backward(placed_dout)
    hint("Do not write into dout: compute a new array from it.")
    close(student.look(placed_dout), dout, name="dout after backward")
    hint("Save copies: the caller may reuse its arrays before backward comes.")
    placed_x.fill(9.0)
    close(gate.backward(placed_dout), before, name="dx after x was overwritten")
    hint("")
    close(before.dtype, np.dtype(np.float32), name="dtype of dx")


def _refuses(rng, make):
    """Integers, misshapen upstream gradients and backward before forward."""
    x, dout = rng.uniform(0.5, 2.0, (2, 3)), rng.normal((2, 3))
    gate = make()

    def works():
        gate.forward(x)
        return gate.backward(dout)

    hint(
        "errors.check_float, at the very beginning, refuses all that is no float array."
    )
    raises("TypeError", gate.forward, np.ones((2, 3), np.int64), works=works)
    hint("_check_upstream compares the shape of dout with that of the output.")
    raises("ValueError", gate.backward, dout[0], works=works)
    hint("errors.check_cached refuses if forward has saved nothing yet.")
    raises("RuntimeError", make().backward, dout, works=works)


@check(points=1, exercise="scale")
def test_scale_forward_multiplies(student, rng):
    """ScaleGate.forward multiplies by its constant."""
    for a in (-1.0, 0.0, 2.5):
        x = rng.normal((2, 3))
        close(student.gates.ScaleGate(a).forward(x), a * x, name="out")


@check(points=1, exercise="scale")
def test_scale_backward_multiplies(student, rng):
    """ScaleGate.backward multiplies the upstream gradient by the constant."""
    x, dout = rng.normal((2, 3)), rng.normal((2, 3))
    for a in (-3.0, 0.25):
        gate = student.gates.ScaleGate(a)
        gate.forward(x)
        close(gate.backward(dout), a * dout, name="dx")


@check(
    points=1,
    exercise="scale",
    needs=["scale_forward_multiplies", "scale_backward_multiplies"],
)
def test_scale_keeps_the_rules(student, rng):
    """ScaleGate changes no argument, keeps float32, and refuses wrong ones."""
    gate = student.gates.ScaleGate(3.0)
    _keeps_the_rules(student, rng, gate, lambda x: np.float32(3.0) * x)
    _refuses(rng, lambda: student.gates.ScaleGate(3.0))


@check(points=1, exercise="shift")
def test_shift_forward_adds(student, rng):
    """ShiftGate.forward adds its constant."""
    for c in (1.0, -2.5):
        x = rng.normal((2, 3))
        close(student.gates.ShiftGate(c).forward(x), x + c, name="out")


@check(points=1, exercise="shift")
def test_shift_backward_passes_on(student, rng):
    """ShiftGate.backward passes the upstream gradient on unchanged."""
    x, dout = rng.normal((2, 3)), rng.normal((2, 3))
    gate = student.gates.ShiftGate(4.0)
    gate.forward(x)
    close(gate.backward(dout), dout, name="dx")


@check(
    points=1,
    exercise="shift",
    needs=["shift_forward_adds", "shift_backward_passes_on"],
)
def test_shift_keeps_the_rules(student, rng):
    """ShiftGate changes no argument, keeps float32, and refuses wrong ones."""
    gate = student.gates.ShiftGate(3.0)
    _keeps_the_rules(student, rng, gate, lambda x: x + np.float32(3.0))
    _refuses(rng, lambda: student.gates.ShiftGate(3.0))


@check(points=1, exercise="exp")
def test_exp_forward(student, rng):
    """ExpGate.forward computes e to the x."""
    x = rng.normal((2, 3))
    close(student.gates.ExpGate().forward(x), np.exp(x), name="out")


@check(points=1, exercise="exp")
def test_exp_backward(student, rng):
    """ExpGate.backward multiplies the upstream gradient by e to the x."""
    x, dout = rng.normal((2, 3)), rng.normal((2, 3))
    gate = student.gates.ExpGate()
    gate.forward(x)
    close(gate.backward(dout), dout * np.exp(x), name="dx")


@check(points=1, exercise="exp", needs=["exp_forward", "exp_backward"])
def test_exp_changes_no_argument(student, rng):
    """ExpGate changes no argument, remembers what it needs, and keeps float32."""
    _keeps_the_rules(student, rng, student.gates.ExpGate(), np.exp)


@check(points=1, exercise="exp")
def test_exp_refuses_wrong_arguments(student, rng):
    """ExpGate refuses integers, misshapen gradients, and backward before forward."""
    _refuses(rng, student.gates.ExpGate)


@check(points=1, exercise="reciprocal")
def test_reciprocal_forward(student, rng):
    """ReciprocalGate.forward computes 1 / x, and infinity at zero."""
    x = rng.away_from_zero((2, 3), 0.2)
    gate = student.gates.ReciprocalGate()
    close(gate.forward(x), 1 / x, name="out")
    hint("1 / 0 is inf and 1 / -0.0 is -inf: no special case, no exception.")
    expected = np.array([np.inf, -np.inf, 0.5])
    close(gate.forward(np.array([0.0, -0.0, 2.0])), expected, name="out at zero")


@check(points=1, exercise="reciprocal")
def test_reciprocal_backward(student, rng):
    """ReciprocalGate.backward multiplies the upstream gradient by -1 / x²."""
    x, dout = rng.away_from_zero((2, 3), 0.2), rng.normal((2, 3))
    gate = student.gates.ReciprocalGate()
    gate.forward(x)
    close(gate.backward(dout), -dout / x**2, name="dx")


@check(
    points=1,
    exercise="reciprocal",
    needs=["reciprocal_forward", "reciprocal_backward"],
)
def test_reciprocal_changes_no_argument(student, rng):
    """ReciprocalGate changes no argument, remembers its input, and keeps float32."""
    gate = student.gates.ReciprocalGate()
    _keeps_the_rules(student, rng, gate, lambda x: np.float32(1) / x)


@check(points=1, exercise="reciprocal")
def test_reciprocal_refuses_wrong_arguments(student, rng):
    """ReciprocalGate refuses integers, misshapen gradients, and backward first."""
    _refuses(rng, student.gates.ReciprocalGate)


@check(points=1, exercise="sigmoid")
def test_sigmoid_forward(student, rng):
    """SigmoidGate.forward computes 1 / (1 + e^-x)."""
    # Small and large numbers of both signs, under every secret.
    x = rng.uniform(0.2, 0.9, (2, 3)) * [[1.0, -1.0, 0.0], [-9.0, 9.0, -3.0]]
    close(student.gates.SigmoidGate().forward(x), 1 / (1 + np.exp(-x)), name="out")


@check(points=2, exercise="sigmoid")
def test_sigmoid_backward(student, rng):
    """SigmoidGate.backward multiplies the upstream gradient by (1 - s) s."""
    x, dout = rng.normal((2, 3), scale=2.0), rng.normal((2, 3))
    s = 1 / (1 + np.exp(-x))
    gate = student.gates.SigmoidGate()
    gate.forward(x)
    close(gate.backward(dout), dout * (1 - s) * s, name="dx")


@check(points=1, exercise="sigmoid", needs=["sigmoid_forward", "sigmoid_backward"])
def test_sigmoid_changes_no_argument(student, rng):
    """SigmoidGate changes no argument, remembers what it needs, and keeps float32."""
    gate = student.gates.SigmoidGate()
    _keeps_the_rules(student, rng, gate, lambda x: 1 / (1 + np.exp(-x)))


@check(points=1, exercise="sigmoid")
def test_sigmoid_refuses_wrong_arguments(student, rng):
    """SigmoidGate refuses integers, misshapen gradients, and backward first."""
    _refuses(rng, student.gates.SigmoidGate)
