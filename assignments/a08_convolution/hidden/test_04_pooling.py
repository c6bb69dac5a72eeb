"""Average, maximum and p-norm of windows, and Upsample."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, gradients_match, hint, raises
from nabla import pooling

REFUSE = "Begin with errors.check_cached, then check dout's shape."
IMAGES = "check_images, which is given, does all of it."


def pooled(x, summary, kernel, stride, padding=(0, 0), *, fill=0.0):
    """Return a summary of every window, by slicing."""
    (kh, kw), (sh, sw), (ph, pw) = kernel, stride, padding
    edges = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(x, edges, constant_values=fill)
    rows = range(0, padded.shape[2] - kh + 1, sh)
    columns = range(0, padded.shape[3] - kw + 1, sw)
    maps = [
        [summary(padded[:, :, i : i + kh, j : j + kw], axis=(2, 3)) for j in columns]
        for i in rows
    ]
    return np.array(maps).transpose(2, 3, 0, 1)


def distinct(rng, shape):
    """Return random numbers, no two of them near each other: no tie is near."""
    size = int(np.prod(shape))
    spread = rng.permutation(size) - size / 2.0
    return (spread + rng.uniform(-0.3, 0.3, size)).reshape(shape) / 4.0


def after_forward(make, x, *args, **options):
    """Return a layer that has seen x."""
    layer = make(*args, **options)
    layer.forward(x)
    return layer


def same_dx(student, rng, name, x, *args, **options):
    """Compare dx with the reference's for a random upstream gradient."""
    layer = after_forward(getattr(student.pooling, name), x, *args, **options)
    reference = getattr(pooling, name)(*args, **options)
    dout = rng.normal(reference.forward(x).shape)
    close(layer.backward(dout), reference.backward(dout), name="dx", N=len(x))


def refuse_images(layer, rng, shape):
    """Check the exceptions of a forward pass."""
    hint(IMAGES)
    x, forward = rng.normal(shape), layer.forward

    def works():
        return forward(x)

    counts = rng.integers(0, 9, shape)
    raises("TypeError", forward, counts, works=works, when="x holds integers")
    raises("ValueError", forward, x[0], works=works, when="x has three axes")
    raises("ValueError", forward, x[:, :, :1], works=works, when="x is too small")


def refuse_dout(make, x, dout):
    """Check the exceptions of a backward pass."""
    hint(REFUSE)
    layer, fresh = make(), make()

    def works():
        layer.forward(x)
        return layer.backward(dout)

    raises("RuntimeError", fresh.backward, dout, works=works, when="forward is missing")
    wrong = dout[:, :1]  # NumPy would stretch it
    raises("ValueError", layer.backward, wrong, works=works, when="a map is missing")


@check(points=1, exercise="avgpool/forward")
def test_avgpool_forward_takes_means(student, rng):
    """AvgPool2d.forward gives the mean of every window."""
    x = rng.normal((2, 3, 4, 6))
    for kernel in ((2, 2), (2, 3)):
        y = student.pooling.AvgPool2d(kernel).forward(x)
        close(y, pooled(x, np.mean, kernel, kernel), name="y", kernel=4)


@check(points=1, exercise="avgpool/forward")
def test_avgpool_forward_obeys_stride(student, rng):
    """AvgPool2d.forward moves by its strides, and ignores what is left over."""
    x = rng.normal((1, 2, 6, 8))
    for stride in ((1, 2), (3, 1)):
        y = student.pooling.AvgPool2d((2, 3), stride).forward(x)
        close(y, pooled(x, np.mean, (2, 3), stride), name=f"y for stride {stride}")


@check(points=1, exercise="avgpool/forward")
def test_avgpool_forward_counts_padding_or_not(student, rng):
    """AvgPool2d.forward counts padding as zeros, with count_include_pad=False not."""
    x = rng.normal((3, 4, 3, 4))
    make, around = student.pooling.AvgPool2d, ((3, 2), (2, 2), (1, 1))
    y = make((3, 2), 2, 1).forward(x)
    close(y, pooled(x, np.mean, *around), name="y")
    y = make((3, 2), 2, 1, count_include_pad=False).forward(x)
    expected = pooled(x, np.nanmean, *around, fill=np.nan)
    close(y, expected, name="y with count_include_pad=False")


@check(points=1, exercise="avgpool/forward")
def test_avgpool_forward_keeps_the_dtype_of_x(student, rng):
    """AvgPool2d.forward returns x's dtype, leaves x alone, and refuses misfits."""
    x = rng.normal((1, 1, 4, 5)).astype(np.float32)
    for include in (True, False):
        layer = student.pooling.AvgPool2d(2, 1, 0, include)
        placed = student.place(x, layout="F")
        close(layer.forward(placed), pooled(x, np.mean, (2, 2), (1, 1)), name="y")
        close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)
    refuse_images(student.pooling.AvgPool2d(2), rng, (2, 2, 4, 4))


@check(points=1, exercise="avgpool/backward")
def test_avgpool_backward_shares_equally(student, rng):
    """AvgPool2d.backward gives every pixel of a window an equal share of dout."""
    same_dx(student, rng, "AvgPool2d", rng.normal((2, 3, 4, 6)), (2, 3))


@check(points=1, exercise="avgpool/backward")
def test_avgpool_backward_adds_where_windows_overlap(student, rng):
    """AvgPool2d.backward adds where windows overlap, and leaves zeros beside them."""
    x = rng.normal((2, 2, 5, 8))
    same_dx(student, rng, "AvgPool2d", x, 2, 1)
    same_dx(student, rng, "AvgPool2d", x, (2, 3), (3, 2))


@check(points=1, exercise="avgpool/backward")
def test_avgpool_backward_knows_the_padding(student, rng):
    """AvgPool2d.backward divides as forward did, and returns dx without padding."""
    x = rng.normal((2, 2, 3, 4))
    for include in (True, False):
        same_dx(student, rng, "AvgPool2d", x, (3, 2), 2, 1, include)


@check(points=1, exercise="avgpool/backward")
def test_avgpool_backward_refuses_what_does_not_fit(student, rng):
    """AvgPool2d.backward keeps float32; RuntimeError before forward, ValueError."""
    x = rng.normal((2, 2, 4, 4)).astype(np.float32)
    layer = after_forward(student.pooling.AvgPool2d, x, 2)
    dout = rng.normal((2, 2, 2, 2)).astype(np.float32)
    expected = dout.repeat(2, axis=2).repeat(2, axis=3) / 4
    close(layer.backward(dout), expected, name="dx of float32")
    refuse_dout(lambda: student.pooling.AvgPool2d(2), x, dout)


@check(points=2, exercise="maxpool/forward")
def test_maxpool_forward_keeps_the_largest(student, rng):
    """MaxPool2d.forward gives the largest value of every window, also a negative."""
    for shift in (0.0, -9.0):
        x = rng.normal((2, 3, 4, 6)) + shift
        for kernel in ((2, 2), (2, 3)):
            y = student.pooling.MaxPool2d(kernel).forward(x)
            close(y, pooled(x, np.max, kernel, kernel), name="y")


@check(points=1, exercise="maxpool/forward")
def test_maxpool_forward_obeys_stride(student, rng):
    """MaxPool2d.forward moves by its strides, and ignores what is left over."""
    x = rng.uniform(0.5, 2.0, (1, 2, 6, 8))
    for stride in ((1, 2), (3, 1)):
        y = student.pooling.MaxPool2d((2, 3), stride).forward(x)
        close(y, pooled(x, np.max, (2, 3), stride), name=f"y for stride {stride}")


@check(points=1, exercise="maxpool/forward")
def test_maxpool_forward_never_returns_padding(student, rng):
    """MaxPool2d.forward pads with minus infinity: of negative values one wins."""
    hint("pad(x, padding, -math.inf): a zero would win over negative values.")
    x = -np.abs(rng.normal((2, 2, 3, 4))) - 0.1
    y = student.pooling.MaxPool2d((3, 2), 2, 1).forward(x)
    expected = pooled(x, np.max, (3, 2), (2, 2), (1, 1), fill=-np.inf)
    close(y, expected, name="y")


@check(points=1, exercise="maxpool/forward")
def test_maxpool_forward_keeps_the_dtype_of_x(student, rng):
    """MaxPool2d.forward returns x's dtype, leaves x alone, and refuses misfits."""
    x = rng.uniform(0.5, 2.0, (1, 1, 4, 5)).astype(np.float32)
    for padding in (0, 1):
        placed = student.place(x, layout="reversed")
        y = student.pooling.MaxPool2d(2, 1, padding).forward(placed)
        around = (2, 2), (1, 1), (padding, padding)
        expected = pooled(x, np.max, *around, fill=-np.inf)
        close(y, expected, name="y of float32")
        close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)
    refuse_images(student.pooling.MaxPool2d(2), rng, (2, 2, 4, 4))


@check(points=1, exercise="maxpool/backward")
def test_maxpool_backward_routes_to_the_winner(student, rng):
    """MaxPool2d.backward gives dout to the pixel that won, and 0 to the others."""
    same_dx(student, rng, "MaxPool2d", distinct(rng, (2, 3, 4, 6)), (2, 3))


@check(points=1, exercise="maxpool/backward")
def test_maxpool_backward_gives_ties_to_the_first(student, rng):
    """MaxPool2d.backward gives everything to the first of several equal maxima."""
    hint("The first in the order of reading, row by row, as numpy.argmax finds it.")
    x = rng.integers(0, 2, (2, 2, 6, 6)) * 1.0
    x[0, 0] = 1.0
    same_dx(student, rng, "MaxPool2d", x, 3)


@check(points=1, exercise="maxpool/backward")
def test_maxpool_backward_adds_where_windows_overlap(student, rng):
    """MaxPool2d.backward adds for a pixel that won in several windows."""
    x = distinct(rng, (2, 2, 5, 6))
    x[:, :, 2, 2] = 99.0
    same_dx(student, rng, "MaxPool2d", x, 3, 1)
    same_dx(student, rng, "MaxPool2d", x, (3, 2), (1, 2))


@check(points=1, exercise="maxpool/backward")
def test_maxpool_backward_returns_the_shape_of_x(student, rng):
    """MaxPool2d.backward cuts padding off, and leaves zeros where no window was."""
    x = distinct(rng, (2, 2, 5, 7))
    same_dx(student, rng, "MaxPool2d", x, 2)
    same_dx(student, rng, "MaxPool2d", x - 50.0, (3, 2), 2, 1)
    same_dx(student, rng, "MaxPool2d", x, 2, (3, 2))


@check(points=1, exercise="maxpool/backward")
def test_maxpool_remembers_its_winners(student, rng):
    """What happens to x and y after forward does not change MaxPool2d.backward."""
    hint("Save where the maxima were, or a copy of x.")
    x, dout = distinct(rng, (2, 2, 4, 4)), rng.normal((2, 2, 2, 2))
    placed, layer = student.place(x), student.pooling.MaxPool2d(2)
    layer.forward(placed)
    student.numpy.copyto(placed, -x)
    reference = after_forward(pooling.MaxPool2d, x, 2)
    close(layer.backward(dout), reference.backward(dout), name="dx")


@check(points=1, exercise="maxpool/backward")
def test_maxpool_backward_refuses_what_does_not_fit(student, rng):
    """MaxPool2d.backward keeps float32; RuntimeError before forward, ValueError."""
    x = distinct(rng, (2, 2, 4, 4)).astype(np.float32)
    dout = rng.normal((2, 2, 2, 2)).astype(np.float32)
    layer = after_forward(student.pooling.MaxPool2d, x, 2)
    expected = after_forward(pooling.MaxPool2d, x, 2).backward(dout)
    close(layer.backward(dout), expected, name="dx of float32")
    refuse_dout(lambda: student.pooling.MaxPool2d(2), x, dout)


def norm(p):
    """Return the summary of LPPool2d."""

    def summary(window, axis):
        return (np.abs(window) ** p).sum(axis=axis) ** (1 / p)

    return summary


@check(points=1, exercise="lppool/forward")
def test_lppool_forward_takes_lengths(student, rng):
    """LPPool2d.forward gives the length of every window: a sum, not a mean."""
    x = rng.normal((2, 3, 4, 6))
    for kernel in ((2, 2), (2, 3)):
        y = student.pooling.LPPool2d(2, kernel).forward(x)
        close(y, pooled(x, norm(2), kernel, kernel), name="y")


@check(points=1, exercise="lppool/forward")
def test_lppool_forward_takes_other_norms(student, rng):
    """LPPool2d.forward takes other p than 2, and absolute values for odd ones."""
    x = rng.normal((1, 2, 6, 5))
    for p in (1, 3, 2.5):
        y = student.pooling.LPPool2d(p, (3, 2), (1, 2)).forward(x)
        close(y, pooled(x, norm(p), (3, 2), (1, 2)), name=f"y for p={p}")


@check(points=1, exercise="lppool/forward")
def test_lppool_forward_keeps_the_dtype_of_x(student, rng):
    """LPPool2d.forward returns x's dtype, leaves x alone, and refuses misfits."""
    x = rng.normal((1, 1, 4, 5)).astype(np.float32)
    placed = student.place(x, layout="strided")
    y = student.pooling.LPPool2d(2, 2, 1).forward(placed)
    close(y, pooled(x, norm(2), (2, 2), (1, 1)), name="y of float32")
    close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)
    refuse_images(student.pooling.LPPool2d(2, 2), rng, (2, 2, 4, 4))


@check(points=1, exercise="lppool/backward")
def test_lppool_backward_points_along_x(student, rng):
    """LPPool2d.backward returns dout x / y for p = 2, added where windows overlap."""
    x = rng.away_from_zero((2, 2, 4, 6))
    same_dx(student, rng, "LPPool2d", x, 2, (2, 3))
    same_dx(student, rng, "LPPool2d", x, 2, 2, 1)


@check(points=1, exercise="lppool/backward", needs=["lppool_forward_takes_other_norms"])
def test_lppool_backward_is_the_gradient_of_forward(student, rng):
    """LPPool2d.backward agrees with central differences for p = 3 and p = 1.5."""
    for p in (3, 1.5):
        gradients_match(
            student.pooling.LPPool2d(p, (2, 3), (2, 1)),
            rng.away_from_zero((2, 2, 4, 5)),
            rng=rng,
            reference=pooling.LPPool2d(p, (2, 3), (2, 1)),
        )


@check(points=1, exercise="lppool/backward")
def test_lppool_backward_is_zero_for_a_window_of_zeros(student, rng):
    """LPPool2d.backward gives 0 where the length is 0, and no nan."""
    hint("0 / 0 is nan: divide by 1 where y is 0.")
    x = rng.away_from_zero((1, 2, 4, 4))
    x[:, :, :2, 2:] = 0.0
    x[:, :, 2:, :2] = [[0.0, 0.0], [-1.0, 0.0]]  # the length is 1: no zero
    same_dx(student, rng, "LPPool2d", x, 2, 2)


@check(points=1, exercise="lppool/backward")
def test_lppool_backward_refuses_what_does_not_fit(student, rng):
    """LPPool2d.backward keeps copies and float32; RuntimeError, ValueError."""
    hint("Forward saves copies of x and of y.")
    x = rng.away_from_zero((2, 2, 4, 4)).astype(np.float32)
    dout = rng.normal((2, 2, 2, 2)).astype(np.float32)
    placed, layer = student.place(x), student.pooling.LPPool2d(2, 2)
    layer.forward(placed)
    student.numpy.copyto(placed, -x)
    expected = after_forward(pooling.LPPool2d, x, 2, 2).backward(dout)
    close(layer.backward(dout), expected, name="dx of float32")
    refuse_dout(lambda: student.pooling.LPPool2d(2, 2), x, dout)


@check(points=1, exercise="upsample/forward")
def test_upsample_forward_repeats_pixels(student, rng):
    """Upsample.forward repeats every pixel in both directions (optional)."""
    for scale, shape in ((2, (2, 3, 2, 3)), (3, (1, 1, 3, 2)), (2, (2, 2, 1, 1))):
        x = rng.normal(shape).astype(np.float32)
        y = student.pooling.Upsample(scale).forward(x)
        close(y, x.repeat(scale, axis=2).repeat(scale, axis=3), name="y")
    counts = rng.integers(0, 9, (1, 1, 2, 2))
    layer = student.pooling.Upsample(2)
    when = "x holds integers"
    raises(
        "TypeError", layer.forward, counts, works=lambda: layer.forward(x), when=when
    )


@check(points=1, exercise="upsample/backward")
def test_upsample_backward_sums_over_blocks(student, rng):
    """Upsample.backward returns the sum of dout over every block (optional)."""
    for scale, shape in ((2, (2, 3, 2, 3)), (3, (1, 1, 3, 2))):
        same_dx(student, rng, "Upsample", rng.normal(shape), scale)


@check(points=1, exercise="upsample/backward")
def test_upsample_backward_refuses_what_does_not_fit(student, rng):
    """Upsample.backward keeps float32; RuntimeError, ValueError (optional)."""
    x, dout = rng.normal((2, 2, 2, 3)), rng.normal((2, 2, 4, 6)).astype(np.float32)
    layer = after_forward(student.pooling.Upsample, x.astype(np.float32), 2)
    expected = after_forward(pooling.Upsample, x, 2).backward(dout.astype(float))
    close(layer.backward(dout), expected.astype(np.float32), name="dx of float32")
    refuse_dout(lambda: student.pooling.Upsample(2), x, dout.astype(float))
