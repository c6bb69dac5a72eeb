"""The mistakes on the slides: one number for each that only the right way gives."""

from __future__ import annotations

import math

from autograder.suite import check, close


def found(student, key):
    return student.backprop.lecture_mistakes()[key]


@check(points=1, exercise="mistakes")
def test_mistake_of_the_pre_activation(student):
    """lecture_mistakes says how much is missing in 0.49."""
    right = 0.5 * 0.4 + 1.2 * 0.2 + 0.1 * 0.2 + 0.2
    expected = right - 0.49
    close(found(student, "pre_activation"), expected, name="pre_activation", rtol=1e-6)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_sigmoid(student):
    """lecture_mistakes says what the sigmoid as printed gives."""
    close(found(student, "hidden"), 1 / (1 + math.exp(0.78)), name="hidden", rtol=1e-5)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_output(student):
    """lecture_mistakes says how far off the output of the 3-2-1 network is."""
    right = 0.7500798843241387 - 1 / (1 + math.exp(-1.062))
    close(found(student, "output"), right, name="output", rtol=1e-3)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_outer_product(student):
    """lecture_mistakes has the entry of dWh that the listing gets wrong."""
    Eo = (3 * 0.1 + 1 * 0.3) * 2 - (3 * 0.2 + 1 * 0.4) * 1 - 0.0
    right = 3 * Eo * -1
    close(found(student, "outer_product"), right, name="outer_product", rtol=1e-5)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_place_of_the_derivative(student):
    """lecture_mistakes has Eo with the derivative taken where it belongs."""
    s = 1 / (1 + math.exp(-0.75))
    right = (s - 1) * s * (1 - s)
    close(found(student, "derivative"), right, name="derivative", rtol=1e-4)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_chain_rule(student):
    """lecture_mistakes has dJ/db along the path on which b really lies."""
    close(found(student, "chain_rule"), -9.0, name="chain_rule", rtol=1e-6)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_symbolic_rule(student):
    """lecture_mistakes has the derivative of (3 x + 1)^2 at 2."""
    close(found(student, "symbolic"), 42.0, name="symbolic", rtol=1e-6)
