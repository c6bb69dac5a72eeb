"""BCELoss, BCEWithLogitsLoss and HingeLoss.

The reduction is lent from here, so that a mistake in it costs no points of the losses.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, gradients_match, hint, raises
from nabla import losses

LAYOUTS = ("F", "strided", "reversed")


def loss(student, name, reduction="mean"):
    """Return the student's loss around our `reduce` and `upstream`."""
    theirs, ours = getattr(student.losses, name)(reduction), losses.Loss(reduction)
    theirs.reduce = student.lend(ours.reduce)
    theirs.upstream = student.lend(ours.upstream)
    return theirs


def entropy(p, t):
    return -(t * np.log(p) + (1 - t) * np.log(1 - p))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def drawn(rng, shape):
    """Return probabilities away from the ends, and soft targets with hard ones."""
    p, t = rng.uniform(0.05, 0.95, shape), rng.uniform(0.05, 0.95, shape)
    hard = rng.uniform(0, 1, shape) < 0.4
    return p, np.where(hard, np.round(t), t)


def keeps_dtype(student, name, pred, target, expected):
    """Check float32, mixed dtypes, memory layouts, and that inputs are left alone."""
    theirs = loss(student, name, "none")
    for layout in LAYOUTS:
        placed = student.place(pred, layout=layout)
        entries = theirs.forward(placed, student.place(target, layout=layout))
        close(entries, expected, name="the losses")
        close(student.look(placed), pred, name="pred afterwards", rtol=0, atol=0)
    entries = theirs.forward(pred.astype(np.float32), target)
    close(entries, expected.astype(np.float32), name="the losses of float32")


def remembers(student, name, pred, target, expected):
    """Check that backward belongs to what forward saw, twice, and needs forward."""
    theirs = loss(student, name, "sum")
    theirs.forward(pred[:1], target[:1])
    placed, wanted = student.place(pred), student.place(target)
    theirs.forward(placed, wanted)
    for array in (placed, wanted):
        student.numpy.copyto(array, np.ones(pred.shape))
    for title in ("dpred", "dpred the second time"):
        close(theirs.backward(), expected, name=title)
    fresh = loss(student, name, "sum")
    raises("RuntimeError", fresh.backward, works=theirs.backward)


def differentiates(student, name, pred, target, rng):
    """Compare backward with central differences of forward."""
    for reduction in ("mean", "none"):
        gradients_match(
            loss(student, name, reduction),
            pred,
            target,
            rng=rng,
            names=["pred"],
            wrt=[0],
            upstream=reduction == "none",
            N=pred.shape[0],
        )


@check(points=1, exercise="bce/forward")
def test_bce_forward_is_the_cross_entropy(student, rng):
    """BCELoss.forward is -(t ln p + (1 - t) ln(1 - p)), for soft targets, too."""
    for shape in ((6,), (5, 3), (1, 4)):
        p, t = drawn(rng, shape)
        entries = loss(student, "BCELoss", "none").forward(p, t)
        close(entries, entropy(p, t), name="the losses", N=shape[0])
        value = loss(student, "BCELoss").forward(p, t)
        close(value, entropy(p, t).mean(), name="the loss", N=shape[0])


@check(points=1, exercise="bce/forward")
def test_bce_forward_stays_finite_at_zero_and_one(student, rng):
    """BCELoss.forward takes each logarithm as at least -100: p = 0, t = 1 costs 100."""
    hint("Bound the logarithms, not the probabilities: np.maximum(np.log(p), -100).")
    t = rng.uniform(0.1, 0.9, ())
    p = np.array([0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1e-30])
    targets = np.array([1.0, 0.0, 1.0, 0.0, t, t, 1.0])
    expected = [100, 0, 0, 100, 100 * t, 100 * (1 - t), -np.log(1e-30)]
    entries = loss(student, "BCELoss", "none").forward(p, targets)
    close(entries, np.array(expected), name="the losses")


@check(points=1, exercise="bce/forward")
def test_bce_forward_keeps_the_dtype(student, rng):
    """BCELoss.forward keeps pred's dtype, takes any layout and leaves pred alone."""
    p, t = drawn(rng, (5, 3))
    keeps_dtype(student, "BCELoss", p, t, entropy(p, t))


@check(points=1, exercise="bce/forward")
def test_bce_forward_refuses_what_is_no_probability(student, rng):
    """BCELoss.forward raises ValueError for p or t outside 0 to 1, or of two shapes."""
    hint("self.check, then check_range(where, name, array, 0, 1) for pred and target.")
    p, t = drawn(rng, (4, 3))
    theirs = loss(student, "BCELoss")

    def works():
        return theirs.forward(p, t)

    forward = theirs.forward
    for wrong in (-0.25, 1.25):
        p_wrong, t_wrong = p.copy(), t.copy()
        p_wrong[2, 1] = t_wrong[1, 2] = wrong
        raises("ValueError", forward, p_wrong, t, works=works, when="a p is wrong")
        raises("ValueError", forward, p, t_wrong, works=works, when="a t is wrong")
    raises("ValueError", forward, p[:, :1], t[:, 0], works=works)
    raises("ValueError", forward, p[:0], t[:0], works=works)
    raises("TypeError", forward, p, np.round(t).astype(np.int64), works=works)


@check(points=2, exercise="bce/backward")
def test_bce_backward_is_the_slope(student, rng):
    """BCELoss.backward is -t / p + (1 - t) / (1 - p), times upstream."""
    (p, t), dout = drawn(rng, (5, 3)), rng.normal((5, 3))
    slope = -t / p + (1 - t) / (1 - p)
    theirs = loss(student, "BCELoss", "none")
    theirs.forward(p, t)
    close(theirs.backward(dout), slope * dout, name="dpred for “none”", N=5)
    theirs = loss(student, "BCELoss")
    theirs.forward(p, t)
    close(theirs.backward(), slope / 15, name="dpred", N=5, entries=15)


@check(points=1, exercise="bce/backward")
def test_bce_backward_is_finite_at_zero_and_one(student):
    """BCELoss.backward divides by p (1 - p), but by no less than 1e-12."""
    p = np.array([0.0, 0.0, 1.0, 1.0, 0.5])
    t = np.array([1.0, 0.0, 1.0, 0.0, 1.0])
    theirs = loss(student, "BCELoss", "sum")
    theirs.forward(p, t)
    expected = np.array([-1e12, 0.0, 0.0, 1e12, -2.0])
    close(theirs.backward(), expected, name="dpred", atol=0)


@check(
    points=1,
    exercise="bce/backward",
    needs=["bce_forward_is_the_cross_entropy"],
)
def test_bce_backward_is_the_gradient_of_forward(student, rng):
    """BCELoss.backward agrees with central differences."""
    differentiates(student, "BCELoss", *drawn(rng, (5, 3)), rng)


@check(points=1, exercise="bce/backward")
def test_bce_backward_belongs_to_the_latest_forward(student, rng):
    """BCELoss.backward uses what the latest forward saw, unchanged, and needs one."""
    hint("Save copies of pred and target, and do not change them in backward.")
    p, t = drawn(rng, (4, 3))
    remembers(student, "BCELoss", p, t, (p - t) / (p * (1 - p)))


@check(points=1, exercise="bce_logits/forward")
def test_bce_logits_forward_is_the_cross_entropy(student, rng):
    """BCEWithLogitsLoss.forward is the cross-entropy of sigmoid(z)."""
    for shape in ((6,), (5, 3), (1, 4)):
        z, (_, t) = rng.normal(shape, 2.0), drawn(rng, shape)
        expected = entropy(sigmoid(z), t)
        entries = loss(student, "BCEWithLogitsLoss", "none").forward(z, t)
        close(entries, expected, name="the losses", N=shape[0])
        value = loss(student, "BCEWithLogitsLoss").forward(z, t)
        close(value, expected.mean(), name="the loss", N=shape[0])


@check(points=1, exercise="bce_logits/forward")
def test_bce_logits_forward_takes_huge_logits(student, rng):
    """BCEWithLogitsLoss.forward is right for logits of +-800 and both targets."""
    hint("max(z, 0) - z t + ln(1 + e^-|z|): no exponential of a positive number.")
    big = rng.uniform(750, 900, (4,))
    z, t = big * [1, 1, -1, -1], np.array([0.0, 1.0, 0.0, 1.0])
    entries = loss(student, "BCEWithLogitsLoss", "none").forward(z, t)
    close(entries, big * [1, 0, 0, 1], name="the losses")


@check(points=1, exercise="bce_logits/forward")
def test_bce_logits_forward_does_not_lose_small_losses(student, rng):
    """BCEWithLogitsLoss.forward gives e^-40, not 0, for a sure and right answer."""
    hint("log1p(x) is ln(1 + x) without the rounding of 1 + x.")
    z, t = rng.uniform(38, 42, (4,)), np.ones(4)
    entries = loss(student, "BCEWithLogitsLoss", "none").forward(z, t)
    close(entries * 1e17, np.log1p(np.exp(-z)) * 1e17, name="1e17 times it")


@check(points=1, exercise="bce_logits/forward")
def test_bce_logits_forward_keeps_the_dtype(student, rng):
    """BCEWithLogitsLoss.forward keeps the dtype, takes any layout, changes nothing."""
    z, (_, t) = rng.normal((5, 3)), drawn(rng, (5, 3))
    keeps_dtype(student, "BCEWithLogitsLoss", z, t, entropy(sigmoid(z), t))


@check(points=1, exercise="bce_logits/forward")
def test_bce_logits_forward_refuses_what_does_not_fit(student, rng):
    """BCEWithLogitsLoss.forward raises ValueError for targets outside 0 to 1."""
    hint("self.check, then check_range(where, name, array, 0, 1) for the targets.")
    z, (_, t) = rng.normal((4, 3)), drawn(rng, (4, 3))
    theirs = loss(student, "BCEWithLogitsLoss")

    def works():
        return theirs.forward(z, t)

    forward = theirs.forward
    for wrong in (-1.0, 1.5):
        other = t.copy()
        other[2, 1] = wrong
        raises("ValueError", forward, z, other, works=works, when=f"a t is {wrong}")
    raises("ValueError", forward, z[:, :1], t[:, 0], works=works)
    raises("TypeError", forward, z, np.round(t).astype(np.int64), works=works)
    raises("TypeError", forward, np.ones((4, 3), np.int64), t, works=works)


@check(points=1, exercise="bce_logits/backward")
def test_bce_logits_backward_is_sigmoid_minus_target(student, rng):
    """BCEWithLogitsLoss.backward is sigmoid(z) - t, times upstream."""
    z, (_, t), dout = rng.normal((5, 3)), drawn(rng, (5, 3)), rng.normal((5, 3))
    theirs = loss(student, "BCEWithLogitsLoss", "none")
    theirs.forward(z, t)
    expected = (sigmoid(z) - t) * dout
    close(theirs.backward(dout), expected, name="dpred for “none”", N=5)
    theirs = loss(student, "BCEWithLogitsLoss")
    theirs.forward(z, t)
    close(theirs.backward(), (sigmoid(z) - t) / 15, name="dpred", N=5, entries=15)


@check(points=1, exercise="bce_logits/backward")
def test_bce_logits_backward_takes_huge_logits(student, rng):
    """BCEWithLogitsLoss.backward is 0, 1 or -1 for logits of +-800."""
    z = rng.uniform(750, 900, (4,)) * np.array([1, 1, -1, -1])
    theirs = loss(student, "BCEWithLogitsLoss", "sum")
    theirs.forward(z, np.array([0.0, 1.0, 0.0, 1.0]))
    close(theirs.backward(), np.array([1.0, 0.0, 0.0, -1.0]), name="dpred")


@check(
    points=1,
    exercise="bce_logits/backward",
    needs=["bce_logits_forward_is_the_cross_entropy"],
)
def test_bce_logits_backward_is_the_gradient_of_forward(student, rng):
    """BCEWithLogitsLoss.backward agrees with central differences."""
    z, (_, t) = rng.away_from_zero((5, 3)), drawn(rng, (5, 3))
    differentiates(student, "BCEWithLogitsLoss", z, t, rng)


@check(points=1, exercise="bce_logits/backward")
def test_bce_logits_backward_belongs_to_the_latest_forward(student, rng):
    """BCEWithLogitsLoss.backward uses what the latest forward saw, and needs one."""
    z, (_, t) = rng.normal((4, 3)), drawn(rng, (4, 3))
    remembers(student, "BCEWithLogitsLoss", z, t, sigmoid(z) - t)


def scores(rng, shape):
    """Return scores and targets, every margin 1 - t y at least 0.1 from the kink."""
    t = rng.sign(shape)
    margin = rng.away_from_zero(shape)
    margin.flat[0], margin.flat[-1] = 0.7, -0.7
    t.flat[0] = -1.0  # one that counts: overwriting it with 1 shows
    return (1 - margin) * t, t, margin


@check(points=1, exercise="hinge/forward")
def test_hinge_forward_is_the_missing_margin(student, rng):
    """HingeLoss.forward is max(0, 1 - t y), averaged over all entries."""
    for shape in ((6,), (5, 3), (1, 4)):
        y, t, margin = scores(rng, shape)
        expected = np.maximum(margin, 0)
        entries = loss(student, "HingeLoss", "none").forward(y, t)
        close(entries, expected, name="the losses", N=shape[0])
        value = loss(student, "HingeLoss").forward(y, t)
        close(value, expected.mean(), name="the loss", N=shape[0])


@check(points=1, exercise="hinge/forward")
def test_hinge_forward_keeps_the_dtype(student, rng):
    """HingeLoss.forward keeps pred's dtype, takes any layout and leaves pred alone."""
    y, t, margin = scores(rng, (5, 3))
    keeps_dtype(student, "HingeLoss", y, t, np.maximum(margin, 0))


@check(points=1, exercise="hinge/forward")
def test_hinge_forward_refuses_other_targets(student, rng):
    """HingeLoss.forward raises ValueError for targets other than -1 and 1."""
    hint("Targets 0 and 1 are the usual mistake: refuse them instead of learning them.")
    y, t, _ = scores(rng, (4, 3))
    theirs = loss(student, "HingeLoss")

    def works():
        return theirs.forward(y, t)

    forward = theirs.forward
    zero_one = (t + 1) / 2
    zero_one[0, :2] = 0.0, 1.0
    raises("ValueError", forward, y, zero_one, works=works, when="targets are 0 and 1")
    raises("ValueError", forward, y, 2 * t, works=works, when="targets are -2 and 2")
    raises("ValueError", forward, y, t[:3], works=works)
    raises("TypeError", forward, y, t.astype(np.int64), works=works)


@check(points=1, exercise="hinge/backward")
def test_hinge_backward_stops_beyond_the_margin(student, rng):
    """HingeLoss.backward is -t inside the margin, 0 beyond it, times upstream."""
    (y, t, margin), dout = scores(rng, (5, 3)), rng.normal((5, 3))
    slope = np.where(margin > 0, -t, 0.0)
    theirs = loss(student, "HingeLoss")
    theirs.forward(y, t)
    close(theirs.backward(), slope / 15, name="dpred", N=5, entries=15)
    theirs = loss(student, "HingeLoss", "none")
    theirs.forward(y, t)
    close(theirs.backward(dout), slope * dout, name="dpred for “none”", N=5)


@check(points=1, exercise="hinge/backward")
def test_hinge_backward_is_zero_at_the_kink(student, rng):
    """HingeLoss.backward is 0 where t y is exactly 1."""
    t = rng.sign((6,)).astype(np.float32)
    y = t * np.array([1.0, 1.0, 0.5, 2.0, 1.0, -1.0], np.float32)
    theirs = loss(student, "HingeLoss", "sum")
    theirs.forward(y, t)
    expected = -t * np.array([0, 0, 1, 0, 0, 1], np.float32)
    close(theirs.backward(), expected, name="dpred")


@check(
    points=1,
    exercise="hinge/backward",
    needs=["hinge_forward_is_the_missing_margin"],
)
def test_hinge_backward_is_the_gradient_of_forward(student, rng):
    """HingeLoss.backward agrees with central differences."""
    y, t, _ = scores(rng, (5, 3))
    differentiates(student, "HingeLoss", y, t, rng)


@check(points=1, exercise="hinge/backward")
def test_hinge_backward_belongs_to_the_latest_forward(student, rng):
    """HingeLoss.backward uses what the latest forward saw, unchanged, and needs one."""
    y, t, margin = scores(rng, (4, 3))
    remembers(student, "HingeLoss", y, t, np.where(margin > 0, -t, 0.0))
