"""The chain rule by hand, the sigmoid neuron from gates, and paths."""

from __future__ import annotations

import contextlib
import math

import numpy as np

from autograder.suite import check, close, hint, raises
from autograder.suite.failures import CheckFailed, StudentError, StudentRaised
from nabla import gates

KINDS = (
    *("AddGate", "MulGate", "CopyGate", "ScaleGate", "ShiftGate"),
    *("ExpGate", "ReciprocalGate", "SigmoidGate"),
)


def _numbers(rng, n):
    return [float(rng.uniform(0.5, 3.0) * rng.sign()) for _ in range(n)]


@check(points=1, exercise="expr_e")
def test_expr_e_value(student, rng):
    """expr_e returns the value (a + b)(b + 1)."""
    for a, b in (_numbers(rng, 2), _numbers(rng, 2)):
        value, _ = student.gates.expr_e(a, b)
        close(value, (a + b) * (b + 1), name="e")


@check(points=2, exercise="expr_e")
def test_expr_e_derivative_for_a(student, rng):
    """expr_e returns the derivative for a, which takes one path."""
    for a, b in (_numbers(rng, 2), _numbers(rng, 2)):
        _, grad = student.gates.expr_e(a, b)
        close(grad["a"], b + 1, name='grad["a"]')


@check(points=2, exercise="expr_e")
def test_expr_e_derivative_for_b(student, rng):
    """expr_e returns the derivative for b, which takes two paths."""
    for a, b in (_numbers(rng, 2), _numbers(rng, 2)):
        _, grad = student.gates.expr_e(a, b)
        close(grad["b"], a + 2 * b + 1, name='grad["b"]')


@check(points=1, exercise="expr_xyz")
def test_expr_xyz_value(student, rng):
    """expr_xyz returns the value (x + y) z."""
    x, y, z = _numbers(rng, 3)
    value, _ = student.gates.expr_xyz(x, y, z)
    close(value, (x + y) * z, name="f")


@check(points=2, exercise="expr_xyz")
def test_expr_xyz_gradient(student, rng):
    """expr_xyz returns the derivatives for x, y and z."""
    x, y, z = _numbers(rng, 3)
    _, grad = student.gates.expr_xyz(x, y, z)
    close(grad["x"], z, name='grad["x"]')
    close(grad["y"], z, name='grad["y"]')
    close(grad["z"], x + y, name='grad["z"]')


@check(points=1, exercise="expr_j")
def test_expr_j_value(student, rng):
    """expr_j returns the value 3 (a + b c)."""
    a, b, c = _numbers(rng, 3)
    value, _ = student.gates.expr_j(a, b, c)
    close(value, 3 * (a + b * c), name="J")


@check(points=2, exercise="expr_j")
def test_expr_j_gradient(student, rng):
    """expr_j returns the derivatives for a, b and c."""
    a, b, c = _numbers(rng, 3)
    _, grad = student.gates.expr_j(a, b, c)
    close(grad["a"], 3.0, name='grad["a"]')
    close(grad["b"], 3 * c, name='grad["b"]')
    close(grad["c"], 3 * b, name='grad["c"]')


@contextlib.contextmanager
def _known_gates(student):
    """Put the reference's gates in the place of the student's."""
    there = set(student.names(student.gates))
    own = {k: student.look(getattr(student.gates, k)) for k in KINDS if k in there}
    for kind in KINDS:
        setattr(student.gates, kind, student.lend(_maker(student, kind)))
    try:
        yield
    finally:
        with contextlib.suppress(StudentError):  # a dead one has nothing to restore
            for kind, gate in own.items():
                setattr(student.gates, kind, gate)


def _maker(student, kind):
    return lambda *args: student.lend_module(getattr(gates, kind)(*args))


def _neuron(student, w, x):
    """Return (f, dw, dx), computed with gates that cost no points here.

    The student's own will do if the result is right; otherwise known gates decide
    whether the neuron is wrong or a gate that it uses.
    """
    with contextlib.suppress(CheckFailed, StudentRaised):
        found = student.gates.sigmoid_neuron(w, x)
        close(found, gates.sigmoid_neuron(w, x), name="f, dw, dx")
        return found
    with _known_gates(student):
        return student.gates.sigmoid_neuron(w, x)


@check(points=1, exercise="sigmoid_neuron")
def test_sigmoid_neuron_value(student, rng):
    """sigmoid_neuron returns the output of the neuron."""
    w, x = rng.normal((3,)), rng.normal((2,))
    f = _neuron(student, w, x)[0]
    close(f, 1 / (1 + math.exp(-float(w[:2] @ x + w[2]))), name="f")


@check(points=2, exercise="sigmoid_neuron")
def test_sigmoid_neuron_gradient_for_the_weights(student, rng):
    """sigmoid_neuron returns the gradient for the weights and the bias."""
    w, x = rng.normal((3,)), rng.normal((2,))
    s = 1 / (1 + math.exp(-float(w[:2] @ x + w[2])))
    dw = _neuron(student, w, x)[1]
    hint("The bias w2 is added as it is: its local gradient is 1.")
    close(dw, s * (1 - s) * np.append(x, 1.0), name="dw")


@check(points=2, exercise="sigmoid_neuron")
def test_sigmoid_neuron_gradient_for_the_inputs(student, rng):
    """sigmoid_neuron returns the gradient for the inputs."""
    w, x = rng.normal((3,)), rng.normal((2,))
    s = 1 / (1 + math.exp(-float(w[:2] @ x + w[2])))
    dx = _neuron(student, w, x)[2]
    close(dx, s * (1 - s) * w[:2], name="dx")


@check(points=1, exercise="sigmoid_neuron")
def test_sigmoid_neuron_refuses_wrong_arguments(student, rng):
    """sigmoid_neuron refuses other shapes than (3,) and (2,), and integers."""
    w, x, neuron = rng.normal((3,)), rng.normal((2,)), student.gates.sigmoid_neuron

    def works():
        return _neuron(student, w, x)

    hint("errors.check_shape compares a shape with the expected one.")
    raises("ValueError", neuron, rng.normal((4,)), x, works=works)
    raises("ValueError", neuron, w, rng.normal((3,)), works=works)
    raises("TypeError", neuron, np.array([1, 2, 3]), x, works=works)


@check(points=2, exercise="path_sum")
def test_path_sum_adds_every_path(student, rng):
    """path_sum adds the products along every path, stages of any width."""
    for widths in ((3, 3), (2, 4), (2, 1, 3), (2, 3, 2, 3)):
        stages = [_numbers(rng, width) for width in widths]
        expected = math.prod(math.fsum(edges) for edges in stages)
        close(student.gates.path_sum(stages), expected, name="sum", atol=1e-9)


@check(points=1, exercise="path_sum")
def test_path_sum_of_a_chain(student, rng):
    """path_sum of stages with one edge each is their product: the chain rule."""
    chain = _numbers(rng, 5)
    actual = student.gates.path_sum([[edge] for edge in chain])
    close(actual, math.prod(chain), name="sum")
    close(student.gates.path_sum([chain]), math.fsum(chain), name="sum", atol=1e-12)


@check(points=2, exercise="path_product")
def test_path_product_is_the_sum_over_paths(student, rng):
    """path_product returns what the sum over all paths is."""
    for widths in ((3, 3), (2, 4), (2, 1, 3), (5,)):
        stages = [_numbers(rng, width) for width in widths]
        expected = math.prod(math.fsum(edges) for edges in stages)
        close(student.gates.path_product(stages), expected, name="product", atol=1e-9)


@check(points=1, exercise="path_product")
def test_path_product_never_walks_a_path(student, rng):
    """path_product adds up each stage first, and multiplies only then."""
    hint("Here single paths overflow, while the sums of the stages are small numbers.")
    edges = _numbers(rng, 2)
    stages = [[1e300, -1e300, edge] for edge in edges]
    close(student.gates.path_product(stages), math.prod(edges), name="product")
