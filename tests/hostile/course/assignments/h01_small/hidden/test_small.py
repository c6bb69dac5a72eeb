"""What nobody may see. The password of this file is marmalade-in-the-attic."""

import numpy as np

from autograder.suite import check, close, gradients_match, raises
from nabla.small import Scale

SIZES = np.array([1e5, 1.0, 1e-3])


@check(points=10, exercise="double")
def test_double_of_a_vector(student, rng):
    """double gives twice a vector."""
    x = rng.normal(7)
    close(student.small.double(x), 2 * x, name="double")


@check(points=10, exercise="double")
def test_double_of_a_matrix(student, rng):
    """double gives twice a matrix."""
    x = rng.normal((3, 4))
    close(student.small.double(x), 2 * x, name="double")


@check(points=5, exercise="double")
def test_double_keeps_float32(student, rng):
    """double keeps float32."""
    x = rng.normal(5).astype(np.float32)
    close(student.small.double(x), 2 * x, name="double")


@check(points=8, exercise="scale")
def test_scale_forward(student, rng):
    """Scale multiplies by its factor."""
    x, layer = rng.normal(6), student.small.Scale(3.0)
    close(layer.forward(x), 3 * x, name="y")


@check(points=12, exercise="scale")
def test_scale_backward(student, rng):
    """Scale.backward differentiates its forward."""
    layer, x = student.small.Scale(-1.5), rng.normal(5)
    gradients_match(
        layer, x, rng=rng, reference=Scale(-1.5), parameters=["factor"], N=5
    )


@check(points=8, exercise="apply")
def test_apply_adds_two_calls(student, rng):
    """apply gives f(x) + f(-x)."""
    x = rng.normal(4)

    def exponential(value):
        return np.exp(value)

    value = student.small.apply(student.lend(exponential), x)
    close(value, np.exp(x) + np.exp(-x), name="apply")


@check(points=7, exercise="apply")
def test_apply_asks_twice(student, rng):
    """apply calls the function with x and with -x."""
    x, asked = rng.normal(3), []

    def remember(value):
        asked.append(value)
        return value**2

    value = student.small.apply(student.lend(remember), x)
    close(asked, [x, -x], name="what the function was given")
    close(value, 2 * x**2, name="apply")


@check(points=13, exercise="refuse")
def test_refuse_a_negative_number(student, rng):
    """refuse raises ValueError where a number is negative."""
    x, refuse = rng.uniform(0.5, 1.5, 4), student.small.refuse
    bad = x * np.array([1.0, -1.0, 1.0, 1.0])
    raises("ValueError", refuse, bad, works=lambda: refuse(x))


@check(points=12, exercise="refuse")
def test_refuse_gives_back_the_rest(student, rng):
    """refuse gives back what it does not refuse."""
    x = rng.uniform(0.5, 1.5, (2, 3))
    close(student.small.refuse(x), x, name="refuse")


@check(points=8, exercise="total")
def test_total_of_a_matrix(student, rng):
    """total adds up a matrix."""
    x = rng.normal((4, 3))
    close(student.small.total(x), float(x.sum()), name="total")


@check(points=7, exercise="total")
def test_total_of_large_and_small(student, rng):
    """total adds up numbers of very different sizes."""
    x = rng.normal(3) * SIZES
    close(student.small.total(x), float(x.sum()), name="total")
