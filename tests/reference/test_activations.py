"""Stage 03: the layer contract, and agreement with PyTorch as independent oracle."""

import doctest
import math

import contract
import numpy as np
import pytest
from contract import Case

from nabla import activations, backend, gelu, softmax
from nabla.activations import (
    ELU,
    GELU,
    LeakyReLU,
    LogSoftmax,
    Maxout,
    PReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Step,
    Tanh,
)
from nabla.layers import Linear

SHAPE = (5, 4, 3)


def numbers(parameter):
    return backend.to_numpy(parameter.data)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def normal(x):
    return np.vectorize(lambda t: (1 + math.erf(t / math.sqrt(2))) / 2)(x)


def gelu_tanh(x):
    return x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def gelu_sigmoid(_, x):
    return x * sigmoid(1.702 * x)


def softmax_of(axis):
    def compute(_, x):
        return np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)

    return compute


def prelu(slopes):
    layer = PReLU(len(slopes))
    layer.slope.data[...] = backend.asarray(np.array(slopes))
    return layer


def leaky(slope):
    return lambda _, x: np.where(x > 0, x, slope * x)


def elu(alpha):
    return lambda _, x: np.where(x > 0, x, alpha * (np.exp(x) - 1))


def log_softmax_of(axis):
    return lambda _, x: np.log(softmax_of(axis)(_, x))


def prelu_of(layer, x):
    a = numbers(layer.slope)
    a = a[:, None] if a.size > 1 else a
    return np.where(x > 0, x, a * x)


def maxout(pieces):
    layer = Maxout(4, 3, pieces, rng=1)
    rng = np.random.default_rng(2)
    layer.bias.data[...] = backend.asarray(rng.normal(size=(pieces, 3)))
    return layer


def maxout_of(layer, x):
    W, b = numbers(layer.weight), numbers(layer.bias)
    return np.max([x @ W[k] + b[k] for k in range(len(W))], axis=0)


CASES = [
    Case("step", Step, [SHAPE], lambda m, x: np.heaviside(x, 0.0)),
    Case("sigmoid", Sigmoid, [SHAPE], lambda m, x: sigmoid(x)),
    Case("tanh", Tanh, [SHAPE], lambda m, x: np.tanh(x)),
    Case("relu", ReLU, [SHAPE], lambda m, x: np.clip(x, 0, None)),
    Case("leaky", LeakyReLU, [SHAPE], leaky(0.01)),
    Case("steep", lambda: LeakyReLU(2.5), [SHAPE], leaky(2.5)),
    Case("prelu_shared", lambda: prelu([0.3]), [SHAPE], prelu_of),
    Case("prelu_of_a_row", lambda: prelu([0.3]), [(5,)], prelu_of),
    Case("prelu", lambda: prelu([0.3, -0.2, 1.5, 0.0]), [SHAPE], prelu_of),
    Case("elu", ELU, [SHAPE], elu(1.0)),
    Case("elu_alpha", lambda: ELU(2.5), [SHAPE], elu(2.5)),
    Case("silu", SiLU, [SHAPE], lambda m, x: x * sigmoid(x)),
    Case("gelu", GELU, [SHAPE], lambda m, x: x * normal(x)),
    Case("gelu_tanh", lambda: GELU("tanh"), [SHAPE], lambda m, x: gelu_tanh(x)),
    Case("gelu_sigmoid", lambda: GELU("sigmoid"), [SHAPE], gelu_sigmoid),
    Case("softmax", Softmax, [SHAPE], softmax_of(-1)),
    Case("softmax_0", lambda: Softmax(0), [SHAPE], softmax_of(0)),
    Case("log_softmax", LogSoftmax, [SHAPE], log_softmax_of(-1)),
    Case("log_softmax_1", lambda: LogSoftmax(1), [SHAPE], log_softmax_of(1)),
    Case("maxout_1", lambda: maxout(1), [(5, 4)], maxout_of),
    Case("maxout", lambda: maxout(2), [(5, 4)], maxout_of),
    Case("maxout_3", lambda: maxout(3), [(1, 4)], maxout_of),
]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("clause", contract.CLAUSES, ids=contract.name_of)
def test_activations_keep_the_contract(case, clause, xp):
    clause(case, xp)


# Kinks, signed zeros, and both ends of the range, beside random numbers.
EDGES = [0.0, -0.0, 1e-300, -1e-300, 20.0, -20.0, 88.0, -88.0, 1000.0, -1000.0]

PYTORCH = {
    "sigmoid": (Sigmoid, lambda t: t.nn.Sigmoid()),
    "tanh": (Tanh, lambda t: t.nn.Tanh()),
    "relu": (ReLU, lambda t: t.nn.ReLU()),
    "leaky_relu": (LeakyReLU, lambda t: t.nn.LeakyReLU()),
    "leaky_relu_steep": (lambda: LeakyReLU(3.0), lambda t: t.nn.LeakyReLU(3.0)),
    "leaky_relu_falling": (lambda: LeakyReLU(-0.5), lambda t: t.nn.LeakyReLU(-0.5)),
    "elu": (ELU, lambda t: t.nn.ELU()),
    "elu_alpha": (lambda: ELU(2.0), lambda t: t.nn.ELU(2.0)),
    "silu": (SiLU, lambda t: t.nn.SiLU()),
    "gelu": (GELU, lambda t: t.nn.GELU()),
    "gelu_tanh": (lambda: GELU("tanh"), lambda t: t.nn.GELU("tanh")),
    "softmax": (Softmax, lambda t: t.nn.Softmax(-1)),
    "softmax_0": (lambda: Softmax(0), lambda t: t.nn.Softmax(0)),
    "log_softmax": (LogSoftmax, lambda t: t.nn.LogSoftmax(-1)),
    "log_softmax_1": (lambda: LogSoftmax(1), lambda t: t.nn.LogSoftmax(1)),
}


def through_pytorch(module, x, dout):
    torch = pytest.importorskip("torch")
    x_torch = torch.tensor(x, requires_grad=True)
    y_torch = module(x_torch)
    y_torch.backward(torch.tensor(dout))
    return y_torch.detach().numpy(), x_torch.grad.numpy()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", PYTORCH)
def test_activations_agree_with_pytorch(name, dtype):
    torch = pytest.importorskip("torch")
    make, theirs = PYTORCH[name]
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(size=(8, 10)) * 3, [EDGES]]).astype(dtype)
    dout = rng.normal(size=x.shape).astype(dtype)
    ours = make()
    with np.errstate(all="raise", under="ignore"):
        found = ours.forward(x), ours.backward(dout)
    tolerance = {"float32": 2e-6, "float64": 4e-15}[dtype]
    for mine, wanted in zip(
        found, through_pytorch(theirs(torch), x, dout), strict=True
    ):
        assert mine.dtype == dtype
        np.testing.assert_allclose(mine, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("count", "shape"),
    [(1, (7,)), (1, (4, 3)), (3, (4, 3)), (3, (4, 3, 2, 5)), (1, (4, 3, 2))],
)
def test_prelu_agrees_with_pytorch(count, shape, dtype):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    a = rng.normal(size=count).astype(dtype)
    theirs = torch.nn.PReLU(count, dtype=getattr(torch, dtype))
    ours = PReLU(count)

    np.testing.assert_array_equal(ours.slope.data, theirs.weight.detach())
    theirs.weight.data[...] = torch.tensor(a)
    ours.slope.data[...] = a
    for step in range(2):  # the second adds to the gradients of the first
        x, dout = rng.normal(size=(2, *shape)).astype(dtype)
        x.flat[: 3 + step] = 0.0
        y, dx = through_pytorch(theirs, x, dout)

        np.testing.assert_array_equal(ours.forward(x), y)
        np.testing.assert_array_equal(ours.backward(dout), dx)
        tolerance = 1e-5 if dtype == "float32" else 1e-13
        np.testing.assert_allclose(ours.slope.grad, theirs.weight.grad, atol=tolerance)


@pytest.mark.parametrize("pieces", [1, 2, 4])
def test_maxout_agrees_with_pytorch(pieces):
    torch = pytest.importorskip("torch")
    ours = maxout(pieces)
    rng = np.random.default_rng(1)
    ours.weight.data[0, :, 1] = ours.weight.data[-1, :, 1]  # ties in output 1
    ours.bias.data[0, 1] = ours.bias.data[-1, 1]
    W = torch.tensor(ours.weight.data, requires_grad=True)
    b = torch.tensor(ours.bias.data, requires_grad=True)
    x, dout = rng.normal(size=(6, 4)), rng.normal(size=(6, 3))
    y, dx = through_pytorch(lambda t: (t @ W + b[:, None]).amax(dim=0), x, dout)

    np.testing.assert_allclose(ours.forward(x), y, rtol=1e-13)
    np.testing.assert_allclose(ours.backward(dout), dx, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(ours.weight.grad, W.grad, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(ours.bias.grad, b.grad, rtol=1e-12, atol=1e-14)


def test_maxout_has_linear_and_relu_as_special_cases():
    rng = np.random.default_rng(1)
    x, dout = rng.normal(size=(6, 4)), rng.normal(size=(6, 3))
    linear = Linear(4, 3, rng=2)
    linear.bias.data += 0.3
    for second, activation in ((False, lambda y: y), (True, ReLU().forward)):
        layer = Maxout(4, 3, 1 + second)
        layer.weight.data[...] = 0.0
        layer.weight.data[0] = linear.weight.data
        layer.bias.data[0] = linear.bias.data

        np.testing.assert_allclose(layer.forward(x), activation(linear.forward(x)))
        assert layer.backward(dout).shape == x.shape


def test_erf_is_right_to_the_last_digits(xp):
    x = np.concatenate([np.linspace(-7, 7, 20_001), np.logspace(-300, 300, 601)])
    found = backend.to_numpy(gelu.erf(xp.asarray(x)))
    wanted = np.array([math.erf(value) for value in x])

    np.testing.assert_allclose(found, wanted, rtol=5e-16)
    assert gelu.erf(xp.asarray(x[:9].astype(np.float32))).dtype == np.float32
    assert np.isnan(gelu.erf(np.array([np.nan]))).all()
    assert np.signbit(gelu.erf(np.array([-0.0]))).all()


def test_erf_agrees_with_pytorch_in_float32():
    torch = pytest.importorskip("torch")
    x = np.linspace(-5, 5, 1001, dtype=np.float32)

    np.testing.assert_allclose(gelu.erf(x), torch.erf(torch.tensor(x)), rtol=1e-6)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "silu"])
def test_tails_are_relatively_exact(name):
    """What comes close to 0 keeps its digits: 1 + tanh(x / 2) would lose them."""
    layer = PYTORCH[name][0]()
    x = -np.geomspace(1e-9, 700, 200)
    wanted = {"sigmoid": np.exp(x) / (1 + np.exp(x)), "tanh": np.tanh(x),
              "silu": x * np.exp(x) / (1 + np.exp(x))}  # fmt: skip

    np.testing.assert_allclose(layer.forward(x), wanted[name], rtol=1e-14)


def test_elu_keeps_the_digits_of_tiny_inputs():
    x = -np.geomspace(1e-12, 1, 50)

    np.testing.assert_allclose(ELU().forward(x), np.expm1(x), rtol=1e-15)


def test_the_gelu_modes_differ_as_much_as_the_handout_says():
    x = np.linspace(-6, 6, 600_001)
    exact = GELU().forward(x)
    for mode, gap, place in (("sigmoid", 0.0203348722, 2.2704),
                             ("tanh", 0.000473235521, 2.6989)):  # fmt: skip
        difference = abs(GELU(mode).forward(x) - exact)

        np.testing.assert_allclose(difference.max(), gap, rtol=1e-8)
        np.testing.assert_allclose(abs(x[difference.argmax()]), place, atol=1e-4)


def test_minima_of_silu_and_gelu():
    x = np.linspace(-2, 0, 2_000_001)
    for layer, place, least in ((SiLU(), -1.2784645, -0.2784645427610738),
                                (GELU(), -0.7517915, -0.16997120747990)):  # fmt: skip
        y = layer.forward(x)

        np.testing.assert_allclose(x[y.argmin()], place, atol=1e-6)
        np.testing.assert_allclose(y.min(), least, rtol=1e-12)


# Lecture 004's net for XOR: hidden inputs of exactly 0, so that its gradients show
# which slope ReLU has there.
def test_the_kink_of_relu_in_the_xor_net(xp):
    X = xp.asarray(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]))
    hidden, output, relu = Linear(2, 2), Linear(2, 1), ReLU()
    hidden.weight.data[...] = 1.0
    hidden.bias.data[1] = -1.0
    output.weight.data[0], output.weight.data[1] = 1.0, -2.0
    y = output.forward(relu.forward(hidden.forward(X)))
    dX = hidden.backward(relu.backward(output.backward(xp.ones_like(y))))

    assert backend.to_numpy(y).ravel().tolist() == [0, 1, 1, 0]
    assert numbers_of_grad(hidden.weight) == [[2, -2], [2, -2]]
    assert numbers_of_grad(hidden.bias) == [3, -2]
    assert backend.to_numpy(dX).tolist() == [[0, 0], [1, 1], [1, 1], [-1, -1]]


def numbers_of_grad(parameter):
    return backend.to_numpy(parameter.grad).tolist()


def test_what_the_handout_says_in_passing():
    powers = np.exp([-2.0, -1.0, 0.0])
    sigmoid_chain = activations.chain_gradient(Sigmoid(), 0, 10)[[0, 1, 2, 3, 4, 9]]
    with np.errstate(over="ignore"):
        ends = [np.exp(709.0), np.exp(np.float32(88.0)), np.exp(710.0)]

    assert powers.round(4).tolist() == [0.1353, 0.3679, 1.0]
    assert powers.sum().round(4) == 1.5032
    assert [f"{x:.2g}" for x in sigmoid_chain] == [
        "0.25", "0.059", "0.013", "0.003", "0.00068", "3.9e-07",
    ]  # fmt: skip
    assert np.isfinite(ends).tolist() == [True, True, False]
    assert Sigmoid().forward(np.array([-100.0]))[0] < 1e-43
    with np.errstate(divide="ignore"):
        assert np.log(Softmax().forward(np.array([[0.0, 750.0]])))[0, 0] == -np.inf


def test_chains_of_activations(xp):
    found = backend.to_numpy(activations.chain_gradient(Sigmoid(), 0.0, 10))
    wanted = {0: 0.25, 1: 0.0587509280504, 2: 0.0133520938048,
              4: 0.000676339196970, 9: 3.87522023208e-07}  # fmt: skip
    for index, product in wanted.items():
        np.testing.assert_allclose(found[index], product, rtol=1e-11)
    assert found.shape == (10,)
    slopes = activations.chain_gradient(LeakyReLU(0.5), -1, 4)

    assert backend.array_module(slopes) is xp
    assert backend.to_numpy(slopes).tolist() == [0.5, 0.25, 0.125, 0.0625]


def test_measures_of_activations(xp):
    a = xp.asarray(np.array([[0.0, 0.5, 0.0], [0.0, 0.1, 0.95], [-0.0, 0.9, 0.0]]))

    assert activations.dead_fraction(a) == 1 / 3
    assert activations.saturation_fraction(a, 0.1, 0.9) == 8 / 9
    assert activations.saturation_fraction(a, -1, 1.0) == 0.0
    assert activations.dead_fraction(xp.asarray(np.zeros((3, 2, 2)))) == 1.0
    assert isinstance(activations.dead_fraction(a), float)
    assert isinstance(activations.saturation_fraction(a, 0, 1), float)


def test_the_mistakes_of_the_lectures():
    found = activations.lecture_mistakes()
    x = np.linspace(-6, 6, 600_001)
    slopes = Sigmoid()
    slopes.forward(x)
    gap = abs(GELU().forward(x) - GELU("sigmoid").forward(x)).max()

    np.testing.assert_allclose(found["sigmoid_slope"], slopes.backward(x * 0 + 1).max())
    np.testing.assert_allclose(found["gelu_gap"], gap, rtol=1e-7)
    np.testing.assert_allclose(found["sigmoid_first_unit"], 0.6856801139382539)
    still = np.diff(ReLU().forward(np.linspace(-3, 5, 8001))) == 0

    np.testing.assert_allclose(found["relu_flat"], still.mean() * 8, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: GELU("erf"), ValueError, "approximate is 'erf', expected one of 'non"),
        (lambda: PReLU(0), ValueError, "num_parameters is 0, expected at least 1"),
        (lambda: PReLU(2.0), TypeError, "num_parameters is 2.0 of type float"),
        (lambda: Maxout(4, 3, 0), ValueError, "pieces is 0, expected at least 1"),
        (lambda: Maxout(4.0, 3), TypeError, "in_features is 4.0 of type float"),
        (
            lambda: activations.chain_gradient(math.tanh, 0, 2),
            TypeError,
            "argument 0 is a builtin_function_or_method, expected a Module",
        ),
        (
            lambda: activations.chain_gradient(Tanh(), 0, 0),
            ValueError,
            "depth is 0, expected at least 1",
        ),
        (
            lambda: activations.saturation_fraction(np.ones(3), 1, 1),
            ValueError,
            "low is 1 and high 1, expected low < high",
        ),
        (
            lambda: activations.saturation_fraction(np.ones((0, 3)), 0, 1),
            ValueError,
            r"a has shape \(0, 3\), expected \(N, ...\)",
        ),
        (
            lambda: activations.dead_fraction(np.ones((3, 2), dtype=bool)),
            TypeError,
            "a has dtype bool, expected float32",
        ),
        (lambda: gelu.erf(1.0), TypeError, "erf: x is of type float, expected an arr"),
    ],
)
def test_wrong_arguments_are_refused(make, error, match):
    with pytest.raises(error, match=match):
        make()


@pytest.mark.parametrize(
    ("layer", "shape", "match"),
    [
        (ReLU(), (0, 3), r"x has shape \(0, 3\), expected \(N, ...\)"),
        (Softmax(), (), r"z has shape \(\), expected \(N, ...\)"),
        (Softmax(2), (3, 4), "axis 2 is out of bounds"),
        (PReLU(3), (3,), r"x has shape \(3,\), expected \(N, num_parameters=3, ...\)"),
        (PReLU(3), (3, 4), "axis 1 must be 3, got 4"),
        (Maxout(4, 3), (5, 3), r"expected \(N, in_features=4\)"),
    ],
)
def test_inputs_of_the_wrong_shape_are_refused(layer, shape, match):
    with pytest.raises(ValueError, match=match):
        layer.forward(np.ones(shape))


def test_slopes_and_biases_do_not_decay():
    assert [p.decay for p in PReLU(3).parameters()] == [False]
    assert [p.decay for p in Maxout(4, 3).parameters()] == [True, False]


@pytest.mark.parametrize("module", [activations, gelu, softmax])
def test_the_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0
