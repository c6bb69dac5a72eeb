"""Find the mistake: what is right where a slide is not."""

from __future__ import annotations

import math

from autograder.suite import check, close


def found(student, key):
    return student.layers.lecture_mistakes()[key]


@check(points=1, exercise="mistakes")
def test_mistake_of_the_separable_labellings(student):
    """lecture_mistakes has the number of separable labellings."""
    right = 2.0 * sum(math.comb(11, k) for k in range(4))
    close(found(student, "separable"), right, name="separable", rtol=1e-5)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_half_way_point(student):
    """lecture_mistakes has the number of points at which half is separable."""
    close(found(student, "half_way"), 2.0 * (7 + 1), name="half_way", rtol=1e-5)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_shared_bias(student):
    """lecture_mistakes has the number of biases."""
    close(found(student, "biases"), 3.0 + 5 + 7 + 11, name="biases", rtol=1e-5)
