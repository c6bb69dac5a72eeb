import numpy as np
import pytest

from autograder.suite import close, shape_is
from autograder.suite.context import Context, running
from autograder.suite.failures import CheckFailed


def fails(actual, expected, **options):
    """Return the failure of a public check."""
    try:
        close(actual, expected, **options)
    except CheckFailed as failure:
        return failure
    pytest.fail("close has passed")


def message(actual, expected, **options):
    return fails(actual, expected, **options).message


A = np.array([[1.0, -2.0, 3.5], [4.0, 0.25, -6.0]])


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (A * (1 + 1e-12), A),
        (A + 1e-13, A),
        (2.0, 2.0),
        (2, 2.0),
        (np.float64(2.0), 2.0),
        (np.array(2.0), 2.0),
        (2.0, np.array(2.0)),
        (2.0, np.float32(2.0)),
        (7, 7),
        (np.int32(7), 7),
        (np.array([1, 2], dtype=np.int32), np.array([1, 2])),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])),
        (np.array([1.0 + 2.0j]), np.array([1.0 + 2.0j])),
        ([A, 1.0], (A, 1.0)),
        ({"dx": A}, {"dx": A}),
        (None, None),
        ("mean", "mean"),
        (np.bool_(1), True),
        (np.dtype("float32"), np.dtype("float32")),
        (10**30, 10**30),
        (np.zeros((0, 3)), np.zeros((0, 3))),
    ],
)
def test_what_is_equal_to_rounding_passes(actual, expected):
    close(actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected", "text"),
    [
        (None, A, "dW is None, expected an array of shape (2, 3): was `return` forg"),
        (
            [1.0],
            A,
            "dW is a list, expected an array of shape (2, 3): np.array(...) makes one.",
        ),
        (1.0, A, "dW is a float, expected an array of shape (2, 3)."),
        (A.astype(np.float32), A, "dW has dtype float32, expected float64."),
        (
            np.array([1]),
            np.array([1.0]),
            "dW has dtype int64, expected float64: an array of integers, as from",
        ),
        (A[0], A, "dW has shape (3,), expected (2, 3)."),
        ("1.0", 1.0, "dW is a text (str), expected a number."),
        (True, 1.0, "dW is a bool, expected a number."),
        (A, 1.0, "dW is an array of shape (2, 3), expected a single number."),
        (3.0, 3, "dW is a float, expected a whole number (int)."),
        (True, 1, "dW is a bool, expected a whole number (int)."),
        (4, 3, "dW is 4, expected 3."),
        (1, True, "dW is an int, expected a bool."),
        (False, True, "dW is False, expected True."),
        (1.0, None, "dW is 1.0, expected None."),
        ("sum", "mean", "dW is 'sum', expected 'mean'."),
        (A, (A, A), "dW is an array of shape (2, 3), expected 2 values."),
        ((A,), (A, A), "dW has 1 value, expected 2."),
        ({"x": 1}, {"y": 1}, "dW has the keys 'x', expected 'y'."),
        (10**400, 1.0, "dW is infinity where finite numbers are expected"),
        (2.5, 2.0, "dW is off by 0.5 (relative 0.25)."),
    ],
)
def test_what_differs_is_told_in_a_sentence(actual, expected, text):
    assert message(actual, expected, name="dW").startswith(text)


def test_float64_out_of_float32_says_how_that_happens():
    text = message(A, A.astype(np.float32))

    assert "float32 in must give float32 out" in text


def test_the_dtype_may_be_waived():
    close(A.astype(np.float32), A, any_dtype=True)


def test_values_are_counted_and_the_worst_ones_shown_in_a_public_check():
    wrong = A.copy()
    wrong[1, 2] = 6.5
    wrong[0, 0] = 1.5
    lines = message(wrong, A, name="dx").splitlines()

    assert lines[0] == (
        "dx differs in 2 of 6 entries; largest difference 12 (relative 2.1)."
    )
    assert [line.split() for line in lines[1:4]] == [
        ["index", "yours", "expected"],
        ["[1,", "2]", "6.5", "-6"],
        ["[0,", "0]", "1.5", "1"],
    ]


def test_a_single_number_has_no_index_in_the_table():
    lines = message(2.5, 2.0).splitlines()

    assert [line.split() for line in lines[1:3]] == [
        ["yours", "expected"],
        ["2.5", "2"],
    ]


def test_at_most_five_rows_are_shown():
    expected = np.random.default_rng(0).normal(size=40)

    assert message(expected**2, expected).count("[") == 5


@pytest.fixture
def hidden():
    with running(Context(public=False)):
        yield


@pytest.mark.usefixtures("hidden")
def test_a_hidden_check_shows_no_expected_value():
    with pytest.raises(CheckFailed, match="differs") as info:
        close(A**2, A, name="dx")

    assert "4.0" not in info.value.message
    assert len(info.value.message.splitlines()) == 1


@pytest.mark.usefixtures("hidden")
def test_a_hidden_scalar_shows_no_expected_value():
    with pytest.raises(CheckFailed, match="n: got 41, expected something else"):
        close(41, 40, name="n")


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        (np.nan, "dx is NaN (not a number) in 1 of 6 entries where finite numbers"),
        (np.inf, "dx is infinity in 1 of 6 entries"),
        (-np.inf, "dx is minus infinity in 1 of 6 entries"),
    ],
)
def test_what_is_not_finite_is_told_before_all_numbers(bad, text):
    wrong = 2 * A
    wrong[0, 1] = bad

    assert message(wrong, A, name="dx").startswith(text)


def test_infinity_must_stand_where_it_is_expected():
    expected = np.array([np.inf, 1.0])

    assert "infinity in other places" in message(np.array([1.0, np.inf]), expected)


def test_items_are_named_one_by_one():
    text = message((A, 2 * A), (A, A), name="dx, dW")

    assert text.startswith("dW differs")


def test_an_error_map_comes_with_two_axes_and_is_thinned_out():
    expected = np.ones((100, 50))
    wrong = expected.copy()
    wrong[99, 49] = 3.0
    grid = fails(wrong, expected, name="dW").error_map

    assert grid.shape == (100, 50)
    assert (len(grid.values), len(grid.values[0])) == (32, 32)
    assert grid.values[31][31] == 2.0
    assert sum(map(sum, grid.values)) == 2.0
    assert fails(expected[0] * 2, expected[0]).error_map is None


def test_the_tolerance_of_float32_is_wider():
    close(A.astype(np.float32) * np.float32(1 + 1e-6), A.astype(np.float32))

    assert "to six digits" in message(A * (1 + 1e-6), A)
    assert "to six digits" not in message(A * (1 + 4e-16), A, rtol=0.0, atol=1e-18)


def test_a_tolerance_can_be_given():
    close(A * 1.01, A, rtol=0.02)
    close(A + 0.01, A, rtol=0.0, atol=0.02)

    assert "differs" in message(A * 1.03, A, rtol=0.02)


def test_a_shape_is_compared_alone():
    shape_is(A, (2, 3))

    with pytest.raises(CheckFailed, match=r"out has shape \(2, 3\), expected \(3, 2\)"):
        shape_is(A, (3, 2), name="out")
    with pytest.raises(CheckFailed, match="out is None, expected an array of shape"):
        shape_is(None, (3, 2), name="out")
