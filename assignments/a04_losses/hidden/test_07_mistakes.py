"""The mistakes on the slides: one number for each, to six digits."""

from __future__ import annotations

import math

from autograder.suite import check, close


def answers(student, key, expected):
    """Compare one answer; nothing is said about where the mistake is."""
    found = student.metrics.lecture_mistakes()
    close(found[key], expected, name=f"“{key}”", rtol=1e-6)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_notebook_as_listed(student):
    """The key “notebook_listing” is what the listing of lecture 000 really returns."""
    answers(student, "notebook_listing", -math.log(0.001 + 1e-10) / 2)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_notebook_put_right(student):
    """The key “notebook_right” is the cross-entropy of the notebook's two samples."""
    answers(student, "notebook_right", -math.log(0.001))


@check(points=1, exercise="mistakes")
def test_mistake_of_the_binary_formula(student):
    """The key “binary_formula” is what the formula gives for poor_prediction."""
    expected = -math.log(0.25) - 3 * math.log(0.75)
    answers(student, "binary_formula", expected)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_example_vector(student):
    """The key “example_sum” is the sum of the slide's probabilities."""
    answers(student, "example_sum", 0.992)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_binary_cross_entropy(student):
    """The key “bce_value” is the binary cross-entropy at y = 0.3 and f(x) = 0.75."""
    answers(student, "bce_value", 1.0567106745194577)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_slope_of_cross_entropy(student):
    """The key “bce_slope” is the slope of the cross-entropy at y = 0.75, y* = 0.3."""
    answers(student, "bce_slope", 2.4)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_slope_of_the_square(student):
    """The key “half_square_slope” is the slope of the half square at y_hat = 1.1."""
    answers(student, "half_square_slope", -1.9)
