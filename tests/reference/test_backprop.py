"""Stage 05: worked numbers, the layer contract, and agreement with PyTorch."""

import doctest
import itertools

import contract
import numpy as np
import pytest
from contract import Case

from nabla import (
    activations,
    backend,
    backprop,
    checking,
    data,
    layers,
    losses,
    networks,
)
from nabla.module import Module


def numbers(parameter):
    return backend.to_numpy(parameter.data)


def mlp(sizes=(3, 4, 4, 2), **options):
    net = networks.MLP(sizes, rng=1, **options)
    for parameter in net.parameters():
        if parameter.data.ndim == 1:
            parameter.data += 0.25
    return net


def by_hand(net, x):
    """Return what a tanh network gives, in NumPy."""
    arrays = [numbers(parameter) for parameter in net.parameters()]
    for W, b in zip(arrays[:-2:2], arrays[1:-2:2], strict=True):
        x = np.tanh(x @ W + b)
    return x @ arrays[-2] + arrays[-1]


def logits(model, x):
    W, b = (numbers(parameter) for parameter in model.parameters())
    return x @ W[:, 0] + b


CASES = [
    Case("mlp", mlp, [(5, 3)], by_hand),
    Case("mlp of one sample", mlp, [(1, 3)], by_hand),
    Case("mlp without hidden layers", lambda: mlp((3, 2)), [(4, 3)], by_hand),
    Case(
        "mlp with an output",
        lambda: mlp((3, 4, 2), output=activations.Sigmoid()),
        [(4, 3)],
        lambda m, x: 1 / (1 + np.exp(-by_hand(m, x))),
    ),
    Case(
        "logistic regression",
        lambda: networks.LogisticRegression(3, rng=1),
        [(5, 3)],
        logits,
    ),
    Case(
        "logistic regression of one",
        lambda: networks.LogisticRegression(3, rng=1),
        [(1, 3)],
        logits,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("clause", contract.CLAUSES, ids=contract.name_of)
def test_networks_keep_the_contract(case, clause, xp):
    clause(case, xp)


@pytest.mark.parametrize("module", [backprop, networks, checking], ids=str)
def test_the_examples_in_the_docstrings_are_true(module):
    assert doctest.testmod(module).failed == 0


def test_every_name_of_the_stage_is_found_in_its_main_module():
    for module in (networks, checking):
        own = [
            name
            for name, value in vars(module).items()
            if getattr(value, "__module__", "") == module.__name__ and name[0] != "_"
        ]
        missing = set(own) - set(backprop.__all__) - {"Loss"}

        assert not missing


# The numbers of the handout and of the lectures.


def test_the_listing_is_wrong_where_the_handout_says_so():
    x, y = np.array([[1.0, -2.0]]), np.array([[1.0]])
    Wh, Wo = np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([[0.5], [-0.6]])
    loss, dWh, dWo = backprop.mlp_backprop(x, y, Wh, Wo)
    listing = np.array([-0.445, 0.534]) * x[0]

    assert loss == pytest.approx(0.39605)
    np.testing.assert_allclose(dWh, [[-0.445, 0.534], [0.89, -1.068]])
    np.testing.assert_allclose(dWo, [[0.445], [0.534]])
    np.testing.assert_allclose(listing, [-0.445, -1.068])
    np.testing.assert_allclose(np.diag(dWh), listing)  # why it is hard to see
    np.testing.assert_allclose(
        Wh - 0.1 * listing, [[0.1445, 0.3068], [0.3445, 0.5068]], rtol=1e-12
    )


def test_a_step_can_go_too_far():
    arrays = [np.array([[value]]) for value in (2.0, 1.0, 0.5, 3.0)]
    x, y, Wh, Wo = arrays
    loss, dWh, dWo = backprop.mlp_backprop(x, y, Wh, Wo)
    Wh, Wo = backprop.sgd_update([Wh, Wo], [dWh, dWo], 0.1)
    after = backprop.mlp_backprop(x, y, Wh, Wo)[0]

    assert (Wh.item(), Wo.item()) == (pytest.approx(-0.7), pytest.approx(2.8))
    assert (loss, after) == (2.0, pytest.approx(12.1032))


def test_the_gradients_of_the_3_2_1_network_agree_with_pytorch():
    torch = pytest.importorskip("torch")
    default = [[0.4, 0.2, 0.2], [[1, 0.5], [0.2, 1.2], [1.2, 0.1]], [0.1, 0.2]]
    rng = np.random.default_rng(3)
    for loss, target in (*((None, 1.0), ("half", 1.0), ("bce", 1.0)), ("bce", 0.3)):
        for random in (False, True):
            given = [np.array(a, float) for a in (*default, [0.3, 0.9])]
            if random:
                given = [rng.normal(size=a.shape) for a in given]
            x, W0, b1, W1 = (torch.tensor(a, requires_grad=True) for a in given)
            b2 = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
            out = torch.sigmoid(torch.sigmoid(x @ W0 + b1) @ W1 + b2)
            y = torch.tensor(target, dtype=torch.float64)
            value = {
                None: lambda out=out: out,
                "half": lambda out=out, y=y: 0.5 * (out - y) ** 2,
                "bce": lambda out=out, y=y: torch.nn.functional.binary_cross_entropy(
                    out, y
                ),
            }[loss]()
            value.backward()
            found = backprop.three_two_one(*given, loss=loss, y=target)

            assert found["loss"] == pytest.approx(value.item(), rel=1e-12)
            for name, tensor in zip(
                ("dx", "dW0", "db1", "dW1", "db2"), (x, W0, b1, W1, b2), strict=True
            ):
                np.testing.assert_allclose(
                    found[name], tensor.grad.numpy(), rtol=1e-11, err_msg=name
                )


def test_the_3_2_1_network_gives_the_handouts_numbers():
    found = backprop.three_two_one()
    half, bce = (backprop.three_two_one(loss=loss) for loss in ("half", "bce"))

    np.testing.assert_allclose(found["a1"], [0.78, 0.66], rtol=1e-14)
    np.testing.assert_allclose(found["h"], [0.6856801139382539, 0.6592603884513855])
    np.testing.assert_allclose(found["a2"], 1.0990383837877231)
    np.testing.assert_allclose(found["out"], 0.7500798843241387)
    np.testing.assert_allclose(found["db2"], 0.1874600514564254)
    np.testing.assert_allclose(found["dW1"], [0.1285376294415127, 0.12358498634227971])
    np.testing.assert_allclose(found["db1"], [0.012120579912210962, 0.0378992702155583])
    np.testing.assert_allclose(half["db2"], -0.04685003774459274)
    np.testing.assert_allclose(bce["db2"], -0.24992011567586125)


def test_the_two_neurons_agree_with_pytorch():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(4)
    for given in ([2.0, 0.5, -0.25, 1.5, 0.1], rng.normal(size=5).tolist()):
        tensors = [
            torch.tensor(value, dtype=torch.float64, requires_grad=True)
            for value in given
        ]
        x, a, b, c, d = tensors
        z = torch.sigmoid(c * torch.sigmoid(a * x + b) + d)
        z.backward()
        found, grad = backprop.two_sigmoid_chain(*given)

        assert found == pytest.approx(z.item(), rel=1e-12)
        for name, tensor in zip("xabcd", tensors, strict=True):
            assert grad[name] == pytest.approx(tensor.grad.item(), rel=1e-11)


def test_the_two_neurons_give_the_handouts_numbers():
    z, grad = backprop.two_sigmoid_chain(x=2.0, a=0.5, b=-0.25, c=1.5, d=0.1)
    y = 1 / (1 + np.exp(-0.75))
    found = [y, 1.5 * y + 0.1, z, grad["d"] * 1.5, *(grad[name] for name in "dcbax")]
    handout = [0.67918, 1.11877, 0.75376, 0.27841]
    handout += [0.18561, 0.12606, 0.06066, 0.12133, 0.03033]

    np.testing.assert_allclose(found, handout, atol=5e-6)


def test_two_neurons_do_not_overflow():
    z, grad = backprop.two_sigmoid_chain(1.0, -2000.0, 0.0, 1.0, 0.0)

    assert (z, grad["a"]) == (0.5, 0.0)


def test_the_xor_network_shows_the_convention_of_relu_at_zero():
    net = networks.xor_relu_network()
    X, y = data.xor()

    np.testing.assert_array_equal(net.forward(X)[:, 0], y)
    dx = net.backward(np.ones((4, 1)))
    np.testing.assert_array_equal(dx, [[0, 0], [1, 1], [1, 1], [-1, -1]])
    W1, b1, W2, b2 = (parameter.grad for parameter in net.parameters())
    np.testing.assert_array_equal(W1, [[2, -2], [2, -2]])
    np.testing.assert_array_equal(b1, [3, -2])
    np.testing.assert_array_equal(W2[:, 0], [4, 1])
    np.testing.assert_array_equal(b2, [4])


class LateReLU(activations.ReLU):
    """Slope 1 at 0, as lecture 003 has it."""

    def forward(self, x):
        self.on = x >= 0
        return super().forward(x)

    def backward(self, dout):
        return dout * self.on


def test_the_other_convention_gives_the_handouts_other_numbers():
    net = networks.xor_relu_network()
    net.layers[1] = LateReLU()
    hidden = net.layers[0].forward(data.xor()[0])
    net.forward(data.xor()[0])
    net.backward(np.ones((4, 1)))

    assert (hidden == 0).sum() == 3
    np.testing.assert_array_equal(net.parameters()[1].grad, [4, -6])


def test_logistic_regression_gives_the_lectures_graph():
    model = networks.LogisticRegression(2)
    model.linear.weight.data[...] = [[2.0], [-1.0]]
    model.linear.bias.data[...] = 0.5
    x = np.array([[0.3, 0.8]])
    for y, value, dw in (
        (1.0, 0.554355244468527, (-0.12766724495650228, -0.3404459865506728)),
        (0.0, 0.8543552444685272, (0.1723327550434977, 0.4595540134493272)),
    ):
        loss, grads = checking.loss_and_grads(
            model, losses.BCEWithLogitsLoss(), x, np.array([y])
        )

        assert loss == pytest.approx(value, rel=1e-12)
        np.testing.assert_allclose(grads[0][:, 0], dw, rtol=1e-12)


def test_mistakes_are_those_of_the_slides():
    found = backprop.lecture_mistakes()
    right = backprop.three_two_one()
    x, y = np.array([[3.0, 1.0]]), np.array([[0.0]])
    Wh, Wo = np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([[2.0], [-1.0]])
    dWh = backprop.mlp_backprop(x, y, Wh, Wo)[1]

    assert found["pre_activation"] == pytest.approx(right["a1"][1] - 0.49)
    assert found["hidden"] == pytest.approx(1 - right["h"][0])
    assert found["output"] == pytest.approx(right["out"] - 0.7430725623499371)
    assert found["outer_product"] == pytest.approx(dWh[0, 1])
    assert found["derivative"] == pytest.approx(-0.06990535534183481)


# PyTorch as an independent oracle of whole networks.

KINDS = {
    "tanh": (activations.Tanh, "Tanh"),
    "relu": (activations.ReLU, "ReLU"),
    "elu": (activations.ELU, "ELU"),
    "sigmoid": (activations.Sigmoid, "Sigmoid"),
}


def torch_network(torch, net, kind, dtype):
    sizes = [net.layers[0].weight.data.shape[0]]
    sizes += [layer.weight.data.shape[1] for layer in net.layers[::2]]
    modules = []
    for pair in itertools.pairwise(sizes):
        modules += [torch.nn.Linear(*pair, dtype=dtype), getattr(torch.nn, kind)()]
    theirs = torch.nn.Sequential(*modules[:-1])
    with torch.no_grad():
        for ours, other in zip(net.layers[::2], theirs[::2], strict=True):
            other.weight.copy_(torch.tensor(ours.weight.data.T))
            other.bias.copy_(torch.tensor(ours.bias.data))
    return theirs


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sizes", [(3, 4, 4, 1), (2, 5, 3), (4, 2)])
def test_networks_agree_with_pytorch(sizes, kind, dtype):
    torch = pytest.importorskip("torch")
    ours, name = KINDS[kind]
    net = mlp(sizes, activation=ours)
    theirs = torch_network(torch, net, name, getattr(torch, dtype))
    rng = np.random.default_rng(2)
    x = rng.normal(size=(6, sizes[0])).astype(dtype)
    y = rng.normal(size=(6, sizes[-1])).astype(dtype)
    loss, grads = checking.loss_and_grads(net, losses.MSELoss(), x, y)
    value = torch.nn.functional.mse_loss(theirs(torch.tensor(x)), torch.tensor(y))
    value.backward()
    rtol, atol = (1e-4, 1e-6) if dtype == "float32" else (1e-10, 1e-13)

    assert loss == pytest.approx(value.item(), rel=rtol)
    for grad, parameter in zip(grads, theirs.parameters(), strict=True):
        np.testing.assert_allclose(grad, parameter.grad.numpy().T, rtol=rtol, atol=atol)


def test_networks_with_cross_entropy_agree_with_pytorch():
    torch = pytest.importorskip("torch")
    net = mlp((3, 5, 4))
    theirs = torch_network(torch, net, "Tanh", torch.float64)
    rng = np.random.default_rng(3)
    x, labels = rng.normal(size=(7, 3)), rng.integers(0, 4, 7)
    loss, grads = checking.loss_and_grads(net, losses.CrossEntropyLoss(), x, labels)
    value = torch.nn.functional.cross_entropy(
        theirs(torch.tensor(x)), torch.tensor(labels)
    )
    value.backward()

    assert loss == pytest.approx(value.item(), rel=1e-12)
    for grad, parameter in zip(grads, theirs.parameters(), strict=True):
        np.testing.assert_allclose(grad, parameter.grad.numpy().T, rtol=1e-10)


def test_several_steps_agree_with_pytorch():
    torch = pytest.importorskip("torch")
    net = mlp((2, 8, 1))
    theirs = torch_network(torch, net, "Tanh", torch.float64)
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.1)
    X, y = data.xor()
    for _ in range(20):
        optimizer.zero_grad()
        value = torch.nn.functional.mse_loss(
            theirs(torch.tensor(X)), torch.tensor(y[:, None])
        )
        value.backward()
        optimizer.step()
        loss, grads = checking.loss_and_grads(net, losses.MSELoss(), X, y[:, None])

        assert loss == pytest.approx(value.item(), rel=1e-10)
        new = backprop.sgd_update([p.data for p in net.parameters()], grads, 0.1)
        for parameter, array in zip(net.parameters(), new, strict=True):
            parameter.data[...] = array


def test_layer_errors_agree_with_pytorch():
    torch = pytest.importorskip("torch")
    net = mlp((3, 4, 5, 2))
    theirs = torch_network(torch, net, "Tanh", torch.float64)
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    outputs, h = [], torch.tensor(x)
    for module in theirs:
        h = module(h)
        h.retain_grad()
        outputs.append(h)
    (0.5 * ((h - torch.tensor(y)) ** 2).sum()).backward()
    found = checking.layer_errors(net, losses.HalfSquaredError(), x, y)

    assert [E.shape for E in found] == [(6, 4), (6, 5), (6, 2)]
    for E, output in zip(found, outputs[::2], strict=True):
        np.testing.assert_allclose(E, output.grad.numpy(), rtol=1e-11)
    np.testing.assert_allclose(x.T @ found[0], net.parameters()[0].grad)


def test_mlp_backprop_is_a_network_without_biases(xp):
    rng = np.random.default_rng(1)
    x, y, Wh, Wo = (
        xp.asarray(rng.normal(size=s)) for s in ((5, 4), (5, 2), (4, 3), (3, 2))
    )
    sizes = ((4, 3), (3, 2))
    net = layers.Sequential(*[layers.Linear(*pair, bias=False) for pair in sizes])
    for parameter, W in zip(net.parameters(), (Wh, Wo), strict=True):
        parameter.data[...] = W
    value, grads = checking.loss_and_grads(net, losses.HalfSquaredError(), x, y)
    loss, dWh, dWo = backprop.mlp_backprop(x, y, Wh, Wo)

    assert loss == pytest.approx(value, rel=1e-12)
    for found, grad in zip((dWh, dWo), grads, strict=True):
        np.testing.assert_allclose(
            backend.to_numpy(found), backend.to_numpy(grad), rtol=1e-12
        )


# Every kind of array.


def test_the_3_2_1_network_runs_on_every_kind_of_array(xp):
    found = backprop.three_two_one(loss="bce")

    np.testing.assert_allclose(backend.to_numpy(found["a1"]), [0.78, 0.66])
    assert isinstance(found["out"], float)
    for name in ("h", "dW0", "db1", "dW1", "dx"):
        assert backend.array_module(found[name]) is xp


def test_updates_run_on_every_kind_of_array(xp):
    p, g = xp.asarray(np.ones((2, 3))), xp.asarray(np.full((2, 3), 2.0))
    (new,) = backprop.sgd_update([p], [g], 0.25)

    np.testing.assert_array_equal(backend.to_numpy(new), np.full((2, 3), 0.5))
    np.testing.assert_array_equal(backend.to_numpy(p), np.ones((2, 3)))


def test_gradient_checks_run_on_every_kind_of_array(xp):
    net, rng = mlp((2, 3, 1)), np.random.default_rng(1)
    before = [numbers(parameter).copy() for parameter in net.parameters()]
    x, y = (xp.asarray(rng.normal(size=(4, n))) for n in (2, 1))
    report = checking.gradient_check(net, losses.MSELoss(), x, y)

    assert (report.ok, report.checked) == (True, 13)
    for parameter, array in zip(net.parameters(), before, strict=True):
        np.testing.assert_array_equal(numbers(parameter), array)


def test_predictions_and_xor_run_on_every_kind_of_array(xp):
    X = xp.asarray(data.xor()[0])
    y = networks.xor_relu_network().forward(X)
    model = networks.LogisticRegression(2)
    model.linear.weight.data[...] = 1.0
    model.linear.bias.data[...] = -1.0

    np.testing.assert_array_equal(backend.to_numpy(y)[:, 0], [0, 1, 1, 0])
    np.testing.assert_array_equal(backend.to_numpy(model.predict(X)), [0, 1, 1, 1])


# What gradient_check is good for.


class Wrong(Module):
    """A module whose backward is wrong by a factor."""

    def __init__(self, inner, factor):
        self.inner, self.factor = inner, factor

    def forward(self, x):
        return self.inner.forward(x)

    def backward(self, dout):
        return self.factor * self.inner.backward(dout)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_right_networks_pass_the_gradient_check(kind, seed):
    rng = np.random.default_rng(seed)
    net = networks.MLP((3, 4, 4, 1), activation=KINDS[kind][0], rng=seed)
    for parameter in net.parameters():
        parameter.data += 0.05 * rng.normal(size=parameter.data.shape)
    x, y = rng.normal(size=(3, 3)), rng.normal(size=(3, 1))
    while kind == "relu" and _nearest_kink(net, x) < 1e-3:
        x = rng.normal(size=(3, 3))

    report = checking.gradient_check(net, losses.MSELoss(), x, y)

    assert report.ok, report


def _nearest_kink(net, x):
    distances = []
    for layer in net.layers:
        x = layer.forward(x)
        if isinstance(layer, layers.Linear):
            distances.append(abs(x).min())
    return min(distances[:-1])


def test_a_wrong_activation_is_found_in_the_layers_before_it():
    net = mlp((3, 4, 4, 1))
    net.layers[3] = Wrong(net.layers[3], 1.01)
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(3, 3)), rng.normal(size=(3, 1))
    report = checking.gradient_check(net, losses.MSELoss(), x, y)

    assert not report.ok
    assert report.name in {"W1", "b1", "W2", "b2"}
    assert report.worst == pytest.approx(0.01 / 2.01, rel=1e-3)


def test_parameters_without_a_name_of_their_own_are_numbered():
    net = layers.Sequential(layers.Linear(2, 2, rng=1), Wrong(layers.Identity(), 2.0))
    x = np.array([[1.0, 2.0]])
    report = checking.gradient_check(net, losses.MSELoss(), x, x + 1)
    twin = layers.Sequential(layers.Linear(2, 2, rng=1), net, layers.Linear(2, 1))
    other = checking.gradient_check(twin, losses.MSELoss(), x, x[:, :1])

    assert report.name in {"weight", "bias"}
    assert other.name.startswith("parameters()[")


def test_one_sample_and_integers_are_told_apart():
    net = mlp((3, 2))
    with pytest.raises(TypeError, match="expected float64"):
        checking.gradient_check(net, losses.MSELoss(), np.ones((2, 3), "f4"), None)
    with pytest.raises(TypeError, match="expected float32 or float64"):
        checking.gradient_check(net, losses.MSELoss(), np.ones((2, 3), int), None)
    with pytest.raises(ValueError, match="expected both positive"):
        checking.gradient_check(net, losses.MSELoss(), np.ones((2, 3)), None, h=-1)


def test_the_same_weights_come_from_the_same_seed():
    first, second = (networks.MLP((4, 4, 4), rng=7).parameters() for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.data, other.data)

    assert not np.array_equal(first[0].data, first[2].data)


class Exact:
    """An affine layer as check_layer describes it."""

    def __init__(self, W, b):
        self.W, self.b, self.x = W, b, None

    def forward(self, x):
        if x.dtype.kind != "f":
            raise TypeError
        if x.ndim != 2 or x.shape[1] != len(self.W):
            raise ValueError
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        if self.x is None:
            raise RuntimeError
        if dout.shape != (len(self.x), self.W.shape[1]):
            raise ValueError
        return dout @ self.W.T, self.x.T @ dout, dout.sum(axis=0)


class Averaging(Exact):
    def backward(self, dout):
        dx, dW, db = super().backward(dout)
        return dx, dW / len(dout), db


class Accepting(Exact):
    def forward(self, x):
        return super().forward(x.astype(self.W.dtype))


def test_the_test_of_layers_passes_right_ones_and_catches_wrong_ones():
    rng = np.random.default_rng(1)
    checking.check_layer(Exact, rng)

    with pytest.raises(AssertionError, match="dW has wrong values"):
        checking.check_layer(Averaging, rng)
    with pytest.raises(AssertionError, match="no TypeError was raised"):
        checking.check_layer(Accepting, rng)
