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
    raise NotImplementedError("exercise one_hot: write one_hot")


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
    raise NotImplementedError("exercise logsumexp: write logsumexp")


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
    raise NotImplementedError("exercise cross_entropy_rows: write cross_entropy")


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
    raise NotImplementedError("exercise gaussian_nll: write gaussian_nll")


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
    raise NotImplementedError("exercise zero_one_loss: write zero_one_loss")


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
    raise NotImplementedError("exercise accuracy: write accuracy")


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
    raise NotImplementedError("exercise top_k_error: write top_k_error")


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
    raise NotImplementedError("exercise output_range: write check_output_range")


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
    raise NotImplementedError("exercise mistakes: write lecture_mistakes")
