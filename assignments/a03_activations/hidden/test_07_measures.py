"""Chains of activations, measures of health, and the mistakes of the lectures."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises
from nabla import activations


class Bend:
    """A smooth curve with known slope that lives with the grader: a sin(x) + b x."""

    def __init__(self, a, b):
        self.a, self.b, self.x = a, b, None

    def forward(self, x):
        """Return a sin(x) + b x."""
        self.x = x.copy()
        return self.a * np.sin(x) + self.b * x

    def slope(self, x):
        """Return the derivative."""
        return self.a * np.cos(x) + self.b

    def backward(self, dout):
        """Return dout times the slope."""
        return dout * self.slope(self.x)


def products(curve, x, depth):
    """Return the running products of the slopes along the chain."""
    slopes = []
    for _ in range(depth):
        slopes.append(float(curve.slope(np.array(x))))
        x = float(curve.forward(np.array(x)))
    return np.cumprod(slopes)


@check(points=2, exercise="chain_gradient")
def test_chain_gradient_multiplies_the_slopes_on_the_way(student, rng):
    """chain_gradient gives the products of the slopes after 1, 2, … steps."""
    hint("The slope of step k is taken where step k - 1 has led, not at x0 again.")
    for depth in (1, 6):
        a, b, x0 = (float(rng.uniform(0.3, 0.9)) for _ in range(3))
        lent = student.lend_module(Bend(a, b))
        found = student.activations.chain_gradient(lent, x0, depth)
        close(found, products(Bend(a, b), x0, depth), name="the products", depth=depth)


@check(
    points=1,
    exercise="chain_gradient",
    needs=["chain_gradient_multiplies_the_slopes_on_the_way"],
)
def test_chain_gradient_refuses_what_makes_no_chain(student):
    """chain_gradient raises ValueError for a depth below 1, TypeError for no Module."""
    hint("check_modules and errors.check_size know how.")
    call, lent = student.activations.chain_gradient, student.lend_module(Bend(0.5, 0.5))

    def works():
        return call(lent, 0.5, 2)

    raises("ValueError", call, lent, 0.5, 0, works=works, when="depth is 0")
    raises("TypeError", call, lent, 0.5, 2.5, works=works, when="depth is 2.5")
    clause = "activation is no Module"
    raises("TypeError", call, "sigmoid", 0.5, 2, works=works, when=clause)


@check(points=1, exercise="saturation_fraction")
def test_saturation_fraction_counts_both_ends(student, rng):
    """saturation_fraction gives the part of the entries at or beyond a limit."""
    call = student.activations.saturation_fraction
    a = rng.uniform(0.11, 0.89, (8, 5))
    a[:, 0] = [0.1, 0.05, -3.0, 0.9, 0.95, 7.0, 0.5, 0.1]
    close(call(a, 0.1, 0.9), 7 / 40, name="the fraction")
    close(call(a.reshape(2, 4, 5), -1.0, 1.0), 2 / 40, name="the fraction")
    close(call(a.astype(np.float32), -9.0, 9.0), 0.0, name="the fraction")

    def works():
        return call(a, 0.1, 0.9)

    hint("Check a with errors.check_float and errors.check_shape, then low < high.")
    raises("TypeError", call, np.ones(3, int), 0.1, 0.9, works=works, when="a is int")
    raises("ValueError", call, a[:0], 0.1, 0.9, works=works, when="a is empty")
    raises("ValueError", call, a, 0.9, 0.1, works=works, when="low is above high")
    raises("ValueError", call, a, 0.5, 0.5, works=works, when="low is high")


@check(points=1, exercise="dead_fraction")
def test_dead_fraction_counts_units_that_are_never_active(student, rng):
    """dead_fraction gives the part of the units that are 0 on every sample."""
    hint("A unit is everything behind axis 0; it is dead if all its samples are 0.")
    call = student.activations.dead_fraction
    a = np.abs(rng.normal((6, 2, 4))) * (rng.uniform(0, 1, (6, 2, 4)) < 0.5)
    a[rng.integers(0, 6)] += 0.1
    a[:, 0, 1] = a[:, 1, 3] = 0.0
    a[2:4, 1, 3] = -0.0
    a[:, 1, 0] = [-1.0, 1.0, -2.0, 2.0, 0.0, 0.0]
    close(call(a), 2 / 8, name="the fraction")
    close(call(a[:, 0]), 1 / 4, name="the fraction")
    close(call(a[:1] * 0.0), 1.0, name="the fraction")

    def works():
        return call(a)

    raises("TypeError", call, a > 0, works=works, when="a holds bools")
    raises("ValueError", call, a[:0], works=works, when="the batch is empty")


def found_mistake(student, key, expected, rtol=1e-9):
    """Check one answer of lecture_mistakes, whatever the others are."""
    answers = student.activations.lecture_mistakes()
    close(isinstance(answers, dict), expected=True, name="whether the answer is a dict")
    close(answers.get(key), expected, name=f"the answer {key!r}", rtol=rtol)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_sigmoid_slope(student):
    """lecture_mistakes knows the largest slope of the sigmoid."""
    found_mistake(student, "sigmoid_slope", 0.25)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_first_unit(student):
    """lecture_mistakes knows the activation of a unit whose input is 0.78."""
    found_mistake(student, "sigmoid_first_unit", 0.6856801139382539)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_gelu_formula(student):
    """lecture_mistakes knows how far the two sides of the GELU formula are apart."""
    x = np.linspace(-2.28, -2.26, 20_001)
    gap = activations.GELU().forward(x) - activations.GELU("sigmoid").forward(x)
    found_mistake(student, "gelu_gap", float(abs(gap).max()), rtol=1e-5)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_increasing_relu(student):
    """lecture_mistakes knows on which length ReLU does not increase."""
    found_mistake(student, "relu_flat", 3.0)
