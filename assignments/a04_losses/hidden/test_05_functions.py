"""Labels, logarithms of sums, likelihoods."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises


@check(points=1, exercise="logsumexp")
def test_logsumexp_is_the_logarithm_of_the_sum(student, rng):
    """The function logsumexp sums e^z along the last axis and takes the logarithm."""
    for shape in ((5,), (4, 3), (3, 3), (1, 4), (2, 3, 4)):
        z = rng.normal(shape)
        expected = np.log(np.exp(z).sum(axis=-1))
        close(student.metrics.logsumexp(z), expected, name="the logsumexp")


@check(points=1, exercise="logsumexp")
def test_logsumexp_works_along_every_axis(student, rng):
    """The function logsumexp drops the axis that it is asked to sum along."""
    hint("The maximum keeps its axis, keepdims=True, and the result loses it.")
    for shape in ((3, 3), (2, 3, 4)):
        z = rng.normal(shape)
        for axis in range(len(shape)):
            expected = np.log(np.exp(z).sum(axis=axis))
            found = student.metrics.logsumexp(z, axis=axis)
            close(found, expected, name=f"the logsumexp along axis {axis}")


@check(points=1, exercise="logsumexp")
def test_logsumexp_takes_huge_numbers(student, rng):
    """The function logsumexp is right for rows around 1000 beside rows around -1000."""
    hint("Subtract the largest number of every row, not of the whole array.")
    z = rng.normal((4, 3))
    shift = np.array([1000.0, -1000.0, 0.0, 3000.0])
    expected = np.log(np.exp(z).sum(axis=1)) + shift
    close(student.metrics.logsumexp(z + shift[:, None]), expected, name="the logsumexp")


@check(points=1, exercise="logsumexp")
def test_logsumexp_keeps_the_dtype(student, rng):
    """The function logsumexp keeps float32, leaves z alone, and refuses integers."""
    z = rng.normal((4, 3))
    for layout in ("C", "F", "strided"):
        placed = student.place(z.astype(np.float32), layout=layout)
        expected = np.log(np.exp(z).sum(axis=1)).astype(np.float32)
        found = student.metrics.logsumexp(placed)
        close(found, expected, name="the logsumexp of float32")
        before = z.astype(np.float32)
        close(student.look(placed), before, name="z afterwards", rtol=0, atol=0)
    ask = student.metrics.logsumexp

    def works():
        return ask(z)

    raises("TypeError", ask, rng.integers(0, 9, (4, 3)), works=works)


@check(points=1, exercise="one_hot")
def test_one_hot_writes_a_one_in_the_labels_column(student, rng):
    """one_hot has a 1 in column `label` of every row, counted from 0."""
    for N, C in ((5, 3), (3, 3), (1, 4), (2, 6)):
        labels = rng.integers(0, C, (N,))
        labels[0] = C - 1
        expected = (labels[:, None] == np.arange(C)).astype(float)
        close(student.metrics.one_hot(labels, C), expected, name="the rows", N=N, C=C)


@check(points=1, exercise="one_hot")
def test_one_hot_obeys_dtype(student, rng):
    """one_hot is float64 unless told else, and takes every integer type."""
    labels = rng.integers(0, 3, (5,))
    expected = labels[:, None] == np.arange(3)
    for kind in (np.int32, np.uint8, np.int64):
        rows = student.metrics.one_hot(labels.astype(kind), 3)
        close(rows, expected.astype(float), name="the rows")
    rows = student.metrics.one_hot(labels, 3, dtype=np.float32)
    close(rows, expected.astype(np.float32), name="the rows of float32")


@check(points=1, exercise="one_hot")
def test_one_hot_refuses_what_is_no_label(student, rng):
    """one_hot raises ValueError for labels outside 0 to C - 1, TypeError for floats."""
    hint("check_labels does it; NumPy takes -1 for the last column.")
    labels = rng.integers(0, 3, (5,))
    ask = student.metrics.one_hot

    def works():
        return ask(labels, 3)

    for wrong in (-1, 3):
        other = labels.copy()
        other[2] = wrong
        raises("ValueError", ask, other, 3, works=works, when=f"a label is {wrong}")
    raises("ValueError", ask, labels[None], 3, works=works)
    raises("TypeError", ask, labels.astype(float), 3, works=works)
    raises("ValueError", ask, labels, 0, works=works, when="num_classes is 0")


def drawn(rng, shape):
    """Return rows of probabilities, and targets that add up to 1."""
    probs, targets = rng.uniform(0.1, 1.0, shape), rng.uniform(0.1, 1.0, shape)
    total = {"axis": 1, "keepdims": True}
    return probs / probs.sum(**total), targets / targets.sum(**total)


@check(points=1, exercise="cross_entropy_rows")
def test_cross_entropy_rows_average_over_the_samples(student, rng):
    """cross_entropy is -sum t ln p over the classes, averaged over the N rows."""
    for N, C in ((5, 3), (3, 3), (2, 4), (1, 4)):
        probs, targets = drawn(rng, (N, C))
        one_hot = np.eye(C)[rng.integers(0, C, (N,))]
        for t in (targets, one_hot):
            value = student.metrics.cross_entropy(probs, t)
            expected = -(t * np.log(probs)).sum() / N
            close(value, expected, name="the cross-entropy", N=N, C=C)


@check(points=1, exercise="cross_entropy_rows")
def test_cross_entropy_rows_need_no_epsilon(student, rng):
    """cross_entropy is exact: 0 ln 0 is 0, and 1e-12 costs 27.63, not less."""
    hint("No clip and no epsilon: only where the target is 0 there is nothing to add.")
    tiny = float(rng.uniform(0.5e-12, 2e-12))
    probs = np.array([[1.0, 0.0, 0.0], [tiny, 1 - tiny, 0.0]])
    targets = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    value = student.metrics.cross_entropy(probs, targets)
    close(value, -np.log(tiny) / 2, name="the cross-entropy", N=2, C=3)


@check(points=1, exercise="cross_entropy_rows")
def test_cross_entropy_rows_refuse_other_shapes(student, rng):
    """cross_entropy raises ValueError for 1-D predictions and unequal shapes."""
    hint("errors.check_shape: probs (N, C), targets the very same shape.")
    probs, targets = drawn(rng, (2, 4))
    ask = student.metrics.cross_entropy

    def works():
        return ask(probs, targets)

    raises("ValueError", ask, probs[0], targets, works=works, when="(4,) meets (2, 4)")
    raises("ValueError", ask, probs[0], targets[0], works=works, when="both are 1-D")
    raises("ValueError", ask, probs[:1], targets, works=works, when="(1, 4), (2, 4)")
    raises("ValueError", ask, probs[:0], targets[:0], works=works)
    raises("TypeError", ask, probs, np.eye(4, dtype=np.int64)[:2], works=works)


@check(points=1, exercise="cross_entropy_rows")
def test_cross_entropy_rows_refuse_what_is_no_probability(student, rng):
    """cross_entropy raises ValueError for probabilities below 0 or above 1."""
    hint("check_range(where, name, array, 0, 1) for both arguments.")
    probs, targets = drawn(rng, (2, 4))
    ask = student.metrics.cross_entropy

    def works():
        return ask(probs, targets)

    for wrong in (-0.2, 1.2):
        other = probs.copy()
        other[1, 2] = wrong
        raises("ValueError", ask, other, targets, works=works, when=f"a p is {wrong}")
        raises("ValueError", ask, probs, other, works=works, when=f"a t is {wrong}")


@check(points=1, exercise="gaussian_nll")
def test_gaussian_nll_is_half_the_squares_and_a_constant(student, rng):
    """gaussian_nll is 1/2 |z_hat - z|^2 + d/2 ln(2 pi), averaged over the rows."""
    for N, d in ((5, 3), (3, 3), (1, 4), (4, 1)):
        z_hat, z = rng.normal((N, d)), rng.normal((N, d))
        squares = ((z_hat - z) ** 2).sum(axis=1)
        expected = (squares / 2 + d / 2 * np.log(2 * np.pi)).mean()
        close(student.metrics.gaussian_nll(z_hat, z), expected, name="it", N=N, d=d)


@check(points=1, exercise="gaussian_nll")
def test_gaussian_nll_refuses_other_shapes(student, rng):
    """gaussian_nll raises ValueError for unequal shapes, TypeError for integers."""
    hint("errors.check_float and errors.check_shape, before anything is computed.")
    z_hat, z = rng.normal((4, 3)), rng.normal((4, 3))
    ask = student.metrics.gaussian_nll

    def works():
        return ask(z_hat, z)

    raises("ValueError", ask, z_hat, z[:1], works=works, when="(4, 3) meets (1, 3)")
    raises("ValueError", ask, z_hat[:, 0], z[:, 0], works=works, when="both are 1-D")
    raises("TypeError", ask, z_hat, rng.integers(0, 9, (4, 3)), works=works)
