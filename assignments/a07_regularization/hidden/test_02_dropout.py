"""Dropout and GaussianNoise.

Random masks are not compared with anyone's: the mask is read off the output. What is
left to chance is allowed six standard deviations, which a right solution exceeds twice
in a thousand million runs.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises

SDS = 6.0


def share_is(found, wanted, n, name):
    """Compare the share of n independent draws with their probability."""
    sd = (wanted * (1 - wanted) / n) ** 0.5
    close(float(found), wanted, name=name, rtol=0, atol=SDS * sd)


def scaled(x, kept, p):
    """Return what dropout makes of x with this mask, and what mistakes make of it."""
    wrong = {
        "the entries that stay are not scaled up": x * kept,
        "they are scaled by 1 / p": x * kept / p,
        "they are scaled by 1 - p instead of 1 / (1 - p)": x * kept * (1 - p),
    }
    return x * kept / (1 - p), {
        title: array
        for title, array in wrong.items()
        if p != 0.5 or "1 / p" not in title
    }


@check(points=2, exercise="dropout/forward")
def test_dropout_forward_drops_and_scales(student, rng):
    """Dropout.forward sets entries to 0 and divides the others by 1 - p."""
    for p, shape in ((0.2, (30, 40)), (0.5, (1, 600)), (0.75, (10, 4, 15))):
        x = rng.away_from_zero(shape)
        y = student.regularization.Dropout(p, rng=rng.spawn_seed()).forward(x)
        kept = np.reshape(np.asarray(y) != 0, -1)
        kept = kept.reshape(shape) if kept.size == x.size else np.ones(shape)
        expected, wrong = scaled(x, kept, p)
        close(y, expected, name="y", alternatives=wrong)
        close(
            bool(0 < kept.mean() < 1),
            expected=True,
            name=f"some, not all, dropped (p={p})",
        )


@check(points=2, exercise="dropout/forward")
def test_dropout_forward_drops_with_probability_p(student, rng):
    """Dropout.forward removes each entry with probability p: it does not keep p."""
    hint("p is the probability of removal, as in lecture 004 and in PyTorch.")
    ones = np.ones((1, 20000), np.float32)
    for p in (0.2, 0.9):
        y = student.regularization.Dropout(p, rng=rng.spawn_seed()).forward(ones)
        share_is(np.mean(y == 0), p, ones.size, f"share of removed entries (p={p})")


@check(points=2, exercise="dropout/forward")
def test_dropout_forward_draws_every_entry_afresh(student, rng):
    """Dropout.forward draws anew for every call, every sample and every feature.

    Two fair coins agree half of the time.
    """
    ones = np.ones((60, 80), np.float32)
    layer = student.regularization.Dropout(0.5, rng=rng.spawn_seed())
    first, second = layer.forward(ones) == 0, layer.forward(ones) == 0
    hint("Draw the mask in forward, not once in __init__, and keep one generator.")
    share_is(np.mean(first == second), 0.5, first.size, "agreement of two calls")
    hint("The mask has the shape of x: every sample and every feature has its own.")
    agree = np.mean(first[1:] == first[:-1])
    share_is(agree, 0.5, first[1:].size, "agreement of neighbouring samples")
    agree = np.mean(first[:, 1:] == first[:, :-1])
    share_is(agree, 0.5, first[:, 1:].size, "agreement of neighbouring features")


@check(points=1, exercise="dropout/forward")
def test_dropout_forward_does_nothing_in_evaluation(student, rng):
    """Dropout.forward returns x in evaluation, and drops again after train()."""
    hint("Ask self.training: nothing is dropped and nothing scaled in evaluation.")
    x = rng.away_from_zero((20, 30))
    layer = student.regularization.Dropout(0.4, rng=rng.spawn_seed())
    layer.eval()
    for _ in range(2):
        close(layer.forward(x), x, name="y in evaluation")
    layer.train()
    dropped = bool((layer.forward(x) == 0).any())
    close(dropped, expected=True, name="some dropped after train()")


@check(points=1, exercise="dropout/forward")
def test_dropout_forward_at_both_ends(student, rng):
    """Dropout.forward returns x for p = 0, and zeros, not NaN, for p = 1."""
    hint("1 / (1 - p) does not exist for p = 1: nothing is left to be scaled.")
    x = rng.away_from_zero((6, 5))
    for p, expected in ((0.0, x), (1.0, 0 * x)):
        layer = student.regularization.Dropout(p, rng=rng.spawn_seed())
        close(layer.forward(x), expected, name=f"y for p = {p}")


@check(points=1, exercise="dropout/forward")
def test_dropout_forward_leaves_x_alone(student, rng):
    """Dropout.forward returns a new array in x's dtype and leaves x alone."""
    x = rng.away_from_zero((8, 6))
    for layout in ("C", "F", "strided"):
        placed = student.place(x, layout=layout)
        layer = student.regularization.Dropout(0.5, rng=rng.spawn_seed())
        y = layer.forward(placed)
        close(y, 2 * x * (y != 0), name=f"y of an array in layout {layout}")
        hint("Never write into x: it belongs to the caller.")
        close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)
        hint("")
    small = x.astype(np.float32)
    y = student.regularization.Dropout(0.5, rng=rng.spawn_seed()).forward(small)
    close(y, 2 * small * (y != 0), name="y of float32")


@check(points=1, exercise="dropout/forward")
def test_dropout_forward_refuses_what_does_not_fit(student, rng):
    """Dropout.forward raises TypeError for integers, ValueError for no sample."""
    hint("errors.check_float and errors.check_shape, also in evaluation.")
    x = rng.normal((4, 3))
    layer = student.regularization.Dropout(0.5, rng=rng.spawn_seed())

    def works():
        return layer.forward(x)

    whole = rng.integers(1, 9, (4, 3))
    raises("TypeError", layer.forward, whole, works=works, when="x holds integers")
    raises("ValueError", layer.forward, x[:0], works=works, when="x holds no sample")


FORWARD = ["dropout_forward_drops_and_scales"]
MODES = ["dropout_forward_does_nothing_in_evaluation", "dropout_forward_at_both_ends"]
DTYPE = ["dropout_forward_leaves_x_alone"]


@check(points=2, exercise="dropout/backward", needs=FORWARD)
def test_dropout_backward_uses_the_mask_of_forward(student, rng):
    """Dropout.backward multiplies dout by the mask and the scale of forward."""
    for p, shape in ((0.2, (12, 9)), (0.75, (1, 80))):
        layer = student.regularization.Dropout(p, rng=rng.spawn_seed())
        x, dout = rng.away_from_zero(shape), rng.away_from_zero(shape)
        y = layer.forward(x)
        expected, wrong = scaled(dout, y != 0, p)
        close(layer.backward(dout), expected, name="dx", alternatives=wrong)
        close(layer.backward(dout), expected, name="dx, asked for once more")


@check(points=1, exercise="dropout/backward", needs=[*FORWARD, *MODES])
def test_dropout_backward_follows_the_latest_forward(student, rng):
    """Dropout.backward follows the latest forward, in evaluation and at p = 1, too."""
    x, dout = rng.away_from_zero((7, 9)), rng.away_from_zero((7, 9))
    layer = student.regularization.Dropout(0.5, rng=rng.spawn_seed())
    layer.forward(rng.away_from_zero((5, 9)))
    y = layer.forward(x)
    close(layer.backward(dout), 2 * dout * (y != 0), name="dx")
    layer.eval()
    layer.forward(x)
    close(layer.backward(dout), dout, name="dx in evaluation")
    layer = student.regularization.Dropout(1.0)
    layer.forward(x)
    close(layer.backward(dout), 0 * dout, name="dx for p = 1")


@check(points=1, exercise="dropout/backward", needs=[*FORWARD, *DTYPE])
def test_dropout_backward_remembers_nothing_of_the_caller(student, rng):
    """Dropout.backward leaves dout alone and cares not what became of x and y."""
    x = rng.away_from_zero((6, 8)).astype(np.float32)
    dout = rng.away_from_zero((6, 8)).astype(np.float32)
    layer = student.regularization.Dropout(0.5, rng=rng.spawn_seed())
    placed_x, placed = student.place(x), student.place(dout)
    y = layer.forward(placed_x)
    student.numpy.copyto(placed_x, np.zeros_like(x))
    close(layer.backward(placed), 2 * dout * (y != 0), name="dx of float32")
    close(student.look(placed), dout, name="dout afterwards", rtol=0, atol=0)


@check(points=1, exercise="dropout/backward")
def test_dropout_backward_refuses_what_does_not_fit(student, rng):
    """Dropout.backward refuses to come first, and another shape or dtype."""
    x, dout = rng.normal((4, 3)), rng.normal((4, 3))
    make = student.regularization.Dropout
    layer = make(0.5, rng=rng.spawn_seed())
    layer.forward(x)

    def works():
        return layer.backward(dout)

    hint("Begin with errors.check_cached(where, self.saved).")
    raises("RuntimeError", make(0.5).backward, dout, works=works)
    hint("Begin with errors.check_float and errors.check_shape.")
    back = layer.backward
    raises("ValueError", back, dout[:1], works=works, when="dout has another shape")
    whole = rng.integers(1, 9, (4, 3))
    raises("TypeError", back, whole, works=works, when="dout holds integers")


@check(points=1, exercise="noise/forward")
def test_noise_forward_adds_normal_noise(student, rng):
    """GaussianNoise.forward adds noise of mean 0 and standard deviation std."""
    hint("N(0, std^2) has the standard deviation std, not std^2.")
    x = rng.normal((1, 20000), 3.0)
    for std in (0.4, 2.5):
        y = student.regularization.GaussianNoise(std, rng=rng.spawn_seed()).forward(x)
        close(np.shape(y), x.shape, name="shape of y")
        noise, n = (y - x) / std, x.size
        mean, spread = float(noise.mean()), float((noise**2).mean())
        close(mean, 0.0, name="mean of noise / std", rtol=0, atol=SDS / n**0.5)
        width = SDS * (2 / n) ** 0.5
        close(spread, 1.0, name="variance of noise / std", rtol=0, atol=width)
        inside = np.mean(abs(noise) < 1)  # 0.58 for uniform noise
        share_is(inside, 0.6826894921370859, n, "share of noise within one std")


@check(points=1, exercise="noise/forward")
def test_noise_forward_draws_every_entry_afresh(student, rng):
    """GaussianNoise.forward draws anew for every call, sample and feature."""
    zeros = np.zeros((60, 80))
    layer = student.regularization.GaussianNoise(1.0, rng=rng.spawn_seed())
    first, second = layer.forward(zeros) > 0, layer.forward(zeros) > 0
    share_is(np.mean(first == second), 0.5, first.size, "equal signs in two calls")
    agree = np.mean(first[1:] == first[:-1])
    share_is(agree, 0.5, first[1:].size, "equal signs in neighbouring samples")
    agree = np.mean(first[:, 1:] == first[:, :-1])
    share_is(agree, 0.5, first[:, 1:].size, "equal signs in neighbouring features")


@check(points=1, exercise="noise/forward")
def test_noise_forward_is_silent_in_evaluation(student, rng):
    """GaussianNoise.forward returns x in evaluation, and for std = 0."""
    x = rng.normal((5, 4))
    layer = student.regularization.GaussianNoise(0.5, rng=rng.spawn_seed())
    layer.eval()
    close(layer.forward(x), x, name="y in evaluation")
    layer.train()
    close(
        bool((layer.forward(x) != x).all()), expected=True, name="noise after train()"
    )
    silent = student.regularization.GaussianNoise(0.0, rng=rng.spawn_seed())
    close(silent.forward(x), x, name="y for std = 0")


@check(points=1, exercise="noise/forward")
def test_noise_forward_keeps_x_and_its_dtype(student, rng):
    """GaussianNoise.forward leaves x alone, keeps float32, refuses integers."""
    x = rng.normal((5, 4)).astype(np.float32)
    layer = student.regularization.GaussianNoise(0.5, rng=rng.spawn_seed())
    placed = student.place(x)
    y = layer.forward(placed)
    close(y.dtype, np.dtype(np.float32), name="dtype of y")
    hint("Never write into x: it belongs to the caller.")
    close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)
    hint("errors.check_float and errors.check_shape come first.")

    def works():
        return layer.forward(x)

    whole = rng.integers(1, 9, (5, 4))
    raises("TypeError", layer.forward, whole, works=works, when="x holds integers")
    raises("ValueError", layer.forward, x[:0], works=works, when="x holds no sample")


@check(points=1, exercise="noise/backward", needs=["noise/forward"])
def test_noise_backward_passes_dout_on(student, rng):
    """GaussianNoise.backward returns dout as it is, in both modes."""
    x, dout = rng.normal((6, 5)), rng.normal((6, 5))
    layer = student.regularization.GaussianNoise(2.0, rng=rng.spawn_seed())
    for mode in (True, False):
        layer.train(mode)
        layer.forward(x)
        close(layer.backward(dout), dout, name="dx")


@check(points=1, exercise="noise/backward", needs=["noise/forward"])
def test_noise_backward_refuses_what_does_not_fit(student, rng):
    """GaussianNoise.backward refuses to come first, and another shape or dtype."""
    hint(
        "errors.check_cached, errors.check_float and errors.check_shape, in this order."
    )
    x, dout = rng.normal((4, 3)), rng.normal((4, 3))
    make = student.regularization.GaussianNoise
    layer = make(0.5, rng=rng.spawn_seed())
    layer.forward(x)

    def works():
        return layer.backward(dout)

    raises("RuntimeError", make(0.5).backward, dout, works=works)
    back = layer.backward
    raises("ValueError", back, dout[:1], works=works, when="dout has another shape")
    whole = rng.integers(1, 9, (4, 3))
    raises("TypeError", back, whole, works=works, when="dout holds integers")
