import numpy as np
import pytest

from nabla import errors


@pytest.mark.parametrize(
    ("got", "expected", "sentence"),
    [
        (
            (8, 5),
            ("N", ("in_features", 4)),
            "expected (N, in_features=4); axis 1 must be 4, got 5.",
        ),
        ((5,), ("N", 4), "expected (N, 4); it must have 2 axes, got 1."),
        (
            (5,),
            ("N", "d1", ...),
            "expected (N, d1, ...); it must have at least 2 axes, got 1.",
        ),
        ((0, 4), ("N", ...), "expected (N, ...); axis 0 must be at least 1, got 0."),
        ((3,), (("out", 2),), "expected (out=2,); axis 0 must be 2, got 3."),
    ],
)
def test_a_shape_error_names_both_sides(got, expected, sentence):
    with pytest.raises(ValueError, match="f: x has shape") as caught:
        errors.check_shape("f", "x", got, expected)

    assert str(caught.value) == f"f: x has shape {got}, {sentence}"


@pytest.mark.parametrize("expected", [(2, "N"), ("N", ...), (2, ("in", 3)), (2, 3)])
def test_a_fitting_shape_passes(expected):
    errors.check_shape("f", "x", (2, 3), expected)


@pytest.mark.parametrize("wrong", [[1.0], 1.0, np.float64(1), None])
def test_what_is_no_array_is_refused(wrong):
    with pytest.raises(TypeError, match=r"f: W is of type \w+, expected an array"):
        errors.check_float("f", x=np.ones(1), W=wrong)


@pytest.mark.parametrize("dtype", [int, bool, complex, object])
def test_an_array_of_anything_but_floats_is_refused(dtype):
    with pytest.raises(TypeError, match=r"f: x has dtype \w+, expected float32 or"):
        errors.check_float("f", x=np.ones(2, dtype))


def test_arrays_of_two_sides_are_refused_by_name(xp):
    if xp is np:
        pytest.skip("needs a second array module")

    with pytest.raises(TypeError, match=r"f: .*x is a numpy array, W is a \w+ array"):
        errors.check_float("f", x=np.ones(1), W=xp.asarray(np.ones(1)))


@pytest.mark.parametrize("size", [0, -3])
def test_a_size_below_one_is_refused(size):
    with pytest.raises(ValueError, match=rf"n is {size}, expected at least 1"):
        errors.check_size("f", n=size)


@pytest.mark.parametrize("size", [2.0, "2", True])
def test_a_size_that_is_no_whole_number_is_refused(size):
    with pytest.raises(TypeError, match=r"n is .* expected a whole number"):
        errors.check_size("f", n=size)


def test_what_forward_saved_is_handed_on():
    assert errors.check_cached("f", (1, 2)) == (1, 2)
