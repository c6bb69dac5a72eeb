"""Stage 08: the layer contract, and agreement with PyTorch as independent oracle."""

import doctest
import itertools

import contract
import numpy as np
import pytest
from contract import Case

from nabla import backend, convolution, pooling
from nabla.convolution import Conv2d
from nabla.pooling import AvgPool2d, BatchNorm2d, LPPool2d, MaxPool2d, Upsample


def numbers(parameter):
    return backend.to_numpy(parameter.data)


def conv(*args, **options):
    layer = Conv2d(*args, rng=1, **options)
    if layer.bias is not None:
        layer.bias.data += 0.5
    return layer


def batchnorm():
    layer = BatchNorm2d(3, eps=0.1)
    layer.gamma.data += 0.5
    layer.beta.data -= 0.25
    return layer


def windows(x, kernel, stride, padding, value=0.0):
    """Return all windows as (N, C, OH, OW, kh, kw), by NumPy's own means."""
    edges = [(0, 0), (0, 0), *((p, p) for p in padding)]
    padded = np.pad(x, edges, constant_values=value)
    view = np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=(2, 3))
    return view[:, :, :: stride[0], :: stride[1]]


def correlated(m, x):
    W = numbers(m.weight)
    found = windows(x, W.shape[2:], m.stride, m.padding)
    y = np.einsum("ncijuv,ocuv->noij", found, W)
    return y if m.bias is None else y + numbers(m.bias)[:, None, None]


def maxima(m, x):
    return windows(x, m.kernel, m.stride, m.padding, -np.inf).max(axis=(4, 5))


def means(m, x):
    return windows(x, m.kernel, m.stride, m.padding).mean(axis=(4, 5))


def means_inside(m, x):
    found = windows(x, m.kernel, m.stride, m.padding, np.nan)
    return np.nanmean(found, axis=(4, 5))


def norms(m, x):
    found = windows(x, m.kernel, m.stride, m.padding)
    return (abs(found) ** m.p).sum(axis=(4, 5)) ** (1 / m.p)


def normalised(m, x):
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    var = x.var(axis=(0, 2, 3), keepdims=True)
    return 1.5 * (x - mean) / np.sqrt(var + 0.1) - 0.25


CASES = [
    Case("conv", lambda: conv(2, 3, 3), [(2, 2, 4, 5)], correlated),
    Case("conv of one sample", lambda: conv(2, 3, (3, 2)), [(1, 2, 4, 3)], correlated),
    Case("conv 1x1", lambda: conv(3, 2, 1), [(2, 3, 2, 3)], correlated),
    Case(
        "conv without bias",
        lambda: conv(2, 1, 2, bias=False),
        [(2, 2, 3, 3)],
        correlated,
    ),
    Case(
        "conv with stride and padding",
        lambda: conv(2, 3, (3, 2), stride=(2, 3), padding=(1, 2)),
        [(2, 2, 4, 5)],
        correlated,
    ),
    Case(
        "conv with more padding than kernel",
        lambda: conv(1, 2, 2, stride=2, padding=3),
        [(2, 1, 3, 2)],
        correlated,
    ),
    Case(
        "conv with a stride beyond its kernel",
        lambda: conv(1, 2, (1, 2), stride=3),
        [(2, 1, 5, 6)],
        correlated,
    ),
    Case("max pool", lambda: MaxPool2d(2), [(2, 3, 4, 5)], maxima),
    Case(
        "max pool with overlap",
        lambda: MaxPool2d((3, 2), (1, 2), 1),
        [(1, 2, 4, 5)],
        maxima,
    ),
    Case("avg pool", lambda: AvgPool2d(2), [(2, 3, 4, 5)], means),
    Case(
        "avg pool with overlap",
        lambda: AvgPool2d((3, 2), (1, 2), 1),
        [(1, 2, 4, 5)],
        means,
    ),
    Case(
        "avg pool that leaves padding out",
        lambda: AvgPool2d((3, 2), 2, 1, count_include_pad=False),
        [(2, 2, 4, 5)],
        means_inside,
    ),
    Case("L2 pool", LPPool2d, [(2, 3, 4, 5)], norms),
    Case("L3 pool", lambda: LPPool2d(3, (3, 2), (1, 2)), [(1, 2, 4, 5)], norms),
    Case(
        "upsample",
        lambda: Upsample(2),
        [(2, 3, 2, 3)],
        lambda m, x: np.kron(x, np.ones((2, 2))),
    ),
    Case("batch norm", batchnorm, [(2, 3, 2, 4)], normalised),
    Case("batch norm of one image", batchnorm, [(1, 3, 2, 4)], normalised),
    Case(
        "batch norm in evaluation",
        lambda: batchnorm().eval(),
        [(2, 3, 2, 2)],
        lambda m, x: 1.5 * x / np.sqrt(1.1) - 0.25,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("clause", contract.CLAUSES, ids=contract.name_of)
def test_layers_keep_the_contract(case, clause, xp):
    clause(case, xp)


@pytest.mark.parametrize("module", [convolution, pooling])
def test_the_examples_in_the_docstrings_are_true(module):
    results = doctest.testmod(module)

    assert (results.failed, results.attempted > 0) == (0, True)


def agree(found, wanted, dtype):
    assert found.dtype == dtype
    tolerance = 2e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(found, wanted.detach().numpy(), rtol=0, atol=tolerance)


GEOMETRIES = [
    # image, kernel, stride, padding
    ((5, 6), (3, 3), (1, 1), (0, 0)),
    ((5, 6), (3, 3), (1, 1), (1, 1)),
    ((5, 6), (3, 2), (1, 1), (2, 0)),
    ((7, 8), (3, 3), (2, 2), (0, 0)),
    ((7, 8), (3, 3), (2, 2), (1, 1)),
    ((8, 7), (2, 3), (3, 1), (1, 0)),
    ((8, 7), (2, 3), (1, 4), (0, 1)),
    ((4, 9), (4, 5), (1, 2), (0, 2)),
    ((9, 4), (1, 1), (2, 3), (0, 0)),
    ((2, 3), (2, 3), (1, 1), (0, 0)),
    ((1, 1), (3, 3), (2, 2), (1, 1)),
    ((3, 2), (2, 2), (1, 1), (4, 3)),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_conv_agrees_with_pytorch(geometry, bias, dtype):
    torch = pytest.importorskip("torch")
    image, kernel, stride, padding = geometry
    rng = np.random.default_rng(1)
    for n, c, out in ((1, 1, 1), (2, 3, 4), (3, 2, 1)):
        ours = conv(c, out, kernel, stride, padding, bias=bias)
        theirs = torch.nn.Conv2d(
            c, out, kernel, stride, padding, bias=bias, dtype=getattr(torch, dtype)
        )
        with torch.no_grad():
            for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
                other.copy_(torch.tensor(mine.data))
        for _ in range(2):  # gradients add up
            x = rng.normal(size=(n, c, *image)).astype(dtype)
            x_torch = torch.tensor(x, requires_grad=True)
            y_torch = theirs(x_torch)
            dout = rng.normal(size=y_torch.shape).astype(dtype)
            y_torch.backward(torch.tensor(dout))
            agree(ours.forward(x), y_torch, dtype)
            agree(ours.backward(dout), x_torch.grad, dtype)
        for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            agree(mine.grad.astype(dtype), other.grad, dtype)


def pool_pairs(torch):
    for (_, kernel, stride, padding), size in itertools.product(GEOMETRIES, (5, 9)):
        if all(2 * p <= k for p, k in zip(padding, kernel, strict=True)):
            args = kernel, stride, padding
            yield size, MaxPool2d(*args), torch.nn.MaxPool2d(*args)
            for count in (True, False):
                theirs = torch.nn.AvgPool2d(*args, count_include_pad=count)
                yield size, AvgPool2d(*args, count), theirs
            for p in (1.5, 2, 4):
                yield size, LPPool2d(p, kernel, stride), _lp(torch, p, kernel, stride)


def _lp(torch, p, kernel, stride):
    layer = torch.nn.LPPool2d(p, kernel, stride)
    return lambda x: layer(x.abs())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_pooling_agrees_with_pytorch(dtype):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    compared = 0
    for size, ours, theirs in pool_pairs(torch):
        x = rng.normal(size=(2, 3, size, size + 1)).astype(dtype)
        if isinstance(ours, MaxPool2d):
            x = x.round()  # with ties
        x_torch = torch.tensor(x, requires_grad=True)
        y_torch = theirs(x_torch)
        dout = rng.normal(size=y_torch.shape).astype(dtype)
        y_torch.backward(torch.tensor(dout))
        agree(ours.forward(x), y_torch, dtype)
        agree(ours.backward(dout), x_torch.grad, dtype)
        compared += 1

    assert compared > 100


def test_a_window_of_zeros_has_no_gradient_as_in_pytorch():
    torch = pytest.importorskip("torch")
    x = np.zeros((1, 1, 2, 4))
    x[..., 2:] = 3.0
    x_torch = torch.tensor(x, requires_grad=True)
    torch.nn.LPPool2d(2, 2)(x_torch).sum().backward()
    layer = LPPool2d(2, 2)
    layer.forward(x)

    np.testing.assert_array_equal(layer.backward(np.ones((1, 1, 1, 2))), x_torch.grad)


@pytest.mark.parametrize("fitting", [1, 200, 700])
def test_pieces_for_the_cache_change_no_number(fitting, monkeypatch):
    x = np.random.default_rng(2).normal(size=(5, 2, 6, 7))
    dout = np.random.default_rng(3).normal(size=(5, 3, 3, 4))

    def run():
        layer = conv(2, 3, (3, 2), stride=2, padding=1)
        y, dx = layer.forward(x), layer.backward(dout)
        return y, dx, layer.weight.grad, layer.bias.grad

    whole = run()
    monkeypatch.setattr(backend, "cache_size", lambda array: fitting)
    for piecewise, at_once in zip(run(), whole, strict=True):
        np.testing.assert_allclose(piecewise, at_once, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_no_window_reaches_beyond_the_pixels_it_is_given(geometry):
    image, kernel, stride, padding = geometry
    shape = (2, 3, *image)
    layout = convolution._Windows(shape, kernel, stride, padding)
    lines = layout.to_lines(np.ones(shape))
    around = np.full(3 * lines.size, np.nan)
    inside = around[lines.size : 2 * lines.size].reshape(lines.shape)
    inside[...] = lines

    for _, columns in layout.columns([inside]):
        assert np.isfinite(columns).all()
        assert np.isfinite(layout.add_columns(columns, inside)).all()


def test_a_later_batch_leaves_what_a_convolution_has_returned():
    layer = conv(2, 3, 3, padding=1)
    x, dout = np.ones((4, 2, 5, 6)), np.ones((4, 3, 5, 6))
    returned = layer.forward(x), layer.backward(dout)
    kept = [array.copy() for array in returned]

    layer.backward(2 * dout)
    layer.forward(3 * x)
    layer.backward(4 * dout)

    for array, before in zip(returned, kept, strict=True):
        np.testing.assert_array_equal(array, before)


@pytest.mark.parametrize(
    "build", [lambda: conv(3, 2, 2), batchnorm, lambda: MaxPool2d(2)]
)
def test_images_may_lie_in_memory_in_any_order(build):
    x = np.random.default_rng(1).normal(size=(4, 5, 2, 3)).transpose(2, 3, 0, 1)
    plain, turned = build(), build()
    y = plain.forward(x.copy())
    dout = np.random.default_rng(2).normal(size=y.shape[::-1]).T

    np.testing.assert_allclose(turned.forward(x), y, rtol=1e-12)
    dx = plain.backward(dout.copy())
    np.testing.assert_allclose(turned.backward(dout), dx, rtol=1e-10, atol=1e-12)


def test_max_pooling_lets_nan_through():
    x = np.array([[[[1.0, 2.0], [np.nan, 0.0]]]])

    assert np.isnan(MaxPool2d(2).forward(x)).all()


@pytest.mark.parametrize("large", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_gradient_without_end_reaches_no_pixel_that_lost(large, dtype):
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(1).normal(size=(2, 3, 5, 5)).astype(dtype)
    dout = np.ones((2, 3, 4, 4), dtype)  # windows overlap
    dout[1, 2, 0, 3] = large
    x_torch = torch.tensor(x, requires_grad=True)
    torch.nn.MaxPool2d(2, 1)(x_torch).backward(torch.tensor(dout))
    layer = MaxPool2d(2, 1)
    layer.forward(x)
    dx = layer.backward(dout)

    np.testing.assert_array_equal(dx, x_torch.grad)
    assert dx.dtype == dtype
    assert np.isfinite(dx).sum() == x.size - 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_batchnorm_agrees_with_pytorch_over_several_steps(dtype):
    torch = pytest.importorskip("torch")
    ours = BatchNorm2d(3, eps=1e-3, momentum=0.3)
    theirs = torch.nn.BatchNorm2d(3, 1e-3, 0.3, dtype=getattr(torch, dtype))
    rng = np.random.default_rng(1)
    ours.gamma.data[...], ours.beta.data[...] = rng.normal(size=(2, 3))
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(ours.gamma.data))
        theirs.bias.copy_(torch.tensor(ours.beta.data))
    for n, training in ((4, True), (1, True), (2, False), (3, True), (1, False)):
        ours.train(training)
        theirs.train(training)
        x = rng.normal(2.0, 3.0, (n, 3, 4, 2)).astype(dtype)
        dout = rng.normal(size=x.shape).astype(dtype)
        x_torch = torch.tensor(x, requires_grad=True)
        y_torch = theirs(x_torch)
        y_torch.backward(torch.tensor(dout))
        agree(ours.forward(x), y_torch, dtype)
        agree(ours.backward(dout), x_torch.grad, dtype)
        agree(ours.running_mean.astype(dtype), theirs.running_mean, dtype)
        agree(ours.running_var.astype(dtype), theirs.running_var, dtype)
    agree(ours.gamma.grad.astype(dtype), theirs.weight.grad, dtype)
    agree(ours.beta.grad.astype(dtype), theirs.bias.grad, dtype)


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_upsample_agrees_with_pytorch(scale):
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(1).normal(size=(2, 3, 4, 2))
    dout = np.random.default_rng(2).normal(size=(2, 3, 4 * scale, 2 * scale))
    x_torch = torch.tensor(x, requires_grad=True)
    y_torch = torch.nn.Upsample(scale_factor=scale)(x_torch)
    y_torch.backward(torch.tensor(dout))
    layer = Upsample(scale)

    agree(layer.forward(x), y_torch, "float64")
    agree(layer.backward(dout), x_torch.grad, "float64")


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_columns_agree_with_pytorch(geometry, xp):
    torch = pytest.importorskip("torch")
    image, kernel, stride, padding = geometry
    x = np.random.default_rng(1).normal(size=(2, 3, *image))
    unfolded = torch.nn.functional.unfold(
        torch.tensor(x), kernel, padding=padding, stride=stride
    ).numpy()
    cols = convolution.im2col(xp.asarray(x), *kernel, stride, padding)
    np.testing.assert_array_equal(backend.to_numpy(cols), unfolded.swapaxes(1, 2))

    given = np.random.default_rng(2).normal(size=cols.shape)
    folded = torch.nn.functional.fold(
        torch.tensor(given.swapaxes(1, 2)),
        image,
        kernel,
        padding=padding,
        stride=stride,
    )
    back = convolution.col2im(xp.asarray(given), x.shape, *kernel, stride, padding)
    np.testing.assert_allclose(backend.to_numpy(back), folded, atol=1e-14)
    left = float((backend.to_numpy(cols) * given).sum())
    assert left == pytest.approx(float((x * backend.to_numpy(back)).sum()), rel=1e-12)


@pytest.mark.parametrize("kernel", [(1, 1), (3, 2), (2, 5), (6, 7)])
def test_planes_agree_with_pytorch(kernel, xp):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    x, k = rng.normal(size=(6, 7)), rng.normal(size=kernel)
    x_torch, k_torch = torch.tensor(x)[None, None], torch.tensor(k)[None, None]
    for function, weight in (
        (convolution.correlate2d, k_torch),
        (convolution.convolve2d, k_torch.flip(2, 3)),
    ):
        wanted = torch.nn.functional.conv2d(x_torch, weight)[0, 0]
        found = function(xp.asarray(x), xp.asarray(k))
        np.testing.assert_allclose(backend.to_numpy(found), wanted, atol=1e-13)


def test_sobel_edges_are_two_correlations(xp):
    img = np.random.default_rng(1).normal(size=(5, 6))
    kernel = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    for found, k in zip(
        convolution.sobel_edges(xp.asarray(img)), (kernel, kernel.T), strict=True
    ):
        wanted = convolution.correlate2d(img, k)
        np.testing.assert_allclose(backend.to_numpy(found), wanted, atol=1e-14)


def test_convolution_is_equivariant_and_stride_coarsens_the_step():
    """What moves by 6 pixels in the image moves by 6 / stride in the map."""
    rng = np.random.default_rng(1)
    scene = rng.normal(size=(1, 2, 12, 30))
    for stride in (1, 2, 3):
        layer = conv(2, 3, 3, stride=stride)
        here, there = (layer.forward(scene[..., a : a + 20]) for a in (6, 0))
        moved = 6 // stride
        np.testing.assert_allclose(
            there[..., moved:], here[..., : here.shape[3] - moved], atol=1e-13
        )
        assert not np.allclose(there, here)


def test_a_layer_is_linear_in_x_and_in_its_weight():
    rng = np.random.default_rng(1)
    layer = conv(2, 3, (2, 3), stride=2, padding=1, bias=False)
    x, z = rng.normal(size=(2, 2, 2, 5, 6))

    np.testing.assert_allclose(
        layer.forward(2 * x - 3 * z),
        2 * layer.forward(x) - 3 * layer.forward(z),
        atol=1e-12,
    )


@pytest.mark.parametrize("init", convolution.INITIALIZERS)
def test_conv_takes_every_initializer(init, xp):
    layer = Conv2d(2, 3, (4, 5), init=init, rng=1)

    assert backend.array_module(layer.weight.data, layer.bias.data) is xp
    assert layer.weight.data.shape == (3, 2, 4, 5)
    assert bool((layer.weight.data == 0).all()) is (init == "zeros")


@pytest.mark.parametrize(
    ("init", "bound"),
    [("glorot_uniform", (6 / 600) ** 0.5), ("kaiming_uniform", (6 / 240) ** 0.5)],
)
def test_fans_count_the_kernel(init, bound):
    W = Conv2d(20, 30, (3, 4), init=init, rng=1).weight.data

    assert 0.99 * bound < abs(W).max() <= bound


SIZES = [
    (32, 3, 1, 1, 32),
    (32, 5, 1, 0, 28),
    (28, 2, 2, 0, 14),
    (227, 11, 4, 0, 55),
    (224, 11, 4, 2, 55),
    (7, 3, 2, 0, 3),
    (8, 3, 2, 0, 3),
    (5, 3, 2, 1, 3),
]


@pytest.mark.parametrize(("n", "k", "stride", "padding", "size"), SIZES)
def test_sizes_are_those_of_the_layers(n, k, stride, padding, size):
    assert convolution.conv_output_size(n, k, stride, padding) == size
    layer = Conv2d(1, 1, (k, 1), (stride, 1), (padding, 0))
    assert layer.forward(np.zeros((1, 1, n, 1))).shape[2] == size


def test_a_flipped_kernel_gives_the_other_map_of_the_handout():
    """The public checks assert the right map and the gradients beside it."""
    image = np.array([[0.0, 0, 1, 1, 1]] * 3 + [[0, 0, 1, 1, 2], [0, 0, 1, 3, 1]])
    kernel = np.array([[1.0, 2, 0], [0, -1, 3], [2, 0, 1]])
    layer = Conv2d(1, 1, 3, stride=2, padding=1)
    layer.bias.data[...] = 0.5
    for W, wanted in (
        (kernel, [[0.5, 3.5, 1.5], [0.5, 5.5, 4.5], [0.5, 10.5, 4.5]]),
        (kernel[::-1, ::-1], [[0.5, 2.5, 4.5], [0.5, 4.5, 7.5], [0.5, 1.5, 9.5]]),
    ):
        layer.weight.data[0, 0] = W
        np.testing.assert_array_equal(layer.forward(image[None, None])[0, 0], wanted)


def test_the_counts_of_the_handout_are_true():
    count = convolution.conv_parameter_count
    lenet = [count(1, 6, 5), count(6, 16, 5), 400 * 120 + 120, 120 * 84 + 84, 850]

    assert (count(3, 16, 3), count(1, 1, 3), count(3, 16, 3, bias=False)) == (
        448,
        10,
        432,
    )
    assert (lenet[:2], sum(lenet)) == ([156, 2416], 61_706)
    assert convolution.receptive_field([(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)]) == [
        3, 4, 8, 10, 18,
    ]  # fmt: skip


def test_the_lecture_is_put_right():
    torch = pytest.importorskip("torch")
    found = convolution.lecture_mistakes()
    layer = torch.nn.Conv2d(16, 32, 3, device="meta")
    first = [(3, 96, 11, 1), (96, 256, 5, 2), (256, 384, 3, 1), (384, 384, 3, 2),
             (384, 256, 3, 2)]  # fmt: skip
    later = [(3, 64, 11, 1), (64, 192, 5, 1), (192, 384, 3, 1), (384, 256, 3, 1),
             (256, 256, 3, 1)]  # fmt: skip
    dense = [(9216, 4096), (4096, 4096), (4096, 1000)]

    def size(*modules):
        return sum(p.numel() for module in modules for p in module.parameters())

    def net(convs):
        made = [
            torch.nn.Conv2d(i, o, k, groups=g, device="meta") for i, o, k, g in convs
        ]
        return size(*made, *(torch.nn.Linear(*d, device="meta") for d in dense))

    assert found == {
        "pixels_moved": 3,
        "layer_parameters": size(layer),
        "dense_weights": size(torch.nn.Linear(28, 24, bias=False)),
        "alexnet_first": net(first),
        "alexnet_later": net(later),
    }
    assert (net(first), net(later)) == (60_965_224, 61_100_840)


def test_a_layer_follows_its_input_in_dtype(xp):
    layer = Conv2d(2, 3, 2, rng=1)  # float64 parameters
    y = layer.forward(xp.asarray(np.ones((2, 2, 3, 3), np.float32)))
    dx = layer.backward(xp.asarray(np.ones((2, 3, 2, 2), np.float32)))

    assert (y.dtype, dx.dtype, layer.weight.grad.dtype) == ("float32", "float32", float)


def test_no_window_is_copied():
    """A step needs about as much memory as its arrays; im2col takes nine times x."""
    import tracemalloc

    rng = np.random.default_rng(1)
    x, dout = rng.normal(size=(8, 16, 28, 28)), rng.normal(size=(8, 32, 28, 28))
    layer = Conv2d(16, 32, 3, padding=1)
    tracemalloc.start()
    try:
        y = layer.forward(x)
        dx = layer.backward(dout)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 2.5 * (x.nbytes + dout.nbytes + y.nbytes + dx.nbytes)


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: Conv2d(0, 3, 3), ValueError, "in_channels is 0, expected at least"),
        (lambda: Conv2d(1, 2.5, 3), TypeError, "out_channels is 2.5 of type float"),
        (lambda: Conv2d(1, 2, 0), ValueError, "kernel_size is 0, expected at least 1"),
        (
            lambda: Conv2d(1, 2, (3, 0)),
            ValueError,
            r"kernel_size is \(3, 0\), expected",
        ),
        (lambda: Conv2d(1, 2, (3, 3, 3)), ValueError, "expected a number or a pair"),
        (lambda: Conv2d(1, 2, 3.5), TypeError, "kernel_size is 3.5 of type float"),
        (lambda: Conv2d(1, 2, 3, padding=-1), ValueError, "padding is -1, expected at"),
        (lambda: Conv2d(1, 2, 3, stride=0), ValueError, "stride is 0, expected at"),
        (lambda: Conv2d(1, 2, 3, init="he"), ValueError, "init is 'he', expected one"),
        (lambda: MaxPool2d(2, padding=2), ValueError, "at most half of the kernel"),
        (lambda: AvgPool2d((4, 1), padding=1), ValueError, "at most half of the ker"),
        (lambda: LPPool2d(0.5), ValueError, "norm_type is 0.5, expected 1 or more"),
        (lambda: LPPool2d(float("inf")), ValueError, "norm_type is inf, expected"),
        (lambda: Upsample(0), ValueError, "scale is 0, expected at least 1"),
        (lambda: Upsample(1.5), TypeError, "scale is 1.5 of type float"),
        (lambda: BatchNorm2d(3, eps=0.0), ValueError, "eps is 0.0, expected more"),
        (lambda: BatchNorm2d(3, momentum=2), ValueError, "momentum is 2, expected 0"),
        (lambda: convolution.conv_output_size(3, 4), ValueError, "k is 4, expected at"),
        (lambda: convolution.conv_output_size(3, 1, 1, -1), ValueError, "padding"),
        (lambda: convolution.conv_parameter_count(3, 0, 3), ValueError, "out_channels"),
        (lambda: convolution.receptive_field([(3, 0)]), ValueError, "stride is 0"),
    ],
)
def test_wrong_arguments_are_refused(make, error, match):
    with pytest.raises(error, match=match):
        make()


@pytest.mark.parametrize(
    ("layer", "shape", "match"),
    [
        (Conv2d(2, 3, 3), (2, 1, 5, 5), r"expected \(N, channels=2, H, W\)"),
        (Conv2d(2, 3, 3), (2, 5, 5), r"must have 4 axes, got 3"),
        (Conv2d(2, 3, 3), (0, 2, 5, 5), r"axis 0 must be at least 1, got 0"),
        (Conv2d(2, 3, 3), (1, 2, 5, 2), r"expected W of at least 3: the kernel of 3"),
        (Conv2d(2, 3, 5, padding=1), (1, 2, 2, 9), r"expected H of at least 3"),
        (MaxPool2d(3), (1, 2, 2, 5), r"expected H of at least 3"),
        (AvgPool2d(2), (1, 2, 2), r"must have 4 axes"),
        (BatchNorm2d(3), (2, 2, 4, 4), r"expected \(N, num_features=3, H, W\)"),
        (BatchNorm2d(3), (1, 3, 1, 1), r"at least 2 values per channel"),
    ],
)
def test_images_of_the_wrong_shape_are_refused(layer, shape, match):
    with pytest.raises(ValueError, match=match):
        layer.forward(np.ones(shape))


def test_columns_of_the_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r"cols has shape \(1, 4, 4\), expected"):
        convolution.col2im(np.ones((1, 4, 4)), (1, 1, 3, 4), 2, 2)


@pytest.mark.parametrize(
    ("x", "k", "match"),
    [
        ((3, 3), (4, 1), r"k has shape \(4, 1\), expected at most that of x"),
        ((3,), (1, 1), r"x has shape \(3,\), expected \(H, W\)"),
        ((3, 3), (1,), r"k has shape \(1,\), expected \(kh, kw\)"),
    ],
)
def test_planes_that_do_not_fit_are_refused(x, k, match):
    for function in (convolution.correlate2d, convolution.convolve2d):
        with pytest.raises(ValueError, match=match):
            function(np.ones(x), np.ones(k))


def test_a_small_image_has_no_edges():
    with pytest.raises(ValueError, match=r"sobel_edges: a corner has shape \(2, 3\)"):
        convolution.sobel_edges(np.ones((2, 5)))
