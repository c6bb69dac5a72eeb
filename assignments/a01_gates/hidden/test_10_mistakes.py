"""Find the mistake: what is right where a slide is not."""

from __future__ import annotations

import math

from autograder.suite import check, close


def found(student, key):
    return student.gates.lecture_mistakes()[key]


@check(points=1, exercise="mistakes")
def test_mistake_of_the_max_gate_at_a_tie(student):
    """lecture_mistakes has the derivative of a max gate for equal inputs."""
    close(found(student, "max_tie"), 0.5, name="max_tie", rtol=1e-5)


@check(points=1, exercise="mistakes")
def test_mistake_of_the_sigmoid_of_1(student):
    """lecture_mistakes has the sigmoid of 1."""
    close(found(student, "sigmoid"), 1 / (1 + math.exp(-1)), name="sigmoid", rtol=1e-5)
