import numpy as np
import pytest

from nabla import data

MAKERS = [data.plane, data.sine, data.moons, data.spirals]


def test_xor_is_the_table_of_the_lecture():
    X, y = data.xor()

    assert [tuple(row) for row in X] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert list(y) == [0, 1, 1, 0]


@pytest.mark.parametrize("make", MAKERS)
def test_the_generator_decides_alone(make):
    first, again = make(20, rng=3), make(20, rng=3)
    other = make(20, rng=4)

    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_points_without_noise_lie_on_the_plane():
    X, y = data.plane(10, w=(1.0, 2.0, 3.0), b=-1.0, noise=0.0, rng=1)

    np.testing.assert_allclose(y, X @ [1.0, 2.0, 3.0] - 1.0)


@pytest.mark.parametrize("make", [data.moons, data.spirals])
def test_labels_are_int64_and_balanced(make):
    X, labels = make(60, rng=1)
    counts = np.bincount(labels)

    assert X.shape == (60, 2)
    assert labels.dtype == np.int64
    assert len(set(counts)) == 1
