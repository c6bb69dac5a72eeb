"""The hidden checks of the small course, as plain pytest."""

import numpy as np
import pytest

from nabla import small


def points(number):
    """Say what a test is worth."""
    return pytest.mark.points(number)


@pytest.fixture
def rng():
    """Numbers that are the same each time."""
    return np.random.default_rng(20240229)


SIZES = np.array([1e5, 1.0, 1e-3])


@points(10)
def test_double_of_a_vector(rng):
    x = rng.normal(size=7)
    np.testing.assert_allclose(small.double(x), 2 * x)


@points(10)
def test_double_of_a_matrix(rng):
    x = rng.normal(size=(3, 4))
    np.testing.assert_allclose(small.double(x), 2 * x)


@points(5)
def test_double_keeps_float32(rng):
    x = rng.normal(size=5).astype(np.float32)
    y = small.double(x)
    assert y.dtype == np.float32
    assert np.allclose(y, 2 * x)


@points(8)
def test_scale_forward(rng):
    x, layer = rng.normal(size=6), small.Scale(3.0)
    expected = 3 * x
    assert np.allclose(layer.forward(x), expected)


@points(12)
def test_scale_backward(rng):
    layer, x, dout = small.Scale(-1.5), rng.normal(size=5), rng.normal(size=5)
    layer.forward(x)
    expected = -1.5 * dout
    assert np.allclose(layer.backward(dout), expected)
    assert np.allclose(layer.factor.grad, np.sum(dout * x))


@points(8)
def test_apply_adds_two_calls(rng):
    x = rng.normal(size=4)
    expected = np.exp(x) + np.exp(-x)
    assert np.allclose(small.apply(np.exp, x), expected)


@points(7)
def test_apply_asks_twice(rng):
    x, asked = rng.normal(size=3), []

    def remember(value):
        asked.append(value)
        return value**2

    value = small.apply(remember, x)
    assert np.allclose(asked, [x, -x])
    assert np.allclose(value, 2 * x**2)


@points(13)
def test_refuse_a_negative_number(rng):
    x = rng.uniform(0.5, 1.5, 4)
    small.refuse(x)
    with pytest.raises(ValueError):  # noqa: PT011 - as in most courses
        small.refuse(x * np.array([1.0, -1.0, 1.0, 1.0]))


@points(12)
def test_refuse_gives_back_the_rest(rng):
    x = rng.uniform(0.5, 1.5, (2, 3))
    np.testing.assert_allclose(small.refuse(x), x)


@points(8)
def test_total_of_a_matrix(rng):
    x = rng.normal(size=(4, 3))
    assert np.allclose(small.total(x), x.sum())


@points(7)
def test_total_of_large_and_small(rng):
    x = rng.normal(size=3) * SIZES
    expected = x.sum()
    assert small.total(x) == pytest.approx(expected)
