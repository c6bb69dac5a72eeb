"""MulGate: a product forward; backward each input gets dout times the other one."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises

BROADCAST = [
    "unbroadcast_sums_new_axes",
    "unbroadcast_sums_axes_of_size_one",
    "unbroadcast_keeps_the_shape_asked_for",
]
DTYPE = ["unbroadcast_keeps_the_dtype_and_its_input"]


@check(points=1, exercise="mul/forward")
def test_mul_forward_multiplies(student, rng):
    """MulGate.forward multiplies entry by entry, with broadcasting, in the dtype."""
    for dtype in (np.float64, np.float32):
        for x_shape, y_shape in (((3, 3), (3, 3)), ((3, 1), (4,)), ((1,), (2, 3))):
            x = rng.normal(x_shape).astype(dtype)
            y = rng.normal(y_shape).astype(dtype)
            close(student.gates.MulGate().forward(x, y), x * y, name="out")


@check(points=1, exercise="mul/forward")
def test_mul_forward_refuses_wrong_inputs(student, rng):
    """MulGate.forward refuses integers and shapes that do not broadcast."""
    x, whole = rng.normal((3, 4)), np.ones((3, 4), np.int64)
    gate = student.gates.MulGate()

    def works():
        return gate.forward(x, x)

    hint("_common_shape checks both inputs: call it at the very beginning.")
    raises("TypeError", gate.forward, x, whole, works=works)
    raises("TypeError", gate.forward, whole, x, works=works)
    raises("ValueError", gate.forward, x, rng.normal((3,)), works=works)


@check(points=2, exercise="mul/backward")
def test_mul_backward_swaps(student, rng):
    """MulGate.backward multiplies the upstream gradient by the other input."""
    x, y, dout = (rng.normal((3, 4)) for _ in range(3))
    gate = student.gates.MulGate()
    gate.forward(x, y)
    dx, dy = gate.backward(dout)
    close(dx, dout * y, name="dx")
    close(dy, dout * x, name="dy")


@check(points=1, exercise="mul/backward", needs=[*BROADCAST, *DTYPE])
def test_mul_backward_sums_what_was_repeated(student, rng):
    """MulGate.backward returns gradients in the shapes of the inputs, float32 too."""
    hint(
        "A gradient has the shape of what it belongs to: that is what unbroadcast does."
    )
    for dtype in (np.float64, np.float32):
        x = rng.normal((3, 1)).astype(dtype)
        y = rng.normal((4,)).astype(dtype)
        dout = rng.normal((3, 4)).astype(dtype)
        gate = student.gates.MulGate()
        gate.forward(x, y)
        dx, dy = gate.backward(dout)
        close(dx, (dout * y).sum(axis=1, keepdims=True), name="dx")
        close(dy, (dout * x).sum(axis=0), name="dy")


@check(points=1, exercise="mul/backward", needs=["mul_backward_swaps"])
def test_mul_gate_remembers_its_inputs(student, rng):
    """MulGate.backward uses what the inputs were in forward, and changes no array."""
    x, y, dout = (rng.normal((3, 4)) for _ in range(3))
    placed = {name: student.place(a) for name, a in (("x", x), ("y", y), ("d", dout))}
    gate = student.gates.MulGate()
    gate.forward(placed["x"], placed["y"])
    close(student.look(placed["x"]), x, name="x after forward")
    close(student.look(placed["y"]), y, name="y after forward")
    hint("Save copies: the caller may reuse its arrays before backward comes.")
    placed["x"].fill(7.0)
    placed["y"].fill(7.0)
    dx, dy = gate.backward(placed["d"])
    close(dx, dout * y, name="dx")
    close(dy, dout * x, name="dy")
    hint("Do not write into dout: compute new arrays from it.")
    close(student.look(placed["d"]), dout, name="dout after backward")


@check(points=1, exercise="mul/backward")
def test_mul_backward_refuses_a_wrong_upstream(student, rng):
    """MulGate.backward refuses a wrong upstream gradient, and to come first."""
    x, dout = rng.normal((3, 4)), rng.normal((3, 4))
    gate = student.gates.MulGate()
    gate.forward(x, x)

    def works():
        return gate.backward(dout)

    hint("_check_upstream compares the shape of dout with that of the output.")
    raises("ValueError", gate.backward, np.stack([dout, dout]), works=works)
    raises("TypeError", gate.backward, np.ones((3, 4), np.int64), works=works)
    hint("errors.check_cached refuses if forward has saved nothing yet.")
    raises("RuntimeError", student.gates.MulGate().backward, dout, works=works)
