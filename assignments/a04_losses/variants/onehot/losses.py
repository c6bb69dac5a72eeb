"""Stage 04 with one-hot rows: forward computes losses and slopes at once."""

import numpy as np

from nabla import errors, metrics
from nabla.metrics import (  # noqa: F401 - the names of the stage
    accuracy,
    check_output_range,
    cross_entropy,
    gaussian_nll,
    lecture_mistakes,
    logsumexp,
    one_hot,
    top_k_error,
    zero_one_loss,
)
from nabla.module import Module


class Loss(Module):
    reductions = ("mean", "sum", "none")

    def __init__(self, reduction="mean"):
        if reduction not in self.reductions:
            raise ValueError(f"unknown reduction {reduction!r}")
        self.reduction = reduction

    def factor(self, shape):
        if self.reduction == "batchmean":
            return 1.0 / shape[0]
        return 1.0 / np.prod(shape) if self.reduction == "mean" else 1.0

    def reduce(self, losses):
        if self.reduction == "none":
            return losses.copy()
        weights = np.full(losses.size, self.factor(losses.shape), losses.dtype)
        return np.asarray(np.dot(weights, losses.ravel()))

    def upstream(self, dout, losses):
        if self.reduction != "none":
            if dout is not None:
                raise ValueError("dout is for “none” only")
            return np.full_like(losses, self.factor(losses.shape))
        if dout is None:
            raise ValueError("“none” needs dout")
        errors.check_float("backward", dout=dout)
        errors.check_shape("backward", "dout", dout.shape, losses.shape)
        return dout.astype(losses.dtype)

    def forward(self, pred, target):
        losses, self.slopes = self.both(pred, target)
        self.saved = losses.copy()
        return self.reduce(losses)

    def backward(self, dout=None):
        losses = errors.check_cached("backward", self.saved)
        upstream = self.upstream(dout, losses)
        if losses.ndim < self.slopes.ndim:
            upstream = upstream[:, None]
        return upstream * self.slopes


def paired(pred, target, low=-np.inf, high=np.inf):
    """Check two float arrays of one shape and the range of the target."""
    errors.check_float("forward", pred=pred, target=target)
    errors.check_shape("forward", "pred", pred.shape, ("N", ...))
    errors.check_shape("forward", "target", target.shape, pred.shape)
    metrics.within(target, low, high)
    return target.astype(pred.dtype)


class MSELoss(Loss):
    def both(self, pred, target):
        diff = pred - paired(pred, target)
        return np.square(diff), diff + diff


class L1Loss(Loss):
    def both(self, pred, target):
        diff = pred - paired(pred, target)
        slopes = (diff > 0).astype(pred.dtype) - (diff < 0).astype(pred.dtype)
        return diff * slopes, slopes


class HalfSquaredError(Loss):
    def __init__(self, reduction="sum"):
        super().__init__(reduction)

    def both(self, pred, target):
        diff = pred - paired(pred, target)
        return diff**2 * np.asarray(0.5, pred.dtype), diff


class BCELoss(Loss):
    def both(self, pred, target):
        t = paired(pred, target, 0, 1)
        p = pred.copy()
        metrics.within(p, 0, 1)
        with np.errstate(divide="ignore"):
            logs = np.stack([np.log(p), np.log1p(-p)])
        logs = np.clip(logs, -100, None)
        losses = (t - 1) * logs[1] - t * logs[0]
        return losses, (p - t) / np.clip(p - p * p, 1e-12, None)


class BCEWithLogitsLoss(Loss):
    def both(self, pred, target):
        t = paired(pred, target, 0, 1)
        zero = np.zeros_like(pred)
        losses = np.logaddexp(zero, pred) - t * pred
        return self.exact(losses, pred, t), np.exp(-np.logaddexp(zero, -pred)) - t

    @staticmethod
    def exact(losses, z, t):
        """Take ln(1 + e^-z) or ln(1 + e^z) for hard targets: nothing cancels there."""
        zero = np.zeros_like(z)
        losses = np.where(t == 1, np.logaddexp(zero, -z), losses)
        return np.where(t == 0, np.logaddexp(zero, z), losses)


class HingeLoss(Loss):
    def both(self, pred, target):
        t = paired(pred, target)
        if set(np.unique(t)) - {-1.0, 1.0}:
            raise ValueError("targets are -1 and 1")
        losses = np.clip(1 - t * pred, 0, None)
        return losses, np.where(losses > 0, -t, np.zeros_like(t))


class Classes(Loss):
    def both(self, pred, target):
        errors.check_float("forward", pred=pred)
        errors.check_shape("forward", "pred", pred.shape, ("N", "C"))
        metrics.right_labels(target, *pred.shape)
        targets = self.soft(one_hot(target, pred.shape[1], pred.dtype))
        logs, slopes = self.logs(pred, targets)
        return -np.einsum("nc,nc->n", targets, logs), slopes

    def soft(self, targets):
        return targets

    def logs(self, pred, targets):
        logs = pred - logsumexp(pred, axis=1)[:, None]
        return logs, np.exp(logs) - targets


class NLLLoss(Classes):
    def logs(self, pred, targets):
        return pred, -targets


class CrossEntropyLoss(Classes):
    pass


class SmoothedCrossEntropyLoss(Classes):
    def __init__(self, label_smoothing=0.1, reduction="mean"):
        super().__init__(reduction)
        metrics.within(np.array([label_smoothing]), 0, 1)
        self.label_smoothing = label_smoothing

    def soft(self, targets):
        a = self.label_smoothing
        return (1 - a) * targets + a / targets.shape[1]


class KLDivLoss(Loss):
    reductions = ("batchmean", "mean", "sum", "none")

    def __init__(self, reduction="batchmean"):
        super().__init__(reduction)

    def both(self, pred, target):
        p = paired(pred, target, 0)
        log_p = np.log(p, out=np.zeros_like(p), where=p > 0)
        return p * log_p - p * pred, -p
