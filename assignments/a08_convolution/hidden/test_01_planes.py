"""Correlation, convolution and edges of one plane; sizes, counts, receptive fields."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises

LAYOUTS = ("F", "strided", "reversed")


def correlated(x, k):
    """Return the sums of products, window by window."""
    (H, W), (kh, kw) = x.shape, k.shape
    return np.array(
        [
            [(x[i : i + kh, j : j + kw] * k).sum() for j in range(W - kw + 1)]
            for i in range(H - kh + 1)
        ]
    )


@check(points=2, exercise="conv_output_size")
def test_conv_output_size_rounds_down(student, rng):
    """conv_output_size is floor((n + 2 p - k) / s) + 1."""
    size = student.convolution.conv_output_size
    for n, k, s, p in (
        (32, 5, 1, 0),
        (227, 11, 4, 0),
        (224, 11, 4, 2),
        (8, 3, 2, 0),
        (5, 3, 2, 1),
        (4, 4, 3, 0),
        (1, 3, 1, 1),
        (rng.integers(20, 40), 3, rng.integers(2, 5), rng.integers(0, 3)),
    ):
        places = len(range(0, n + 2 * p - k + 1, s))
        close(size(n, k, s, p), places, name=f"size for n={n}, k={k}, s={s}, p={p}")


@check(points=1, exercise="conv_output_size")
def test_conv_output_size_refuses_a_kernel_that_does_not_fit(student):
    """conv_output_size raises ValueError if the kernel is larger than n + 2 p."""
    hint("Compare k with n + 2 padding; stride must be at least 1, padding 0.")
    size = student.convolution.conv_output_size

    def works():
        return size(2, 4, 1, 1)

    when = "the kernel does not fit"
    raises("ValueError", size, 2, 5, 1, 1, works=works, when=when)
    raises("ValueError", size, 3, 4, works=works, when=when)
    raises("ValueError", size, 5, 3, 0, works=works, when="stride is 0")
    raises("ValueError", size, 8, 3, 1, -1, works=works, when="padding is -1")


@check(points=2, exercise="correlate2d")
def test_correlate2d_slides_the_kernel_as_it_is(student, rng):
    """correlate2d adds up the products of kernel and window, without a flip."""
    x, k = rng.normal((5, 7)), rng.normal((3, 2))
    close(student.convolution.correlate2d(x, k), correlated(x, k), name="y")


@check(points=1, exercise="correlate2d")
def test_correlate2d_takes_kernels_of_any_shape(student, rng):
    """correlate2d takes 1 x 1 kernels, rows, columns, and one as large as x."""
    x = rng.normal((4, 6))
    for shape in ((1, 1), (1, 4), (3, 1), (4, 6)):
        k = rng.normal(shape)
        found = student.convolution.correlate2d(x, k)
        close(found, correlated(x, k), name=f"y for a kernel of {shape}")


@check(points=1, exercise="correlate2d")
def test_correlate2d_keeps_the_dtype_of_x(student, rng):
    """correlate2d returns x's dtype, takes any memory layout, and leaves x alone."""
    x, k = rng.normal((5, 6)), rng.normal((2, 3))
    y = correlated(x, k)
    for layout in LAYOUTS:
        placed = student.place(x, layout=layout)
        close(student.convolution.correlate2d(placed, k), y, name="y")
        close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)
    small = student.convolution.correlate2d(x.astype(np.float32), k)
    close(small, y.astype(np.float32), name="y of float32")


@check(points=1, exercise="correlate2d")
def test_correlate2d_refuses_what_does_not_fit(student, rng):
    """correlate2d raises TypeError for integers, ValueError for a kernel too large."""
    hint("_check_plane, which is given, does all of it.")
    correlate = student.convolution.correlate2d
    x, k = rng.normal((3, 5)), rng.normal((3, 2))

    def works():
        return correlate(x, k)

    counts = rng.integers(0, 9, (3, 5))
    raises("TypeError", correlate, counts, k, works=works, when="x holds integers")
    raises("ValueError", correlate, x, rng.normal((4, 2)), works=works)
    raises("ValueError", correlate, x[0], k, works=works)


@check(
    points=2,
    exercise="convolve2d",
    needs=[
        "correlate2d_slides_the_kernel_as_it_is",
        "correlate2d_takes_kernels_of_any_shape",
    ],
)
def test_convolve2d_turns_the_kernel(student, rng):
    """convolve2d turns the kernel by 180 degrees before it slides it."""
    x = rng.normal((5, 7))
    for shape in ((3, 2), (1, 3), (2, 1)):
        k = rng.normal(shape)
        expected = correlated(x, k[::-1, ::-1])
        close(student.convolution.convolve2d(x, k), expected, name=f"y for {shape}")


@check(
    points=1,
    exercise="convolve2d",
    needs=[
        "correlate2d_slides_the_kernel_as_it_is",
        "correlate2d_takes_kernels_of_any_shape",
        "correlate2d_keeps_the_dtype_of_x",
    ],
)
def test_convolve2d_leaves_the_kernel_alone(student, rng):
    """convolve2d does not change its arguments; it keeps float32, refuses integers."""
    hint("k[::-1, ::-1] is a view in reverse order: nothing is written to k.")
    convolve = student.convolution.convolve2d
    x, k = rng.normal((5, 4)).astype(np.float32), rng.normal((2, 3)).astype(np.float32)
    placed = student.place(k)
    expected = correlated(x.astype(float), k[::-1, ::-1].astype(float))
    close(convolve(x, placed), expected.astype(np.float32), name="y of float32")
    close(student.look(placed), k, name="k afterwards", rtol=0, atol=0)
    counts = rng.integers(0, 9, (5, 4))

    def works():
        return convolve(x, k)

    raises("TypeError", convolve, counts, k, works=works, when="x holds integers")


SOBEL = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])


@check(points=2, exercise="sobel_edges")
def test_sobel_edges_gives_both_derivatives(student, rng):
    """sobel_edges gives the derivative along x first, then the one along y."""
    for shape in ((5, 7), (3, 4)):
        img = rng.normal(shape)
        found = student.convolution.sobel_edges(img)
        expected = correlated(img, SOBEL), correlated(img, SOBEL.T)
        close(found, expected, name="d/dx, d/dy")


@check(points=1, exercise="sobel_edges")
def test_sobel_edges_keeps_float32(student, rng):
    """sobel_edges keeps float32, and refuses integers and images that are too small."""
    hint("Kernels must have the dtype of the image; uint8 images are refused.")
    edges = student.convolution.sobel_edges
    img = rng.normal((4, 5)).astype(np.float32)
    expected = [correlated(img, k).astype(np.float32) for k in (SOBEL, SOBEL.T)]
    close(edges(img), tuple(expected), name="d/dx, d/dy")
    counts = rng.integers(0, 255, (4, 5)).astype(np.uint8)
    when = "the image holds integers"
    raises("TypeError", edges, counts, works=lambda: edges(img), when=when)
    raises("ValueError", edges, img[:2], works=lambda: edges(img))


@check(points=1, exercise="conv_parameter_count")
def test_conv_parameter_count_counts_channels_and_biases(student, rng):
    """conv_parameter_count is out (in kh kw + 1)."""
    count = student.convolution.conv_parameter_count
    i, o = rng.integers(2, 20), rng.integers(21, 40)
    for args, expected in (
        ((3, 16, 3), 448),
        ((1, 1, 3), 10),
        ((6, 16, 5), 2416),
        ((i, o, (2, 5)), o * (10 * i + 1)),
    ):
        close(count(*args), expected, name=f"count for {args}")


@check(points=1, exercise="conv_parameter_count")
def test_conv_parameter_count_can_leave_biases_out(student):
    """conv_parameter_count counts kernels only with bias=False; refuses no channel."""
    hint("Sizes must be at least 1: errors.check_size.")
    count = student.convolution.conv_parameter_count
    close(count(3, 16, 3, bias=False), 432, name="count of weights")
    close(count(1, 1, (3, 2), bias=False), 6, name="count of weights")
    raises("ValueError", count, 0, 4, 3, works=lambda: count(2, 4, 3, bias=False))
    raises("ValueError", count, 2, 4, 0, works=lambda: count(2, 4, 3, bias=False))


def seen(layers):
    """Return how many pixels the last unit sees, going back from it."""
    width = 1
    for k, s in reversed(layers):
        width = (width - 1) * s + k
    return width


@check(points=2, exercise="receptive_field")
def test_receptive_field_grows_by_the_jump(student, rng):
    """receptive_field grows by (k - 1) times the product of the strides before."""
    drawn = [(rng.integers(1, 6), rng.integers(1, 4)) for _ in range(6)]
    for layers in ([(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)], [(7, 3), (3, 2)], drawn):
        expected = [seen(layers[: i + 1]) for i in range(len(layers))]
        found = student.convolution.receptive_field(layers)
        close(list(found), expected, name=f"fields for {layers}")


@check(points=1, exercise="receptive_field")
def test_receptive_field_begins_anew_at_each_call(student):
    """receptive_field of no layer is an empty list; a kernel of 0 is refused."""
    hint("One entry per layer: the image itself is none.")
    field = student.convolution.receptive_field
    close(list(field([(5, 2)])), [5], name="field of one layer")
    close(list(field([])), [], name="field of no layer")
    raises("ValueError", field, [(0, 1)], works=lambda: field([(3, 2)]))
    raises("ValueError", field, [(3, 0)], works=lambda: field([(3, 2)]))
