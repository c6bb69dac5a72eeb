"""What a student is shown."""

import numpy as np

from autograder.suite import check, close, raises


@check(exercise="double")
def test_double_of_ones(student):
    """double gives 2 for 1."""
    close(student.small.double(np.ones(3)), np.full(3, 2.0), name="double")


@check(exercise="refuse")
def test_refuse_minus_one(student):
    """refuse raises ValueError for -1."""
    refuse = student.small.refuse
    raises("ValueError", refuse, -np.ones(1), works=lambda: refuse(np.ones(1)))


@check(exercise="total")
def test_total_of_ones(student):
    """total gives 3 for three ones."""
    close(student.small.total(np.ones(3)), 3.0, name="total")
