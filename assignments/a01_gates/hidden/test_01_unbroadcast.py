"""unbroadcast: the axes that broadcasting repeated are summed, and no others."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises
from autograder.suite.failures import StudentRaised


@check(points=2, exercise="unbroadcast")
def test_unbroadcast_sums_new_axes(student, rng):
    """Axes that broadcasting put in front are summed away by unbroadcast."""
    grad = rng.normal((2, 3, 4))
    unbroadcast = student.gates.unbroadcast
    close(unbroadcast(grad, (2, 3, 4)), grad, name="result")
    close(unbroadcast(grad, (3, 4)), grad.sum(axis=0), name="result")
    close(unbroadcast(grad, (4,)), grad.sum(axis=(0, 1)), name="result")


@check(points=2, exercise="unbroadcast")
def test_unbroadcast_sums_axes_of_size_one(student, rng):
    """Axes of size one are summed over by unbroadcast, wherever they stand."""
    unbroadcast = student.gates.unbroadcast
    for grad_shape, shape, axes in (
        ((3, 4), (1, 4), (0,)),
        ((3, 4), (3, 1), (1,)),
        ((2, 4, 3), (2, 1, 3), (1,)),
        ((3, 3), (3, 1), (1,)),
    ):
        grad = rng.normal(grad_shape)
        expected = grad.sum(axis=axes, keepdims=True)
        close(unbroadcast(grad, shape), expected, name="result")
    grad = rng.normal((5, 2, 4, 3))
    expected = grad.sum(axis=0).sum(axis=1, keepdims=True)
    close(unbroadcast(grad, (2, 1, 3)), expected, name="result")


@check(points=1, exercise="unbroadcast")
def test_unbroadcast_keeps_the_shape_asked_for(student, rng):
    """Exactly the shape asked for comes out of unbroadcast, sizes of one included."""
    unbroadcast = student.gates.unbroadcast
    for grad_shape, shape in (((1,), (1,)), ((1, 3), (1, 3)), ((2, 1, 1), (1, 1))):
        grad = rng.normal(grad_shape)
        expected = grad.sum(axis=0) if len(shape) < grad.ndim else grad
        close(unbroadcast(grad, shape), expected, name="result")


@check(points=1, exercise="unbroadcast")
def test_unbroadcast_keeps_the_dtype_and_its_input(student, rng):
    """A float32 gradient stays float32 in unbroadcast, and is not changed."""
    grad = rng.normal((3, 4)).astype(np.float32)
    placed = student.place(grad)
    for shape, expected in (((4,), grad.sum(axis=0)), ((3, 4), grad)):
        close(student.gates.unbroadcast(placed, shape), expected, name="result")
    close(student.look(placed), grad, name="grad")


def _refused(call, *args):
    """Return whether a ValueError is raised, or NumPy's own sort of it."""
    try:
        call(*args)
    except StudentRaised as exc:
        if exc.type not in {"ValueError", "AxisError"}:
            raise
        return True
    return False


@check(points=1, exercise="unbroadcast")
def test_unbroadcast_refuses_what_cannot_be(student, rng):
    """Shapes that cannot be broadcast are refused by unbroadcast, and integers."""
    grad = rng.normal((3, 4))
    unbroadcast = student.gates.unbroadcast

    def works():
        return unbroadcast(grad, (4,))

    raises("ValueError", unbroadcast, grad, (3,), works=works)
    raises("ValueError", unbroadcast, grad, (2, 4), works=works)
    raises("ValueError", unbroadcast, grad, (1, 3, 4), works=works)
    refused = _refused(unbroadcast, grad, (3, 4, 1))
    close(refused, expected=True, name="whether (3, 4, 1) is refused for (3, 4)")
    hint(
        "errors.check_float, at the very beginning, refuses all that is no float array."
    )
    raises("TypeError", unbroadcast, np.ones((3, 4), np.int64), (4,), works=works)
