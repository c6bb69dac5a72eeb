"""NLLLoss, CrossEntropyLoss, KLDivLoss, and cross-entropy with smoothed labels.

The reduction is lent from here, so that a mistake in it costs no points of the losses.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, gradients_match, hint, raises
from nabla import losses

LAYOUTS = ("F", "strided", "reversed")
SHAPES = ((5, 3), (4, 4), (3, 5), (1, 4), (3, 1))


def loss(student, name, reduction="mean", *before):
    """Return the student's loss around our `reduce` and `upstream`."""
    theirs = getattr(student.losses, name)(*before, reduction)
    ours = losses.KLDivLoss(reduction)
    theirs.reduce = student.lend(ours.reduce)
    theirs.upstream = student.lend(ours.upstream)
    return theirs


def drawn(rng, shape, scale=1.0):
    """Return logits and labels; the first label is the last class."""
    labels = rng.integers(0, shape[1], (shape[0],))
    labels[0] = shape[1] - 1
    return rng.normal(shape, scale), labels


def log_softmax(z):
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def rows(labels, C):
    """Return the labels as rows of zeros and a one."""
    return (labels[:, None] == np.arange(C)).astype(float)


def picked(table, labels):
    return np.array([row[label] for row, label in zip(table, labels, strict=True)])


def refuses(rng, theirs):
    """Check what every loss of scores and labels refuses."""
    z, labels = drawn(rng, (4, 3))

    def works():
        return theirs.forward(z, labels)

    forward = theirs.forward
    for wrong in (-1, 3):
        other = labels.copy()
        other[2] = wrong
        raises("ValueError", forward, z, other, works=works, when=f"a label is {wrong}")
    raises("ValueError", forward, z, labels[:3], works=works)
    raises("ValueError", forward, z[0], labels[:1], works=works)
    raises("ValueError", forward, z[:0], labels[:0], works=works)
    floats = labels.astype(float)
    raises("TypeError", forward, z, floats, works=works, when="labels are floats")
    one_hot = rows(labels, 3)
    raises("TypeError", forward, z, one_hot, works=works, when="labels are one-hot")
    whole = rng.integers(0, 9, (4, 3))
    raises("TypeError", forward, whole, labels, works=works, when="pred is int64")


def remembers(student, rng, make, expected):
    """Check that backward belongs to what forward saw, twice, and needs forward."""
    z, labels = drawn(rng, (4, 3))
    theirs = make()
    theirs.forward(z[:2, :2], labels[:2] % 2)
    placed, classes = student.place(z), student.place(labels)
    theirs.forward(placed, classes)
    student.numpy.copyto(placed, np.ones((4, 3)))
    student.numpy.copyto(classes, (labels + 1) % 3)
    for title in ("dpred", "dpred the second time"):
        close(theirs.backward(), expected(z, labels), name=title)
    raises("RuntimeError", make().backward, works=theirs.backward)


@check(points=1, exercise="nll/forward")
def test_nll_forward_picks_the_label_of_every_row(student, rng):
    """NLLLoss.forward is minus the mean of log_probs[n, labels[n]]."""
    for shape in SHAPES:
        z, labels = drawn(rng, shape)
        expected = -picked(log_softmax(z), labels).mean()
        value = loss(student, "NLLLoss").forward(log_softmax(z), labels)
        close(value, expected, name="the loss", N=shape[0], C=shape[1])


@check(points=1, exercise="nll/forward")
def test_nll_forward_has_one_loss_per_sample(student, rng):
    """NLLLoss.forward with "none" gives (N,), in pred's dtype, of any layout."""
    z, labels = drawn(rng, (5, 3))
    theirs, expected = loss(student, "NLLLoss", "none"), -picked(z, labels)
    for layout in LAYOUTS:
        placed = student.place(z, layout=layout)
        close(theirs.forward(placed, labels), expected, name="the losses", N=5)
    small = z.astype(np.float32)
    entries = theirs.forward(small, labels.astype(np.int32))
    close(entries, -picked(small, labels), name="the losses of float32")


@check(points=1, exercise="nll/forward")
def test_nll_forward_refuses_what_is_no_label(student, rng):
    """NLLLoss.forward raises ValueError for labels outside 0 to C - 1."""
    hint("self.check_classes(pred, labels): label -1 would silently be the last class.")
    refuses(rng, loss(student, "NLLLoss"))


@check(points=1, exercise="nll/backward")
def test_nll_backward_is_minus_one_at_the_label(student, rng):
    """NLLLoss.backward is -1/N in the column of every label, 0 elsewhere."""
    for shape in SHAPES:
        z, labels = drawn(rng, shape)
        theirs, N = loss(student, "NLLLoss"), shape[0]
        theirs.forward(z, labels)
        expected = -rows(labels, shape[1]) / N
        close(theirs.backward(), expected, name="dpred", N=N, C=shape[1])


@check(points=1, exercise="nll/backward")
def test_nll_backward_uses_upstream(student, rng):
    """NLLLoss.backward with "none" multiplies row n by dout[n], in pred's dtype."""
    for dtype in (np.float64, np.float32):
        z, labels = drawn(rng, (4, 4))
        dout = rng.away_from_zero((4,)).astype(dtype)
        theirs = loss(student, "NLLLoss", "none")
        theirs.forward(z.astype(dtype), labels)
        expected = (-rows(labels, 4) * dout[:, None]).astype(dtype)
        close(theirs.backward(dout), expected, name="dpred for “none”", N=4)


@check(points=1, exercise="nll/backward")
def test_nll_backward_belongs_to_the_latest_forward(student, rng):
    """NLLLoss.backward uses what the latest forward saw, unchanged, and needs one."""
    hint("Save a copy of the labels.")
    remembers(
        student,
        rng,
        lambda: loss(student, "NLLLoss", "sum"),
        lambda _, labels: -rows(labels, 3),
    )


@check(points=2, exercise="cross_entropy/forward")
def test_cross_entropy_forward_is_the_mean_over_samples(student, rng):
    """CrossEntropyLoss.forward is the mean of logsumexp(z) - z[label] over the rows."""
    for shape in SHAPES:
        z, labels = drawn(rng, shape, 2.0)
        z[0, labels[0]] -= 12.0  # a small probability, in which an epsilon shows
        expected = -picked(log_softmax(z), labels).mean()
        value = loss(student, "CrossEntropyLoss").forward(z, labels)
        close(value, expected, name="the loss", N=shape[0], C=shape[1])


@check(points=1, exercise="cross_entropy/forward")
def test_cross_entropy_forward_begins_at_ln_c(student, rng):
    """CrossEntropyLoss.forward is ln C for equal logits, whatever their value."""
    for C in (2, 10, int(rng.integers(11, 30))):
        z = np.full((3, C), float(rng.normal()))
        labels = rng.integers(0, C, (3,))
        value = loss(student, "CrossEntropyLoss").forward(z, labels)
        close(value, np.log(C), name="the loss", C=C)


@check(points=1, exercise="cross_entropy/forward")
def test_cross_entropy_forward_takes_huge_logits(student, rng):
    """CrossEntropyLoss.forward is right for logits of 1000 and of -1000."""
    hint("Subtract each row's maximum, and take the logarithm of the sum, not of p.")
    big = rng.uniform(900, 1100, (4,))
    z = np.zeros((4, 3))
    z[0, 0], z[1, 0], z[2, 1] = big[0], big[1], -big[2]
    z[3] = -big[3]
    labels = np.array([0, 2, 1, 0])
    expected = [0.0, big[1], big[2] + np.log(2), np.log(3)]
    entries = loss(student, "CrossEntropyLoss", "none").forward(z, labels)
    close(entries, np.array(expected), name="the losses", N=4, C=3)


@check(points=1, exercise="cross_entropy/forward")
def test_cross_entropy_forward_ignores_a_shift(student, rng):
    """CrossEntropyLoss.forward stays the same when a row's logits all grow by c."""
    hint("The maximum belongs to each row: max(axis=1, keepdims=True).")
    z, labels = drawn(rng, (4, 3))
    shift = np.array([[0.0], [800.0], [-900.0], [3.0]])
    theirs = loss(student, "CrossEntropyLoss", "none")
    expected = -picked(log_softmax(z), labels)
    entries = theirs.forward(z + shift, labels)
    close(entries, expected, name="the losses", rtol=1e-6)  # the shift costs digits


@check(points=1, exercise="cross_entropy/forward")
def test_cross_entropy_forward_keeps_the_dtype(student, rng):
    """CrossEntropyLoss.forward keeps the dtype, takes any layout, leaves pred alone."""
    z, labels = drawn(rng, (5, 3))
    theirs = loss(student, "CrossEntropyLoss", "none")
    expected = -picked(log_softmax(z), labels)
    for layout in LAYOUTS:
        placed = student.place(z, layout=layout)
        entries = theirs.forward(placed, labels)
        close(entries, expected, name="the losses", rtol=1e-6)  # not about digits
        close(student.look(placed), z, name="pred afterwards", rtol=0, atol=0)
    entries = theirs.forward(z.astype(np.float32), labels.astype(np.int32))
    close(entries, expected.astype(np.float32), name="the losses of float32")


@check(points=1, exercise="cross_entropy/forward")
def test_cross_entropy_forward_refuses_what_is_no_label(student, rng):
    """CrossEntropyLoss.forward raises ValueError for labels outside 0 to C - 1."""
    hint("self.check_classes(pred, labels) checks scores and labels.")
    refuses(rng, loss(student, "CrossEntropyLoss"))


@check(points=2, exercise="cross_entropy/backward")
def test_cross_entropy_backward_is_softmax_minus_one_hot(student, rng):
    """CrossEntropyLoss.backward is (softmax(z) - one_hot(labels)) / N."""
    for shape in SHAPES:
        z, labels = drawn(rng, shape, 2.0)
        theirs, (N, C) = loss(student, "CrossEntropyLoss"), shape
        theirs.forward(z, labels)
        expected = (np.exp(log_softmax(z)) - rows(labels, C)) / N
        close(theirs.backward(), expected, name="dpred", N=N, C=C)


@check(points=1, exercise="cross_entropy/backward")
def test_cross_entropy_backward_uses_upstream(student, rng):
    """CrossEntropyLoss.backward with "none" multiplies row n by dout[n]."""
    for dtype in (np.float64, np.float32):
        z, labels = drawn(rng, (4, 4))
        dout = rng.away_from_zero((4,)).astype(dtype)
        theirs = loss(student, "CrossEntropyLoss", "none")
        theirs.forward(z.astype(dtype), labels)
        slope = np.exp(log_softmax(z)) - rows(labels, 4)
        expected = (slope * dout[:, None]).astype(dtype)
        close(theirs.backward(dout), expected, name="dpred for “none”", N=4)


@check(points=1, exercise="cross_entropy/backward")
def test_cross_entropy_backward_takes_huge_logits(student, rng):
    """CrossEntropyLoss.backward is right for logits of 1000 and of -1000."""
    z = np.zeros((3, 3))
    z[0, 0], z[1, 0] = rng.uniform(900, 1100, (2,))
    z[2] = -1000.0
    theirs = loss(student, "CrossEntropyLoss", "sum")
    theirs.forward(z, np.array([0, 2, 1]))
    third = 1 / 3
    expected = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, -1.0], [third, -2 * third, third]])
    close(theirs.backward(), expected, name="dpred", N=3)


@check(
    points=1,
    exercise="cross_entropy/backward",
    needs=[
        "cross_entropy_forward_is_the_mean_over_samples",
        "cross_entropy_forward_begins_at_ln_c",
    ],
)
def test_cross_entropy_backward_is_the_gradient_of_forward(student, rng):
    """CrossEntropyLoss.backward agrees with central differences."""
    z, labels = drawn(rng, (5, 3))
    for reduction in ("mean", "none"):
        gradients_match(
            loss(student, "CrossEntropyLoss", reduction),
            z,
            labels,
            rng=rng,
            names=["pred"],
            upstream=reduction == "none",
            N=5,
            C=3,
        )


@check(points=1, exercise="cross_entropy/backward")
def test_cross_entropy_backward_belongs_to_the_latest_forward(student, rng):
    """CrossEntropyLoss.backward uses what the latest forward saw, and needs one."""
    hint("Save arrays of your own, and do not change them in backward.")
    remembers(
        student,
        rng,
        lambda: loss(student, "CrossEntropyLoss", "sum"),
        lambda z, labels: np.exp(log_softmax(z)) - rows(labels, 3),
    )


@check(
    points=1,
    exercise="cross_entropy/backward",
    needs=[
        "reduce_gives_the_mean_over_all_entries",
        "reduce_gives_the_sum_or_nothing",
        "upstream_shares_out_the_mean",
        "upstream_of_none_is_dout",
        "cross_entropy_forward_is_the_mean_over_samples",
        "cross_entropy_forward_begins_at_ln_c",
        "cross_entropy_forward_takes_huge_logits",
        "cross_entropy_forward_ignores_a_shift",
    ],
)
def test_cross_entropy_works_with_your_own_reduction(student, rng):
    """CrossEntropyLoss gives value and gradient around your own reduction.

    "sum" is N times "mean", and the rows of the gradient add up to 0.
    """
    z, labels = drawn(rng, (5, 3))
    slope = np.exp(log_softmax(z)) - rows(labels, 3)
    entries = -picked(log_softmax(z), labels)
    for reduction, value, gradient in (
        ("mean", entries.mean(), slope / 5),
        ("sum", entries.sum(), slope),
    ):
        theirs = student.losses.CrossEntropyLoss(reduction)
        close(theirs.forward(z, labels), value, name="the loss", N=5, C=3)
        found = theirs.backward()
        close(found, gradient, name="dpred", N=5, C=3)
        close(found.sum(axis=1), np.zeros(5), name="sums of its rows", atol=1e-9)


def distributions(rng, shape):
    """Return ln q and p, both rows that add up to 1."""
    p = rng.uniform(0.1, 1.0, shape)
    return log_softmax(rng.normal(shape)), p / p.sum(axis=1, keepdims=True)


@check(points=1, exercise="kl/forward")
def test_kl_forward_is_the_divergence_of_p_from_q(student, rng):
    """KLDivLoss.forward is the sum of p (ln p - ln q), over N with "batchmean"."""
    for shape in ((4, 3), (3, 3), (1, 5)):
        log_q, p = distributions(rng, shape)
        expected = (p * (np.log(p) - log_q)).sum() / shape[0]
        value = loss(student, "KLDivLoss", "batchmean").forward(log_q, p)
        close(value, expected, name="the loss", N=shape[0], C=shape[1])
    small = loss(student, "KLDivLoss", "none").forward(log_q.astype(np.float32), p)
    expected = (p * (np.log(p) - log_q)).astype(np.float32)
    close(small, expected, name="the losses of float32")


@check(points=1, exercise="kl/forward")
def test_kl_forward_takes_zero_probabilities(student, rng):
    """KLDivLoss.forward counts 0 ln 0 as 0: for one-hot p it is the cross-entropy."""
    hint("Where p is 0 the entry is 0, whatever the logarithm says.")
    log_q, _ = distributions(rng, (4, 3))
    labels = rng.integers(0, 3, (4,))
    entries = loss(student, "KLDivLoss", "none").forward(log_q, rows(labels, 3))
    close(entries, -rows(labels, 3) * log_q, name="the losses")


@check(points=1, exercise="kl/forward")
def test_kl_forward_refuses_negative_probabilities(student, rng):
    """KLDivLoss.forward raises ValueError for negative p and unequal shapes."""
    hint("self.check, then check_range(where, “target”, p, 0, math.inf).")
    log_q, p = distributions(rng, (4, 3))
    theirs = loss(student, "KLDivLoss", "batchmean")

    def works():
        return theirs.forward(log_q, p)

    forward, negative = theirs.forward, p.copy()
    negative[1, 2] = -0.1
    raises("ValueError", forward, log_q, negative, works=works, when="a p is negative")
    raises("ValueError", forward, log_q, p[:3], works=works)
    raises("ValueError", forward, log_q[:, :1], p[:, 0], works=works)
    raises("TypeError", forward, log_q, np.ones((4, 3), np.int64), works=works)


@check(points=1, exercise="kl/backward")
def test_kl_backward_is_minus_p(student, rng):
    """KLDivLoss.backward is -p, the derivative for ln q, times upstream."""
    (log_q, p), dout = distributions(rng, (4, 3)), rng.normal((4, 3))
    for reduction, upstream, arguments in (
        ("batchmean", 1 / 4, ()),
        ("none", dout, (dout,)),
    ):
        theirs = loss(student, "KLDivLoss", reduction)
        theirs.forward(log_q, p)
        close(theirs.backward(*arguments), -p * upstream, name="dpred", N=4, C=3)


@check(points=1, exercise="kl/backward")
def test_kl_backward_belongs_to_the_latest_forward(student, rng):
    """KLDivLoss.backward uses what the latest forward saw, unchanged, and needs one."""
    hint("Save a copy of p.")
    log_q, p = distributions(rng, (4, 3))
    theirs = loss(student, "KLDivLoss", "sum")
    theirs.forward(log_q[:2], p[:2])
    placed = student.place(p)
    theirs.forward(log_q, placed)
    student.numpy.copyto(placed, np.ones((4, 3)))
    for title in ("dpred", "dpred the second time"):
        close(theirs.backward(), -p, name=title)
    fresh = loss(student, "KLDivLoss", "sum")
    raises("RuntimeError", fresh.backward, works=theirs.backward)


NAME = "SmoothedCrossEntropyLoss"


def smoothed(labels, C, a):
    return (1 - a) * rows(labels, C) + a / C


@check(points=1, exercise="smoothing/forward")
def test_smoothing_forward_is_the_cross_entropy_with_soft_labels(student, rng):
    """SmoothedCrossEntropyLoss.forward compares with (1 - a) one_hot + a / C."""
    for shape in ((5, 3), (4, 4), (1, 4)):
        z, labels = drawn(rng, shape)
        for a in (0.0, float(rng.uniform(0.1, 0.9)), 1.0):
            soft = smoothed(labels, shape[1], a)
            expected = -(soft * log_softmax(z)).sum(axis=1).mean()
            value = loss(student, NAME, "mean", a).forward(z, labels)
            close(value, expected, name="the loss", N=shape[0], C=shape[1])
    small = loss(student, NAME, "none", a).forward(z.astype(np.float32), labels)
    expected = -(soft * log_softmax(z)).sum(axis=1).astype(np.float32)
    close(small, expected, name="the losses of float32")


@check(points=1, exercise="smoothing/forward")
def test_smoothing_forward_takes_huge_logits_and_no_wrong_labels(student, rng):
    """SmoothedCrossEntropyLoss.forward takes logits of 1000 and refuses bad labels."""
    z, big = np.zeros((2, 4)), float(rng.uniform(900, 1100))
    z[:, 1] = big
    theirs = loss(student, NAME, "none", 0.2)
    entries = theirs.forward(z, np.array([1, 0]))
    close(entries, np.array([0.15 * big, 0.95 * big]), name="the losses")
    refuses(rng, loss(student, NAME, "mean", 0.2))


@check(points=1, exercise="smoothing/backward")
def test_smoothing_backward_is_softmax_minus_soft_labels(student, rng):
    """SmoothedCrossEntropyLoss.backward is softmax(z) - (1 - a) one_hot - a / C."""
    for shape in ((5, 3), (4, 4), (1, 4)):
        z, labels = drawn(rng, shape)
        a, (N, C) = float(rng.uniform(0.1, 0.9)), shape
        slope = np.exp(log_softmax(z)) - smoothed(labels, C, a)
        theirs = loss(student, NAME, "mean", a)
        theirs.forward(z, labels)
        close(theirs.backward(), slope / N, name="dpred", N=N, C=C)


@check(points=1, exercise="smoothing/backward")
def test_smoothing_backward_uses_upstream(student, rng):
    """SmoothedCrossEntropyLoss.backward with "none" multiplies row n by dout[n]."""
    (z, labels), dout = drawn(rng, (4, 4)), rng.away_from_zero((4,))
    theirs = loss(student, NAME, "none", 0.3)
    theirs.forward(z, labels)
    slope = np.exp(log_softmax(z)) - smoothed(labels, 4, 0.3)
    close(theirs.backward(dout), slope * dout[:, None], name="dpred", N=4)


@check(points=1, exercise="smoothing/backward")
def test_smoothing_backward_belongs_to_the_latest_forward(student, rng):
    """SmoothedCrossEntropyLoss.backward uses what the latest forward saw."""
    remembers(
        student,
        rng,
        lambda: loss(student, NAME, "sum", 0.3),
        lambda z, labels: np.exp(log_softmax(z)) - smoothed(labels, 3, 0.3),
    )
