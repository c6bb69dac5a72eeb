"""From many losses to one number: `reduce` and `upstream` of the base class."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises

SHAPES = ((7,), (4, 3), (1, 5), (3, 1), (2, 3, 4))


@check(points=1, exercise="reduction/forward")
def test_reduce_gives_the_mean_over_all_entries(student, rng):
    """Loss.reduce with "mean" divides the sum by the number of all entries."""
    loss = student.losses.Loss("mean")
    for shape in SHAPES:
        losses = rng.uniform(0.5, 2.0, shape)
        close(loss.reduce(losses), losses.mean(), name="the mean", N=shape[0])


@check(points=1, exercise="reduction/forward")
def test_reduce_gives_the_sum_or_nothing(student, rng):
    """Loss.reduce adds up with "sum"; with "none" it changes nothing; float32 stays."""
    for dtype in (np.float64, np.float32):
        losses = rng.uniform(0.5, 2.0, (4, 3)).astype(dtype)
        total = student.losses.Loss("sum").reduce(losses)
        close(total, np.asarray(losses.sum()), name="the sum", N=4, entries=12)
        same = student.losses.Loss("none").reduce(losses)
        close(same, losses, name="the losses with “none”")


@check(points=1, exercise="reduction/forward")
def test_reduce_divides_a_batchmean_by_the_first_axis(student, rng):
    """With "batchmean", as KLDivLoss has it, the sum is divided by the first axis."""
    hint("self.divisor(losses.shape) is right for every reduction.")
    for shape in SHAPES:
        losses = rng.uniform(0.5, 2.0, shape)
        value = student.losses.KLDivLoss("batchmean").reduce(losses)
        close(value, losses.sum() / shape[0], name="the batchmean", N=shape[0])


@check(points=1, exercise="reduction/backward")
def test_upstream_shares_out_the_mean(student, rng):
    """Loss.upstream is 1 / divisor for every loss: mean, sum and batchmean."""
    for shape in SHAPES:
        losses = rng.normal(shape)
        for make, divisor in (
            (student.losses.Loss("mean"), losses.size),
            (student.losses.Loss("sum"), 1),
            (student.losses.KLDivLoss("batchmean"), shape[0]),
        ):
            expected = np.full(shape, 1 / divisor)
            close(make.upstream(None, losses), expected, name="upstream", N=shape[0])


@check(points=1, exercise="reduction/backward")
def test_upstream_of_none_is_dout(student, rng):
    """With "none", Loss.upstream is dout, in the dtype of the losses."""
    loss = student.losses.Loss("none")
    for dtype in (np.float64, np.float32):
        losses, dout = rng.normal((4, 3)).astype(dtype), rng.normal((4, 3))
        close(loss.upstream(dout, losses), dout.astype(dtype), name="upstream")
    shared = student.losses.Loss("mean").upstream(None, losses)
    close(shared, np.full((4, 3), 1 / 12, np.float32), name="upstream of float32")


@check(points=1, exercise="reduction/backward")
def test_upstream_refuses_a_dout_that_does_not_fit(student, rng):
    """Loss.upstream raises ValueError if dout is missing, too much or misshapen."""
    hint("Only “none” takes dout, and then it must have the shape of the losses.")
    losses, dout = rng.normal((4, 3)), rng.normal((4, 3))
    free, mean = student.losses.Loss("none"), student.losses.Loss("mean")

    def works():
        return free.upstream(dout, losses)

    def works_without():
        return mean.upstream(None, losses)

    ask = free.upstream
    raises("ValueError", ask, None, losses, works=works, when="“none” gets no dout")
    raises("ValueError", ask, dout[:2], losses, works=works)
    raises("ValueError", ask, dout[0], losses, works=works)
    raises(
        "ValueError",
        mean.upstream,
        dout,
        losses,
        works=works_without,
        when="“mean” gets a dout",
    )
