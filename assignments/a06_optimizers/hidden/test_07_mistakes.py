"""The numbers behind four claims of the lectures."""

from __future__ import annotations

from autograder.suite import check, close, hint


def answer(student, key):
    """Return the student's number for one claim."""
    found = student.descent.lecture_mistakes()
    return float(found[key])


@check(points=1, exercise="mistakes")
def test_mistake_adadelta(student):
    """The number for "adadelta" is the growth of Adadelta's steps."""
    hint("Let Adadelta run: one parameter, gradient 1, one hundred steps.")
    close(answer(student, "adadelta"), 1.4733818, name='"adadelta"', rtol=1e-5)


@check(points=1, exercise="mistakes")
def test_mistake_amsgrad(student):
    """The number for "amsgrad" is what stands under AMSGrad's root."""
    hint("Three values of v; which of them counts at the third step?")
    close(answer(student, "amsgrad"), 1.26, name='"amsgrad"', rtol=1e-5)


@check(points=1, exercise="mistakes")
def test_mistake_plane(student):
    """The number for "plane" is the steps that gradient descent really needs."""
    hint("Let gradient_descent walk; the error at every point of its way tells.")
    close(answer(student, "plane"), 9.0, name='"plane"')


@check(points=1, exercise="mistakes")
def test_mistake_precision(student):
    """The number for "precision" is the factor for 64 times as many samples."""
    hint("The mean of m independent numbers scatters by 1 / sqrt(m).")
    close(answer(student, "precision"), 8.0, name='"precision"', rtol=1e-5)
