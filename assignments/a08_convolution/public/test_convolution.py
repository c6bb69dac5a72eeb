"""Worked numbers: practice, without points.

The graded checks use other numbers, other shapes and other dtypes.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, gradients_match, shape_is

IMAGE = np.array(
    [
        [0.0, 0.0, 1.0, 1.0, 1.0],
        [0.0, 0.0, 1.0, 1.0, 1.0],
        [0.0, 0.0, 1.0, 1.0, 1.0],
        [0.0, 0.0, 1.0, 1.0, 2.0],
        [0.0, 0.0, 1.0, 3.0, 1.0],
    ]
)
SOBEL = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
KERNEL = np.array([[1.0, 2.0, 0.0], [0.0, -1.0, 3.0], [2.0, 0.0, 1.0]])
MAP = np.array([[0.5, 3.5, 1.5], [0.5, 5.5, 4.5], [0.5, 10.5, 4.5]])

POOL = np.array(
    [
        [1.0, 3.0, 2.0, 0.0],
        [4.0, 4.0, 1.0, 5.0],
        [-1.0, -2.0, -3.0, -4.0],
        [-5.0, -6.0, -7.0, -8.0],
    ]
)
LENGTHS = np.array(
    [[6.48074069840786, 5.477225575051661], [8.12403840463596, 11.74734012447073]]
)
DOUT = np.array([[1.0, 2.0], [3.0, 4.0]])


def batch(plane):
    """Return one image of one channel."""
    return np.array(plane)[None, None]


def conv(student, W, b, **options):
    """Return the student's layer with the given weight and bias."""
    out, channels, kh, kw = W.shape
    make = student.convolution.Conv2d
    layer = make(channels, out, (kh, kw), init="zeros", **options)
    layer.weight = student.module.Parameter(W, "weight")
    layer.bias = student.module.Parameter(b, "bias", decay=False)
    return layer


@check(exercise="conv_output_size")
def test_worked_conv_output_size(student):
    """conv_output_size gives the sizes of well-known layers."""
    size = student.convolution.conv_output_size
    for args, expected in (
        ((32, 3, 1, 1), 32),
        ((28, 2, 2, 0), 14),
        ((7, 3, 2, 0), 3),
        ((8, 3, 2, 0), 3),
    ):
        close(size(*args), expected, name=f"size for {args}")


@check(exercise="correlate2d")
def test_worked_correlate2d(student):
    """correlate2d gives (-2, -2) in one dimension, and Sobel's edges."""
    correlate = student.convolution.correlate2d
    row, k = np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[1.0, 0.0, -1.0]])
    close(correlate(row, k), np.array([[-2.0, -2.0]]), name="y of a row")
    expected = np.array([[4.0, 4.0, 0.0], [4.0, 4.0, 1.0], [4.0, 6.0, 2.0]])
    close(correlate(IMAGE, SOBEL), expected, name="y of the image")


@check(exercise="convolve2d", needs=["worked_correlate2d"])
def test_worked_convolve2d(student):
    """convolve2d gives (2, 2) where correlate2d gives (-2, -2)."""
    row, k = np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[1.0, 0.0, -1.0]])
    y = student.convolution.convolve2d(row, k)
    close(y, np.array([[2.0, 2.0]]), name="y of a row")


@check(exercise="sobel_edges")
def test_worked_sobel_edges(student):
    """sobel_edges finds the upright edge of the image, and hardly any other."""
    dx, dy = student.convolution.sobel_edges(IMAGE)
    expected = np.array([[4.0, 4.0, 0.0], [4.0, 4.0, 1.0], [4.0, 6.0, 2.0]])
    close(dx, expected, name="d/dx")
    expected = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 2.0, 4.0]])
    close(dy, expected, name="d/dy")


@check(exercise="im2col")
def test_worked_im2col(student):
    """im2col writes the four windows of a 3 x 3 image as four rows."""
    x = batch(np.arange(1.0, 10.0).reshape(3, 3))
    expected = [[1, 2, 4, 5], [2, 3, 5, 6], [4, 5, 7, 8], [5, 6, 8, 9]]
    close(student.convolution.im2col(x, 2, 2), np.array([expected]) * 1.0, name="cols")


@check(exercise="col2im")
def test_worked_col2im(student):
    """col2im of ones counts in how many windows each pixel is."""
    cols = np.ones((1, 4, 4))
    x = student.convolution.col2im(cols, (1, 1, 3, 3), 2, 2)
    expected = np.array([[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]])
    close(x, batch(expected), name="x")


@check(exercise="conv/init")
def test_worked_conv_init(student):
    """Conv2d(3, 16, 3) has a weight of shape (16, 3, 3, 3) and sixteen zero biases."""
    layer = student.convolution.Conv2d(3, 16, 3, init="zeros")
    shape_is(layer.weight.data, (16, 3, 3, 3), name="weight")
    close(layer.bias.data, np.zeros(16), name="bias")


@check(exercise="conv/forward")
def test_worked_conv_forward(student):
    """Conv2d.forward gives the worked map for stride 2, padding 1 and bias 0.5."""
    W, b = batch(KERNEL), np.array([0.5])
    flipped = batch([[0.5, 2.5, 4.5], [0.5, 4.5, 7.5], [0.5, 1.5, 9.5]])
    y = conv(student, W, b, stride=2, padding=1).forward(batch(IMAGE))
    close(y, batch(MAP), name="y", alternatives={"the kernel is flipped": flipped})


@check(exercise="conv/backward", needs=["worked_conv_forward"])
def test_worked_conv_backward(student, rng):
    """Conv2d.backward gives the worked gradients, and agrees with differences."""
    W, b = batch(KERNEL), np.array([0.5])
    layer = conv(student, W, b, stride=2, padding=1)
    layer.forward(batch(IMAGE))
    dx = layer.backward(np.ones((1, 1, 3, 3)))
    odd, even = [-1.0, 3.0, -1.0, 3.0, -1.0], [2.0, 4.0, 2.0, 4.0, 2.0]
    close(dx, batch([odd, even, odd, even, odd]), name="dx")
    dW = batch([[2.0, 5.0, 2.0], [5.0, 6.0, 5.0], [2.0, 5.0, 2.0]])
    close(layer.weight.grad, dW, name="weight.grad")
    close(layer.bias.grad, np.array([9.0]), name="bias.grad")
    layer = conv(student, rng.normal((1, 1, 2, 3)), rng.normal(1))
    parameters = ("weight", "bias")
    gradients_match(layer, rng.normal((2, 1, 3, 4)), rng=rng, parameters=parameters)


@check(exercise="maxpool/forward")
def test_worked_maxpool_forward(student):
    """MaxPool2d.forward gives 4, 5, -1, -3; with padding -1 stays -1."""
    y = student.pooling.MaxPool2d(2).forward(batch(POOL))
    close(y, batch([[4.0, 5.0], [-1.0, -3.0]]), name="y")
    y = student.pooling.MaxPool2d(2, 1, 1).forward(-np.ones((1, 1, 2, 2)))
    close(y, -np.ones((1, 1, 3, 3)), name="y with padding")


@check(exercise="maxpool/backward")
def test_worked_maxpool_backward(student):
    """MaxPool2d.backward chooses the first of two fours, and adds where it wins."""
    layer = student.pooling.MaxPool2d(2)
    layer.forward(batch(POOL))
    expected = [[0, 0, 0, 0], [1, 0, 0, 2], [3, 0, 4, 0], [0, 0, 0, 0]]
    close(layer.backward(batch(DOUT)), batch(expected) * 1.0, name="dx")
    layer = student.pooling.MaxPool2d(3, 1)
    layer.forward(batch(POOL))
    expected = [[0, 0, 0, 0], [4, 0, 0, 6], [0, 0, 0, 0], [0, 0, 0, 0]]
    close(layer.backward(batch(DOUT)), batch(expected) * 1.0, name="dx of 3 x 3")


@check(exercise="avgpool/forward")
def test_worked_avgpool_forward(student):
    """AvgPool2d.forward gives 3, 2, -3.5, -5.5; a padded corner gives a quarter."""
    y = student.pooling.AvgPool2d(2).forward(batch(POOL))
    close(y, batch([[3.0, 2.0], [-3.5, -5.5]]), name="y")
    ones = np.ones((1, 1, 2, 2))
    y = student.pooling.AvgPool2d(2, 1, 1).forward(ones)
    close(y[0, 0, 0], np.array([0.25, 0.5, 0.25]), name="first row with padding")
    y = student.pooling.AvgPool2d(2, 1, 1, count_include_pad=False).forward(ones)
    close(y, np.ones((1, 1, 3, 3)), name="y if padding does not count")


@check(exercise="avgpool/backward")
def test_worked_avgpool_backward(student):
    """AvgPool2d.backward gives a quarter of dout to each of four pixels."""
    layer = student.pooling.AvgPool2d(2)
    layer.forward(batch(POOL))
    dx = layer.backward(batch(4.0 * DOUT))
    expected = [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]
    close(dx, batch(expected) * 1.0, name="dx")


@check(exercise="lppool/forward")
def test_worked_lppool_forward(student):
    """LPPool2d.forward gives the lengths of the four windows."""
    y = student.pooling.LPPool2d(2, 2).forward(batch(POOL))
    close(y, batch(LENGTHS), name="y")


@check(exercise="lppool/backward")
def test_worked_lppool_backward(student):
    """LPPool2d.backward gives x / y for an upstream gradient of ones, 0 for zeros."""
    layer = student.pooling.LPPool2d(2, 2)
    layer.forward(batch(POOL))
    dx = layer.backward(np.ones((1, 1, 2, 2)))
    lengths = LENGTHS.repeat(2, axis=0).repeat(2, axis=1)
    close(dx, batch(POOL / lengths), name="dx")
    layer.forward(np.zeros((1, 1, 2, 2)))
    dx = layer.backward(np.ones((1, 1, 1, 1)))
    close(dx, np.zeros((1, 1, 2, 2)), name="dx of a window of zeros")


@check(exercise="conv_parameter_count")
def test_worked_conv_parameter_count(student):
    """conv_parameter_count gives 448, 10 and the two of LeNet: 156 and 2416."""
    count = student.convolution.conv_parameter_count
    for args, expected in (
        ((3, 16, 3), 448),
        ((1, 1, 3), 10),
        ((1, 6, 5), 156),
        ((6, 16, 5), 2416),
    ):
        close(count(*args), expected, name=f"count for {args}")


@check(exercise="receptive_field")
def test_worked_receptive_field(student):
    """receptive_field gives 3, 4, 8, 10, 18 for three convolutions and two poolings."""
    layers = [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)]
    found = student.convolution.receptive_field(layers)
    close(list(found), [3, 4, 8, 10, 18], name="fields")


X = np.array([[[[1.0, 2.0]], [[0.0, 4.0]]], [[[3.0, 6.0]], [[8.0, 8.0]]]])


@check(exercise="batchnorm2d/forward")
def test_worked_batchnorm2d_forward(student):
    """BatchNorm2d.forward normalises each channel of two images over four values."""
    layer = student.pooling.BatchNorm2d(2, eps=0.5)
    first, second = np.array([-2.0, -1.0, 0.0, 3.0]), np.array([-5.0, -1.0, 3.0, 3.0])
    columns = first / 2.0, second / 11.5**0.5
    expected = np.stack(columns, axis=1).reshape(2, 1, 2, 2).transpose(0, 3, 1, 2)
    close(layer.forward(X), expected, name="y")
    close(layer.running_mean, np.array([0.3, 0.5]), name="running_mean")
    var = np.array([0.9 + 1.4 / 3, 0.9 + 4.4 / 3])
    close(layer.running_var, var, name="running_var")


@check(exercise="batchnorm2d/backward", needs=["worked_batchnorm2d_forward"])
def test_worked_batchnorm2d_backward(student, rng):
    """BatchNorm2d.backward gives zero for equal gradients, and agrees otherwise."""
    layer = student.pooling.BatchNorm2d(2)
    layer.forward(X)
    dx = layer.backward(np.ones((2, 2, 1, 2)))
    close(dx, np.zeros((2, 2, 1, 2)), name="dx", rtol=0, atol=1e-12)
    close(layer.beta.grad, np.array([4.0, 4.0]), name="beta.grad")
    layer = student.pooling.BatchNorm2d(2)
    both = ("gamma", "beta")
    gradients_match(layer, rng.normal((2, 2, 2, 2)), rng=rng, parameters=both)


@check(exercise="upsample/forward")
def test_worked_upsample_forward(student):
    """Upsample.forward makes four pixels of each (optional)."""
    y = student.pooling.Upsample(2).forward(batch(DOUT))
    expected = [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]
    close(y, batch(expected) * 1.0, name="y")


@check(exercise="upsample/backward")
def test_worked_upsample_backward(student):
    """Upsample.backward sums over four pixels (optional)."""
    layer = student.pooling.Upsample(2)
    layer.forward(batch(DOUT))
    expected = batch([[12.0, 8.0], [-14.0, -22.0]])
    close(layer.backward(batch(POOL)), expected, name="dx")
