"""Stage 07: batch and layer normalisation against PyTorch and the layer contract."""

import contract
import numpy as np
import pytest
from contract import Case

from nabla import backend, layers, normalization
from nabla.module import Parameter
from nabla.normalization import BatchNorm1d, LayerNorm

X = np.array([[1.0, 2], [3, 6], [5, 10], [7, 2]])


def moved(layer, seed=3):
    """Return the layer with a gamma and a beta of its own."""
    rng = np.random.default_rng(seed)
    for parameter in (layer.gamma, layer.beta):
        xp = backend.array_module(parameter.data)
        parameter.data += xp.asarray(rng.normal(size=parameter.data.shape))
    return layer


def evaluated():
    layer = moved(BatchNorm1d(4))
    layer.running_mean += 0.5
    layer.running_var += 0.5
    return layer.eval()


def numbers(array):
    return backend.to_numpy(array)


def normalised(m, x, axis):
    mean, var = x.mean(axis=axis, keepdims=True), x.var(axis=axis, keepdims=True)
    x_hat = (x - mean) / np.sqrt(var + 1e-5)
    return x_hat * numbers(m.gamma.data) + numbers(m.beta.data)


def kept(m, x):
    x_hat = (x - numbers(m.running_mean)) / np.sqrt(numbers(m.running_var) + 1e-5)
    return x_hat * numbers(m.gamma.data) + numbers(m.beta.data)


CASES = [
    Case(
        "batchnorm",
        lambda: moved(BatchNorm1d(4)),
        [(5, 4)],
        lambda m, x: normalised(m, x, 0),
    ),
    Case("batchnorm_eval", evaluated, [(5, 4)], kept),
    Case("batchnorm_eval_one", evaluated, [(1, 4)], kept),
    Case(
        "layernorm",
        lambda: moved(LayerNorm(4)),
        [(5, 4)],
        lambda m, x: normalised(m, x, -1),
    ),
    Case(
        "layernorm_deep",
        lambda: moved(LayerNorm(4)),
        [(2, 3, 4)],
        lambda m, x: normalised(m, x, -1),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("clause", contract.CLAUSES, ids=contract.name_of)
def test_layers_keep_the_contract(case, clause, xp):
    clause(case, xp)


def paired(ours, theirs, torch):
    """Give PyTorch's layer our parameters."""
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(ours.gamma.data))
        theirs.bias.copy_(torch.tensor(ours.beta.data))
    return ours, theirs


def agree_on(ours, theirs, x, dout, *, torch, tolerance):
    """Compare values and all gradients of one pass."""
    x_torch = torch.tensor(x, requires_grad=True)
    y_torch = theirs(x_torch)
    theirs.zero_grad()
    y_torch.backward(torch.tensor(dout))
    ours.zero_grad()
    pairs = [
        (ours.forward(x), y_torch.detach()),
        (ours.backward(dout), x_torch.grad),
        (ours.gamma.grad, theirs.weight.grad),
        (ours.beta.grad, theirs.bias.grad),
    ]
    for i, (found, wanted) in enumerate(pairs):
        assert found.dtype == (x.dtype if i < 2 else np.float64)
        np.testing.assert_allclose(found, wanted.numpy(), rtol=0, atol=tolerance)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("options", [{}, {"eps": 0.01, "momentum": 0.3}])
@pytest.mark.parametrize("shape", [(6, 4), (2, 3), (4, 4)])
def test_batchnorm_agrees_with_pytorch_over_several_steps(shape, options, dtype):
    torch = pytest.importorskip("torch")
    features = shape[1]
    theirs = torch.nn.BatchNorm1d(features, **options, dtype=getattr(torch, dtype))
    ours, theirs = paired(moved(BatchNorm1d(features, **options)), theirs, torch)
    tolerance = 1e-4 if dtype == "float32" else 1e-12
    rng = np.random.default_rng(1)
    for step in range(5):
        training = step != 2
        ours.train(training)
        theirs.train(training)
        x, dout = (rng.normal(1.0, 2.0, shape).astype(dtype) for _ in range(2))
        agree_on(ours, theirs, x, dout, torch=torch, tolerance=tolerance)
        for name in ("running_mean", "running_var"):
            found, wanted = getattr(ours, name), getattr(theirs, name)
            np.testing.assert_allclose(found, wanted, rtol=0, atol=tolerance)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(6, 4), (1, 3), (4, 4), (2, 5, 3)])
def test_layernorm_agrees_with_pytorch(shape, dtype):
    torch = pytest.importorskip("torch")
    features = shape[-1]
    theirs = torch.nn.LayerNorm(features, dtype=getattr(torch, dtype))
    ours, theirs = paired(moved(LayerNorm(features)), theirs, torch)
    rng = np.random.default_rng(1)
    x, dout = (rng.normal(1.0, 2.0, shape).astype(dtype) for _ in range(2))

    tolerance = 1e-4 if dtype == "float32" else 1e-12
    agree_on(ours, theirs, x, dout, torch=torch, tolerance=tolerance)


def test_batchnorm_gives_the_worked_numbers(xp):
    layer = BatchNorm1d(2)
    layer.gamma.data[...] = xp.asarray(np.array([2.0, 0.5]))
    layer.beta.data[...] = xp.asarray(np.array([0.1, -0.3]))
    y = layer.forward(xp.asarray(X))
    dx = layer.backward(xp.asarray(np.array([[1.0, -1], [0, 2], [0.5, 0.5], [-1, 1]])))
    printed = [
        [-2.5833, -0.7523],
        [-0.7944, -0.1492],
        [0.9944, 0.4538],
        [2.7833, -0.7523],
    ]
    np.testing.assert_array_equal(numbers(y).round(4), printed)
    row = layer.eval().forward(xp.asarray(X[:1]))
    for found, wanted in (
        (
            dx,
            [
                [0.04472279062914095, -0.19872333791979227],
                [-0.35777002669614744, 0.1918707824429499],
                [0.581376600839664, -0.0959353141306113],
                [-0.2683293647726576, 0.10278786960745365],
            ],
        ),
        (layer.gamma.grad, [-2.459672315578683, 1.3568004338726065]),
        (layer.beta.grad, [0.5, 2.5]),
        (layer.running_mean, [0.4, 0.5]),
        (layer.running_var, [1.5666666666666669, 2.3666666666666667]),
        (row, [[1.058719494586168, 0.1875192838003895]]),
    ):
        np.testing.assert_allclose(numbers(found), wanted, rtol=1e-12)


def test_one_sample_in_training_is_refused(xp):
    with pytest.raises(ValueError, match=r"x has shape \(1, 4\), expected at least 2"):
        BatchNorm1d(4).forward(xp.asarray(np.ones((1, 4))))


def test_a_constant_feature_gives_beta(xp):
    layer = moved(BatchNorm1d(3))
    y = layer.forward(xp.asarray(np.full((4, 3), 7.0)))

    np.testing.assert_array_equal(numbers(y), np.tile(numbers(layer.beta.data), (4, 1)))


def test_a_constant_added_to_a_feature_changes_nothing():
    layer, x = moved(BatchNorm1d(3)), np.random.default_rng(1).normal(size=(6, 3))

    np.testing.assert_allclose(
        layer.forward(x + np.array([5.0, -2.0, 0.0])), layer.forward(x), rtol=1e-9
    )


def test_neither_gamma_nor_beta_decays():
    for layer in (BatchNorm1d(3), LayerNorm(3)):
        assert [p.decay for p in layer.parameters()] == [False, False]


def test_running_statistics_are_found_inside_a_model():
    first, second = BatchNorm1d(3), BatchNorm1d(2)
    model = layers.Sequential(
        layers.Linear(4, 3), first, layers.Residual(layers.Sequential(second)), first
    )
    found = normalization.running_statistics(model)

    assert [array.shape for array in found] == [(3,), (3,), (2,), (2,)]
    assert found[0] is first.running_mean
    assert found[3] is second.running_var


def test_statistics_are_no_parameters():
    model = layers.Sequential(BatchNorm1d(3))

    assert [p.name for p in model.parameters()] == ["gamma", "beta"]
    assert all(isinstance(p, Parameter) for p in model.parameters())


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: BatchNorm1d(0), ValueError, "num_features is 0, expected at least 1"),
        (lambda: BatchNorm1d(2.5), TypeError, "num_features is 2.5 of type float"),
        (lambda: BatchNorm1d(3, eps=0.0), ValueError, "eps is 0.0, expected more"),
        (lambda: BatchNorm1d(3, momentum=1.5), ValueError, "momentum is 1.5, expected"),
        (lambda: LayerNorm(0), ValueError, "num_features is 0, expected at least 1"),
    ],
)
def test_wrong_construction_is_refused(make, error, match):
    with pytest.raises(error, match=match):
        make()


@pytest.mark.parametrize(
    ("layer", "shape", "match"),
    [
        (BatchNorm1d(4), (8, 5), r"x has shape \(8, 5\), expected \(N, num_features=4"),
        (BatchNorm1d(4), (4,), r"must have 2 axes, got 1"),
        (BatchNorm1d(4), (0, 4), r"axis 0 must be at least 1, got 0"),
        (LayerNorm(4), (8, 5), r"x has shape \(8, 5\), expected \(N, num_features=4"),
        (LayerNorm(4), (2, 8, 5), r"expected \(N, d1, num_features=4\)"),
        (LayerNorm(4), (4,), r"must have 2 axes, got 1"),
    ],
)
def test_inputs_of_the_wrong_shape_are_refused(layer, shape, match):
    with pytest.raises(ValueError, match=match):
        layer.forward(np.ones(shape))
