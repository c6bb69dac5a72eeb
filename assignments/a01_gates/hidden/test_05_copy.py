"""CopyGate: one array to n consumers forward; backward their gradients add."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises


@check(points=1, exercise="copy/forward")
def test_copy_forward_hands_out_n_copies(student, rng):
    """CopyGate.forward returns as many copies as there are consumers."""
    for n, dtype in ((1, np.float64), (2, np.float32), (4, np.float64)):
        x = rng.normal((2, 3)).astype(dtype)
        outs = student.gates.CopyGate(n).forward(x)
        close(len(outs), n, name="number of copies")
        for i, out in enumerate(outs):
            close(out, x, name=f"copy {i}")


@check(points=1, exercise="copy/forward")
def test_copy_forward_refuses_integers(student, rng):
    """CopyGate.forward refuses integers and lists."""
    gate, x = student.gates.CopyGate(3), rng.normal((2, 3))

    def works():
        return gate.forward(x)

    hint(
        "errors.check_float, at the very beginning, refuses all that is no float array."
    )
    raises("TypeError", gate.forward, np.ones((2, 3), np.int64), works=works)
    raises("TypeError", gate.forward, [1.0, 2.0], works=works)


@check(points=2, exercise="copy/backward")
def test_copy_backward_adds(student, rng):
    """CopyGate.backward adds the gradients of its two consumers."""
    gate = student.gates.CopyGate()
    gate.forward(rng.normal((2, 3)))
    douts = [rng.normal((2, 3)) for _ in range(2)]
    close(gate.backward(*douts), douts[0] + douts[1], name="dx", n=2)


@check(points=1, exercise="copy/backward")
def test_copy_backward_adds_any_number(student, rng):
    """CopyGate.backward adds one, three or five gradients."""
    for n in (3, 1, 5):
        gate = student.gates.CopyGate(n)
        gate.forward(rng.normal((2, 3)))
        douts = [rng.normal((2, 3)) for _ in range(n)]
        close(gate.backward(*douts), np.sum(douts, axis=0), name="dx", n=n)


@check(points=1, exercise="copy/backward", needs=["copy_backward_adds"])
def test_copy_backward_changes_no_gradient(student, rng):
    """CopyGate.backward leaves the gradients it adds alone, and keeps float32."""
    gate = student.gates.CopyGate(2)
    gate.forward(rng.normal((2, 3)).astype(np.float32))
    douts = [rng.normal((2, 3)).astype(np.float32) for _ in range(2)]
    placed = [student.place(dout) for dout in douts]
    dx = gate.backward(*placed)
    hint("Do not write into the gradients: begin the sum with a new array.")
    for i, dout in enumerate(douts):
        close(student.look(placed[i]), dout, name=f"dout {i} after backward")
    hint("")
    close(dx, douts[0] + douts[1], name="dx")


@check(points=1, exercise="copy/backward")
def test_copy_backward_refuses_wrong_gradients(student, rng):
    """CopyGate.backward refuses too few, too many, misshapen and whole gradients."""
    gate, dout = student.gates.CopyGate(3), rng.normal((2, 3))
    gate.forward(rng.normal((2, 3)))

    def works():
        return gate.backward(dout, dout, dout)

    hint("There must be n gradients, each in the shape of x.")
    raises("ValueError", gate.backward, dout, dout, works=works)
    raises("ValueError", gate.backward, dout, dout, dout, dout, works=works)
    raises("ValueError", gate.backward, dout, dout, dout[0], works=works)
    rows = [dout[0]] * 3  # alike, so that adding them up fails nowhere
    raises("ValueError", gate.backward, *rows, works=works)
    whole = [np.ones((2, 3), np.int64)] * 3
    raises("TypeError", gate.backward, *whole, works=works)
    hint("errors.check_cached refuses if forward has saved nothing yet.")
    fresh = student.gates.CopyGate(3)
    raises("RuntimeError", fresh.backward, dout, dout, dout, works=works)
