"""MaxGate: the larger entry forward; backward the gradient goes to the winner."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises, shape_is

BROADCAST = [
    "unbroadcast_sums_new_axes",
    "unbroadcast_sums_axes_of_size_one",
    "unbroadcast_keeps_the_shape_asked_for",
]
DTYPE = ["unbroadcast_keeps_the_dtype_and_its_input"]


@check(points=1, exercise="max/forward")
def test_max_forward_takes_the_larger(student, rng):
    """MaxGate.forward takes the larger entry, with broadcasting, in the dtype."""
    for dtype in (np.float64, np.float32):
        for x_shape, y_shape in (((3, 4), (3, 4)), ((3, 1), (4,)), ((1,), (2, 3))):
            x = rng.normal(x_shape).astype(dtype)
            y = rng.normal(y_shape).astype(dtype)
            close(student.gates.MaxGate().forward(x, y), np.maximum(x, y), name="out")


@check(points=1, exercise="max/forward")
def test_max_forward_refuses_wrong_inputs(student, rng):
    """MaxGate.forward refuses integers and shapes that do not broadcast."""
    x, whole = rng.normal((3, 4)), np.ones((3, 4), np.int64)
    gate = student.gates.MaxGate()

    def works():
        return gate.forward(x, x)

    hint("_common_shape checks both inputs: call it at the very beginning.")
    raises("TypeError", gate.forward, x, whole, works=works)
    raises("TypeError", gate.forward, whole, x, works=works)
    raises("ValueError", gate.forward, x, rng.normal((3,)), works=works)


@check(points=2, exercise="max/backward")
def test_max_backward_routes(student, rng):
    """MaxGate.backward hands the upstream gradient to the larger input alone."""
    x, dout = rng.normal((4, 5)), rng.away_from_zero((4, 5), 0.1)
    x_wins = rng.sign((4, 5)) > 0
    x_wins[0, :2] = True, False
    y = np.where(x_wins, x - 0.5, x + 0.5)
    gate = student.gates.MaxGate()
    gate.forward(x, y)
    dx, dy = gate.backward(dout)
    close(dx, dout * x_wins, name="dx")
    close(dy, dout * ~x_wins, name="dy")


@check(points=2, exercise="max/backward")
def test_max_backward_halves_at_a_tie(student, rng):
    """MaxGate.backward gives each input half of the gradient where they are equal."""
    x, dout = rng.normal((3, 4)), rng.away_from_zero((3, 4), 0.1)
    gate = student.gates.MaxGate()
    gate.forward(x, x)
    dx, dy = gate.backward(dout)
    shape_is(dx, (3, 4), name="dx")
    shape_is(dy, (3, 4), name="dy")
    # Together: dx alone does not tell "all to the second" from "nothing to either".
    close(np.stack([dx, dy]), np.stack([dout, dout]) / 2, name="the pair (dx, dy)")


@check(points=1, exercise="max/backward", needs=[*BROADCAST, *DTYPE])
def test_max_backward_sums_what_was_repeated(student, rng):
    """MaxGate.backward returns gradients in the shapes of the inputs, float32 too."""
    hint(
        "A gradient has the shape of what it belongs to: that is what unbroadcast does."
    )
    for dtype in (np.float64, np.float32):
        x = np.array([[0.0], [2.5], [-1.5]], dtype)
        y = np.array([1.0, -1.0, 2.0, 3.0], dtype)
        dout = rng.normal((3, 4)).astype(dtype)
        gate = student.gates.MaxGate()
        gate.forward(x, y)
        dx, dy = gate.backward(dout)
        close(dx, (dout * (x > y)).sum(axis=1, keepdims=True), name="dx")
        close(dy, (dout * (x < y)).sum(axis=0), name="dy")


@check(points=1, exercise="max/backward", needs=["max_backward_routes"])
def test_max_gate_remembers_its_inputs(student, rng):
    """MaxGate.backward uses what the inputs were in forward, and changes no array."""
    x, y = np.array([1.0, -2.0, 3.0]), np.array([0.5, -1.0, 4.0])
    dout = rng.away_from_zero((3,), 0.1)
    placed = {name: student.place(a) for name, a in (("x", x), ("y", y), ("d", dout))}
    gate = student.gates.MaxGate()
    gate.forward(placed["x"], placed["y"])
    close(student.look(placed["x"]), x, name="x after forward")
    close(student.look(placed["y"]), y, name="y after forward")
    hint("Save copies: the caller may reuse its arrays before backward comes.")
    placed["x"].fill(7.0)
    placed["y"].fill(8.0)
    dx, dy = gate.backward(placed["d"])
    close(dx, dout * [1.0, 0.0, 0.0], name="dx")
    close(dy, dout * [0.0, 1.0, 1.0], name="dy")
    hint("Do not write into dout: compute new arrays from it.")
    close(student.look(placed["d"]), dout, name="dout after backward")


@check(points=1, exercise="max/backward")
def test_max_backward_refuses_a_wrong_upstream(student, rng):
    """MaxGate.backward refuses a wrong upstream gradient, and to come first."""
    x, dout = rng.normal((3, 4)), rng.normal((3, 4))
    gate = student.gates.MaxGate()
    gate.forward(x, x)

    def works():
        return gate.backward(dout)

    hint("_check_upstream compares the shape of dout with that of the output.")
    raises("ValueError", gate.backward, np.stack([dout, dout]), works=works)
    raises("TypeError", gate.backward, np.ones((3, 4), np.int64), works=works)
    hint("errors.check_cached refuses if forward has saved nothing yet.")
    raises("RuntimeError", student.gates.MaxGate().backward, dout, works=works)
