"""im2col and its transpose col2im."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises
from nabla import convolution


def windows(x, kernel, stride=(1, 1), padding=(0, 0)):
    """Return every window of every image in a row, by slicing."""
    (kh, kw), (sh, sw), (ph, pw) = kernel, stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    height, width = padded.shape[2:]
    rows = [
        [
            image[:, i : i + kh, j : j + kw].ravel()
            for i in range(0, height - kh + 1, sh)
            for j in range(0, width - kw + 1, sw)
        ]
        for image in padded
    ]
    return np.array(rows)


@check(points=2, exercise="im2col")
def test_im2col_writes_one_window_per_row(student, rng):
    """im2col writes windows in the order of reading, each as (C, kh, kw)."""
    x = rng.normal((2, 3, 5, 4))
    found = student.convolution.im2col(x, 3, 2)
    close(found, windows(x, (3, 2)), name="cols", N=2, C=3)


@check(points=1, exercise="im2col")
def test_im2col_obeys_both_strides(student, rng):
    """im2col moves by the stride of each direction, and ignores what is left over."""
    x = rng.normal((2, 2, 6, 8))
    for stride in ((2, 3), (3, 1)):
        found = student.convolution.im2col(x, 2, 3, stride)
        close(found, windows(x, (2, 3), stride), name=f"cols for stride {stride}")
    found = student.convolution.im2col(x, 3, 3, 2)
    close(found, windows(x, (3, 3), (2, 2)), name="cols for stride 2")


@check(points=1, exercise="im2col")
def test_im2col_pads_with_zeros(student, rng):
    """im2col puts zeros around the images, as many as each direction asks for."""
    x = rng.normal((2, 2, 3, 4))
    for padding in ((1, 0), (0, 2)):
        found = student.convolution.im2col(x, 3, 2, 1, padding)
        expected = windows(x, (3, 2), (1, 1), padding)
        close(found, expected, name=f"cols for padding {padding}")
    found = student.convolution.im2col(x, 2, 2, 2, 1)
    close(found, windows(x, (2, 2), (2, 2), (1, 1)), name="cols for padding 1")


@check(points=1, exercise="im2col")
def test_im2col_takes_one_image(student, rng):
    """im2col takes one image of one channel, float32, and any memory layout."""
    x = rng.normal((1, 1, 4, 3)).astype(np.float32)
    for layout in ("C", "F", "reversed"):
        placed = student.place(x, layout=layout)
        found = student.convolution.im2col(placed, 2, 2)
        close(found, windows(x, (2, 2)), name="cols of float32")
        close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)


@check(points=1, exercise="im2col")
def test_im2col_refuses_what_does_not_fit(student, rng):
    """im2col raises TypeError for integers, ValueError for wrong shapes."""
    hint("check_images, which is given, does all of it.")
    x, im2col = rng.normal((2, 2, 3, 4)), student.convolution.im2col

    def works():
        return im2col(x, 3, 4)

    counts = rng.integers(0, 9, (2, 2, 3, 4))
    raises("TypeError", im2col, counts, 2, 2, works=works, when="x holds integers")
    raises("ValueError", im2col, x[0], 2, 2, works=works, when="x has three axes")
    when = "the kernel does not fit"
    raises("ValueError", im2col, x, 4, 4, works=works, when=when)


def added(rng, shape, kernel, stride=(1, 1), padding=(0, 0)):
    """Return random cols and what the reference makes of them."""
    like = windows(np.zeros(shape), kernel, stride, padding)
    cols = rng.normal(like.shape)
    return cols, convolution.col2im(cols, shape, *kernel, stride, padding)


@check(points=2, exercise="col2im")
def test_col2im_adds_where_windows_overlap(student, rng):
    """col2im adds every entry to the pixel it came from."""
    shape = (2, 3, 5, 4)
    cols, x = added(rng, shape, (3, 2))
    close(student.convolution.col2im(cols, shape, 3, 2), x, name="x", N=2, C=3)


@check(points=1, exercise="col2im")
def test_col2im_obeys_both_strides(student, rng):
    """col2im leaves zeros where no window was."""
    shape = (2, 2, 6, 8)
    for stride in ((2, 3), (3, 1)):
        cols, x = added(rng, shape, (2, 2), stride)
        found = student.convolution.col2im(cols, shape, 2, 2, stride)
        close(found, x, name=f"x for stride {stride}")


@check(points=1, exercise="col2im")
def test_col2im_cuts_the_padding_off(student, rng):
    """col2im returns the images without their padding."""
    shape = (2, 2, 3, 4)
    for stride, padding in (((1, 1), (1, 0)), ((2, 2), (1, 1)), ((1, 1), (0, 2))):
        cols, x = added(rng, shape, (3, 3), stride, padding)
        found = student.convolution.col2im(cols, shape, 3, 3, stride, padding)
        close(found, x, name=f"x for padding {padding}")


@check(points=1, exercise="col2im")
def test_col2im_is_the_transpose_of_im2col(student, rng):
    """<im2col(x), c> equals <x, col2im(c)> for all x and c, also in float32."""
    hint("Every product of an x and a c must occur once on either side.")
    x = rng.normal((1, 2, 5, 6))
    cols = rng.normal(convolution.im2col(x, 3, 2, (2, 1), (1, 1)).shape)
    left = float((convolution.im2col(x, 3, 2, (2, 1), (1, 1)) * cols).sum())
    back = student.convolution.col2im(cols, x.shape, 3, 2, (2, 1), (1, 1))
    close(float((x * back).sum()), left, name="<x, col2im(c)>")
    small = cols.astype(np.float32)
    found = student.convolution.col2im(small, x.shape, 3, 2, (2, 1), (1, 1))
    close(found, back.astype(np.float32), name="x of float32")


@check(points=1, exercise="col2im")
def test_col2im_refuses_what_does_not_fit(student, rng):
    """col2im raises ValueError for a wrong number of rows, TypeError for integers."""
    hint("cols must have the shape that im2col gives for x_shape.")
    col2im, shape = student.convolution.col2im, (2, 3, 5, 4)
    cols, _ = added(rng, shape, (3, 2))

    def works():
        return col2im(cols, shape, 3, 2)

    raises("ValueError", col2im, cols[:, 1:], shape, 3, 2, works=works)
    raises("ValueError", col2im, cols, shape, 2, 3, works=works)
    counts = rng.integers(0, 9, cols.shape)
    when = "cols holds integers"
    raises("TypeError", col2im, counts, shape, 3, 2, works=works, when=when)
