"""Derivatives by measuring, and numbers that compare them."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises


def _cubic(weight):
    """f(x) = sum of weight x³: central and forward differences of it are known."""
    return lambda x: float((weight * x**3).sum())


@check(points=2, exercise="numerical_gradient")
def test_numerical_gradient_central(student, rng):
    """numerical_gradient's central difference has the error h² of a central one."""
    x, weight, h = rng.normal((3, 2)), rng.away_from_zero((3, 2)), 0.1
    f = student.lend(_cubic(weight))
    expected = weight * (3 * x**2 + h**2)
    grad = student.gates.numerical_gradient(f, x, h=h)
    close(grad, expected, name="gradient", rtol=1e-9, atol=1e-9)
    grad = student.gates.numerical_gradient(f, x, h, "central")
    close(grad, expected, name="gradient", rtol=1e-9, atol=1e-9)


@check(points=2, exercise="numerical_gradient")
def test_numerical_gradient_forward(student, rng):
    """numerical_gradient's forward difference has the error h of a forward one."""
    x, weight, h = rng.normal((3, 2)), rng.away_from_zero((3, 2)), 0.1
    f = student.lend(_cubic(weight))
    grad = student.gates.numerical_gradient(f, x, h=h, method="forward")
    expected = weight * (3 * x**2 + 3 * x * h + h**2)
    close(grad, expected, name="gradient", rtol=1e-9, atol=1e-9)


@check(points=1, exercise="numerical_gradient")
def test_numerical_gradient_by_default(student, rng):
    """numerical_gradient with its default step gives the gradient of any function."""
    x, A = rng.normal((4,)), rng.normal((4, 4))
    f = student.lend(lambda x: float(np.sin(x) @ A @ x))
    expected = np.cos(x) * (A @ x) + np.sin(x) @ A
    grad = student.gates.numerical_gradient(f, x)
    close(grad, expected, name="gradient", rtol=1e-4, atol=1e-4)


@check(points=2, exercise="numerical_gradient", needs=["numerical_gradient_by_default"])
def test_numerical_gradient_restores_x(student, rng):
    """numerical_gradient leaves x as it was, to the last bit."""
    f = student.lend(_cubic(1.0))
    for method in ("central", "forward"):
        x = rng.normal((5, 4))
        placed = student.place(x)
        student.gates.numerical_gradient(f, placed, h=0.1, method=method)
        close(student.look(placed), x, name="x after the call", rtol=0.0, atol=0.0)


@check(points=1, exercise="numerical_gradient")
def test_numerical_gradient_in_any_layout(student, rng):
    """numerical_gradient works on arrays that are not contiguous in memory."""
    hint("reshape and ravel copy such arrays: moving an entry of a copy moves nothing.")
    x, weight = rng.normal((3, 2)), rng.away_from_zero((3, 2))
    f = student.lend(_cubic(weight))
    for layout in ("F", "strided", "reversed"):
        grad = student.gates.numerical_gradient(f, student.place(x, layout), h=1e-4)
        close(grad, 3 * weight * x**2, name="gradient", rtol=1e-2, atol=1e-2)


@check(points=1, exercise="numerical_gradient")
def test_numerical_gradient_calls_f_sparingly(student, rng):
    """numerical_gradient calls f at most twice per entry, and once at x."""
    calls = []

    def f(x):
        calls.append(1)
        return float((x * x).sum())

    x = rng.normal((3, 4))
    for method in ("central", "forward"):
        calls.clear()
        hint("")
        grad = student.gates.numerical_gradient(student.lend(f), x, method=method)
        close(grad, 2 * x, name="gradient", rtol=1e-4, atol=1e-4)
        hint("Two values of f per entry are enough; f(x) itself is needed only once.")
        more = max(0, len(calls) - 2 * x.size - 1)
        close(more, 0, name="the number of superfluous calls of f")


@check(points=1, exercise="numerical_gradient")
def test_numerical_gradient_in_float32(student, rng):
    """numerical_gradient of a float32 array is float32, and good for h = 0.01."""
    x = rng.uniform(-1.0, 1.0, (2, 3)).astype(np.float32)
    f = student.lend(lambda x: float((x.astype(np.float64) ** 2).sum()))
    grad = student.gates.numerical_gradient(f, x, h=1e-2)
    close(grad, 2 * x, name="gradient", rtol=1e-3, atol=1e-3)


@check(points=1, exercise="numerical_gradient")
def test_numerical_gradient_refuses_wrong_arguments(student, rng):
    """numerical_gradient refuses integers, unknown methods and steps h <= 0."""
    f, x = student.lend(_cubic(1.0)), rng.normal((3,))
    gradient = student.gates.numerical_gradient

    def works():
        return gradient(f, x)

    hint(
        "errors.check_float, at the very beginning, refuses all that is no float array."
    )
    raises("TypeError", gradient, f, np.array([1, 2, 3]), works=works)
    hint("Only 'central' and 'forward' are methods, only h > 0 is a step.")
    raises("ValueError", gradient, f, x, 1e-6, "backward", works=works)
    raises("ValueError", gradient, f, x, 0.0, works=works)


@check(points=2, exercise="relative_error")
def test_relative_error_of_random_arrays(student, rng):
    """relative_error is the largest |a - b| / (|a| + |b|)."""
    a = rng.away_from_zero((3, 4), 0.1)
    b = a * (1 + 0.2 * rng.normal((3, 4)))
    hint("Take the largest entry of |a - b| / max(floor, |a| + |b|).")
    expected = float((abs(a - b) / (abs(a) + abs(b))).max())
    close(
        student.gates.relative_error(a, b), expected, name="relative error", rtol=1e-6
    )
    close(
        student.gates.relative_error(b, a), expected, name="relative error", rtol=1e-6
    )
    close(student.gates.relative_error(a, -a), 1.0, name="relative error", rtol=1e-6)


@check(points=1, exercise="relative_error")
def test_relative_error_counts_the_worst_entry(student, rng):
    """relative_error lets one wrong entry among hundreds count in full."""
    a = rng.away_from_zero((20, 20), 0.1)
    for i, j in ((3, 4), (0, 0), (19, 19)):
        b = a.copy()
        b[i, j] *= 3.0
        close(student.gates.relative_error(a, b), 0.5, name="relative error", rtol=1e-6)


@check(points=1, exercise="relative_error")
def test_relative_error_near_zero(student, rng):
    """relative_error is 0 for two zeros, and measured against floor below it."""
    zero = np.zeros((2, 3))
    hint("Divide by max(floor, |a| + |b|); NumPy's maximum does it entry by entry.")
    error = student.gates.relative_error
    close(error(zero, zero), 0.0, name="relative error of two zeros")
    tiny = zero + rng.choice([1e-12, -3e-12])
    expected = float(abs(tiny[0, 0])) / 1e-8
    close(error(tiny, zero), expected, name="relative error of a tiny number")
    a = np.array([0.3, 20.0])
    close(error(a, a + 0.1, floor=1.0), 0.1, name="relative error with floor=1")


@check(points=1, exercise="relative_error")
def test_relative_error_refuses_wrong_arguments(student, rng):
    """relative_error refuses unequal shapes and integers."""
    a, error = rng.normal((3, 1)), student.gates.relative_error

    def works():
        return error(a, a)

    hint("NumPy would broadcast: compare the shapes first.")
    raises("ValueError", error, a, rng.normal((3,)), works=works)
    raises("ValueError", error, a, rng.normal((1, 1)), works=works)
    hint(
        "errors.check_float, at the very beginning, refuses all that is no float array."
    )
    raises("TypeError", error, np.array([1, 2]), np.array([1, 2]), works=works)


@check(points=2, exercise="directional_derivative")
def test_directional_derivative_along_a_direction(student, rng):
    """directional_derivative is the gradient's component along u."""
    for shape in ((5,), (2, 3)):
        grad, u = rng.normal(shape), rng.normal(shape)
        expected = float((grad * u).sum() / np.sqrt((u * u).sum()))
        actual = student.gates.directional_derivative(grad, u)
        close(actual, expected, name="directional derivative")


@check(points=1, exercise="directional_derivative")
def test_directional_derivative_ignores_the_length_of_u(student, rng):
    """directional_derivative is the same for u and 7 u, and leaves u as it is."""
    grad, u = rng.normal((4,)), rng.normal((4,))
    u /= np.sqrt((u * u).sum())
    slope = float((grad * u).sum())
    for factor in (7.0, 0.01, -2.0):
        placed = student.place(factor * u)
        actual = student.gates.directional_derivative(grad, placed)
        expected = float(np.sign(factor)) * slope
        close(actual, expected, name="directional derivative")
        hint("u /= … writes into the caller's array: divide into a new one.")
        close(student.look(placed), factor * u, name="u after the call")
        hint("")


@check(points=1, exercise="directional_derivative")
def test_directional_derivative_refuses_wrong_arguments(student, rng):
    """directional_derivative refuses u = 0, unequal shapes and integers."""
    grad, derivative = rng.normal((3, 1)), student.gates.directional_derivative

    def works():
        return derivative(grad, grad)

    hint("Zero has no direction, and NumPy would broadcast unequal shapes.")
    raises("ValueError", derivative, grad, np.zeros((3, 1)), works=works)
    raises("ValueError", derivative, grad, rng.normal((3,)), works=works)
    hint(
        "errors.check_float, at the very beginning, refuses all that is no float array."
    )
    raises("TypeError", derivative, grad, np.ones((3, 1), np.int64), works=works)
