"""Conv2d: construction, forward pass, backward pass.

Its arithmetic is checked with parameters put in from here, so that a mistake in the
initialisation costs no points of forward and backward.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, gradients_match, hint, raises, shape_is
from nabla import convolution


def build(student, W, b=None, **options):
    """Return the student's layer with the given weight and bias."""
    out, channels, *kernel = W.shape
    make = student.convolution.Conv2d
    bias = b is not None
    layer = make(channels, out, tuple(kernel), bias=bias, init="zeros", **options)
    layer.weight = student.module.Parameter(W, "weight")
    if bias:
        layer.bias = student.module.Parameter(b, "bias", decay=False)
    return layer


def known(W, b=None, **options):
    """Return the reference's layer with the given weight and bias."""
    out, channels, *kernel = W.shape
    bias = b is not None
    layer = convolution.Conv2d(channels, out, tuple(kernel), bias=bias, **options)
    layer.weight.data[...] = W
    if layer.bias is not None:
        layer.bias.data[...] = b
    return layer


def slid(x, W, stride=(1, 1)):
    """Return the correlation of every image with every kernel, window by window."""
    kh, kw = W.shape[2:]
    rows = range(0, x.shape[2] - kh + 1, stride[0])
    columns = range(0, x.shape[3] - kw + 1, stride[1])
    return np.array(
        [
            [
                [
                    [(x[n, :, i : i + kh, j : j + kw] * k).sum() for j in columns]
                    for i in rows
                ]
                for k in W
            ]
            for n in range(len(x))
        ]
    )


@check(points=1, exercise="conv/init")
def test_conv_has_kernels_and_zero_biases(student):
    """Conv2d has a weight of shape (out, in, kh, kw) and one bias per output."""
    layer = student.convolution.Conv2d(2, 3, (4, 5), init="zeros")
    shape_is(layer.weight.data, (3, 2, 4, 5), name="weight")
    close(layer.bias.data, np.zeros(3), name="bias")
    layer = student.convolution.Conv2d(4, 2, 3, init="zeros")
    shape_is(layer.weight.data, (2, 4, 3, 3), name="weight")


@check(points=1, exercise="conv/init")
def test_conv_lists_its_parameters_and_what_decays(student):
    """Conv2d lists weight and bias; kernels decay, biases do not; a bias may be left.

    With bias=False, bias is None.
    """
    hint("Parameter(..., decay=False) for the bias, True (the default) for the weight.")
    layer = student.convolution.Conv2d(2, 3, 3, init="zeros")
    close(len(layer.parameters()), 2, name="number of parameters")
    close(layer.weight.decay, expected=True, name="weight.decay")
    close(layer.bias.decay, expected=False, name="bias.decay")
    layer = student.convolution.Conv2d(2, 3, 3, bias=False, init="zeros")
    close(layer.bias, None, name="bias")
    close(len(layer.parameters()), 1, name="number of parameters")


@check(points=1, exercise="conv/init")
def test_conv_counts_its_fans_with_the_kernel(student, rng):
    """Conv2d draws its kernels for fan_in = in kh kw and fan_out = out kh kw."""
    hint("Every output is a sum of in kh kw products: that is fan_in.")
    make, seed = student.convolution.Conv2d, rng.spawn_seed()
    wanted = np.sqrt(6 / (20 * 15 + 30 * 15))
    W = make(20, 30, (3, 5), rng=seed).weight.data
    shape_is(W, (30, 20, 3, 5), name="weight")
    close(np.abs(W).max(), wanted, name="largest weight", rtol=1e-2)
    W = make(20, 30, (3, 5), init="kaiming_uniform", rng=seed).weight.data
    close(np.abs(W).max(), np.sqrt(6 / 300), name="largest Kaiming weight", rtol=1e-2)


@check(points=1, exercise="conv/init")
def test_conv_draws_its_kernels_from_rng(student, rng):
    """Conv2d draws from rng: the same seed gives the same kernels."""
    hint("Hand rng on to the initialiser.")
    make, seed = student.convolution.Conv2d, rng.spawn_seed()
    first, again = (make(2, 3, 3, rng=seed).weight.data for _ in range(2))
    close(again, first, name="weight from the same seed", rtol=0, atol=0)
    generator = student.generator(seed)
    one, two = (make(2, 3, 3, rng=generator).weight.data for _ in range(2))
    same = bool(np.array_equal(one, two))
    close(same, expected=False, name="whether two layers from one generator are equal")


@check(points=1, exercise="conv/init")
def test_conv_refuses_impossible_sizes(student):
    """Conv2d raises ValueError for sizes out of range and an unknown init."""
    hint("errors.check_size for channels, pair(...) for the rest.")
    make = student.convolution.Conv2d

    def works():
        return make(2, 3, 3, 1, 0, init="zeros")

    raises("ValueError", make, 0, 3, 3, init="zeros", works=works)
    raises("ValueError", make, 2, 3, 0, init="zeros", works=works)
    raises("ValueError", make, 2, 3, 3, 0, init="zeros", works=works)
    raises("ValueError", make, 2, 3, 3, 1, -1, init="zeros", works=works)
    raises("ValueError", make, 2, 3, 3, init="nonsense", works=works)


@check(points=2, exercise="conv/forward")
def test_conv_forward_correlates(student, rng):
    """Conv2d.forward slides the kernel over the image as it is, without a flip."""
    x, W = rng.normal((2, 1, 5, 6)), rng.normal((1, 1, 3, 2))
    y = build(student, W).forward(x)
    close(y, slid(x, W), name="y", N=2, alternatives=turned(x, W))


def turned(x, W):
    """Return what comes out with kernels turned one way or the other."""
    return {
        "the kernel is flipped: that is convolution proper": slid(x, W[..., ::-1, ::-1])
    }


@check(points=2, exercise="conv/forward")
def test_conv_forward_sums_over_channels(student, rng):
    """Conv2d.forward has kernels of its own for every pair of channels, and sums."""
    for shape in ((3, 2, 2, 3), (2, 2, 3, 3)):
        x, W = rng.normal((2, 2, 4, 5)), rng.normal(shape)
        y = build(student, W).forward(x)
        close(y, slid(x, W), name="y", N=2, alternatives=turned(x, W))


@check(points=1, exercise="conv/forward")
def test_conv_forward_adds_a_bias_per_map(student, rng):
    """Conv2d.forward adds one bias to every map, also if a map has as many columns."""
    x, W, b = rng.normal((2, 2, 5, 6)), rng.normal((4, 2, 2, 3)), rng.normal(4)
    expected = slid(x, W) + b[:, None, None]
    close(build(student, W, b).forward(x), expected, name="y")


@check(points=1, exercise="conv/forward")
def test_conv_forward_obeys_both_strides(student, rng):
    """Conv2d.forward moves by its strides, and ignores columns that are left over."""
    x, W = rng.normal((2, 2, 7, 9)), rng.normal((3, 2, 3, 2))
    for stride in ((2, 3), (3, 1), (2, 2)):
        y = build(student, W, stride=stride).forward(x)
        close(y, slid(x, W, stride), name=f"y for stride {stride}")


@check(points=1, exercise="conv/forward")
def test_conv_forward_pads_with_zeros(student, rng):
    """Conv2d.forward puts zeros around the images, on all four sides."""
    x, W = rng.normal((2, 2, 3, 4)), rng.normal((3, 2, 3, 2))
    for ph, pw in ((1, 0), (0, 2), (1, 1)):
        y = build(student, W, padding=(ph, pw)).forward(x)
        around = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        close(y, slid(around, W), name=f"y for padding {(ph, pw)}")


@check(points=1, exercise="conv/forward")
def test_conv_forward_with_stride_and_padding(student, rng):
    """Conv2d.forward combines stride and padding, also of more than half a kernel."""
    for size, kernel, stride, p in (
        ((5, 6), (3, 3), (2, 2), 1),
        ((4, 5), (2, 2), (3, 2), 2),
        ((3, 3), (5, 4), (1, 2), 1),
    ):
        x, W = rng.normal((2, 2, *size)), rng.normal((2, 2, *kernel))
        y = build(student, W, stride=stride, padding=p).forward(x)
        around = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        close(y, slid(around, W, stride), name=f"y for stride {stride}, padding {p}")


@check(points=1, exercise="conv/forward")
def test_conv_forward_by_one_pixel_is_linear(student, rng):
    """Conv2d.forward with a 1 x 1 kernel is the same affine layer at every pixel."""
    x, W, b = rng.normal((2, 3, 4, 5)), rng.normal((2, 3, 1, 1)), rng.normal(2)
    per_pixel = x.transpose(0, 2, 3, 1) @ W[:, :, 0, 0].T + b
    y = build(student, W, b).forward(x)
    close(y, per_pixel.transpose(0, 3, 1, 2), name="y")


@check(points=1, exercise="conv/forward")
def test_conv_forward_takes_every_batch_size(student, rng):
    """Conv2d.forward treats samples alike: one, or as many as channels."""
    W, b = rng.normal((3, 2, 2, 2)), rng.normal(3)
    layer = build(student, W, b)
    for N in (1, 2, 5):
        x = rng.normal((N, 2, 3, 2))
        expected = slid(x, W) + b[:, None, None]
        close(layer.forward(x), expected, name=f"y for N={N}")


@check(points=1, exercise="conv/forward")
def test_conv_forward_keeps_the_dtype_of_x(student, rng):
    """Conv2d.forward returns x's dtype, takes any memory layout, and leaves x alone."""
    hint("float32 in, float32 out, although the parameters are float64.")
    x, W, b = rng.normal((2, 2, 4, 5)), rng.normal((3, 2, 2, 3)), rng.normal(3)
    expected = slid(x, W) + b[:, None, None]
    layer = build(student, W, b, padding=0)
    for layout in ("F", "strided", "reversed"):
        placed = student.place(x, layout=layout)
        close(layer.forward(placed), expected, name="y")
        close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)
    found = layer.forward(x.astype(np.float32))
    close(found, expected.astype(np.float32), name="y of float32")


@check(points=1, exercise="conv/forward")
def test_conv_forward_refuses_what_does_not_fit(student, rng):
    """Conv2d.forward raises TypeError for integers, ValueError for wrong shapes."""
    hint("check_images, which is given, does all of it, the number of channels too.")
    x = rng.normal((2, 2, 3, 4))
    layer = build(student, rng.normal((3, 2, 3, 2)))
    forward = layer.forward

    def works():
        return forward(x)

    counts = rng.integers(0, 9, (2, 2, 3, 4))
    raises("TypeError", forward, counts, works=works, when="x holds integers")
    wrong = rng.normal((2, 1, 3, 4))  # NumPy would stretch the one channel to two
    raises("ValueError", forward, wrong, works=works, when="x has other channels")
    raises("ValueError", forward, x[0], works=works, when="x has three axes")
    raises("ValueError", forward, x[:, :, 1:], works=works, when="x is too small")


def filled(array, name):
    """Check that a gradient is there at all: zeros agree with every law."""
    close(bool(np.any(array)), expected=True, name=f"whether {name} is filled")


def passed(student, rng, x_shape, W_shape, **options):
    """Run both layers forward and backward; return both, and both dx."""
    x, W, b = rng.normal(x_shape), rng.normal(W_shape), rng.normal(W_shape[0])
    layer, reference = build(student, W, b, **options), known(W, b, **options)
    dout = rng.normal(reference.forward(x).shape)
    layer.forward(x)
    return layer, reference, layer.backward(dout), reference.backward(dout)


PLAIN = (2, 2, 4, 5), (3, 2, 2, 3)


@check(points=2, exercise="conv/backward")
def test_conv_backward_adds_dx_where_windows_overlap(student, rng):
    """Conv2d.backward returns dx: what all windows over a pixel have to say, added."""
    _, _, found, expected = passed(student, rng, *PLAIN)
    close(found, expected, name="dx", N=2, C=2)


@check(points=2, exercise="conv/backward")
def test_conv_backward_sums_dw_over_all_positions(student, rng):
    """Conv2d.backward adds to weight.grad, summed over samples and positions."""
    layer, reference, _, _ = passed(student, rng, *PLAIN)
    sizes = {"N": 2, "positions": 9}
    close(layer.weight.grad, reference.weight.grad, name="weight.grad", **sizes)


@check(points=1, exercise="conv/backward")
def test_conv_backward_sums_db_over_all_positions(student, rng):
    """Conv2d.backward adds dout to bias.grad, summed over samples and positions."""
    layer, reference, _, _ = passed(student, rng, *PLAIN)
    close(layer.bias.grad, reference.bias.grad, name="bias.grad", N=2, positions=9)


@check(points=1, exercise="conv/backward")
def test_conv_backward_obeys_both_strides(student, rng):
    """Conv2d.backward gives pixels that no window met the gradient 0."""
    for stride in ((2, 3), (3, 1)):
        options = {"stride": stride}
        layer, known_layer, found, expected = passed(
            student, rng, (2, 2, 6, 8), (2, 2, 2, 3), **options
        )
        close(found, expected, name=f"dx for stride {stride}")
        grads = layer.weight.grad, known_layer.weight.grad
        close(*grads, name=f"weight.grad for stride {stride}")


@check(points=1, exercise="conv/backward")
def test_conv_backward_cuts_the_padding_off(student, rng):
    """Conv2d.backward returns dx in the shape of x, without the padding."""
    for stride, padding in ((1, (1, 0)), (1, (0, 2)), (2, (1, 1))):
        layer, known_layer, found, expected = passed(
            student, rng, (2, 2, 3, 4), (2, 2, 3, 2), stride=stride, padding=padding
        )
        close(found, expected, name=f"dx for padding {padding}")
        grads = layer.weight.grad, known_layer.weight.grad
        close(*grads, name=f"weight.grad for padding {padding}")


@check(points=1, exercise="conv/backward")
def test_conv_backward_accumulates(student, rng):
    """A second Conv2d.backward doubles the gradients of the first."""
    hint("Add to grad, +=, and leave it to zero_grad() to begin anew.")
    x, W, b = rng.normal((2, 2, 3, 3)), rng.normal((2, 2, 2, 2)), rng.normal(2)
    layer, dout = build(student, W, b), rng.normal((2, 2, 2, 2))
    layer.forward(x)
    layer.backward(dout)
    once = layer.weight.grad, layer.bias.grad
    layer.backward(dout)
    for i, name in enumerate(("weight", "bias")):
        filled(once[i], f"{name}.grad")
        grad = getattr(layer, name).grad
        close(grad, 2 * once[i], name=f"{name}.grad after two passes")


@check(
    points=1,
    exercise="conv/backward",
    needs=[
        "conv_forward_correlates",
        "conv_forward_sums_over_channels",
        "conv_forward_adds_a_bias_per_map",
        "conv_forward_obeys_both_strides",
        "conv_forward_pads_with_zeros",
        "conv_forward_with_stride_and_padding",
        "conv_forward_takes_every_batch_size",
    ],
)
def test_conv_backward_is_the_gradient_of_forward(student, rng):
    """Conv2d.backward agrees with central differences, with a bias and without."""
    for N, b, options in (
        (2, rng.normal(3), {}),
        (1, rng.normal(3), {"stride": (1, 2), "padding": (2, 1)}),
        (2, None, {"stride": 2, "padding": 1}),
    ):
        W = rng.normal((3, 2, 2, 3))
        gradients_match(
            build(student, W, b, **options),
            rng.normal((N, 2, 4, 5)),
            rng=rng,
            reference=known(W, b, **options),
            parameters=("weight",) if b is None else ("weight", "bias"),
            N=N,
        )


SMALL = (2, 2, 3, 3), (2, 2, 2, 2), (2, 2, 2, 2)  # x, W and dout


@check(points=1, exercise="conv/backward")
def test_conv_keeps_a_copy_of_x(student, rng):
    """What happens to x after Conv2d.forward does not change Conv2d.backward."""
    hint("Forward saves a copy: the caller may reuse its array.")
    single = (2, 2, 3, 3), (2, 2, 1, 1), (2, 2, 3, 3)  # 1 x 1: nothing need be moved
    for shapes in (SMALL, single):
        x, W, dout = map(rng.normal, shapes)
        placed = student.place(x)
        calm, disturbed = build(student, W), build(student, W)
        calm.forward(placed)
        disturbed.forward(placed)
        calm.backward(dout)
        expected = calm.weight.grad
        filled(expected, "weight.grad")
        student.numpy.copyto(placed, rng.normal(x.shape))
        disturbed.backward(dout)
        close(disturbed.weight.grad, expected, name="weight.grad")


@check(points=1, exercise="conv/backward")
def test_conv_keeps_the_weights_of_forward(student, rng):
    """An update of the weights after Conv2d.forward does not change dx."""
    hint("Forward saves a copy of the weights: an optimizer changes them in place.")
    x, W, dout = map(rng.normal, SMALL)
    placed, layer = student.place(W), build(student, W)
    layer.weight.data = placed
    layer.forward(x)
    before = layer.backward(dout)
    filled(before, "dx")
    student.numpy.copyto(placed, rng.normal(W.shape))
    close(layer.backward(dout), before, name="dx")


@check(points=1, exercise="conv/backward")
def test_conv_backward_keeps_the_dtype_of_x(student, rng):
    """Conv2d.backward returns float32 for float32, and leaves dout alone."""
    x, W, dout = map(rng.normal, SMALL)
    large, small = build(student, W), build(student, W)
    large.forward(x)
    expected = large.backward(dout)
    filled(expected, "dx")
    small.forward(x.astype(np.float32))
    single = dout.astype(np.float32)
    placed = student.place(single, layout="strided")
    close(small.backward(placed), expected.astype(np.float32), name="dx of float32")
    close(student.look(placed), single, name="dout afterwards", rtol=0, atol=0)


@check(points=1, exercise="conv/backward")
def test_conv_backward_refuses_what_does_not_fit(student, rng):
    """Conv2d.backward raises RuntimeError before forward, ValueError for a shape."""
    hint("Begin with errors.check_cached and errors.check_shape.")
    x, W, dout = map(rng.normal, SMALL)
    layer, fresh = build(student, W), build(student, W)

    def works():
        layer.forward(x)
        return layer.backward(dout)

    raises("RuntimeError", fresh.backward, dout, works=works, when="forward is missing")
    wrong = dout[:, :, :1]  # NumPy would stretch it
    raises("ValueError", layer.backward, wrong, works=works, when="a row is missing")
    wrong = dout[:, :1]
    raises("ValueError", layer.backward, wrong, works=works, when="a map is missing")
