"""The four initialisers: how wide they spread, and where their numbers come from.

The bounds are five standard deviations of the estimate: a right solution fails in less
than one of a million hand-ins.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, shape_is

DRAWS = (400, 250)
VARIANCE = {  # relative standard deviation of a variance: sqrt((kurtosis - 1) / n)
    "uniform": 5 * np.sqrt((1.8 - 1) / 1e5),
    "normal": 5 * np.sqrt((3.0 - 1) / 1e5),
}
KURTOSIS = 5 * np.sqrt(24 / 1e5)  # of normal numbers


def draw(student, rng, name):
    """Return draws for random fans, and these."""
    fan_in, fan_out = rng.integers(20, 60), rng.integers(70, 120)
    call = getattr(student.layers, name)
    W = call(fan_in, fan_out, DRAWS, rng=rng.spawn_seed())
    shape_is(W, DRAWS, name="W")
    return W, fan_in, fan_out


def spreads_uniformly(W, a):
    close(W.mean(), 0.0, name="mean", rtol=0, atol=5 * a / np.sqrt(3e5))
    close(np.abs(W).max(), a, name="largest weight", rtol=1e-3)
    close(W.var(), a**2 / 3, name="variance", rtol=VARIANCE["uniform"], atol=0)


def spreads_normally(W, std):
    close(W.mean(), 0.0, name="mean", rtol=0, atol=5 * std / np.sqrt(1e5))
    close(W.var(), std**2, name="variance", rtol=VARIANCE["normal"], atol=0)
    kurtosis = ((W - W.mean()) ** 4).mean() / W.var() ** 2
    close(kurtosis, 3.0, name="kurtosis", rtol=0, atol=KURTOSIS)


def obeys_rng(student, rng, name):
    """Check that the numbers come from rng alone."""
    hint("Draw from backend.as_generator(rng), and from nothing else.")
    call, seed = getattr(student.layers, name), rng.spawn_seed()
    student.numpy.random.seed(1)
    first = call(4, 3, rng=seed)
    student.numpy.random.seed(2)
    close(call(4, 3, rng=seed), first, name="W from the same seed", rtol=0, atol=0)
    generator = student.generator(seed)
    one, two = call(4, 3, rng=generator), call(4, 3, rng=generator)
    same = bool(np.array_equal(one, two))
    close(same, expected=False, name="whether two draws from one generator are equal")


def obeys_shape_and_dtype(student, rng, name):
    """Check the shape with and without `shape`, and the dtype."""
    hint("Without `shape` it is (fan_in, fan_out); `dtype` converts what was drawn.")
    call, seed = getattr(student.layers, name), rng.spawn_seed()
    close(call(4, 3, rng=seed).shape, (4, 3), name="shape")
    W = call(4, 3, (5, 4, 2), seed, np.float32)
    close(W.shape, (5, 4, 2), name="shape")
    close(W.dtype, np.dtype(np.float32), name="dtype")


@check(points=2, exercise="glorot_uniform")
def test_glorot_uniform_keeps_bound_and_variance(student, rng):
    """glorot_uniform fills -a … a evenly, a = sqrt(6 / (fan_in + fan_out))."""
    W, fan_in, fan_out = draw(student, rng, "glorot_uniform")
    spreads_uniformly(W, np.sqrt(6 / (fan_in + fan_out)))


@check(points=1, exercise="glorot_uniform")
def test_glorot_uniform_obeys_rng(student, rng):
    """glorot_uniform draws from rng alone: the seed decides, each draw is new."""
    obeys_rng(student, rng, "glorot_uniform")


@check(points=1, exercise="glorot_uniform")
def test_glorot_uniform_obeys_shape_and_dtype(student, rng):
    """glorot_uniform returns the shape and dtype that are asked for."""
    obeys_shape_and_dtype(student, rng, "glorot_uniform")


@check(points=1, exercise="glorot_normal")
def test_glorot_normal_has_its_variance(student, rng):
    """glorot_normal has variance 2 / (fan_in + fan_out)."""
    W, fan_in, fan_out = draw(student, rng, "glorot_normal")
    spreads_normally(W, np.sqrt(2 / (fan_in + fan_out)))


@check(points=1, exercise="glorot_normal")
def test_glorot_normal_obeys_rng_shape_and_dtype(student, rng):
    """glorot_normal draws from rng alone, in the shape and dtype asked for."""
    obeys_rng(student, rng, "glorot_normal")
    obeys_shape_and_dtype(student, rng, "glorot_normal")


@check(points=1, exercise="kaiming_uniform")
def test_kaiming_uniform_keeps_bound_and_variance(student, rng):
    """kaiming_uniform fills -a … a evenly, a = sqrt(6 / fan_in)."""
    W, fan_in, _ = draw(student, rng, "kaiming_uniform")
    spreads_uniformly(W, np.sqrt(6 / fan_in))


@check(points=1, exercise="kaiming_uniform")
def test_kaiming_uniform_obeys_rng_shape_and_dtype(student, rng):
    """kaiming_uniform draws from rng alone, in the shape and dtype asked for."""
    obeys_rng(student, rng, "kaiming_uniform")
    obeys_shape_and_dtype(student, rng, "kaiming_uniform")


@check(points=1, exercise="kaiming_normal")
def test_kaiming_normal_has_its_variance(student, rng):
    """kaiming_normal has variance 2 / fan_in."""
    W, fan_in, _ = draw(student, rng, "kaiming_normal")
    spreads_normally(W, np.sqrt(2 / fan_in))


@check(points=1, exercise="kaiming_normal")
def test_kaiming_normal_obeys_rng_shape_and_dtype(student, rng):
    """kaiming_normal draws from rng alone, in the shape and dtype asked for."""
    obeys_rng(student, rng, "kaiming_normal")
    obeys_shape_and_dtype(student, rng, "kaiming_normal")
