import numpy as np
import pytest
import strict_array

from nabla import backend


def test_the_module_of_arrays_is_found_from_their_type(xp):
    x = xp.asarray(np.ones(3))

    assert backend.array_module(x, x, 2.0, None) is xp
    assert backend.get_array_module is backend.array_module


def test_without_arrays_the_module_in_use_counts(xp):
    assert backend.array_module() is xp
    assert backend.array_module(1.0) is xp


def test_mixed_arrays_are_refused_and_named():
    x, W = np.ones(3), strict_array.asarray(np.ones(3))

    with pytest.raises(TypeError, match=r"x is a numpy array, W is a strict_array"):
        backend.array_module(x=x, W=W)
    with pytest.raises(TypeError, match=r"argument 1 is a strict_array array"):
        backend.array_module(x, W)


def test_numbers_go_to_a_side_and_come_back(xp):
    numbers = np.array([[1.0, 2.0], [3.0, 4.0]])
    x = backend.asarray(numbers)

    assert backend.array_module(x) is xp
    np.testing.assert_array_equal(backend.to_numpy(x), numbers)


def test_an_array_follows_another_to_its_side():
    device = strict_array.asarray(np.zeros(1))

    assert backend.module_name(backend.asarray(np.ones(2), like=device)) != "numpy"
    assert backend.module_name(backend.asarray(device, like=np.ones(2))) == "numpy"


def test_an_unknown_module_is_refused_with_what_is_there():
    with (
        pytest.raises(
            ValueError, match=r"'tpu' is not available here; expected one of"
        ),
        backend.use("tpu"),
    ):
        pass


def test_cupy_that_is_not_there_is_refused_with_the_reason():
    if "cupy" in backend.available():
        pytest.skip("CuPy works here")

    with (
        pytest.raises(ValueError, match=r"'cupy' is not available here \(\w+"),
        backend.use("cupy"),
    ):
        pass


def test_use_ends_with_its_block():
    with backend.use("strict_array"):
        assert backend.array_module() is strict_array

    assert backend.array_module() is np


@pytest.mark.parametrize("seed", [None, 7, np.int64(7), np.random.default_rng(7)])
def test_generators_come_from_whatever_means_one(seed):
    assert isinstance(backend.as_generator(seed), np.random.Generator)


def test_a_generator_is_used_and_not_copied():
    rng = np.random.default_rng(7)

    assert backend.as_generator(rng) is rng


@pytest.mark.parametrize("wrong", ["7", 7.0, True])
def test_what_is_no_generator_is_refused(wrong):
    with pytest.raises(TypeError, match=r"expected a numpy.random.Generator"):
        backend.as_generator(wrong)


def test_one_seed_means_the_same_numbers_on_every_side(xp):
    uniform = backend.draw_uniform(7, -1.0, 1.0, (2, 3), np.float32)
    normal = backend.draw_normal(7, 0.5, (4,), np.float64)
    rng = np.random.default_rng

    assert (uniform.dtype, normal.dtype) == (np.float32, np.float64)
    np.testing.assert_array_equal(
        backend.to_numpy(uniform), rng(7).uniform(-1, 1, (2, 3)).astype(np.float32)
    )
    np.testing.assert_array_equal(backend.to_numpy(normal), rng(7).normal(0, 0.5, 4))


def test_random_integers_for_weights_are_refused():
    with pytest.raises(TypeError, match=r"dtype is int64, expected a float type"):
        backend.draw_uniform(7, -1.0, 1.0, (2,), np.int64)
