"""fit_polynomial and predict_polynomial."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises


def points(rng, n):
    """Return n points that are spread over [-1, 1], and values of a bent curve."""
    x = np.linspace(-1.0, 1.0, n) + rng.uniform(-0.3, 0.3, n) / n
    return x, np.sin(3 * x) + 2.0 + rng.normal(n, 0.3)


def best(x, y, degree, penalty=0.0, first=1, *, M=None):
    """Return theta by the normal equations; `first` is the first penalised one."""
    V = np.vander(x, degree + 1, increasing=True)
    ridge = np.diag([0.0] * first + [1.0] * (degree + 1 - first))
    M = len(x) if M is None else M
    return np.linalg.solve(V.T @ V + M * penalty * ridge, V.T @ y)


@check(points=1, exercise="predict_polynomial")
def test_predict_polynomial_begins_with_the_constant(student, rng):
    """predict_polynomial computes theta_0 + theta_1 x + theta_2 x^2 + ..."""
    for degree in (0, 1, 4):
        theta, x = rng.normal(degree + 1), rng.normal(6, 1.5)
        expected = sum(t * x**j for j, t in enumerate(theta))
        reverse = sum(t * x**j for j, t in enumerate(theta[::-1]))
        wrong = {"theta begins with the highest power": reverse} if degree else {}
        found = student.regularization.predict_polynomial(theta, x)
        close(found, expected, name="f(x)", alternatives=wrong)


@check(points=1, exercise="predict_polynomial")
def test_predict_polynomial_keeps_to_the_rules(student, rng):
    """predict_polynomial keeps float32; refuses integers and matrices."""
    theta, x = (rng.normal(n).astype(np.float32) for n in (3, 5))
    call = student.regularization.predict_polynomial
    expected = theta[0] + theta[1] * x + theta[2] * x**2
    close(call(theta, x), expected, name="f(x) of float32")

    def works():
        return call(theta, x)

    whole = np.arange(5)
    raises("TypeError", call, theta, whole, works=works, when="x holds integers")
    matrix = x[:, None]
    raises("ValueError", call, theta, matrix, works=works, when="x has two axes")


@check(points=2, exercise="fit_polynomial")
def test_fit_polynomial_minimises_the_squared_error(student, rng):
    """fit_polynomial without a penalty gives the polynomial of the least squares."""
    for degree, n in ((0, 5), (1, 8), (3, 4), (4, 12)):
        x, y = points(rng, n)
        theta = student.regularization.fit_polynomial(x, y, degree)
        expected = best(x, y, degree)
        wrong = {"theta begins with the highest power": expected[::-1]}
        wrong = wrong if degree else {}
        close(theta, expected, name="theta", rtol=1e-7, alternatives=wrong)


@check(points=2, exercise="fit_polynomial")
def test_fit_polynomial_adds_the_penalty(student, rng):
    """fit_polynomial adds penalty times the sum of theta_j^2, j >= 1, to the mean."""
    for degree, penalty, n in ((3, 0.05, 9), (9, 0.01, 10), (4, 2.0, 3)):
        x, y = points(rng, n)
        theta = student.regularization.fit_polynomial(x, y, degree, penalty)
        wrong = {
            "the data term is a sum instead of a mean": best(
                x, y, degree, penalty, M=1
            ),
            "the penalty has the factor 1/2": best(x, y, degree, penalty / 2),
            "theta_0 is penalised, too": best(x, y, degree, penalty, 0),
            "there is no penalty": best(x, y, degree) if n > degree else np.zeros(1),
        }
        expected = best(x, y, degree, penalty)
        close(theta, expected, name="theta", rtol=1e-6, alternatives=wrong, M=n)


@check(points=1, exercise="fit_polynomial")
def test_fit_polynomial_can_penalise_the_bias(student, rng):
    """fit_polynomial penalises theta_0 only with penalise_bias=True."""
    hint("The lecture's formula has theta_0 in its norm; biases are usually left out.")
    fit = student.regularization.fit_polynomial
    x, y = points(rng, 8)
    for penalise_bias, first in ((True, 0), (False, 1)):
        theta = fit(x, y, 2, penalty=0.3, penalise_bias=penalise_bias)
        name = f"theta (penalise_bias={penalise_bias})"
        close(theta, best(x, y, 2, 0.3, first), name=name, rtol=1e-7)
    flat = fit(x, y, 2, penalty=1e9)
    expected = np.array([y.mean(), 0.0, 0.0])
    close(flat, expected, name="theta for a huge penalty", rtol=0, atol=1e-6)


@check(points=1, exercise="fit_polynomial")
def test_fit_polynomial_keeps_to_the_rules(student, rng):
    """fit_polynomial keeps float32; refuses too few points and negative numbers."""
    hint("With fewer points than coefficients and no penalty, many fit equally well.")
    fit = student.regularization.fit_polynomial
    x, y = points(rng, 6)
    small = fit(x.astype(np.float32), y.astype(np.float32), 2)
    close(small, best(x, y, 2).astype(np.float32), name="theta", rtol=1e-3, atol=1e-4)

    def works():
        return fit(x, y, 5)

    raises("ValueError", fit, x, y, 6, works=works, when="degree is 6, for 6 points")
    hint("errors.check_shape and a look at the numbers come first.")
    raises("ValueError", fit, x, y[:1], 1, works=works, when="y is shorter than x")
    raises("ValueError", fit, x, y, 2, -0.1, works=works, when="penalty is negative")
    raises("ValueError", fit, x, y, -1, works=works, when="degree is negative")
    whole = np.arange(6)
    raises("TypeError", fit, whole, y, 2, works=works, when="x holds integers")
