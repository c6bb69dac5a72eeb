"""Dual numbers and what they are for, one sweep forward."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises
from nabla import autograd


def agree(student, rng, f, *arrays):
    """Compare f of the student's dual numbers with f of the reference's."""
    tangents = [np.asarray(rng.normal(x.shape), x.dtype) for x in arrays]
    pairs = list(zip(arrays, tangents, strict=True))
    found = f(*[student.autograd.Dual(x, dx) for x, dx in pairs])
    expected = f(*[autograd.Dual(x, dx) for x, dx in pairs])
    close(found.value, expected.value, name="the value")
    close(found.tangent, expected.tangent, name="the tangent")


@check(points=2, exercise="dual/arithmetic")
def test_dual_sums_and_products(student, rng):
    """Dual numbers add like pairs and multiply by the product rule."""
    hint("(x + dx eps) (y + dy eps): multiply out, and drop what has eps².")
    x, y = rng.normal((2, 3)), rng.normal((2, 3))
    agree(student, rng, lambda x, y: x + y, x, y)
    agree(student, rng, lambda x, y: x - y, x, y)
    agree(student, rng, lambda x, y: x * y, x, y)
    agree(student, rng, lambda x: 2 * x + 1, x)
    agree(student, rng, lambda x: -x, x)
    agree(student, rng, lambda x: x * y, x.astype(np.float32).astype(float))


@check(points=1, exercise="dual/arithmetic")
def test_dual_quotients_and_powers(student, rng):
    """Dual numbers divide by the quotient rule; the slope of x ** p is p x^(p-1)."""
    x, y = rng.normal((2, 3)), rng.away_from_zero((2, 3), 0.3)
    agree(student, rng, lambda x, y: x / y, x, y)
    agree(student, rng, lambda y: 2 / y, y)
    x[0, 0] = 0.0
    for p in (0, 1, 3):
        agree(student, rng, lambda x, p=p: x**p, x)
    agree(student, rng, lambda y: y**-2, y.astype(np.float32))


@check(points=1, exercise="dual/arithmetic")
def test_dual_matrix_products(student, rng):
    """Dual numbers multiply as matrices by the product rule, in the right order."""
    x, y = rng.normal((3, 3)), rng.normal((3, 3))
    agree(student, rng, lambda x, y: x @ y, x, y)
    agree(student, rng, lambda x: y @ x, x)


@check(points=1, exercise="dual/functions")
def test_dual_functions_multiply_by_the_tangent(student, rng):
    """exp, log, tanh, sigmoid and relu give f'(x) times the tangent."""
    hint("f(x + dx eps) = f(x) + f'(x) dx eps: do not forget dx.")
    x, positive = rng.away_from_zero((2, 3)), rng.uniform(0.2, 3.0, (2, 3))
    agree(student, rng, lambda x: x.exp(), x)
    agree(student, rng, lambda x: x.log(), positive)
    agree(student, rng, lambda x: x.tanh(), x)
    x[0, 1] = 0.0
    agree(student, rng, lambda x: x.relu(), x)
    x[0, 0], x[1, 1] = -800.0, 800.0
    agree(student, rng, lambda x: x.sigmoid(), x)
    agree(student, rng, lambda x: x.sigmoid(), x.astype(np.float32))


@check(points=1, exercise="dual/functions")
def test_dual_sums_and_parts(student, rng):
    """Tensor.sum and x[key] do to the tangent what they do to the value."""
    x = rng.normal((3, 4))
    agree(student, rng, lambda x: x.sum(), x)
    agree(student, rng, lambda x: x.sum(axis=0, keepdims=True), x)
    agree(student, rng, lambda x: x.sum(axis=-1), x)
    agree(student, rng, lambda x: x[1:, 2], x)


@check(points=1, exercise="jvp")
def test_jvp_is_the_jacobian_times_u(student, rng):
    """autograd.jvp gives J u, where f has the Jacobian J, and calls f once."""
    hint("f takes Dual(x, u); the tangent of what it returns is the answer.")
    A, x, u = rng.normal((4, 3)), rng.normal(3), rng.normal(3)
    calls = []

    def f(dual):
        calls.append(1)
        value, tangent = np.tanh(A @ dual.value), A @ dual.tangent
        return student.autograd.Dual(value, (1 - value**2) * tangent)

    lent, y = student.lend(f), np.tanh(A @ x)
    found = student.autograd.jvp(lent, x, u)
    close(found, (1 - y**2) * (A @ u), name="J u")
    close(len(calls), 1, name="the number of calls of f")
    jvp = student.autograd.jvp
    raises("ValueError", jvp, lent, x, u[:2], works=lambda: jvp(lent, x, u))
