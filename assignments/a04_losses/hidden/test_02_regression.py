"""MSELoss, L1Loss and HalfSquaredError.

The reduction is lent from here, so that a mistake in it costs no points of the losses.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, gradients_match, hint, raises
from nabla import losses

LAYOUTS = ("F", "strided", "reversed")
SHAPES = ((6,), (5, 3), (1, 4), (2, 3, 4))


def loss(student, name, reduction):
    """Return the student's loss around our `reduce` and `upstream`."""
    theirs, ours = getattr(student.losses, name)(reduction), losses.Loss(reduction)
    theirs.reduce = student.lend(ours.reduce)
    theirs.upstream = student.lend(ours.upstream)
    return theirs


def refuses(student, rng, name):
    """Check what every loss of two float arrays refuses."""
    pred, target = rng.normal((4, 3)), rng.normal((4, 3))
    theirs = loss(student, name, "mean")

    def works():
        return theirs.forward(pred, target)

    whole, forward = rng.integers(0, 9, (4, 3)), theirs.forward
    raises("TypeError", forward, whole, target, works=works, when="pred is int64")
    raises("TypeError", forward, pred, whole, works=works, when="target is int64")
    column, row = pred[:, :1], target[:, 0]
    raises("ValueError", forward, column, row, works=works, when="(4, 1) meets (4,)")
    raises("ValueError", forward, pred, target[:3], works=works)
    raises("ValueError", forward, pred[:0], target[:0], works=works)


def keeps_dtype(student, rng, name, formula):
    """Check float32, mixed dtypes, memory layouts, and that inputs are left alone."""
    pred, target = rng.normal((5, 3)), rng.normal((5, 3))
    theirs = loss(student, name, "sum")
    for layout in LAYOUTS:
        placed = student.place(pred, layout=layout)
        value = theirs.forward(placed, student.place(target, layout=layout))
        close(value, formula(pred - target).sum(), name="the loss")
        close(student.look(placed), pred, name="pred afterwards", rtol=0, atol=0)
    small = pred.astype(np.float32)
    entries = loss(student, name, "none").forward(small, target)
    expected = formula(small - target.astype(np.float32))
    close(entries, expected, name="the losses of float32")


def remembers(student, rng, name, slope):
    """Check that backward belongs to what forward saw, twice, and needs forward."""
    pred, target = rng.normal((4, 3)), rng.normal((4, 3))
    theirs = loss(student, name, "mean")
    theirs.forward(rng.normal((2, 2)), rng.normal((2, 2)))
    placed, wanted = student.place(pred), student.place(target)
    theirs.forward(placed, wanted)
    for array in (placed, wanted):
        student.numpy.copyto(array, np.full((4, 3), 9.0))
    for title in ("dpred", "dpred the second time"):
        close(theirs.backward(), slope(pred - target) / 12, name=title)
    fresh = loss(student, name, "mean")
    raises("RuntimeError", fresh.backward, works=theirs.backward)


@check(points=1, exercise="mse/forward")
def test_mse_forward_averages_over_all_entries(student, rng):
    """MSELoss.forward is the mean of the squares of all entries, without 1/2."""
    for shape in SHAPES:
        pred, target = rng.normal(shape), rng.normal(shape)
        value = loss(student, "MSELoss", "mean").forward(pred, target)
        expected, N = ((pred - target) ** 2).mean(), shape[0]
        close(value, expected, name="the loss", N=N, per_sample=pred.size // N)


@check(points=1, exercise="mse/forward")
def test_mse_forward_keeps_the_dtype(student, rng):
    """MSELoss.forward keeps pred's dtype, takes any layout and leaves pred alone."""
    keeps_dtype(student, rng, "MSELoss", lambda diff: diff * diff)


@check(points=1, exercise="mse/forward")
def test_mse_forward_refuses_what_does_not_fit(student, rng):
    """MSELoss.forward raises TypeError for integers, ValueError for unequal shapes."""
    hint("self.check(pred, target) checks both; (4, 1) - (4,) would be (4, 4).")
    refuses(student, rng, "MSELoss")


@check(points=2, exercise="mse/backward")
def test_mse_backward_is_twice_the_difference(student, rng):
    """MSELoss.backward is 2 (pred - target) times upstream."""
    for shape in SHAPES:
        pred, target, dout = (rng.normal(shape) for _ in range(3))
        theirs = loss(student, "MSELoss", "mean")
        theirs.forward(pred, target)
        expected, N = 2 * (pred - target) / pred.size, shape[0]
        sizes = {"N": N, "per_sample": pred.size // N}
        close(theirs.backward(), expected, name="dpred", **sizes)
        theirs = loss(student, "MSELoss", "none")
        theirs.forward(pred, target)
        expected = 2 * (pred - target) * dout
        close(theirs.backward(dout), expected, name="dpred for “none”", **sizes)


@check(
    points=1,
    exercise="mse/backward",
    needs=["mse_forward_averages_over_all_entries"],
)
def test_mse_backward_is_the_gradient_of_forward(student, rng):
    """MSELoss.backward agrees with central differences, in float32 to its digits."""
    pred, target = rng.normal((5, 3)), rng.normal((5, 3))
    for reduction in ("mean", "none"):
        gradients_match(
            loss(student, "MSELoss", reduction),
            pred,
            target,
            rng=rng,
            names=["pred"],
            wrt=[0],
            upstream=reduction == "none",
            N=5,
        )
    theirs = loss(student, "MSELoss", "sum")
    theirs.forward(pred.astype(np.float32), target.astype(np.float32))
    expected = (2 * (pred - target)).astype(np.float32)
    close(theirs.backward(), expected, name="dpred of float32")


@check(points=1, exercise="mse/backward")
def test_mse_backward_belongs_to_the_latest_forward(student, rng):
    """MSELoss.backward uses what the latest forward saw, unchanged, and needs one."""
    hint("Save a new array such as pred - target; do not change it in backward.")
    remembers(student, rng, "MSELoss", lambda diff: 2 * diff)


@check(points=1, exercise="l1/forward")
def test_l1_forward_takes_absolute_values(student, rng):
    """L1Loss.forward is the mean of |pred - target| over all entries."""
    for shape in SHAPES:
        pred, target = rng.normal(shape), rng.normal(shape)
        value = loss(student, "L1Loss", "mean").forward(pred, target)
        expected, N = np.abs(pred - target).mean(), shape[0]
        close(value, expected, name="the loss", N=N, per_sample=pred.size // N)
    keeps_dtype(student, rng, "L1Loss", np.abs)


@check(points=1, exercise="l1/forward")
def test_l1_forward_refuses_what_does_not_fit(student, rng):
    """L1Loss.forward raises TypeError for integers, ValueError for unequal shapes."""
    hint("self.check(pred, target) checks both arguments.")
    refuses(student, rng, "L1Loss")


@check(points=1, exercise="l1/backward")
def test_l1_backward_is_the_sign(student, rng):
    """L1Loss.backward is the sign of pred - target, times upstream."""
    target, diff, dout = (rng.away_from_zero((5, 3)) for _ in range(3))
    theirs = loss(student, "L1Loss", "mean")
    theirs.forward(target + diff, target)
    close(theirs.backward(), np.sign(diff) / 15, name="dpred", N=5, entries=15)
    theirs = loss(student, "L1Loss", "none")
    theirs.forward(target + diff, target)
    expected = np.sign(diff) * dout
    close(theirs.backward(dout), expected, name="dpred for “none”")


@check(points=1, exercise="l1/backward")
def test_l1_backward_is_zero_at_the_kink(student, rng):
    """L1Loss.backward is 0 where pred equals target."""
    target = rng.normal((4, 3)).astype(np.float32)
    shift = rng.integers(-1, 2, (4, 3)).astype(np.float32)
    shift[0] = 0.0, 1.0, -1.0
    theirs = loss(student, "L1Loss", "sum")
    theirs.forward(target + shift, target)
    expected = np.sign((target + shift) - target)
    close(theirs.backward(), expected, name="dpred")


@check(points=1, exercise="l1/backward")
def test_l1_backward_belongs_to_the_latest_forward(student, rng):
    """L1Loss.backward uses what the latest forward saw, unchanged, and needs one."""
    remembers(student, rng, "L1Loss", np.sign)


@check(points=1, exercise="half/forward")
def test_half_forward_is_half_the_sum_of_squares(student, rng):
    """HalfSquaredError.forward is 1/2 (pred - target)^2, summed unless told else."""
    for shape in SHAPES:
        pred, target = rng.normal(shape), rng.normal(shape)
        theirs = loss(student, "HalfSquaredError", "sum")
        expected = ((pred - target) ** 2).sum() / 2
        value = theirs.forward(pred, target)
        close(value, expected, name="the loss", N=shape[0], entries=pred.size)
    keeps_dtype(student, rng, "HalfSquaredError", lambda diff: diff * diff / 2)


@check(points=1, exercise="half/forward")
def test_half_forward_refuses_what_does_not_fit(student, rng):
    """HalfSquaredError.forward raises TypeError for integers, ValueError for shapes."""
    hint("self.check(pred, target) checks both arguments.")
    refuses(student, rng, "HalfSquaredError")


@check(points=1, exercise="half/backward")
def test_half_backward_is_the_difference(student, rng):
    """HalfSquaredError.backward is pred - target, times upstream."""
    pred, target, dout = (rng.normal((5, 3)) for _ in range(3))
    theirs = loss(student, "HalfSquaredError", "sum")
    theirs.forward(pred, target)
    close(theirs.backward(), pred - target, name="dpred", N=5)
    theirs = loss(student, "HalfSquaredError", "none")
    theirs.forward(pred, target)
    expected = (pred - target) * dout
    close(theirs.backward(dout), expected, name="dpred for “none”", N=5)


@check(points=1, exercise="half/backward")
def test_half_backward_belongs_to_the_latest_forward(student, rng):
    """HalfSquaredError.backward uses what the latest forward saw, and needs one."""
    remembers(student, rng, "HalfSquaredError", lambda diff: diff)
