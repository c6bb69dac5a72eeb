"""The worked numbers of the lectures: practice, without points.

The graded checks use other numbers, other shapes and other dtypes.
"""

from __future__ import annotations

import math

import numpy as np

from autograder.suite import check, close, gradients_match, raises

F = np.array([30.0, 80.0, 85.0])
Y = np.array([90.0, 20.0, 95.0])
PRED = np.array([[0.0, 2.0], [3.0, 4.0]])
TARGET = np.array([[1.0, 2.0], [0.0, 0.0]])
P = np.array([0.8, 0.2, 0.2, 0.75])
T = np.array([1.0, 1.0, 0.0, 0.6])
Z = np.array([[2.0, -1.0, 0.5], [0.0, 0.0, 0.0], [1.0, 3.0, -2.0]])
LABELS = np.array([0, 2, 1])
EACH = np.array([0.24131129665715703, 1.0986122886681098, 0.13284523372757556])
DZ = np.array(
    [
        [-0.07146765513690803, 0.013037524423562482, 0.05843013071334556],
        [1 / 9, 1 / 9, -2 / 9],
        [0.03949988484500319, -0.04146646831230412, 0.0019665834673009263],
    ]
)


def entries(student, name, *options):
    """Return a loss with "none" whose reduction stands here: a loss per entry.

    So a mistake in your `reduce` or `upstream` does not show in the checks of a loss.
    """
    loss = getattr(student.losses, name)(*options, reduction="none")
    loss.reduce = student.lend(lambda losses: losses)
    loss.upstream = student.lend(lambda dout, losses: dout.astype(losses.dtype))
    return loss


def slopes(student, name, pred, target, *options):
    """Return what backward gives when the upstream gradient is 1 for every entry."""
    loss = entries(student, name, *options)
    loss.forward(pred, target)
    return loss.backward(np.ones(target.shape))


@check(exercise="reduction/forward")
def test_worked_reduce(student):
    """Loss.reduce gives 2433.33 for the squares 3600, 3600 and 100, their sum 7300."""
    squares = np.array([3600.0, 3600.0, 100.0])
    close(student.losses.Loss().reduce(squares), 7300 / 3, name="the mean", N=3)
    close(student.losses.Loss("sum").reduce(squares), 7300.0, name="the sum", N=3)


@check(exercise="reduction/backward")
def test_worked_upstream(student):
    """Loss.upstream is 1/4 for each of four losses with "mean", 1 with "sum"."""
    found = student.losses.Loss().upstream(None, PRED)
    close(found, np.full((2, 2), 0.25), name="upstream", N=2)
    found = student.losses.Loss("sum").upstream(None, PRED)
    close(found, np.ones((2, 2)), name="upstream", N=2)


@check(exercise="mse/forward")
def test_worked_mse_forward(student):
    """MSELoss.forward gives the squares of lecture 003's table, and refuses shapes."""
    loss = entries(student, "MSELoss")
    close(loss.forward(F, Y), np.array([3600.0, 3600.0, 100.0]), name="the losses")
    raises("ValueError", loss.forward, F, Y[:2], works=lambda: loss.forward(F, Y))


@check(exercise="mse/backward")
def test_worked_mse_backward(student):
    """MSELoss.backward gives -120, 120 and -20 before the mean divides by 3."""
    found = slopes(student, "MSELoss", F, Y)
    close(found, np.array([-120.0, 120.0, -20.0]), name="dpred", N=3)


@check(exercise="l1/forward")
def test_worked_l1_forward(student):
    """L1Loss.forward gives 60, 60 and 10 for the same table."""
    found = entries(student, "L1Loss").forward(F, Y)
    close(found, np.array([60.0, 60.0, 10.0]), name="the losses")


@check(exercise="l1/backward")
def test_worked_l1_backward(student):
    """L1Loss.backward gives -1, 0, 1 and 1: 0 where pred equals target."""
    found = slopes(student, "L1Loss", PRED, TARGET)
    close(found, np.array([[-1.0, 0.0], [1.0, 1.0]]), name="dpred")


@check(exercise="half/forward")
def test_worked_half_forward(student):
    """HalfSquaredError.forward gives 0.02, 0.32, 0.02 and 0.01125."""
    found = entries(student, "HalfSquaredError").forward(P, T)
    close(found, np.array([0.02, 0.32, 0.02, 0.01125]), name="the losses")


@check(exercise="half/backward")
def test_worked_half_backward(student):
    """HalfSquaredError.backward gives -0.2, -0.8, 0.2 and 0.15."""
    found = slopes(student, "HalfSquaredError", P, T)
    close(found, np.array([-0.2, -0.8, 0.2, 0.15]), name="dpred")


SCORES = np.array([0.3, 1.0, 2.0, 0.3, -2.0])
SIGNS = np.array([1.0, 1.0, 1.0, -1.0, -1.0])


@check(exercise="hinge/forward")
def test_worked_hinge_forward(student):
    """HingeLoss.forward gives 0.7, 0, 0, 1.3 and 0."""
    found = entries(student, "HingeLoss").forward(SCORES, SIGNS)
    close(found, np.array([0.7, 0.0, 0.0, 1.3, 0.0]), name="the losses")


@check(exercise="hinge/backward")
def test_worked_hinge_backward(student):
    """HingeLoss.backward gives -1, 0, 0, 1 and 0: 0 also at the kink."""
    found = slopes(student, "HingeLoss", SCORES, SIGNS)
    close(found, np.array([-1.0, 0.0, 0.0, 1.0, 0.0]), name="dpred")


@check(exercise="bce/forward")
def test_worked_bce_forward(student):
    """BCELoss.forward gives 0.223, 1.609, 0.223, and 0.727 for the soft target."""
    found = entries(student, "BCELoss").forward(P, T)
    low, high = 0.2231435513142097, 1.6094379124341003
    expected = np.array([low, high, low, 0.7271269879190247])
    close(found, expected, name="the losses")


@check(exercise="bce/backward")
def test_worked_bce_backward(student):
    """BCELoss.backward gives -1.25, -5 and 1.25 for the targets 1, 1 and 0."""
    found = slopes(student, "BCELoss", P[:3], T[:3])
    close(found, np.array([-1.25, -5.0, 1.25]), name="dpred")


LOGITS = np.array([0.3, -2.0, 40.0, -800.0])
HARD = np.array([1.0, 0.0, 0.0, 1.0])


@check(exercise="bce_logits/forward")
def test_worked_bce_logits_forward(student):
    """BCEWithLogitsLoss.forward gives 0.554, 0.127, 40 and 800."""
    found = entries(student, "BCEWithLogitsLoss").forward(LOGITS, HARD)
    expected = np.array([0.5543552444685271, 0.1269280110429727, 40.0, 800.0])
    close(found, expected, name="the losses")


@check(exercise="bce_logits/backward")
def test_worked_bce_logits_backward(student):
    """BCEWithLogitsLoss.backward gives sigmoid(z) - t: -0.426, 0.119, 1 and -1."""
    found = slopes(student, "BCEWithLogitsLoss", LOGITS, HARD)
    first = 1 / (1 + math.exp(-0.3)) - 1
    second = 1 / (1 + math.exp(2.0))
    close(found, np.array([first, second, 1.0, -1.0]), name="dpred")


@check(exercise="nll/forward")
def test_worked_nll_forward(student):
    """NLLLoss.forward gives 0.357 for P(dog) = 0.7 and 1.204 for 0.3."""
    log_probs = np.log(np.array([[0.7, 0.3], [0.7, 0.3]]))
    found = entries(student, "NLLLoss").forward(log_probs, np.array([0, 1]))
    close(found, np.array([0.35667494393873245, 1.2039728043259361]), name="the losses")


@check(exercise="nll/backward")
def test_worked_nll_backward(student):
    """NLLLoss.backward is -1 in every label's column."""
    found = slopes(student, "NLLLoss", Z, LABELS)
    expected = np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, -1.0, 0.0]])
    close(found, expected, name="dpred")


@check(exercise="cross_entropy/forward")
def test_worked_cross_entropy_forward(student):
    """CrossEntropyLoss.forward gives 0.241, ln 3 and 0.133 for the handout's logits."""
    loss = entries(student, "CrossEntropyLoss")
    close(loss.forward(Z, LABELS), EACH, name="the losses")

    def works():
        return loss.forward(Z, LABELS)

    raises("ValueError", loss.forward, Z, LABELS + 1, works=works)
    raises("TypeError", loss.forward, Z, LABELS * 1.0, works=works)


@check(exercise="cross_entropy/backward", needs=["worked_cross_entropy_forward"])
def test_worked_cross_entropy_backward(student, rng):
    """CrossEntropyLoss.backward gives the handout's gradient, and that of forward."""
    found = slopes(student, "CrossEntropyLoss", Z, LABELS)
    close(found, 3 * DZ, name="dpred", N=3, C=3)
    gradients_match(
        entries(student, "CrossEntropyLoss"), Z, LABELS, rng=rng, names=["pred"]
    )


@check(exercise="kl/forward")
def test_worked_kl_forward(student):
    """KLDivLoss.forward adds up to 0.218 for the handout's p and q."""
    p, q = np.array([[0.5, 0.3, 0.2]]), np.array([[0.25, 0.25, 0.5]])
    found = entries(student, "KLDivLoss").forward(np.log(q), p)
    close(found.sum(), 0.218011910943328, name="the divergence")


@check(exercise="kl/backward")
def test_worked_kl_backward(student):
    """KLDivLoss.backward is -p."""
    p, q = np.array([[0.5, 0.3, 0.2]]), np.array([[0.25, 0.25, 0.5]])
    close(slopes(student, "KLDivLoss", np.log(q), p), -p, name="dpred")


@check(exercise="logsumexp")
def test_worked_logsumexp(student):
    """The function logsumexp gives 3.4076 for (1, 2, 3), 999 more for (1000, …)."""
    z = np.array([1.0, 2.0, 3.0])
    found = student.metrics.logsumexp(np.array([z, z + 999.0]))
    close(found, 3.4076059644443806 + np.array([0.0, 999.0]), name="the logsumexp")


@check(exercise="one_hot")
def test_worked_one_hot(student):
    """The function one_hot writes lecture 001's “class3”, our label 2, as 0 0 1 0."""
    found = student.metrics.one_hot(np.array([2, 0]), 4)
    expected = np.array([[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]])
    close(found, expected, name="the rows")


@check(exercise="cross_entropy_rows")
def test_worked_cross_entropy(student):
    """The function cross_entropy gives 0.04 and 1.39 of lecture 000, unrounded."""
    target = np.array([[0.0, 0.0, 0.0, 1.0]])
    for row, expected in (
        ([0.01, 0.01, 0.01, 0.96], 0.040821994520255166),
        ([0.25, 0.25, 0.25, 0.25], 1.3862943611198906),
    ):
        found = student.metrics.cross_entropy(np.array([row]), target)
        close(found, expected, name="the cross-entropy", C=4)


@check(exercise="gaussian_nll")
def test_worked_gaussian_nll(student):
    """The function gaussian_nll gives 26/4 + ln(2 pi) for the 2 x 2 example."""
    found = student.metrics.gaussian_nll(PRED, TARGET)
    close(found, 6.5 + math.log(2 * math.pi), name="the likelihood", N=2, d=2)


@check(exercise="zero_one_loss")
def test_worked_zero_one_loss(student):
    """The function zero_one_loss gives 1/4 for one wrong answer of four."""
    y, y_hat = np.array([1, 0, 1, 1]), np.array([1, 1, 1, 1])
    close(student.metrics.zero_one_loss(y, y_hat), 0.25, name="the loss", N=4)


@check(exercise="accuracy")
def test_worked_accuracy(student):
    """The function accuracy gives 2/3 for the handout's logits and labels 0, 2, 1."""
    close(student.metrics.accuracy(Z, LABELS), 2 / 3, name="the accuracy", N=3)


@check(exercise="top_k_error")
def test_worked_top_k_error(student):
    """The fifth of six is a hit of the top 5, the sixth an error."""
    scores = np.array([[6.0, 5.0, 4.0, 3.0, 2.0, 1.0]] * 2)
    found = student.metrics.top_k_error(scores, np.array([4, 5]))
    close(found, 0.5, name="the error", N=2)


@check(exercise="output_range")
def test_worked_output_range(student):
    """A sigmoid cannot reach 1.5: check_output_range raises ValueError."""
    ask = student.metrics.check_output_range

    def works():
        return ask("tanh", np.array([-0.5, 1.0]))

    raises("ValueError", ask, "sigmoid", np.array([0.5, 1.5]), works=works)


@check(exercise="smoothing/forward")
def test_worked_smoothing_forward(student):
    """SmoothedCrossEntropyLoss.forward with a = 0.3 gives ln 3 for equal logits."""
    loss = entries(student, "SmoothedCrossEntropyLoss", 0.3)
    expected = np.array([0.691311296657157, 1.0986122886681098, 0.8328452337275755])
    close(loss.forward(Z, LABELS), expected, name="the losses")


@check(exercise="smoothing/backward")
def test_worked_smoothing_backward(student):
    """SmoothedCrossEntropyLoss.backward with a = 0.3 takes 0.8 and 0.1 from softmax."""
    found = slopes(student, "SmoothedCrossEntropyLoss", Z, LABELS, 0.3)
    soft = 0.7 * np.eye(3)[LABELS] + 0.1
    close(found, 3 * DZ + np.eye(3)[LABELS] - soft, name="dpred")
