"""Stage 02: the layer contract, and agreement with PyTorch as independent oracle."""

import doctest
import itertools

import contract
import numpy as np
import pytest
from contract import Case

from nabla import backend, layers
from nabla.module import Module, Parameter


def numbers(parameter):
    return backend.to_numpy(parameter.data)


def linear(seed=1, **options):
    layer = layers.Linear(4, 3, rng=seed, **options)
    if layer.bias is not None:
        layer.bias.data += 0.5
    return layer


def shared_twice():
    square = layers.Linear(3, 3, rng=2)
    return layers.Sequential(square, layers.Identity(), square)


def nested_twice():
    block = layers.Residual(layers.Sequential(layers.Linear(3, 3, rng=2)))
    return layers.Sequential(block, block)


def affine(m, x):
    return x @ numbers(m.weight) + (0.0 if m.bias is None else numbers(m.bias))


def square_twice(m, x):
    W = numbers(m.parameters()[0])
    return x @ W @ W


def block_twice(m, x):
    W = np.eye(3) + numbers(m.parameters()[0])
    return x @ W @ W


CASES = [
    Case("linear", linear, [(5, 4)], affine),
    Case("linear of one sample", linear, [(1, 4)], affine),
    Case("linear of out samples", linear, [(3, 4)], affine),
    Case("linear without bias", lambda: linear(bias=False), [(5, 4)], affine),
    Case("identity", layers.Identity, [(2, 3)], lambda m, x: x),
    Case(
        "flatten",
        layers.Flatten,
        [(2, 3, 4, 5)],
        lambda m, x: np.array([row.ravel() for row in x]),
    ),
    Case("flatten one", layers.Flatten, [(1, 3, 4)], lambda m, x: x.reshape(1, 12)),
    Case(
        "sequential",
        lambda: layers.Sequential(layers.Flatten(), linear()),
        [(5, 2, 2)],
        lambda m, x: affine(m[1], x.reshape(5, 4)),
    ),
    Case("sequential of a shared layer", shared_twice, [(4, 3)], square_twice),
    Case("sequential of a shared block", nested_twice, [(4, 3)], block_twice),
    Case(
        "concat",
        layers.Concat,
        [(4, 2), (4, 3), (4, 1)],
        lambda m, *xs: np.hstack(xs),
    ),
    Case(
        "concat along the last axis",
        lambda: layers.Concat(-1),
        [(2, 3, 1), (2, 3, 2)],
        lambda m, *xs: np.dstack(xs),
    ),
    Case(
        "residual",
        lambda: layers.Residual(layers.Linear(3, 3, rng=1)),
        [(5, 3)],
        lambda m, x: x + x @ numbers(m.block.weight),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("clause", contract.CLAUSES, ids=contract.name_of)
def test_layers_keep_the_contract(case, clause, xp):
    clause(case, xp)


def test_the_examples_in_the_docstrings_are_true():
    results = doctest.testmod(layers)

    assert (results.failed, results.attempted > 5) == (0, True)


def test_affine_backward_gives_the_worked_numbers(xp):
    x, W, b, dout = (
        xp.asarray(np.array(rows))
        for rows in (
            [[1.0, 2, 3], [4, 5, 6]],
            [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]],
            [0.01, 0.02],
            [[1.0, -1], [0.5, 2]],
        )
    )
    found = (layers.affine_forward(x, W, b), *layers.affine_backward(dout, x, W))
    wanted = (
        [[2.21, 2.82], [4.91, 6.42]],
        [[-0.1, -0.1, -0.1], [0.45, 0.95, 1.45]],
        [[3, 7], [4.5, 8], [6, 9]],
        [1.5, 1],
    )
    for array, rows in zip(found, wanted, strict=True):
        np.testing.assert_allclose(backend.to_numpy(array), rows, rtol=1e-12)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(5, 4, 3), (1, 4, 3), (3, 4, 3), (4, 3, 3)])
def test_linear_agrees_with_pytorch(shape, dtype, bias):
    torch = pytest.importorskip("torch")
    n, n_in, n_out = shape
    ours = layers.Linear(n_in, n_out, bias, rng=1, dtype=dtype)
    theirs = torch.nn.Linear(n_in, n_out, bias, dtype=getattr(torch, dtype))
    rng = np.random.default_rng(2)
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(ours.weight.data.T))
        if bias:
            ours.bias.data[...] = rng.normal(size=n_out)
            theirs.bias.copy_(torch.tensor(ours.bias.data))
    x, dout = (rng.normal(size=(n, size)).astype(dtype) for size in (n_in, n_out))
    x_torch = torch.tensor(x, requires_grad=True)
    y_torch = theirs(x_torch)
    y_torch.backward(torch.tensor(dout))
    pairs = [
        (ours.forward(x), y_torch.detach()),
        (ours.backward(dout), x_torch.grad),
        (ours.weight.grad, theirs.weight.grad.T),
    ]
    pairs += [(ours.bias.grad, theirs.bias.grad)] if bias else []
    for found, wanted in pairs:
        assert found.dtype == dtype
        # The terms are about 1, so that is what rounding is relative to: sums cancel.
        tolerance = 3e-6 if dtype == "float32" else 1e-13
        np.testing.assert_allclose(found, wanted.numpy(), rtol=0, atol=tolerance)


def test_a_shared_layer_agrees_with_pytorch():
    torch = pytest.importorskip("torch")
    ours = shared_twice()
    theirs = torch.nn.Linear(3, 3, dtype=torch.float64)
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(ours[0].weight.data.T))
        theirs.bias.zero_()
    x, dout = np.random.default_rng(1).normal(size=(2, 5, 3))
    x_torch = torch.tensor(x, requires_grad=True)
    torch.nn.Sequential(theirs, theirs)(x_torch).backward(torch.tensor(dout))
    ours.forward(x)
    dx = ours.backward(dout)

    np.testing.assert_allclose(dx, x_torch.grad, rtol=1e-12)
    np.testing.assert_allclose(ours[0].weight.grad, theirs.weight.grad.T, rtol=1e-12)
    np.testing.assert_allclose(ours[0].bias.grad, theirs.bias.grad, rtol=1e-12)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_concat_agrees_with_pytorch(axis):
    torch = pytest.importorskip("torch")
    shapes = [[2, 3, 4] for _ in range(3)]
    for shape, size in zip(shapes, (1, 5, 2), strict=True):
        shape[axis] = size
    rng = np.random.default_rng(1)
    xs = [rng.normal(size=shape) for shape in shapes]
    xs_torch = [torch.tensor(x, requires_grad=True) for x in xs]
    y_torch = torch.cat(xs_torch, dim=axis)
    dout = rng.normal(size=y_torch.shape)
    y_torch.backward(torch.tensor(dout))
    ours = layers.Concat(axis)

    np.testing.assert_array_equal(ours.forward(*xs), y_torch.detach())
    for found, x_torch in zip(ours.backward(dout), xs_torch, strict=True):
        np.testing.assert_array_equal(found, x_torch.grad)


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (1, 3, 4), (3, 2)])
def test_flatten_agrees_with_pytorch(shape):
    torch = pytest.importorskip("torch")
    x = np.asfortranarray(np.random.default_rng(1).normal(size=shape))

    np.testing.assert_array_equal(
        layers.Flatten().forward(x), torch.nn.Flatten()(torch.tensor(x))
    )


PYTORCH_NAMES = {
    "glorot_uniform": ("xavier_uniform_", {}),
    "glorot_normal": ("xavier_normal_", {}),
    "kaiming_uniform": ("kaiming_uniform_", {}),
    "kaiming_normal": ("kaiming_normal_", {}),
}


@pytest.mark.parametrize("name", PYTORCH_NAMES)
def test_initializers_spread_like_pytorch(name):
    torch = pytest.importorskip("torch")
    theirs, options = PYTORCH_NAMES[name]
    generator = torch.Generator().manual_seed(1)
    W_torch = torch.empty(200, 500, dtype=torch.float64)  # (out, in)
    getattr(torch.nn.init, theirs)(W_torch, generator=generator, **options)
    W = getattr(layers, name)(500, 200, rng=1)
    relative = 5 * np.sqrt((3 - 1) / 1e5)  # five standard deviations, twice sampled

    assert W.shape == (500, 200)
    np.testing.assert_allclose(W.var(), W_torch.numpy().var(), rtol=relative)
    np.testing.assert_allclose(abs(W).max(), abs(W_torch).max().item(), rtol=0.2)


@pytest.mark.parametrize("name", PYTORCH_NAMES)
def test_initializers_draw_on_the_cpu_and_move(name, xp):
    draw = getattr(layers, name)
    W = draw(3, 2, (2, 3, 5), 7, np.float32)

    assert backend.array_module(W) is xp
    assert (W.shape, W.dtype) == ((2, 3, 5), np.float32)
    with backend.use("numpy"):
        np.testing.assert_array_equal(
            backend.to_numpy(W), draw(3, 2, (2, 3, 5), 7, np.float32)
        )


@pytest.mark.parametrize(("fans", "a"), [((3072, 1024), 0.038273277230987154),
                                         ((2, 2), 1.224744871391589)])  # fmt: skip
def test_glorot_keeps_its_bound(fans, a):
    W = layers.glorot_uniform(*fans, shape=(100_000,), rng=1)

    assert 0.999 * a < abs(W).max() <= a


@pytest.mark.parametrize("init", layers.INITIALIZERS)
def test_linear_takes_every_initializer(init, xp):
    layer = layers.Linear(4, 3, init=init, rng=1, dtype=np.float32)

    assert backend.array_module(layer.weight.data, layer.bias.data) is xp
    assert (layer.weight.data.shape, layer.weight.data.dtype) == ((4, 3), np.float32)
    assert bool((layer.weight.data == 0).all()) is (init == "zeros")


def test_linear_says_what_decays():
    layer = layers.Linear(4, 3)

    assert [p.decay for p in layer.parameters()] == [True, False]
    assert layers.Linear(4, 3, bias=False).bias is None


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (
            lambda: layers.Linear(0, 3),
            ValueError,
            "in_features is 0, expected at least",
        ),
        (lambda: layers.Linear(4, 2.5), TypeError, "out_features is 2.5 of type float"),
        (
            lambda: layers.Linear(4, 3, init="he"),
            ValueError,
            "init is 'he', expected one",
        ),
        (lambda: layers.Linear(4, 3, dtype=int), TypeError, "dtype is int64, expected"),
        (lambda: layers.Linear(4, 3, rng="7"), TypeError, "rng is of type str"),
        (layers.Sequential, ValueError, "got no module"),
        (
            lambda: layers.Sequential(3),
            TypeError,
            "argument 0 is a int, expected a Mod",
        ),
        (lambda: layers.Residual(len), TypeError, "argument 0 is a builtin_function"),
        (lambda: layers.Concat().forward(), ValueError, "got no array"),
    ],
)
def test_wrong_construction_is_refused(make, error, match):
    with pytest.raises(error, match=match):
        make()


@pytest.mark.parametrize(
    ("layer", "shape", "match"),
    [
        (
            layers.Linear(4, 3),
            (8, 5),
            r"x has shape \(8, 5\), expected \(N, in_features=4",
        ),
        (layers.Linear(4, 3), (4,), r"must have 2 axes, got 1"),
        (layers.Linear(4, 3), (0, 4), r"axis 0 must be at least 1, got 0"),
        (layers.Flatten(), (4,), r"must have at least 2 axes, got 1"),
        (
            layers.Residual(layers.Linear(4, 3)),
            (2, 4),
            r"block\(x\) has shape \(2, 3\)",
        ),
        (
            layers.Residual(layers.Linear(4, 1)),
            (2, 4),
            r"block\(x\) has shape \(2, 1\)",
        ),
        (layers.Perceptron(np.ones(2), 0.0), (2, 3), r"X has shape \(2, 3\), expected"),
    ],
)
def test_inputs_of_the_wrong_shape_are_refused(layer, shape, match):
    call = layer.forward if isinstance(layer, Module) else layer.predict

    with pytest.raises(ValueError, match=match):
        call(np.ones(shape))


def test_concat_refuses_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"x1 has shape \(3, 2\), expected \(2, any\)"):
        layers.Concat().forward(np.ones((2, 2)), np.ones((3, 2)))


@pytest.mark.parametrize(("axis", "shape"), [(1, (4,)), (2, (4, 3)), (-3, (4, 3))])
def test_concat_refuses_a_first_array_without_its_axis(axis, shape):
    first, second = np.ones(shape), np.ones((4, 3, 2))

    with pytest.raises(ValueError, match=rf"x0 has shape .*expected an axis {axis} "):
        layers.Concat(axis).forward(first, second)


@pytest.mark.parametrize("fitting", [1, 4, 7])
def test_pieces_for_the_cache_change_no_gradient(fitting, monkeypatch):
    rng = np.random.default_rng(2)
    x, dout = rng.normal(size=(6, 5)), rng.normal(size=(6, 3))
    layer = layers.Linear(5, 3, rng=1)
    monkeypatch.setattr(backend, "cache_size", lambda array: fitting)
    layer.forward(x)
    layer.backward(dout)

    np.testing.assert_allclose(layer.weight.grad, x.T @ dout, rtol=1e-12)


def test_sequential_is_a_sequence():
    first, second = layers.Identity(), layers.Flatten()
    both = layers.Sequential(first, second)

    assert len(both) == 2
    assert both[0] is first
    assert both[-1] is second


def test_nobody_computes_the_gradient_of_the_data():
    first = layers.Linear(6, 4, rng=1)
    inner = layers.Sequential(layers.Flatten(), first, layers.Identity())
    model = layers.Sequential(layers.Identity(), inner, layers.Linear(4, 3, rng=2))
    model.forward(np.ones((2, 3, 2)))
    first.backward = model.layers[0].backward = None  # a call would fail

    model.backward_parameters(np.ones((2, 3)))

    assert first.weight.grad.any()


def test_the_perceptron_says_zero_at_exactly_zero(xp):
    perceptron = layers.Perceptron(xp.asarray(np.array([1.0, 2.0])), -3.0)
    found = perceptron.predict(
        xp.asarray(np.array([[1.0, 1.0], [2.0, 1.0], [0.0, 1.0]]))
    )

    assert found.dtype == np.int64
    assert backend.to_numpy(found).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("sizes", "count"),
    [((784, 10), 7850), ((3, 4, 4, 1), 41), ((2, 3, 5, 7, 11), 159), ((2, 2, 1), 9),
     ((784, 128, 10), 101_770), ((3072, 1024, 512, 128, 2), 3_737_474)],
)  # fmt: skip
def test_parameters_are_counted_like_in_pytorch(sizes, count):
    torch = pytest.importorskip("torch")
    net = torch.nn.Sequential(
        *(torch.nn.Linear(a, b, device="meta") for a, b in itertools.pairwise(sizes))
    )

    assert layers.mlp_parameter_count(sizes) == count
    assert sum(p.numel() for p in net.parameters()) == count
    assert layers.mlp_parameter_count(sizes, bias=False) == count - sum(sizes[1:])


def test_counting_a_net_agrees_with_the_formula():
    sizes = (2, 3, 5, 7, 11)
    net = layers.Sequential(
        *(layers.Linear(a, b, rng=1) for a, b in itertools.pairwise(sizes))
    )

    assert layers.count_parameters(net) == 159
    assert layers.count_parameters(shared_twice()) == 12


@pytest.mark.parametrize(("sizes", "error"), [((3,), ValueError), ((3, 0), ValueError),
                                              ((3, 2.5), TypeError)])  # fmt: skip
def test_impossible_sizes_are_refused(sizes, error):
    with pytest.raises(error, match="mlp_parameter_count: sizes"):
        layers.mlp_parameter_count(sizes)


def test_a_collapsed_net_does_the_same(xp):
    rng = np.random.default_rng(1)
    pairs = [
        (xp.asarray(rng.normal(size=size)), xp.asarray(rng.normal(size=size[1])))
        for size in ((4, 3), (3, 5), (5, 2))
    ]
    y = x = xp.asarray(rng.normal(size=(6, 4)))
    for W, b in pairs:
        y = layers.affine_forward(y, W, b)
    W, b = layers.collapse_affine(pairs)

    np.testing.assert_allclose(
        backend.to_numpy(layers.affine_forward(x, W, b)),
        backend.to_numpy(y),
        rtol=1e-12,
    )


def test_collapsing_hands_out_copies():
    W, b = np.ones((2, 3)), np.ones(3)
    collapsed = layers.collapse_affine([(W, b)])

    assert not np.shares_memory(collapsed[0], W)
    assert not np.shares_memory(collapsed[1], b)


@pytest.mark.parametrize(
    ("pairs", "match"),
    [([], "got no layer"), ([((2, 3), 3), ((2, 1), 1)], r"W1 has shape \(2, 1\)")],
)
def test_layers_that_do_not_fit_are_not_collapsed(pairs, match):
    with pytest.raises(ValueError, match=match):
        layers.collapse_affine([(np.ones(W), np.ones(b)) for W, b in pairs])


def test_the_plane_agrees_with_pytorch(xp):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    X, y = rng.normal(2.0, 1.0, (30, 4)), rng.normal(size=30)
    ones = np.ones((30, 1))
    wanted = torch.linalg.lstsq(
        torch.tensor(np.hstack([X, ones])), torch.tensor(y[:, None])
    ).solution[:, 0]
    w, b = layers.fit_plane(xp.asarray(X), xp.asarray(y))

    assert type(b) is float
    np.testing.assert_allclose([*backend.to_numpy(w), b], wanted, rtol=1e-10)


@pytest.mark.parametrize(
    "X", [[[0.0, 0], [1, 2], [2, 4]], [[0.1, 3], [0.2, 3], [0.7, 3]], [[1.0, 2.0]]]
)
def test_points_without_a_single_plane_are_refused(X):
    with pytest.raises(ValueError, match=r"vary in \d directions, expected P=2"):
        layers.fit_plane(np.array(X), np.ones(len(X)))


@pytest.mark.parametrize(
    ("N", "P", "count"),
    [(4, 2, 14), (6, 2, 32), (10, 2, 92), (20, 2, 382), (22, 10, 2**21), (3, 5, 8),
     (50, 10, 21_650_558_092)],
)  # fmt: skip
def test_separable_labellings_are_counted_like_cover(N, P, count):
    assert layers.count_linearly_separable(N, P) == count


def test_four_points_are_separated_as_often_as_counted():
    """Every labelling of four points in general position, tried with a perceptron."""
    X = np.array([[0.0, 0.0], [1.0, 0.1], [0.2, 1.0], [1.1, 1.2]])
    rng = np.random.default_rng(1)
    found = {
        tuple(layers.Perceptron(w, float(b)).predict(X))
        for w, b in zip(rng.normal(size=(5000, 2)), rng.normal(size=5000), strict=True)
    }

    assert len(found) == layers.count_linearly_separable(4, 2)


def test_a_layer_follows_its_input_in_dtype(xp):
    layer = layers.Linear(4, 3, rng=1)  # float64 parameters
    y = layer.forward(xp.asarray(np.ones((2, 4), np.float32)))
    dx = layer.backward(xp.asarray(np.ones((2, 3), np.float32)))

    assert (y.dtype, dx.dtype, layer.weight.grad.dtype) == ("float32", "float32", float)


def test_equal_weights_learn_the_same():
    """All-zero (or all-equal) weights keep hidden units identical for ever."""
    hidden, out = layers.Linear(3, 4, init="zeros"), layers.Linear(4, 1, init="zeros")
    out.weight.data += 1.0
    net = layers.Sequential(hidden, out)
    net.forward(np.random.default_rng(1).normal(size=(5, 3)))
    net.backward(np.random.default_rng(2).normal(size=(5, 1)))

    assert np.ptp(hidden.weight.grad, axis=1).max() == 0.0
    assert hidden.weight.grad.any()


def test_a_layer_refuses_arrays_of_the_other_side(xp):
    if xp is np:
        pytest.skip("needs a second array module")
    layer = layers.Linear(4, 3)

    with pytest.raises(TypeError, match=r"x is a numpy array, weight is a \w+ array"):
        layer.forward(np.ones((2, 4)))


def test_parameters_can_be_listed_by_hand():
    class TwoHeads(Module):
        def __init__(self):
            self.heads = {
                "a": layers.Linear(2, 3),
                "b": layers.Linear(2, 1, bias=False),
            }
            self.scale = Parameter(np.ones(1))

    assert layers.count_parameters(TwoHeads()) == 9 + 2 + 1
