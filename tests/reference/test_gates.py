"""Stage 01: the layer contract for gates, PyTorch as oracle, measured derivatives."""

import doctest
import math

import contract
import numpy as np
import pytest
from contract import Case

from nabla import backend, gates

POSITIVE = np.random.default_rng(3).uniform(0.5, 2.0, (2, 3))

CASES = [
    Case("add", gates.AddGate, [(3, 4), (3, 4)], lambda g, x, y: x + y),
    Case("add, broadcast", gates.AddGate, [(3, 1), (4,)], lambda g, x, y: x + y),
    Case("mul", gates.MulGate, [(3, 4), (3, 4)], lambda g, x, y: x * y),
    Case("mul, broadcast", gates.MulGate, [(2, 1, 3), (4, 1)], lambda g, x, y: x * y),
    Case("max", gates.MaxGate, [(3, 4), (3, 4)], lambda g, x, y: np.maximum(x, y)),
    Case(
        "max, broadcast", gates.MaxGate, [(3, 1), (4,)], lambda g, *xs: np.maximum(*xs)
    ),
    Case("scale", lambda: gates.ScaleGate(-2.5), [(2, 3)], lambda g, x: -2.5 * x),
    Case("shift", lambda: gates.ShiftGate(0.5), [(2, 3)], lambda g, x: x + 0.5),
    Case("exp", gates.ExpGate, [(2, 3)], lambda g, x: np.exp(x)),
    Case("reciprocal", gates.ReciprocalGate, [POSITIVE], lambda g, x: 1 / x),
    Case("sigmoid", gates.SigmoidGate, [(2, 3)], lambda g, x: 1 / (1 + np.exp(-x))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("clause", contract.CLAUSES, ids=contract.name_of)
def test_gates_keep_the_contract(case, clause, xp):
    clause(case, xp)


def test_the_examples_in_the_docstrings_are_true():
    results = doctest.testmod(gates)

    assert (results.failed, results.attempted > 4) == (0, True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shapes", [((3, 4), (3, 4)), ((3, 1), (4,)), ((1,), (2, 3))])
@pytest.mark.parametrize("name", ["add", "mul", "maximum"])
def test_binary_gates_agree_with_pytorch(name, shapes, dtype):
    torch = pytest.importorskip("torch")
    gate = {"add": gates.AddGate, "mul": gates.MulGate, "maximum": gates.MaxGate}[
        name
    ]()
    rng = np.random.default_rng(1)
    x, y = (rng.integers(-2, 3, shape).astype(dtype) for shape in shapes)  # many ties
    dout = rng.normal(size=np.broadcast_shapes(*shapes)).astype(dtype)
    x_torch, y_torch = (torch.tensor(a, requires_grad=True) for a in (x, y))
    out_torch = getattr(torch, name)(x_torch, y_torch)
    out_torch.backward(torch.tensor(dout))
    found = (gate.forward(x, y), *gate.backward(dout))

    wanted = (out_torch.detach(), x_torch.grad, y_torch.grad)
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_copy_gate_hands_out_copies_and_adds_what_comes_back(n, xp):
    gate = gates.CopyGate(n)
    x = xp.asarray(np.array([1.0, -2.0]))
    outs = gate.forward(x)
    douts = [xp.asarray(np.array([1.0 + i, -i])) for i in range(n)]
    dx = gate.backward(*douts)

    assert len({id(out) for out in (x, *outs)}) == n + 1
    wanted = [n * (n + 1) / 2, -n * (n - 1) / 2]
    np.testing.assert_array_equal(backend.to_numpy(dx), wanted)
    with pytest.raises(ValueError, match=rf"got {n + 1} gradients, expected n={n}"):
        gate.backward(*douts, douts[0])


def test_sigmoid_neither_overflows_nor_loses_small_values():
    x = np.array([-1000.0, -700.0, 0.0, 40.0, 1000.0])
    gate = gates.SigmoidGate()
    with np.errstate(all="raise", under="ignore"):
        s = gate.forward(x)
        dx = gate.backward(np.ones(5))

    np.testing.assert_allclose(s, [0.0, math.exp(-700), 0.5, 1.0, 1.0], rtol=1e-12)
    assert dx[2] == 0.25


def test_reciprocal_of_zero_is_infinite():
    out = gates.ReciprocalGate().forward(np.array([0.0, -0.0]))

    np.testing.assert_array_equal(out, [np.inf, -np.inf])


@pytest.mark.parametrize(
    ("grad_shape", "shape"),
    [((3, 4), (3,)), ((3, 4), (2, 4)), ((4,), (1, 4)), ((1, 4), (3, 4))],
)
def test_unbroadcast_refuses_shapes_that_do_not_broadcast(grad_shape, shape):
    with pytest.raises(ValueError, match="expected one that"):
        gates.unbroadcast(np.ones(grad_shape), shape)


@pytest.mark.parametrize("method", ["central", "forward"])
def test_numerical_gradient_works_in_place_and_restores(method, xp):
    numbers = np.random.default_rng(1).normal(size=(3, 2))
    x = xp.asarray(np.asfortranarray(numbers))
    grad = gates.numerical_gradient(lambda x: (x * x).sum(), x, method=method)

    np.testing.assert_allclose(backend.to_numpy(grad), 2 * numbers, atol=2e-6)
    np.testing.assert_array_equal(backend.to_numpy(x), numbers)


def test_numerical_gradient_restores_x_when_f_raises():
    x = np.array([0.1, 0.2])

    def f(moved):
        raise ZeroDivisionError(f"at {moved}")

    with pytest.raises(ZeroDivisionError, match="at"):
        gates.numerical_gradient(f, x)
    assert x.tolist() == [0.1, 0.2]


def test_numbers_of_two_gradients_come_from_any_array_module(xp):
    a, b = (xp.asarray(np.array(v)) for v in ([1.0, 2.0, 0.0], [1.0, 3.0, 0.0]))

    assert gates.relative_error(a, b) == pytest.approx(0.2)
    assert gates.directional_derivative(a, b) == pytest.approx(7 / math.sqrt(10))


def test_sigmoid_neuron_gives_the_lectures_numbers(xp):
    w, x = (xp.asarray(np.array(v)) for v in ([2.0, -3.0, -3.0], [-1.0, -2.0]))
    f, dw, dx = gates.sigmoid_neuron(w, x)

    assert f == pytest.approx(0.7310585786300049, rel=1e-14)
    d = 0.19661193324148185
    np.testing.assert_allclose(backend.to_numpy(dw), [-d, -2 * d, d], rtol=1e-12)
    np.testing.assert_allclose(backend.to_numpy(dx), [2 * d, -3 * d], rtol=1e-12)


def test_expressions_give_the_lectures_numbers():
    assert gates.expr_e(2, 1) == (6.0, {"a": 2.0, "b": 5.0})
    assert gates.expr_xyz(-2, 5, -4) == (-12.0, {"x": -4.0, "y": -4.0, "z": 3.0})
    assert gates.expr_j(5, 3, 2) == (33.0, {"a": 3.0, "b": 6.0, "c": 9.0})


def test_all_paths_together_are_the_product_of_the_stages():
    stages = [[1.5, -2.0, 1.0], [3.0, 0.25, -1.0], [2.0]]

    assert gates.path_sum(stages) == gates.path_product(stages) == 2.25
