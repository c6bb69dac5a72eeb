"""The stand-in has to refuse what a GPU refuses, or it proves nothing."""

import numpy as np
import pytest
import strict_array

X = strict_array.asarray(np.arange(6.0).reshape(2, 3))
MIXTURES = {
    "operator": lambda: X + np.ones((2, 3)),
    "reflected operator": lambda: np.ones((2, 3)) + X,
    "matrix product": lambda: X @ np.ones((3, 2)),
    "in place": lambda: X.__iadd__(np.ones((2, 3))),
    "into a NumPy array": lambda: np.ones((2, 3)).__iadd__(X),
    "ufunc": lambda: np.maximum(X, 0),
    "array function": lambda: np.concatenate([X, X]),
    "conversion": lambda: np.asarray(X),
    "assignment": lambda: X.__setitem__(0, np.ones(3)),
    "index": lambda: X[np.array([0, 1])],
    "method": lambda: X.dot(np.ones(3)),
    "function": lambda: strict_array.maximum(X, np.ones(3)),
}


@pytest.mark.parametrize("mix", MIXTURES.values(), ids=MIXTURES)
def test_mixing_with_numpy_is_refused(mix):
    with pytest.raises(TypeError, match=r"strict_array: .* on a GPU this would fail"):
        mix()


def test_device_arrays_compute_like_numpy():
    x = np.arange(6.0).reshape(2, 3)
    y = strict_array.exp(X.T @ X - 1) / X.sum(axis=0, keepdims=True)

    assert isinstance(X.sum(), strict_array.Array)
    np.testing.assert_array_equal(
        strict_array.asnumpy(y), np.exp(x.T @ x - 1) / x.sum(axis=0, keepdims=True)
    )


def test_random_numbers_are_not_drawn_on_the_device():
    with pytest.raises(AttributeError, match="drawn by NumPy on the CPU"):
        strict_array.random.normal()
