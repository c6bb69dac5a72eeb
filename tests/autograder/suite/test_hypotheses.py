import numpy as np
import pytest

from autograder.suite.hypotheses import Case, diagnose
from autograder.suite.tolerances import BY_DTYPE, Tolerance

RNG = np.random.default_rng(11)
E = RNG.normal(size=(4, 6))
SQUARE = RNG.normal(size=(5, 5))
CUBE = RNG.normal(size=(2, 3, 4))
SIZES = {"N": 8, "D": 3}


def said(actual, expected, sizes=SIZES, alternatives=None, tolerance=None):
    case = Case(
        "dW",
        np.asarray(actual),
        np.asarray(expected),
        tolerance or BY_DTYPE["float64"],
        sizes,
        alternatives or {},
    )
    return diagnose(case)


@pytest.mark.parametrize(
    ("actual", "expected", "sentence"),
    [
        (0 * E, E, "All of dW is zero"),
        (-E, E, "with the opposite sign"),
        (8 * E, E, "times 8, and 8 is N"),
        (E / 8, E, "divided by 8, and 8 is N"),
        (E / 24, E, "divided by 24, and 24 is N·D"),
        (E / 64, E, "divided by 64, and 64 is N·N"),
        (-3 * E, E, "times minus 3, and 3 is D"),
        (2 * E, E, "times 2: was it counted twice?"),
        (0.37 * E, E, "times 0.37 everywhere"),
        (12.0, 1.5, "times 8, and 8 is N"),
        (SQUARE.T, SQUARE, "transposed"),
        (E.T, E, "transposed"),
        (CUBE.transpose(1, 2, 0), CUBE, "axes in order (1, 2, 0)"),
        (E.reshape(2, 12), E, "only its shape is not: (2, 12) instead of (4, 6)"),
        (E[:, None], E, "only its shape is not"),
        (RNG.normal(size=(8, 6)), None, "when it is summed over axis 0 (N = 8)"),
        (E.sum(axis=0), E, "summed over axis 0, which should have stayed"),
        (E.mean(axis=1, keepdims=True), E, "averaged over axis 1, which should"),
        (E.sum(), E, "summed over axis 0 and axis 1, which should have stayed"),
        (np.flip(SQUARE, (0, 1)), SQUARE, "in reverse along axis 0 and axis 1"),
        (np.abs(E), E, "without its signs"),
        (np.roll(E, 1, axis=1), E, "moved by one along axis 1"),
        (E + 0.25, E, "plus 0.25 everywhere"),
        (E.astype(np.float32).astype(float), E, "to six digits"),
        (E * (1 + 1e-7), E, "to six digits"),
        (np.where(np.arange(6) == 2, E**2, E), E, "at index 2 of axis 1"),
        (np.where(np.arange(24).reshape(4, 6) == 7, 9.0, E), E, "at [1, 1]"),
    ],
)
def test_a_hypothesis_is_told_when_it_reproduces_the_numbers(
    actual, expected, sentence
):
    if expected is None:
        expected = actual.sum(axis=0)

    assert sentence in said(actual, expected)


def test_the_authors_alternatives_come_first():
    alternatives = {"the upstream gradient is ignored": -E}

    assert said(-E, E, alternatives=alternatives) == (
        "This is what comes out when the upstream gradient is ignored."
    )


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("shape", [(4, 6), (5, 5), (7,), (2, 3, 4)])
def test_nothing_is_told_of_numbers_that_no_mistake_explains(seed, shape):
    rng = np.random.default_rng(seed)

    assert said(rng.normal(size=shape), rng.normal(size=shape)) == ""


def test_nothing_is_told_of_two_single_numbers_that_no_size_connects():
    assert said(0.37, 1.0) == ""


def test_nothing_is_told_of_a_shape_that_only_happens_to_fit():
    assert said(np.ones((3, 4)), np.ones((4, 3))) != ""
    assert "transposed" not in said(np.ones((3, 4)), np.ones((4, 3)))


@pytest.mark.parametrize("off", [1e-6, 1e-8])
def test_almost_is_not_enough(off):
    actual = -E
    actual[2, 3] += off

    assert "opposite sign" not in said(actual, E)


def test_not_a_number_explains_nothing():
    actual = np.full_like(E, np.nan)

    assert said(actual, E) == ""
    assert said(actual, E[0]) == ""


def test_a_wide_tolerance_is_respected():
    near = -E * (1 + 1e-5)

    assert "opposite sign" in said(near, E, tolerance=Tolerance(1e-4, 1e-6))
