import numpy as np
import pytest

from autograder.guest.layouts import place

X = np.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize("layout", ["C", "F", "strided", "reversed", "readonly"])
@pytest.mark.parametrize(
    "value", [X, X[:0], np.array(2.5)], ids=["3-d", "empty", "0-d"]
)
def test_a_placed_array_is_an_equal_copy(value, layout):
    placed = place(value, layout)

    assert np.array_equal(placed, value)
    assert placed.shape == value.shape
    assert not np.shares_memory(placed, value)


def test_each_layout_is_what_its_name_says():
    assert place(X.T, "C").flags.c_contiguous
    assert place(X, "F").flags.f_contiguous
    assert place(X, "strided").strides == (192, 64, 16)
    assert place(X, "reversed").strides == (-96, -32, -8)
    assert not place(X, "readonly").flags.writeable


def test_an_unknown_layout_is_refused():
    with pytest.raises(
        ValueError, match="layout is 'Z', expected one of C, F, strided"
    ):
        place(X, "Z")
