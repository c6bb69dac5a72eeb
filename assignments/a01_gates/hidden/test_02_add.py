"""AddGate: a sum forward, the upstream gradient to both sides backward."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises

BROADCAST = [
    "unbroadcast_sums_new_axes",
    "unbroadcast_sums_axes_of_size_one",
    "unbroadcast_keeps_the_shape_asked_for",
]
DTYPE = ["unbroadcast_keeps_the_dtype_and_its_input"]


@check(points=1, exercise="add/forward")
def test_add_forward_adds(student, rng):
    """AddGate.forward adds, with broadcasting, in the dtype, and changes no input."""
    for dtype in (np.float64, np.float32):
        for x_shape, y_shape in (((3, 4), (3, 4)), ((3, 1), (4,)), ((1,), (2, 3))):
            x = rng.normal(x_shape).astype(dtype)
            y = rng.normal(y_shape).astype(dtype)
            close(student.gates.AddGate().forward(x, y), x + y, name="out")
    x, y = rng.normal((3, 4)), rng.normal((3, 4))
    placed = student.place(x), student.place(y)
    student.gates.AddGate().forward(*placed)
    hint("x += y writes into the caller's array; x + y is a new one.")
    close(student.look(placed[0]), x, name="x after forward")
    close(student.look(placed[1]), y, name="y after forward")


@check(points=1, exercise="add/forward")
def test_add_forward_refuses_wrong_inputs(student, rng):
    """AddGate.forward refuses integers and shapes that do not broadcast."""
    x, whole = rng.normal((3, 4)), np.ones((3, 4), np.int64)
    gate = student.gates.AddGate()

    def works():
        return gate.forward(x, x)

    hint("_common_shape checks both inputs: call it at the very beginning.")
    raises("TypeError", gate.forward, x, whole, works=works)
    raises("TypeError", gate.forward, whole, x, works=works)
    raises("ValueError", gate.forward, x, rng.normal((3,)), works=works)


@check(points=2, exercise="add/backward")
def test_add_backward_distributes(student, rng):
    """AddGate.backward hands the upstream gradient to both inputs."""
    x, y, dout = (rng.normal((3, 4)) for _ in range(3))
    gate = student.gates.AddGate()
    gate.forward(x, y)
    dx, dy = gate.backward(dout)
    close(dx, dout, name="dx")
    close(dy, dout, name="dy")


@check(points=1, exercise="add/backward", needs=[*BROADCAST, *DTYPE])
def test_add_backward_sums_what_was_repeated(student, rng):
    """AddGate.backward returns gradients in the shapes of the inputs, float32 too."""
    hint(
        "A gradient has the shape of what it belongs to: that is what unbroadcast does."
    )
    for dtype in (np.float64, np.float32):
        x = rng.normal((3, 1)).astype(dtype)
        y = rng.normal((4,)).astype(dtype)
        dout = rng.normal((3, 4)).astype(dtype)
        gate = student.gates.AddGate()
        gate.forward(x, y)
        dx, dy = gate.backward(dout)
        close(dx, dout.sum(axis=1, keepdims=True), name="dx")
        close(dy, dout.sum(axis=0), name="dy")


@check(points=1, exercise="add/backward")
def test_add_backward_refuses_a_wrong_upstream(student, rng):
    """AddGate.backward refuses a wrong upstream gradient, and to come first."""
    x, dout = rng.normal((3, 4)), rng.normal((3, 4))
    gate = student.gates.AddGate()
    gate.forward(x, x)

    def works():
        return gate.backward(dout)

    hint("_check_upstream compares the shape of dout with that of the output.")
    raises("ValueError", gate.backward, np.stack([dout, dout]), works=works)
    raises("TypeError", gate.backward, np.ones((3, 4), np.int64), works=works)
    hint("errors.check_cached refuses if forward has saved nothing yet.")
    raises("RuntimeError", student.gates.AddGate().backward, dout, works=works)
