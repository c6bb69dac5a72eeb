"""affine_forward and affine_backward."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises

LAYOUTS = ("F", "strided", "reversed")
REFUSE = (
    "Begin with errors.check_float for dtypes and errors.check_shape for shapes: NumPy"
    " stretches an axis of size one silently."
)


@check(points=2, exercise="affine/forward")
def test_affine_forward_gives_x_w_plus_b(student, rng):
    """affine_forward computes x W + b for a batch."""
    x, W, b = rng.normal((6, 4)), rng.normal((4, 3)), rng.normal(3)
    y = student.layers.affine_forward(x, W, b)
    close(y, x @ W + b, name="y", N=6, n_in=4, n_out=3)


@check(points=2, exercise="affine/forward")
def test_affine_forward_adds_one_bias_per_output(student, rng):
    """affine_forward adds one bias per output, whatever the size of the batch."""
    W, b = rng.normal((5, 4)), rng.normal(4)
    for N in (4, 1):
        x = rng.normal((N, 5))
        y = student.layers.affine_forward(x, W, b)
        close(y, x @ W + b, name="y", n_in=5, n_out=4)


@check(points=1, exercise="affine/forward")
def test_affine_forward_takes_every_layout_and_dtype(student, rng):
    """affine_forward returns x's dtype and takes any memory layout."""
    x, W, b = rng.normal((6, 4)), rng.normal((4, 3)), rng.normal(3)
    for layout in LAYOUTS:
        placed = [student.place(array, layout=layout) for array in (x, W, b)]
        close(student.layers.affine_forward(*placed), x @ W + b, name="y")
    x, W, b = (array.astype(np.float32) for array in (x, W, b))
    close(student.layers.affine_forward(x, W, b), x @ W + b, name="y of float32")


@check(points=1, exercise="affine/forward")
def test_affine_forward_refuses_what_does_not_fit(student, rng):
    """affine_forward raises TypeError for integers, ValueError for wrong shapes."""
    hint(REFUSE)
    x, W, b = rng.normal((6, 4)), rng.normal((4, 3)), rng.normal(3)
    call = student.layers.affine_forward

    def works():
        return call(x, W, b)

    raises("TypeError", call, rng.integers(0, 9, (6, 4)), W, b, works=works)
    raises("ValueError", call, rng.normal((6, 5)), W, b, works=works)
    raises("ValueError", call, x, W, rng.normal(1), works=works)
    raises("ValueError", call, x[0], W, b, works=works)
    raises("ValueError", call, x[:0], W, b, works=works)


# The next three use a square W: a forgotten transpose then gives a wrong number in its
# own gradient, not an exception in all three. Other shapes follow.


@check(points=4, exercise="affine/backward")
def test_affine_backward_gives_dx(student, rng):
    """affine_backward returns dx = dout W^T."""
    x, W, dout = rng.normal((6, 3)), rng.normal((3, 3)), rng.normal((6, 3))
    dx, _, _ = student.layers.affine_backward(dout, x, W)
    close(dx, dout @ W.T, name="dx", N=6)


@check(points=3, exercise="affine/backward")
def test_affine_backward_gives_dw(student, rng):
    """affine_backward returns dW = x^T dout, summed over the batch."""
    x, W, dout = rng.normal((6, 3)), rng.normal((3, 3)), rng.normal((6, 3))
    _, dW, _ = student.layers.affine_backward(dout, x, W)
    close(dW, x.T @ dout, name="dW", N=6)


@check(points=2, exercise="affine/backward")
def test_affine_backward_gives_db(student, rng):
    """affine_backward adds up db over the batch."""
    x, W = rng.normal((6, 3)), rng.normal((3, 3))
    for N in (6, 1):
        dout = rng.normal((N, 3))
        _, _, db = student.layers.affine_backward(dout, x[:N], W)
        close(db, dout.sum(axis=0), name="db", N=N)


@check(points=1, exercise="affine/backward")
def test_affine_backward_of_a_batch_is_the_sum_of_its_samples(student, rng):
    """The parameter gradients of a batch are the sums of those of its samples."""
    hint("A sample's contribution is independent of the others, and not divided by N.")
    x, W, dout = rng.normal((5, 4)), rng.normal((4, 3)), rng.normal((5, 3))
    call = student.layers.affine_backward
    singles = [call(dout[i : i + 1], x[i : i + 1], W) for i in range(5)]
    _, dW, db = call(dout, x, W)
    for whole, part, expected, name in (
        (dW, 1, x.T @ dout, "dW"),
        (db, 2, dout.sum(axis=0), "db"),
    ):
        close(sum(single[part] for single in singles), expected, name=f"sum of {name}")
        close(whole, expected, name=name, N=5, n_in=4, n_out=3)


@check(points=1, exercise="affine/backward")
def test_affine_backward_takes_every_layout_and_dtype(student, rng):
    """affine_backward keeps float32, takes any layout and leaves dout alone."""
    x, W, dout = rng.normal((6, 4)), rng.normal((4, 3)), rng.normal((6, 3))
    wanted = dout @ W.T, x.T @ dout, dout.sum(axis=0)
    for layout in LAYOUTS:
        placed = [student.place(array, layout=layout) for array in (dout, x, W)]
        found = student.layers.affine_backward(*placed)
        for name, i in (("dx", 0), ("dW", 1), ("db", 2)):
            close(found[i], wanted[i], name=name)
        close(student.look(placed[0]), dout, name="dout afterwards", rtol=0, atol=0)
    small = [array.astype(np.float32) for array in (dout, x, W)]
    found = student.layers.affine_backward(*small)
    for name, i in (("dx", 0), ("dW", 1), ("db", 2)):
        close(found[i], wanted[i].astype(np.float32), name=f"{name} of float32")


@check(points=1, exercise="affine/backward")
def test_affine_backward_refuses_what_does_not_fit(student, rng):
    """affine_backward raises TypeError for integers, ValueError for wrong shapes."""
    hint(REFUSE)
    x, W, dout = rng.normal((6, 4)), rng.normal((4, 3)), rng.normal((6, 3))
    call = student.layers.affine_backward

    def works():
        return call(dout, x, W)

    raises("TypeError", call, rng.integers(0, 9, (6, 3)), x, W, works=works)
    raises("ValueError", call, dout[:1], x, W, works=works)
    raises("ValueError", call, dout[:, :1], x, W, works=works)
