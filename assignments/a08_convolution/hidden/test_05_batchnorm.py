"""BatchNorm2d: statistics per channel, over samples and pixels."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, gradients_match, hint, raises
from nabla import pooling


def build(student, gamma, beta, mean=None, var=None, **options):
    """Return the student's layer and the reference's with the same numbers."""
    made = student.pooling.BatchNorm2d(len(gamma), **options)
    reference = pooling.BatchNorm2d(len(gamma), **options)
    made.gamma = student.module.Parameter(gamma, "gamma", decay=False)
    made.beta = student.module.Parameter(beta, "beta", decay=False)
    reference.gamma.data[...], reference.beta.data[...] = gamma, beta
    if mean is not None:
        made.running_mean, made.running_var = mean, var
        reference.running_mean, reference.running_var = mean.copy(), var.copy()
    return made, reference


def drawn(rng, channels):
    """Return gamma, beta, running mean and variance."""
    gamma, var = rng.uniform(0.5, 2.0, channels), rng.uniform(0.5, 2.0, channels)
    return gamma, rng.normal(channels), rng.normal(channels), var


@check(points=1, exercise="batchnorm2d/forward")
def test_batchnorm2d_forward_normalises_channels(student, rng):
    """BatchNorm2d.forward gives channels mean beta and standard deviation gamma."""
    gamma, beta, *_ = drawn(rng, 3)
    x = rng.normal((2, 3, 4, 5), scale=2.0) + rng.normal((3, 1, 1))
    layer, reference = build(student, gamma, beta)
    close(layer.forward(x), reference.forward(x), name="y", N=2, pixels=20)


@check(points=1, exercise="batchnorm2d/forward")
def test_batchnorm2d_forward_updates_running_statistics(student, rng):
    """BatchNorm2d.forward moves the running statistics by momentum, in training."""
    hint("The running variance is divided by N H W - 1, the one of y by N H W.")
    layer, reference = build(student, *drawn(rng, 3), momentum=0.3)
    for _ in range(2):
        x = rng.normal((2, 3, 2, 3), scale=2.0) + 1.0
        layer.forward(x)
        reference.forward(x)
    close(layer.running_mean, reference.running_mean, name="running_mean")
    close(layer.running_var, reference.running_var, name="running_var", n=12)


@check(points=1, exercise="batchnorm2d/forward")
def test_batchnorm2d_forward_in_evaluation(student, rng):
    """BatchNorm2d.forward uses the running statistics after eval(), and keeps them."""
    layer, reference = build(student, *drawn(rng, 3), eps=0.1)
    layer.eval()
    reference.eval()
    x = rng.normal((1, 3, 2, 2))
    close(layer.forward(x), reference.forward(x), name="y")
    close(layer.running_mean, reference.running_mean, name="running_mean")
    close(layer.running_var, reference.running_var, name="running_var")


@check(points=1, exercise="batchnorm2d/forward")
def test_batchnorm2d_forward_takes_one_image(student, rng):
    """BatchNorm2d.forward takes one image, keeps float32, and refuses one value."""
    hint("One image has many values per channel; only N H W = 1 has no variance.")
    gamma, beta, mean, var = drawn(rng, 2)
    layer, reference = build(student, gamma, beta, mean, var)
    x = rng.normal((1, 2, 3, 4)).astype(np.float32)
    placed = student.place(x, layout="F")
    close(layer.forward(placed), reference.forward(x), name="y of float32")
    close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)

    def works():
        return layer.forward(x)

    counts = rng.integers(0, 9, (2, 2, 2, 2))
    single = x[:, :, :1, :1]
    raises("ValueError", layer.forward, single, works=works, when="x has one pixel")
    raises("ValueError", layer.forward, x[:, :1], works=works, when="channels differ")
    raises("TypeError", layer.forward, counts, works=works, when="x holds integers")


@check(
    points=1,
    exercise="batchnorm2d/backward",
    needs=["batchnorm2d_forward_normalises_channels"],
)
def test_batchnorm2d_backward_is_the_gradient_of_forward(student, rng):
    """BatchNorm2d.backward agrees with central differences, in training."""
    layer, reference = build(student, *drawn(rng, 2))
    x = rng.normal((2, 2, 2, 3), scale=2.0)
    both = ("gamma", "beta")
    gradients_match(layer, x, rng=rng, reference=reference, parameters=both)


def passed(student, rng, training):
    """Run both layers forward and backward; return both, both dx, and dout."""
    layer, reference = build(student, *drawn(rng, 3), eps=0.1)
    layer.train(training)
    reference.train(training)
    x, dout = rng.normal((2, 3, 2, 3)), rng.normal((2, 3, 2, 3))
    layer.forward(x)
    reference.forward(x)
    return layer, reference, layer.backward(dout), reference.backward(dout), dout


@check(
    points=1,
    exercise="batchnorm2d/backward",
    needs=["batchnorm2d_forward_normalises_channels"],
)
def test_batchnorm2d_backward_sums_per_channel(student, rng):
    """BatchNorm2d.backward adds to gamma.grad and beta.grad, twice after two passes."""
    layer, reference, _, _, dout = passed(student, rng, training=True)
    layer.backward(dout)
    sizes = {"N": 2, "pixels": 6}
    close(layer.gamma.grad, 2 * reference.gamma.grad, name="gamma.grad", **sizes)
    close(layer.beta.grad, 2 * reference.beta.grad, name="beta.grad", **sizes)


@check(
    points=1,
    exercise="batchnorm2d/backward",
    needs=["batchnorm2d_forward_in_evaluation"],
)
def test_batchnorm2d_backward_in_evaluation(student, rng):
    """BatchNorm2d.backward takes mean and variance for constants after eval()."""
    _, _, found, expected, _ = passed(student, rng, training=False)
    close(found, expected, name="dx")


@check(points=1, exercise="batchnorm2d/backward")
def test_batchnorm2d_backward_refuses_what_does_not_fit(student, rng):
    """BatchNorm2d.backward keeps float32; RuntimeError before forward, ValueError."""
    hint("Begin with errors.check_cached and errors.check_shape.")
    gamma, beta, mean, var = drawn(rng, 2)
    layer, _ = build(student, gamma, beta, mean, var)
    fresh, _ = build(student, gamma, beta)
    x, dout = (rng.normal((2, 2, 2, 3)).astype(np.float32) for _ in range(2))

    def works():
        layer.forward(x)
        return layer.backward(dout)

    close(works().dtype, np.dtype(np.float32), name="dtype of dx")
    raises("RuntimeError", fresh.backward, dout, works=works, when="forward is missing")
    wrong = dout[:, :1]
    raises("ValueError", layer.backward, wrong, works=works, when="a map is missing")
