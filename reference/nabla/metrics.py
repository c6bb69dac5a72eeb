"""Stage 04: labels, likelihoods and metrics, the functions beside the losses.

Labels are whole numbers from 0 to C - 1, one per row of an (N, C) array of scores.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from nabla import backend, errors
from nabla.backend import Array


def check_labels(where: str, labels: Array, N: int | None, C: int) -> None:
    """Check that `labels` are N class numbers from 0 to C - 1; N may be None for any.

    Raises:
        TypeError: if they are not an array of integers.
        ValueError: if there are not N of them, or one is not a class.
    """
    kind = getattr(getattr(labels, "dtype", None), "kind", "")
    if kind not in {"i", "u"} or backend.module_name(labels) is None:
        got = getattr(labels, "dtype", type(labels).__name__)
        raise TypeError(
            f"{where}: labels are {got}, expected an array of whole numbers such as"
            " int64: class numbers, not one-hot rows."
        )
    errors.check_shape(where, "labels", labels.shape, ("N" if N is None else ("N", N),))
    check_range(where, "labels", labels, 0, C - 1)


def check_range(where: str, name: str, array: Array, low: float, high: float) -> None:
    """Check that every entry is from `low` to `high`, both included; NaN is not.

    Raises:
        ValueError: with the smallest and the largest entry.
    """
    smallest, largest = float(array.min()), float(array.max())
    if not (low <= smallest and largest <= high):
        raise ValueError(
            f"{where}: {name} lie between {smallest:g} and {largest:g}, expected"
            f" {low:g} to {high:g}."
        )


def one_hot(labels: Array, num_classes: int, dtype: npt.DTypeLike = float) -> Array:
    """Write each label as a row with a 1 in the label's column and zeros elsewhere.

    Shapes:
        labels: (N,) integers; returns (N, num_classes).

    Raises:
        TypeError: if the labels are not integers.
        ValueError: if a label is not from 0 to num_classes - 1.

    Source: lecture 001, "Task specific modules"; torch.nn.functional.one_hot.

    >>> one_hot(np.array([2, 0]), 4)
    array([[0., 0., 1., 0.],
           [1., 0., 0., 0.]])
    """
    # solution: one_hot
    errors.check_size("one_hot", num_classes=num_classes)
    check_labels("one_hot", labels, None, num_classes)
    xp = backend.array_module(labels)
    rows: Array = xp.zeros((labels.shape[0], num_classes), dtype)
    rows[xp.arange(labels.shape[0]), labels] = 1
    return rows
    # end solution


def logsumexp(z: Array, axis: int = -1) -> Array:
    """Return ln(sum of e^z) along an axis, for numbers of any size.

    ln sum_j e^z_j = m + ln sum_j e^(z_j - m) with m = max_j z_j

    Shapes:
        z: at least one axis; returns z's shape without `axis`, in z's dtype.

    Raises:
        TypeError: if z is not an array of floats.
        ValueError: if z has no axis or no entry.

    Source: lecture 004, "Output units and loss functions, Example II";
        torch.logsumexp.

    >>> round(float(logsumexp(np.array([1000.0, 1000.0]))) - 1000, 4)  # ln 2
    0.6931
    """
    # solution: logsumexp
    errors.check_float("logsumexp", z=z)
    errors.check_shape("logsumexp", "z", z.shape, ("N", ...))
    xp = backend.array_module(z)
    m = z.max(axis=axis, keepdims=True)
    m = xp.where(xp.isfinite(m), m, 0)  # a row of -inf has no finite maximum
    with np.errstate(divide="ignore"):
        log_sum = xp.log(xp.exp(z - m).sum(axis=axis))
    result: Array = xp.asarray(m.squeeze(axis) + log_sum)
    return result
    # end solution


def cross_entropy(probs: Array, targets_onehot: Array) -> float:
    """Return the mean cross-entropy of rows of probabilities: the notebook, put right.

    -1/N * sum over n, c of targets[n, c] * ln probs[n, c], where 0 ln 0 is 0. A class
    that came with probability 0 costs infinitely much: no epsilon hides it.

    Shapes:
        probs, targets_onehot: (N, C).

    Raises:
        TypeError: if an argument is not an array of floats.
        ValueError: if the shapes are not equal and (N, C), or an entry is no
            probability, 0 to 1.

    Source: lecture 000, "Cross-Entropy in Action".

    >>> good = np.array([[0.01, 0.01, 0.01, 0.96]])
    >>> round(cross_entropy(good, np.array([[0.0, 0.0, 0.0, 1.0]])), 2)
    0.04
    """
    # solution: cross_entropy_rows
    where = "cross_entropy"
    errors.check_float(where, probs=probs, targets_onehot=targets_onehot)
    errors.check_shape(where, "probs", probs.shape, ("N", "C"))
    errors.check_shape(where, "targets_onehot", targets_onehot.shape, probs.shape)
    check_range(where, "probs", probs, 0, 1)
    check_range(where, "targets_onehot", targets_onehot, 0, 1)
    xp = backend.array_module(probs)
    with np.errstate(divide="ignore"):
        log_probs = xp.where(targets_onehot > 0, xp.log(probs), 0)
    return float(-(targets_onehot * log_probs).sum() / probs.shape[0])
    # end solution


def gaussian_nll(z_hat: Array, z: Array) -> float:
    """Return the mean negative log-likelihood of z under N(z_hat, I).

    1/N * sum over n of (1/2 ||z_hat[n] - z[n]||^2 + d/2 ln(2 pi))

    Shapes:
        z_hat, z: (N, d).

    Raises:
        TypeError: if an argument is not an array of floats.
        ValueError: if the shapes are not equal and (N, d).

    Source: lecture 004, "Output units and loss functions: Example I".
    """
    # solution: gaussian_nll
    errors.check_float("gaussian_nll", z_hat=z_hat, z=z)
    errors.check_shape("gaussian_nll", "z_hat", z_hat.shape, ("N", "d"))
    errors.check_shape("gaussian_nll", "z", z.shape, z_hat.shape)
    N, d = z_hat.shape
    squares = ((z_hat - z) ** 2).sum()
    return float(squares / (2 * N) + d / 2 * math.log(2 * math.pi))
    # end solution


def zero_one_loss(y: Array, y_hat: Array) -> float:
    """Return the fraction of predictions y_hat that are not the label y.

    Shapes:
        y, y_hat: equal shapes; whole numbers or floats.

    Raises:
        TypeError: if an argument is not an array of numbers.
        ValueError: if the shapes differ, or there is no label.

    Source: lecture 002, "Empirical risk minimization".

    >>> zero_one_loss(np.array([1, 0, 1, 1]), np.array([1, 1, 1, 1]))
    0.25
    """
    # solution: zero_one_loss
    for name, array in (("y", y), ("y_hat", y_hat)):
        is_array = backend.module_name(array) is not None
        if not is_array or array.dtype.kind not in {"i", "u", "f"}:
            raise TypeError(f"zero_one_loss: {name} is no array of numbers.")
    errors.check_shape("zero_one_loss", "y", y.shape, ("N", ...))
    errors.check_shape("zero_one_loss", "y_hat", y_hat.shape, y.shape)
    return float((y != y_hat).mean())
    # end solution


def accuracy(logits: Array, labels: Array) -> float:
    """Return the fraction of rows whose largest score is in the label's column.

    Of several largest scores the first counts.

    Shapes:
        logits: (N, C) scores of any kind; labels: (N,) integers.

    Raises:
        TypeError: if logits are not floats, or labels not integers.
        ValueError: if a shape does not fit, or a label is not from 0 to C - 1.

    Source: lecture 003, "Evaluation metrics".

    >>> accuracy(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    0.5
    """
    # solution: accuracy
    errors.check_float("accuracy", logits=logits)
    errors.check_shape("accuracy", "logits", logits.shape, ("N", "C"))
    check_labels("accuracy", labels, *logits.shape)
    return float((logits.argmax(axis=1) == labels).mean())
    # end solution


def top_k_error(scores: Array, labels: Array, k: int = 5) -> float:
    """Return the fraction of rows whose label is not among the k largest scores.

    Of equal scores the one of the smaller class comes first.

    Shapes:
        scores: (N, C); labels: (N,) integers.

    Raises:
        TypeError: if scores are not floats, labels not integers, or k no integer.
        ValueError: if a shape does not fit, a label is not from 0 to C - 1, or k is
            not from 1 to C.

    Source: lecture 003, "ImageNet" (top-5 error).

    >>> top_k_error(np.array([[0.2, 0.5, 0.3]]), np.array([2]), k=2)
    0.0
    """
    # solution: top_k_error
    errors.check_float("top_k_error", scores=scores)
    errors.check_shape("top_k_error", "scores", scores.shape, ("N", "C"))
    N, C = scores.shape
    check_labels("top_k_error", labels, N, C)
    errors.check_size("top_k_error", k=k)
    if k > C:
        raise ValueError(f"top_k_error: k is {k}, expected at most C={C}.")
    xp = backend.array_module(scores, labels)
    own = scores[xp.arange(N), labels][:, None]
    before = xp.arange(C) < labels[:, None]
    rank = ((scores > own) | ((scores == own) & before)).sum(axis=1)
    return float((rank >= k).mean())
    # end solution


def check_output_range(activation: str, targets: Array) -> None:
    """Check that an output unit can produce the targets, or at least come close.

    "sigmoid" and "softmax" reach 0 to 1, "tanh" -1 to 1, "relu" 0 and more, "linear"
    every number; the ends count as reached.

    Shapes:
        targets: at least one axis.

    Raises:
        TypeError: if targets is not an array of floats.
        ValueError: if the activation is unknown, or a target lies outside its range.

    Source: lecture 001, "Task specific modules".

    >>> check_output_range("tanh", np.array([-0.5, 1.0]))
    """
    # solution: output_range
    ranges = {
        "linear": (-math.inf, math.inf),
        "sigmoid": (0.0, 1.0),
        "softmax": (0.0, 1.0),
        "tanh": (-1.0, 1.0),
        "relu": (0.0, math.inf),
    }
    where = "check_output_range"
    if activation not in ranges:
        known = ", ".join(ranges)
        raise ValueError(f"{where}: activation is {activation!r}, expected {known}.")
    errors.check_float(where, targets=targets)
    errors.check_shape(where, "targets", targets.shape, ("N", ...))
    check_range(where, "targets", targets, *ranges[activation])
    # end solution


def lecture_mistakes() -> dict[str, float]:
    """Return seven numbers that the slides of the lectures get wrong.

    Logarithms are natural. You may write expressions such as -math.log(0.3).

    "notebook_listing": lecture 000, "Cross-Entropy in Action". For the predictions and
        targets on the slide the notebook shows 5.776863521464035. What does the
        function, exactly as it is listed there, return for these arrays?
    "notebook_right": the same slide. Two samples, and for both the prediction is the
        listed one. What is their mean cross-entropy, with the right N and no epsilon?
    "binary_formula": lecture 000, "Cross Entropy Loss Example". The formula printed
        above the example is -(y log y_hat + (1 - y) log(1 - y_hat)), the result for
        poor_prediction 1.39. What does that formula give, summed over the four
        components of poor_prediction?
    "example_sum": lecture 001, "Task specific modules". "Output should sum up to 1
        (Softmax)". What is the sum of the slide's example [0.01, 0.002, 0.9, 0.08]?
    "bce_value": lecture 003, "Binary Cross Entropy Loss". J(W) is printed as
        1/n sum y log f(x) + (1 - y) log(1 - f(x)). What should it be for one sample
        with y = 0.3 and f(x) = 0.75?
    "bce_slope": lecture 002, the table of losses. For cross entropy, Backward, it has
        dJ/dy = y* 1/y + (1 - y*) 1/(1 - y). What should it be at y = 0.75, y* = 0.3?
    "half_square_slope": lecture 003, "Computational graph - Linear Regression". For
        L = 1/2 (y - y_hat)^2 it prints dL/dy_hat = y - y_hat. What should it be at
        y = 3, y_hat = 1.1?
    """
    # solution: mistakes
    poor, target = (0.25, 0.25, 0.25, 0.25), (0.0, 0.0, 0.0, 1.0)
    y, y_star = 0.75, 0.3
    return {
        # N is predictions.shape[0] = 4, the classes; the targets have two rows.
        "notebook_listing": -2 * math.log(0.001 + 1e-10) / 4,
        "notebook_right": -2 * math.log(0.001) / 2,
        # 1.39 is the categorical cross-entropy, -log of the true class alone.
        "binary_formula": -sum(
            t * math.log(p) + (1 - t) * math.log(1 - p)
            for p, t in zip(poor, target, strict=True)
        ),
        "example_sum": 0.01 + 0.002 + 0.9 + 0.08,
        # The minus is missing in front of both, and one of the slope's signs is wrong.
        "bce_value": -(y_star * math.log(y) + (1 - y_star) * math.log(1 - y)),
        "bce_slope": -y_star / y + (1 - y_star) / (1 - y),
        "half_square_slope": 1.1 - 3.0,
    }
    # end solution
