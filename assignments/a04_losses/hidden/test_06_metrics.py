"""How often a model is right, and what an output unit can reach."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises


@check(points=1, exercise="zero_one_loss")
def test_zero_one_loss_counts_wrong_answers(student, rng):
    """zero_one_loss is the fraction of wrong predictions; shapes must be equal.

    Lists are no arrays: they raise a TypeError.
    """
    ask = student.metrics.zero_one_loss
    y, y_hat = rng.integers(0, 3, (9,)), rng.integers(0, 3, (9,))
    y[:3], y_hat[:3] = 0, (0, 2, 1)
    close(ask(y, y_hat), (y != y_hat).mean(), name="the loss", N=9)
    floats = y_hat.astype(float)
    close(ask(y, floats), (y != y_hat).mean(), name="the loss for floats", N=9)

    def works():
        return ask(y, y_hat)

    raises("ValueError", ask, y, y_hat[:, None], works=works, when="(9,) meets (9, 1)")
    raises("ValueError", ask, y, y_hat[:1], works=works, when="(9,) meets (1,)")
    labels = [0, 1, 2]
    raises("TypeError", ask, labels, y[:3], works=works, when="y is a list")
    raises("TypeError", ask, y[:3], labels, works=works, when="y_hat is a list")


@check(points=1, exercise="accuracy")
def test_accuracy_is_the_fraction_of_right_rows(student, rng):
    """The accuracy is the fraction of rows whose largest score is the label's."""
    for N, C in ((30, 4), (4, 4), (1, 3)):
        logits, labels = rng.normal((N, C)), rng.integers(0, C, (N,))
        right = N - N // 3
        labels[:right] = logits[:right].argmax(axis=1)
        labels[right:] = logits[right:].argmin(axis=1)
        value = student.metrics.accuracy(logits, labels)
        close(value, right / N, name="the accuracy", N=N, C=C)


@check(points=1, exercise="accuracy")
def test_accuracy_takes_the_first_of_equals_and_refuses_bad_labels(student, rng):
    """The accuracy takes the first of equal scores, and refuses what is no label."""
    hint("argmax takes the first; check_labels checks the labels.")
    ask = student.metrics.accuracy
    logits = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 0.0], [0.0, 1.0, 1.0]])
    close(ask(logits, np.array([1, 1, 2])), 1 / 3, name="the accuracy", N=3)
    labels = rng.integers(0, 3, (3,))

    def works():
        return ask(logits, labels)

    raises("ValueError", ask, logits, np.array([0, 1, 3]), works=works)
    raises("ValueError", ask, logits, np.array([-1, 1, 2]), works=works)
    raises("ValueError", ask, logits, labels[:2], works=works)
    raises("TypeError", ask, logits, labels.astype(float), works=works)


@check(points=1, exercise="top_k_error")
def test_top_k_error_counts_labels_that_are_not_among_k(student, rng):
    """top_k_error is the fraction of labels not among the k largest scores."""
    N, C = 8, 7
    scores = rng.normal((N, C))
    order = np.argsort(-scores, axis=1)
    places = np.array([0, 1, 2, 3, 4, 5, 6, 4])
    labels = order[np.arange(N), places]
    for k in (1, 3, 4, 5, 7):
        value = student.metrics.top_k_error(scores, labels, k)
        close(value, (places >= k).mean(), name=f"the error for k = {k}", N=N)
    value = student.metrics.top_k_error(scores, labels)
    close(value, 2 / 8, name="the error without k", N=N)


@check(points=1, exercise="top_k_error")
def test_top_k_error_puts_the_smaller_class_first(student, rng):
    """top_k_error counts the smaller class first where scores are equal."""
    hint("Count the scores before the label's own: larger ones, equal ones left of it.")
    high, low = 2.0 + float(rng.uniform(0, 1)), float(rng.uniform(0, 1))
    scores = np.array([[low, high, high, low, high], [high, high, high, high, high]])
    for k, labels, expected in (
        (2, [2, 2], 0.5),
        (2, [4, 1], 0.5),
        (3, [4, 2], 0.0),
        (4, [0, 4], 0.5),
        (4, [3, 3], 0.5),
    ):
        value = student.metrics.top_k_error(scores, np.array(labels), k)
        close(value, expected, name=f"the error for k = {k}, labels {labels}")


@check(points=1, exercise="top_k_error")
def test_top_k_error_refuses_impossible_k(student, rng):
    """top_k_error raises ValueError for k below 1 or above C, and for bad labels."""
    hint("errors.check_size knows k below 1; more than C is your own check.")
    scores, labels = rng.normal((6, 4)), rng.integers(0, 4, (6,))
    ask = student.metrics.top_k_error

    def works():
        return ask(scores, labels, 4)

    raises("ValueError", ask, scores, labels, 0, works=works, when="k is 0")
    raises("ValueError", ask, scores, labels, 5, works=works, when="k is C + 1")
    raises("ValueError", ask, scores, labels - 1 - labels.min(), 2, works=works)
    raises("TypeError", ask, scores, labels, 1.5, works=works, when="k is 1.5")


RANGES = {"sigmoid": (0, 1), "softmax": (0, 1), "tanh": (-1, 1), "relu": (0, 9)}


@check(points=1, exercise="output_range")
def test_check_output_range_accepts_what_can_be_reached(student, rng):
    """check_output_range lets targets pass that lie in the range, ends included."""
    for name, (low, high) in RANGES.items():
        targets = rng.uniform(low, high, (4, 3))
        targets[0, :2] = low, high
        found = student.metrics.check_output_range(name, targets)
        close(found, None, name="what it returns")
    wide = rng.normal((4, 3), 100.0).astype(np.float32)
    found = student.metrics.check_output_range("linear", wide)
    close(found, None, name="what it returns")


@check(points=1, exercise="output_range")
def test_check_output_range_refuses_what_cannot_be_reached(student, rng):
    """check_output_range raises ValueError for targets outside, or unknown names."""
    ask, inside = student.metrics.check_output_range, rng.uniform(0, 1, (4, 3))

    def works():
        return ask("sigmoid", inside)

    for name, (low, high) in RANGES.items():
        for wrong in (low - 0.01, high + 0.01):
            if name == "relu" and wrong > 0:
                continue
            outside = rng.uniform(low, high, (4, 3))
            outside[2, 1] = wrong
            when = f"a target of {name} is {wrong}"
            raises("ValueError", ask, name, outside, works=works, when=when)
    raises("ValueError", ask, "nonsense", inside, works=works)
