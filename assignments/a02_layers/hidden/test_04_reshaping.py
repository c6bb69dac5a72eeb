"""Identity, Flatten and Concat: nothing is computed, but all must find its place."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises

REFUSE = "Begin with errors.check_cached(where, self.saved), then check dout's shape."


@check(points=1, exercise="identity/forward")
def test_identity_forward_returns_x(student, rng):
    """Identity.forward returns x as it is, in its dtype, and refuses integers."""
    hint("Return a copy of x; errors.check_float refuses integers.")
    layer = student.layers.Identity()
    x = rng.normal((3, 4)).astype(np.float32)
    close(layer.forward(x), x, name="y")
    counts = rng.integers(0, 9, (3, 4))
    raises("TypeError", layer.forward, counts, works=lambda: layer.forward(x))


@check(points=1, exercise="identity/backward")
def test_identity_backward_returns_dout(student, rng):
    """Identity.backward returns dout as it is, after a forward pass."""
    hint("Return a copy of dout; errors.check_cached notices that forward is missing.")
    layer = student.layers.Identity()
    x, dout = rng.normal((3, 4)), rng.normal((3, 4))
    layer.forward(x)
    close(layer.backward(dout), dout, name="dx")
    fresh = student.layers.Identity()
    raises("RuntimeError", fresh.backward, dout, works=lambda: layer.backward(dout))


@check(points=1, exercise="flatten/forward")
def test_flatten_forward_gives_one_row_per_sample(student, rng):
    """Flatten.forward writes each sample in a row, the last axis running fastest."""
    x = rng.normal((2, 3, 4, 5))
    expected = np.array([sample.ravel() for sample in x])
    for layout in ("C", "F", "reversed"):
        y = student.layers.Flatten().forward(student.place(x, layout=layout))
        close(y, expected, name="y")


@check(points=1, exercise="flatten/forward")
def test_flatten_forward_keeps_a_batch_of_one(student, rng):
    """Flatten.forward turns one sample into one row, and keeps float32."""
    x = rng.normal((1, 3, 4)).astype(np.float32)
    close(student.layers.Flatten().forward(x), x.reshape(1, 12), name="y")


@check(points=1, exercise="flatten/forward")
def test_flatten_forward_leaves_x_alone(student, rng):
    """Flatten.forward does not change x, and refuses what has no sample axes."""
    hint("Reshape a copy; x needs a batch axis and at least one more.")
    x = rng.normal((2, 3, 4))
    layer, placed = student.layers.Flatten(), student.place(x)
    layer.forward(placed)
    close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)
    raises("ValueError", layer.forward, x[0, 0], works=lambda: layer.forward(x))


@check(points=2, exercise="flatten/backward")
def test_flatten_backward_restores_the_shape(student, rng):
    """Flatten.backward returns dout in the shape of x."""
    for shape in ((2, 3, 4, 5), (1, 3, 2)):
        x, layer = rng.normal(shape), student.layers.Flatten()
        layer.forward(x)
        dout = rng.normal((shape[0], x[0].size))
        close(layer.backward(dout), dout.reshape(shape), name="dx")


@check(points=1, exercise="flatten/backward")
def test_flatten_backward_refuses_what_does_not_fit(student, rng):
    """Flatten.backward raises RuntimeError before forward, ValueError for a shape."""
    hint(REFUSE)
    x, dout = rng.normal((2, 3, 4)), rng.normal((2, 12))
    layer, fresh = student.layers.Flatten(), student.layers.Flatten()

    def works():
        layer.forward(x)
        return layer.backward(dout)

    raises("RuntimeError", fresh.backward, dout, works=works)
    raises("ValueError", layer.backward, rng.normal((3, 8)), works=works)


@check(points=1, exercise="concat/forward")
def test_concat_forward_joins_along_its_axis(student, rng):
    """Concat.forward joins arrays along its axis, by default axis 1."""
    a, b, c = rng.normal((4, 2)), rng.normal((4, 3)), rng.normal((4, 1))
    close(student.layers.Concat().forward(a, b, c), np.hstack([a, b, c]), name="y")
    a, b = rng.normal((4, 3)), rng.normal((4, 3))
    close(
        student.layers.Concat(0).forward(a, b), np.vstack([a, b]), name="y for axis 0"
    )
    for axis in (0, 2, -1):
        shape = [2, 3, 2]
        shape[axis] = 5
        a, b = rng.normal((2, 3, 2)), rng.normal(tuple(shape))
        y = student.layers.Concat(axis).forward(a, b)
        close(y, np.concatenate([a, b], axis), name=f"y for axis {axis}")
    close(student.layers.Concat().forward(a), a, name="y of one array")


@check(points=1, exercise="concat/forward")
def test_concat_forward_refuses_what_does_not_fit(student, rng):
    """Concat.forward raises ValueError for shapes that do not fit, TypeError for int.

    It returns float32 for float32.
    """
    hint("errors.check_float takes all arrays at once, each by a name.")
    a, b = rng.normal((4, 2)).astype(np.float32), rng.normal((4, 3)).astype(np.float32)
    join = student.layers.Concat().forward
    close(join(a, b), np.hstack([a, b]), name="y of float32")
    raises("ValueError", join, a, b[:3], works=lambda: join(a, b))
    raises("ValueError", join, a, b[:, 0], works=lambda: join(a, b))
    counts = rng.integers(0, 9, (4, 3))
    raises("TypeError", join, a, counts, works=lambda: join(a, b))


def joined(student, rng, axis, *sizes):
    """Return a Concat after a forward pass, and the shapes of its inputs."""
    shapes = []
    for size in sizes:
        shape = [3, 4, 2]
        shape[axis] = size
        shapes.append(tuple(shape))
    layer = student.layers.Concat(axis)
    layer.forward(*[rng.normal(shape) for shape in shapes])
    return layer


def compare_pieces(pieces, dout, axis, *sizes):
    """Compare the pieces with dout, cut after the given sizes."""
    hint("np.split takes the inner cuts alone: one fewer than there are arrays.")
    close(len(pieces), len(sizes), name="number of gradients")
    hint("")
    start = 0
    for i, size in enumerate(sizes):
        expected = np.take(dout, range(start, start + size), axis)
        close(pieces[i], expected, name=f"dx{i}")
        start += size


@check(points=2, exercise="concat/backward")
def test_concat_backward_cuts_at_the_seams(student, rng):
    """Concat.backward cuts dout where the arrays were joined, also unequal ones."""
    layer = joined(student, rng, 1, 2, 3, 1)
    dout = rng.normal((3, 6, 2))
    compare_pieces(layer.backward(dout), dout, 1, 2, 3, 1)


@check(
    points=1,
    exercise="concat/backward",
    needs=["concat_forward_joins_along_its_axis"],
)
def test_concat_backward_cuts_along_its_axis(student, rng):
    """Concat.backward cuts along the axis of the module."""
    for axis, shape in ((0, (6, 4, 2)), (-1, (3, 4, 6)), (2, (3, 4, 6))):
        layer = joined(student, rng, axis, 1, 5)
        dout = rng.normal(shape)
        compare_pieces(layer.backward(dout), dout, axis, 1, 5)


@check(points=1, exercise="concat/backward")
def test_concat_backward_follows_the_latest_forward(student, rng):
    """Concat.backward cuts as the latest forward pass joined."""
    layer = joined(student, rng, 1, 2, 3)
    layer.forward(rng.normal((3, 4, 2)), rng.normal((3, 1, 2)), rng.normal((3, 2, 2)))
    dout = rng.normal((3, 7, 2))
    compare_pieces(layer.backward(dout), dout, 1, 4, 1, 2)


@check(points=1, exercise="concat/backward")
def test_concat_backward_refuses_what_does_not_fit(student, rng):
    """Concat.backward raises RuntimeError before forward, ValueError for a shape."""
    hint(REFUSE)
    dout, fresh = rng.normal((3, 5, 2)), student.layers.Concat()
    layer = joined(student, rng, 1, 2, 3)

    def works():
        return layer.backward(dout)

    raises("RuntimeError", fresh.backward, dout, works=works)
    raises("ValueError", layer.backward, rng.normal((3, 6, 2)), works=works)
