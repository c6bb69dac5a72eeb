"""Stage 04: losses, each a value in `forward` and its gradient in `backward`.

A loss ends the graph: forward(pred, target) gives one number, so backward() needs no
upstream gradient and returns d loss / d pred. Functions of labels stand in metrics.py.
"""

from __future__ import annotations

import math

import numpy as np

from nabla import backend, errors
from nabla.backend import Array
from nabla.metrics import (
    accuracy,
    check_labels,
    check_output_range,
    check_range,
    cross_entropy,
    gaussian_nll,
    lecture_mistakes,
    logsumexp,
    one_hot,
    top_k_error,
    zero_one_loss,
)
from nabla.module import Module

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "HalfSquaredError",
    "HingeLoss",
    "KLDivLoss",
    "L1Loss",
    "Loss",
    "MSELoss",
    "NLLLoss",
    "SmoothedCrossEntropyLoss",
    "accuracy",
    "check_output_range",
    "cross_entropy",
    "gaussian_nll",
    "lecture_mistakes",
    "logsumexp",
    "one_hot",
    "top_k_error",
    "zero_one_loss",
]


class Loss(Module):
    """What all losses share: how the losses of single entries become one number.

    Args:
        reduction: "mean" over all entries or their "sum"; "none" leaves them alone, and
            then backward needs dout, the gradient for every one of them.

    Raises:
        TypeError: if pred or target is not an array of floats.
        ValueError: if their shapes differ or are empty, the reduction is unknown, or
            backward has a dout with "mean" and "sum", or none, or one of another
            shape, with "none".
        RuntimeError: if backward comes before forward.

    Source: lecture 003, "Empirical Loss"; torch.nn.MSELoss and its relatives.
    """

    reductions: tuple[str, ...] = ("mean", "sum", "none")

    def __init__(self, reduction: str = "mean") -> None:
        name = type(self).__name__
        if reduction not in self.reductions:
            known = ", ".join(self.reductions)
            raise ValueError(
                f"{name}: reduction is {reduction!r}, expected one of {known}."
            )
        self.reduction = reduction

    def check(self, pred: Array, target: Array) -> Array:
        """Check two float arrays of one shape; return target in pred's dtype."""
        where = f"{type(self).__name__}.forward"
        errors.check_float(where, pred=pred, target=target)
        errors.check_shape(where, "pred", pred.shape, ("N", ...))
        errors.check_shape(where, "target", target.shape, pred.shape)
        return target.astype(pred.dtype, copy=False)

    def check_classes(self, pred: Array, labels: Array) -> None:
        """Check (N, C) scores and N class numbers."""
        where = f"{type(self).__name__}.forward"
        errors.check_float(where, pred=pred)
        errors.check_shape(where, "pred", pred.shape, ("N", "C"))
        check_labels(where, labels, *pred.shape)

    def divisor(self, shape: tuple[int, ...]) -> int:
        """Return what the sum of losses of this shape is divided by."""
        return {"mean": math.prod(shape), "batchmean": shape[0]}.get(self.reduction, 1)

    def reduce(self, losses: Array) -> Array:
        """Return the losses themselves, their sum, or their sum over the divisor.

        Shapes:
            losses: one per entry, or per sample; returns () or, with "none", losses.
        """
        raise NotImplementedError("exercise reduction/forward: write Loss.reduce")

    def upstream(self, dout: Array | None, losses: Array) -> Array:
        """Return the derivative of what `reduce` returns for each of the losses.

        1 / divisor for all of them, or with "none" what the caller gives as dout.

        Shapes:
            dout: like losses, None without "none"; losses: only its shape and dtype
            count; returns losses' shape and dtype.
        """
        raise NotImplementedError("exercise reduction/backward: write Loss.upstream")


class MSELoss(Loss):
    """Squared error: (pred - target)^2, without a factor 1/2.

    "mean" divides by the number of all entries, not by that of the samples.

    Shapes:
        pred, target: equal, at least one axis.

    Source: lecture 003, "Mean Squared Error Loss"; torch.nn.MSELoss.

    >>> loss = MSELoss()
    >>> loss(np.array([30.0, 80.0, 85.0]), np.array([90.0, 20.0, 95.0]))
    array(2433.33333333)
    >>> loss.backward()
    array([-40.        ,  40.        ,  -6.66666667])
    """

    def forward(self, pred: Array, target: Array) -> Array:
        """Return the reduced squares."""
        raise NotImplementedError("exercise mse/forward: write MSELoss.forward")

    def backward(self, dout: Array | None = None) -> Array:
        """Return 2 (pred - target), times upstream."""
        raise NotImplementedError("exercise mse/backward: write MSELoss.backward")


class L1Loss(Loss):
    """Absolute error: |pred - target|; its derivative at 0 is 0.

    Shapes:
        pred, target: equal, at least one axis.

    Source: lecture 000, "Loss Function"; lecture 001, "Loss functions for different
        Tasks"; torch.nn.L1Loss.
    """

    def forward(self, pred: Array, target: Array) -> Array:
        """Return the reduced absolute values."""
        raise NotImplementedError("exercise l1/forward: write L1Loss.forward")

    def backward(self, dout: Array | None = None) -> Array:
        """Return the sign of pred - target, times upstream."""
        raise NotImplementedError("exercise l1/backward: write L1Loss.backward")


class HalfSquaredError(Loss):
    """Half the squared error, 1/2 (pred - target)^2, by default summed.

    Shapes:
        pred, target: equal, at least one axis.

    Source: lecture 002, table of losses; lecture 003, "Computational graph - Linear
        Regression".
    """

    def __init__(self, reduction: str = "sum") -> None:
        super().__init__(reduction)

    def forward(self, pred: Array, target: Array) -> Array:
        """Return half the reduced squares."""
        raise NotImplementedError(
            "exercise half/forward: write HalfSquaredError.forward"
        )

    def backward(self, dout: Array | None = None) -> Array:
        """Return pred - target, times upstream."""
        raise NotImplementedError(
            "exercise half/backward: write HalfSquaredError.backward"
        )


class BCELoss(Loss):
    """Binary cross-entropy of probabilities: -(t ln p + (1 - t) ln(1 - p)).

    Each logarithm is at least -100, so that the loss stays finite at p = 0 and p = 1;
    for the same reason the derivative's denominator p (1 - p) is at least 1e-12.

    Shapes:
        pred (p), target (t): equal, at least one axis; both from 0 to 1.

    Raises:
        ValueError: also if an entry of pred or target is not from 0 to 1.

    Source: lecture 003, "Binary Cross Entropy Loss"; torch.nn.BCELoss.
    """

    def forward(self, pred: Array, target: Array) -> Array:
        """Return the reduced cross-entropies."""
        raise NotImplementedError("exercise bce/forward: write BCELoss.forward")

    def backward(self, dout: Array | None = None) -> Array:
        """Return -t / p + (1 - t) / (1 - p) = (p - t) / (p (1 - p)), times upstream."""
        raise NotImplementedError("exercise bce/backward: write BCELoss.backward")


class BCEWithLogitsLoss(Loss):
    """Binary cross-entropy of p = sigmoid(z), computed from the logits z.

    -(t ln p + (1 - t) ln(1 - p)) = max(z, 0) - z t + ln(1 + e^-|z|)

    No exponential can overflow, and no logarithm gets a 0. ln(1 + e) is log1p(e), so a
    sure and right answer costs e^-40 and not 0.

    Shapes:
        pred (z), target (t): equal, at least one axis; t from 0 to 1.

    Raises:
        ValueError: also if a target is not from 0 to 1.

    Source: lecture 003, "Computational graph - Logistic Regression";
        torch.nn.BCEWithLogitsLoss.
    """

    def forward(self, pred: Array, target: Array) -> Array:
        """Return the reduced cross-entropies; keep sigmoid(z) and t."""
        raise NotImplementedError(
            "exercise bce_logits/forward: write BCEWithLogitsLoss.forward"
        )

    def backward(self, dout: Array | None = None) -> Array:
        """Return sigmoid(z) - t, times upstream."""
        raise NotImplementedError(
            "exercise bce_logits/backward: write BCEWithLogitsLoss.backward"
        )


class HingeLoss(Loss):
    """Hinge loss: max(0, 1 - t y) for scores y and targets t of -1 and 1.

    At the kink t y = 1 the derivative is 0.

    Shapes:
        pred (y), target (t): equal, at least one axis; t is -1.0 or 1.0.

    Raises:
        ValueError: also if a target is neither -1 nor 1.

    Source: lecture 002, "Empirical risk minimization".
    """

    def forward(self, pred: Array, target: Array) -> Array:
        """Return the reduced losses."""
        raise NotImplementedError("exercise hinge/forward: write HingeLoss.forward")

    def backward(self, dout: Array | None = None) -> Array:
        """Return -t where the loss is positive, else 0, times upstream."""
        raise NotImplementedError("exercise hinge/backward: write HingeLoss.backward")


class NLLLoss(Loss):
    """Negative log-likelihood: -log_probs[n, labels[n]], one loss per sample.

    "mean" divides by the number of samples N.

    Shapes:
        pred (log_probs): (N, C); target (labels): (N,) integers from 0 to C - 1.

    Raises:
        TypeError: also if the labels are not integers.
        ValueError: also if a label is not from 0 to C - 1.

    Source: lecture 002, "Loss function for classification"; torch.nn.NLLLoss.
    """

    def forward(self, pred: Array, target: Array) -> Array:
        """Return the reduced losses of the samples."""
        raise NotImplementedError("exercise nll/forward: write NLLLoss.forward")

    def backward(self, dout: Array | None = None) -> Array:
        """Return -1 in every label's column, 0 elsewhere, times upstream."""
        raise NotImplementedError("exercise nll/backward: write NLLLoss.backward")


class CrossEntropyLoss(Loss):
    """Softmax and negative log-likelihood in one: logsumexp(z) - z[label] per sample.

    The network returns logits z, without a softmax of its own. "mean" divides by the
    number of samples N.

    Shapes:
        pred (z): (N, C); target (labels): (N,) integers from 0 to C - 1.

    Raises:
        TypeError: also if the labels are not integers.
        ValueError: also if a label is not from 0 to C - 1.

    Source: lecture 004, "Output units and loss functions, Example II"; lecture 003,
        "Categorical Cross-entropy loss"; torch.nn.CrossEntropyLoss.

    >>> loss = CrossEntropyLoss()
    >>> loss(np.array([[1.0, 2.0, 3.0]]), np.array([2]))
    array(0.40760596)
    >>> loss.backward()
    array([[ 0.09003057,  0.24472847, -0.33475904]])
    """

    def forward(self, pred: Array, target: Array) -> Array:
        """Return the reduced losses; keep e^(z - max z), its sums and the labels."""
        raise NotImplementedError(
            "exercise cross_entropy/forward: write CrossEntropyLoss.forward"
        )

    def backward(self, dout: Array | None = None) -> Array:
        """Return softmax(z) - one_hot(labels), times upstream."""
        raise NotImplementedError(
            "exercise cross_entropy/backward: write CrossEntropyLoss.backward"
        )


class KLDivLoss(Loss):
    """Kullback-Leibler divergence of p from q: sum of p (ln p - ln q), 0 ln 0 = 0.

    "batchmean", the default, divides the sum by the size of the first axis; "mean"
    divides by the number of all entries, which is no divergence.

    Shapes:
        pred (ln q), target (p): equal, at least one axis; p is not negative.

    Raises:
        ValueError: also if an entry of p is negative.

    Source: lecture 001, "Task specific modules"; torch.nn.KLDivLoss.
    """

    reductions = ("batchmean", "mean", "sum", "none")

    def __init__(self, reduction: str = "batchmean") -> None:
        super().__init__(reduction)

    def forward(self, pred: Array, target: Array) -> Array:
        """Return the reduced entries of the divergence."""
        raise NotImplementedError("exercise kl/forward: write KLDivLoss.forward")

    def backward(self, dout: Array | None = None) -> Array:
        """Return -p, the derivative for ln q, times upstream."""
        raise NotImplementedError("exercise kl/backward: write KLDivLoss.backward")


class SmoothedCrossEntropyLoss(Loss):
    """Cross-entropy with smoothed labels: of probability 1, a goes to all C classes.

    logsumexp(z) - (1 - a) z[label] - a/C sum_j z_j per sample, a = label_smoothing

    Shapes:
        pred (z): (N, C); target (labels): (N,) integers from 0 to C - 1.

    Raises:
        TypeError: also if the labels are not integers.
        ValueError: also if a label is not from 0 to C - 1, or label_smoothing is not
            from 0 to 1.

    Source: Szegedy et al. 2016, section 7; torch.nn.CrossEntropyLoss(label_smoothing).
    """

    def __init__(self, label_smoothing: float = 0.1, reduction: str = "mean") -> None:
        super().__init__(reduction)
        if not 0 <= label_smoothing <= 1:
            raise ValueError(
                f"SmoothedCrossEntropyLoss: label_smoothing is {label_smoothing},"
                " expected 0 to 1."
            )
        self.label_smoothing = label_smoothing

    def forward(self, pred: Array, target: Array) -> Array:
        """Return the reduced losses; keep what the backward pass needs."""
        raise NotImplementedError(
            "exercise smoothing/forward: write SmoothedCrossEntropyLoss.forward"
        )

    def backward(self, dout: Array | None = None) -> Array:
        """Return softmax(z) - (1 - a) one_hot(labels) - a/C, times upstream."""
        raise NotImplementedError(
            "exercise smoothing/backward: write SmoothedCrossEntropyLoss.backward"
        )
