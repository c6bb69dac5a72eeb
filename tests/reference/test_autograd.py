"""Stage 10: agreement with PyTorch, the graph, dual numbers, formulas."""

import doctest
import gc
import itertools
import weakref

import numpy as np
import pytest

from nabla import autograd, backend, dual, graph, symbolic, tensor
from nabla.autograd import Dual, Tensor

DTYPES = ["float64", "float32"]
TOLERANCE = {"float64": 1e-10, "float32": 1e-4}

BROADCAST = [((2, 3), (2, 3)), ((3, 1), (1, 4)), ((), (2, 3)), ((2, 1, 3), (4, 1))]
PRODUCTS = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (6, 3, 4)),
    ((3,), (5, 3, 4)),
    ((5, 2, 3), (3,)),
]


@pytest.mark.parametrize("module", [autograd, dual, graph, symbolic, tensor])
def test_the_examples_in_the_docstrings_are_true(module):
    results = doctest.testmod(module)

    assert (results.failed, results.attempted > 0) == (0, True)


def agree(ours, theirs, *shapes, dtype="float64", positive=False):
    """Compare a function of our tensors with one of PyTorch's, and its gradients."""
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    xs = [np.asarray(rng.normal(size=shape), dtype) for shape in shapes]
    xs = [np.abs(x) + np.asarray(0.5, dtype) for x in xs] if positive else xs
    mine = [Tensor(x, requires_grad=True) for x in xs]
    others = [torch.tensor(x, requires_grad=True) for x in xs]
    y, y_torch = ours(*mine), theirs(*others)
    dout = np.asarray(rng.normal(size=y.shape), dtype)
    y.backward(dout)
    y_torch.backward(torch.tensor(dout))
    pairs = [(y.data, y_torch.detach())]
    pairs += [(x.grad, o.grad) for x, o in zip(mine, others, strict=True)]
    tolerance = TOLERANCE[dtype]
    for found, wanted in pairs:
        assert found.dtype == dtype
        assert found.shape == tuple(wanted.shape)
        np.testing.assert_allclose(
            found, wanted.numpy(), rtol=tolerance, atol=tolerance
        )


BINARY = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
    "twice": lambda x, y: x * y + x - y * y * x,
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", BROADCAST, ids=str)
@pytest.mark.parametrize("name", BINARY)
def test_arithmetic_agrees_with_pytorch(name, shapes, dtype):
    agree(BINARY[name], BINARY[name], *shapes, dtype=dtype, positive=True)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", BROADCAST, ids=str)
def test_maximum_agrees_with_pytorch(shapes, dtype):
    torch = pytest.importorskip("torch")
    agree(autograd.maximum, torch.maximum, *shapes, dtype=dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", PRODUCTS, ids=str)
def test_matrix_products_agree_with_pytorch(shapes, dtype):
    agree(lambda x, y: x @ y, lambda x, y: x @ y, *shapes, dtype=dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("p", [0, 1, 2, 3.0, -1, -2.5, 0.5])
def test_powers_agree_with_pytorch(p, dtype):
    agree(lambda x: x**p, lambda x: x**p, (2, 3), dtype=dtype, positive=True)


@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_on_the_left_agree_with_pytorch(dtype):
    def f(x):
        return 2 / x - 3**x + 1 - x * 2 + (4 - x)

    agree(f, f, (2, 3), dtype=dtype, positive=True)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "name", ["exp", "log", "sqrt", "abs", "tanh", "sigmoid", "relu"]
)
def test_functions_agree_with_pytorch(name, dtype):
    def f(x):
        return getattr(x, name)()

    agree(f, f, (2, 3), dtype=dtype, positive=name in {"log", "sqrt"})
    agree(f, f, (), dtype=dtype, positive=name in {"log", "sqrt"})


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("axis", [0, 1, -1, (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("name", ["sum", "mean", "max"])
def test_reductions_agree_with_pytorch(name, axis, keep, dtype):
    theirs = "amax" if name == "max" else name

    def ours(x):
        return getattr(x, name)(axis=axis, keepdims=keep)

    def torchs(x):
        return getattr(x, theirs)(dim=axis, keepdim=keep)

    agree(ours, torchs, (2, 3, 4), dtype=dtype)


@pytest.mark.parametrize("name", ["sum", "mean", "max"])
def test_reductions_of_everything_agree_with_pytorch(name):
    agree(lambda x: getattr(x, name)(), lambda x: getattr(x, name)(), (2, 3, 4))


SHAPES = {
    "reshape": (lambda x: x.reshape(3, -1), lambda x: x.reshape(3, -1)),
    "swap": (lambda x: x.transpose(0, -1), lambda x: x.transpose(0, -1)),
    "order": (lambda x: x.transpose(1, 2, 0), lambda x: x.permute(1, 2, 0)),
    "reverse": (lambda x: x.T, lambda x: x.permute(2, 1, 0)),
    "row": (lambda x: x[1], lambda x: x[1]),
    "part": (lambda x: x[:, 1:, ::2], lambda x: x[:, 1:, ::2]),
    "new axis": (lambda x: x[..., None, 0], lambda x: x[..., None, 0]),
    "repeated": (
        lambda x: x[[0, 1, 0, 0], [2, 1, 2, 0]],
        lambda x: x[[0, 1, 0, 0], [2, 1, 2, 0]],
    ),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SHAPES)
def test_shapes_and_parts_agree_with_pytorch(name, dtype):
    agree(*SHAPES[name], (2, 3, 4), dtype=dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_concat_agrees_with_pytorch(axis, dtype):
    torch = pytest.importorskip("torch")
    shapes = [(2, 3), (4, 3)] if axis == 0 else [(2, 3), (2, 1)]
    agree(
        lambda x, y: autograd.concat([x, y, x], axis),
        lambda x, y: torch.cat([x, y, x], axis),
        *shapes,
        dtype=dtype,
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [1, 3, 5])
def test_cross_entropy_agrees_with_pytorch(n, dtype):
    torch = pytest.importorskip("torch")
    labels = np.arange(n) % 3
    agree(
        lambda z: autograd.cross_entropy(z, labels),
        lambda z: torch.nn.functional.cross_entropy(z, torch.tensor(labels)),
        (n, 3),
        dtype=dtype,
    )


@pytest.mark.parametrize("name", ["amax", "maximum", "relu", "abs"])
def test_kinks_and_ties_agree_with_pytorch(name):
    torch = pytest.importorskip("torch")
    numbers = np.array([[0.0, 2.0, 2.0], [-1.0, 0.0, 0.0]])
    ours = {
        "amax": lambda x: x.max(axis=1),
        "maximum": lambda x: x.maximum(np.array([0.0, 2.0, -1.0])),
        "relu": lambda x: x.relu(),
        "abs": lambda x: x.abs(),
    }
    theirs = {
        "amax": lambda x: x.amax(1),
        "maximum": lambda x: torch.maximum(x, torch.tensor([0.0, 2.0, -1.0]).double()),
        "relu": lambda x: x.relu(),
        "abs": lambda x: x.abs(),
    }
    x = Tensor(numbers, requires_grad=True)
    x_torch = torch.tensor(numbers, requires_grad=True)
    ours[name](x).sum().backward()
    theirs[name](x_torch).sum().backward()
    np.testing.assert_array_equal(x.grad, x_torch.grad.numpy())


@pytest.mark.parametrize("p", [0.0, 1.0, 2.0])
def test_powers_at_zero_agree_with_pytorch(p):
    torch = pytest.importorskip("torch")
    x, y = Tensor(0.0, requires_grad=True), Tensor(p, requires_grad=True)
    (x**y).backward()
    others = [torch.tensor(v, dtype=float, requires_grad=True) for v in (0.0, p)]
    (others[0] ** others[1]).backward()
    assert (x.grad.item(), y.grad.item()) == tuple(o.grad.item() for o in others)


def test_several_steps_of_training_agree_with_pytorch():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(3)
    x, labels = rng.normal(size=(20, 4)), rng.integers(0, 3, 20)
    ours = [autograd.Linear(4, 5, rng=1), autograd.Linear(5, 3, rng=2)]
    parameters = [p for layer in ours for p in layer.parameters()]
    theirs = [torch.tensor(p.data, requires_grad=True) for p in parameters]
    for _ in range(20):
        loss = autograd.cross_entropy(ours[1](ours[0](Tensor(x)).tanh()), labels)
        loss.backward()
        W0, b0, W1, b1 = theirs
        h = torch.tanh(torch.tensor(x) @ W0 + b0)
        other = torch.nn.functional.cross_entropy(h @ W1 + b1, torch.tensor(labels))
        other.backward()
        np.testing.assert_allclose(loss.item(), other.item(), rtol=1e-9)
        with torch.no_grad():
            for p, o in zip(parameters, theirs, strict=True):
                p.data[...] -= 0.5 * p.grad
                p.zero_grad()
                o.sub_(0.5 * o.grad)
                o.grad = None
    assert loss.item() < 1.0


def build_everything(x, W, labels):
    """Return a number that most operations have a part in."""
    h = autograd.concat([(x @ W).tanh(), x.sigmoid().exp().log()], axis=1)
    h = (h.relu() + h.abs().sqrt()) / (1 + h**2) - h.maximum(0.3)
    z = h.transpose(0, 1).T.reshape(*h.shape)[:, 1:]
    z = z * z.mean(axis=0) - z.max(axis=1, keepdims=True) + z.sum()
    return autograd.cross_entropy(z, labels)


def test_all_operations_run_on_any_array_module(xp):
    rng = np.random.default_rng(4)
    arrays = rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
    labels, grads = np.array([0, 2, 1, 3]), []
    for move in (np.asarray, xp.asarray):
        x, W = (Tensor(move(array), requires_grad=True) for array in arrays)
        build_everything(x, W, move(labels)).backward()
        assert backend.array_module(x.grad, W.grad) is backend.array_module(x.data)
        grads.append([backend.to_numpy(x.grad), backend.to_numpy(W.grad)])
    np.testing.assert_allclose(grads[1][0], grads[0][0], rtol=1e-12)
    np.testing.assert_allclose(grads[1][1], grads[0][1], rtol=1e-12)


def test_functions_of_functions_run_on_any_array_module(xp):
    x = xp.asarray(np.array([0.5, -1.0, 2.0]))
    u = xp.asarray(np.array([1.0, 2.0, -1.0]))

    def f(t):
        return (t * t + t.tanh() / 2 - t.sigmoid() * t.relu()).exp()

    forward, back = autograd.jvp(f, x, u), autograd.vjp(f, x, u)
    np.testing.assert_allclose(
        backend.to_numpy(forward), backend.to_numpy(back), rtol=1e-12
    )  # the Jacobian of an elementwise function is diagonal
    counted = autograd.count_operations(f, 3, 3)
    assert (counted["operations"], counted["forward_sweeps"]) == (10, 3)
    assert autograd.Linear(3, 2, rng=1)(Tensor(x[None])).shape == (1, 2)


def test_a_wrong_gradient_is_found():
    def f(x):
        return autograd.record((x.data**2).sum(), (x, lambda dout: dout * x.data))

    error = autograd.numeric_vs_autograd(f, np.array([1.0, -2.0]))

    assert error == pytest.approx(1 / 3)
    assert autograd.numeric_vs_autograd(lambda x: (x * x).sum(), np.ones(3)) < 1e-8


def test_forward_mode_is_reverse_mode_on_random_functions():
    rng = np.random.default_rng(5)
    A, B = rng.normal(size=(4, 3)), rng.normal(size=(2, 4))

    def f(x):
        h = (A @ x).tanh()
        return (B @ (h * h + 1 / (2 + h))).exp() + h[1:3] ** 3

    x, u, v = rng.normal(size=3), rng.normal(size=3), rng.normal(size=2)
    forward = v @ autograd.jvp(f, x, u)

    assert autograd.vjp(f, x, v) @ u == pytest.approx(forward, rel=1e-12)


def test_dual_numbers_agree_with_pytorchs_jvp():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(6)
    x, u = rng.uniform(0.5, 1.5, (2, 3)), rng.normal(size=(2, 3))

    def f(x):
        return (x.log() * x**3 - x.sigmoid() / x).sum(0) + x.tanh()[0] + 2 / x[1]

    jacobian = torch.autograd.functional.jacobian(f, torch.tensor(x)).numpy()
    wanted = (jacobian * u).sum(axis=(1, 2))
    np.testing.assert_allclose(autograd.jvp(f, x, u), wanted, rtol=1e-12)


def test_no_graph_outlives_its_backward():
    x = Tensor(np.ones(3), requires_grad=True)
    h = x * x
    y = h.sum()
    watched = weakref.ref(h)
    gc.disable()  # no cycles: counting references is enough
    try:
        del h
        assert watched() is not None
        y.backward()
        assert watched() is None
    finally:
        gc.enable()


def test_a_forgotten_graph_goes_without_a_backward():
    x = Tensor(np.ones(3), requires_grad=True)
    gc.disable()
    try:
        h = x.exp()
        watched = weakref.ref(h)
        h = h.sum()
        del h
        assert watched() is None
    finally:
        gc.enable()


def test_a_deep_graph_needs_no_deep_stack():
    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(5000):
        y = y * 0.9999 + 0.0
    y.backward()

    assert x.grad == pytest.approx(0.9999**5000)


def test_a_failing_pull_changes_no_gradient():
    def broken(dout):
        raise ZeroDivisionError(f"cannot hand back {dout}")

    x = Tensor(1.0, requires_grad=True)
    h = x * 1.0
    y = h + autograd.record(x.data, (x, broken))
    with pytest.raises(ZeroDivisionError, match="cannot hand back"):
        y.backward()

    assert x.grad is None


def test_arrays_are_not_shared():
    numbers = np.array([1.0, 2.0])
    x = Tensor(numbers, requires_grad=True)
    for other in (x.detach(), x.reshape(2, 1), x.T, x[:1], x + 0.0):
        assert not np.shares_memory(other.data, x.data)
    assert not np.shares_memory(x.data, numbers)


@pytest.mark.parametrize("wrong", [[1.0], 3, True, np.arange(3), np.ones(2, complex)])
def test_what_is_no_float_is_refused(wrong):
    with pytest.raises(TypeError, match=r"expected (float32|an array)"):
        Tensor(wrong)
    with pytest.raises(TypeError, match=r"expected (float32|an array)"):
        Dual(wrong)


def test_errors_say_what_to_do():
    x = Tensor(np.ones(3), requires_grad=True)
    with pytest.raises(RuntimeError, match="sum it, or give a grad"):
        (x * x).backward()
    with pytest.raises(ValueError, match=r"grad has shape \(2,\), expected \(3,\)"):
        (x * x).backward(np.ones(2))
    with pytest.raises(RuntimeError, match="requires a gradient"):
        x.detach().sum().backward()
    with pytest.raises(ValueError, match="expected one entry"):
        x.item()
    with pytest.raises(ValueError, match="expected at least one"):
        autograd.concat([])
    with pytest.raises(ValueError, match=r"tangent has shape"):
        Dual(np.ones(3), np.ones(2))
    with pytest.raises(ValueError, match="expected 0 to 2"):
        autograd.cross_entropy(Tensor(np.ones((2, 3))), np.array([0, 3]))
    with pytest.raises(TypeError, match="in_features"):
        autograd.Linear(2.5, 1)
    y = (x * x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="compute the forward pass again"):
        y.backward()


def test_no_grad_nests_and_survives_exceptions():
    x = Tensor(1.0, requires_grad=True)
    guard = autograd.no_grad()
    with guard, guard:
        assert not (x * x).requires_grad
    with pytest.raises(KeyError), guard:
        raise KeyError("anything")

    assert (x * x).requires_grad


def test_symbolic_derivatives_are_those_of_autograd():
    x, y = symbolic.Variable("x"), symbolic.Variable("y")
    formula = symbolic.Apply("exp", x * y) + x * x * y * 3 + symbolic.Apply("sin", x)
    at = {"x": 0.7, "y": -0.4}
    for name, change in itertools.product(at, [1e-6]):
        moved = [formula.value(**{**at, name: at[name] + h}) for h in (change, -change)]
        slope = (moved[0] - moved[1]) / (2 * change)
        found = symbolic.differentiate(formula, name).value(**at)

        assert found == pytest.approx(slope, rel=1e-7)
    with pytest.raises(ValueError, match="expected exp, sin, cos"):
        symbolic.Apply("log", x)


def test_the_lectures_answers_follow_from_the_slides():
    answers = autograd.lecture_mistakes()
    _, dJ_db, _ = autograd.grad(
        lambda a, b, c: 3 * (a + b * c), *(np.array(v) for v in (5.0, 3.0, 2.5))
    )
    assert answers["chain rule"] == dJ_db
    (dh,) = autograd.grad(lambda x: (3 * x + 1) ** 2, np.array(2.0))
    assert answers["rule list"] == pytest.approx(dh * 7.0 / 2.0 / dh)
    assert answers["sweeps"] == 3072 - 2
    assert answers["products"] == 3**3 * 2 - 2


def test_the_numbers_of_the_handout():
    x = Tensor(1.0, requires_grad=True)
    h = x * x
    (h * (3 * h)).backward()
    assert x.grad == pytest.approx(12.0)
    z = symbolic.Variable("x")
    assert symbolic.swell(z * z + z, "x", 4) == [5, 9, 17, 33, 65]
    for (da, db), slope in (((1.0, 0.0), 2.0), ((0.0, 1.0), 5.0)):
        a, b = Dual(2.0, da), Dual(1.0, db)
        assert ((a + b) * (b + 1)).tangent == pytest.approx(slope)
