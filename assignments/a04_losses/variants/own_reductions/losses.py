"""Stage 04 without a shared reduction: a loss averages what it has computed itself."""

import math

import numpy as np

from nabla import backend, errors
from nabla.metrics import (  # noqa: F401 - the names of the stage
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


class Loss(Module):
    reductions = ("mean", "sum", "none")

    def __init__(self, reduction="mean"):
        if reduction not in self.reductions:
            raise ValueError(f"reduction is {reduction!r}")
        self.reduction = reduction
        self.cache = None

    def reduce(self, losses):
        if self.reduction == "sum":
            return np.sum(losses)
        if self.reduction == "mean":
            return np.mean(losses)
        if self.reduction == "batchmean":
            return np.sum(losses) / np.asarray(len(losses), losses.dtype)
        return losses

    def upstream(self, dout, losses):
        if (self.reduction == "none") is (dout is None):
            raise ValueError("dout goes with “none”, and only with it")
        if self.reduction == "none":
            if dout.shape != losses.shape:
                raise ValueError(f"dout has shape {dout.shape}, not {losses.shape}")
            return np.array(dout, dtype=losses.dtype)
        ones = np.ones(losses.shape, losses.dtype)
        if self.reduction == "mean":
            return ones / np.asarray(losses.size, losses.dtype)
        return ones / len(losses) if self.reduction == "batchmean" else ones

    def pair(self, pred, target):
        errors.check_float("forward", pred=pred, target=target)
        errors.check_shape("forward", "pred", pred.shape, ("N", ...))
        errors.check_shape("forward", "target", target.shape, pred.shape)
        return np.array(pred), np.array(target, dtype=pred.dtype)

    def remembered(self):
        if self.cache is None:
            raise RuntimeError("forward comes first")
        return self.cache

    def scaled(self, slopes, dout):
        """Return slopes that belong to entries, whatever the reduction."""
        if self.reduction == "none":
            if dout is None:
                raise ValueError("dout is missing")
            return slopes * np.array(dout, dtype=slopes.dtype)
        if dout is not None:
            raise ValueError("dout is for “none”")
        count = {"mean": slopes.size, "batchmean": len(slopes), "sum": 1}
        return slopes / count[self.reduction]


class MSELoss(Loss):
    def forward(self, pred, target):
        self.cache = self.pair(pred, target)
        pred, target = self.cache
        squares = (target - pred) ** 2
        if self.reduction == "mean":
            return squares.mean()
        return squares if self.reduction == "none" else squares.sum()

    def backward(self, dout=None):
        pred, target = self.remembered()
        return self.scaled(-2 * (target - pred), dout)


class L1Loss(Loss):
    def forward(self, pred, target):
        self.cache = self.pair(pred, target)
        sizes = np.abs(np.subtract(*self.cache))
        if self.reduction == "mean":
            return float(sizes.mean()) if pred.dtype == float else sizes.mean()
        return sizes if self.reduction == "none" else sizes.sum()

    def backward(self, dout=None):
        return self.scaled(np.sign(np.subtract(*self.remembered())), dout)


class HalfSquaredError(Loss):
    def __init__(self, reduction="sum"):
        super().__init__(reduction)

    def forward(self, pred, target):
        pred, target = self.pair(pred, target)
        self.cache = pred - target
        if self.reduction == "none":
            return self.cache**2 / 2
        total = np.vdot(self.cache, self.cache) / 2
        return total / pred.size if self.reduction == "mean" else total

    def backward(self, dout=None):
        return self.scaled(self.remembered(), dout)


class BCELoss(Loss):
    def forward(self, pred, target):
        p, t = self.cache = self.pair(pred, target)
        check_range("BCELoss", "pred", p, 0, 1)
        check_range("BCELoss", "target", t, 0, 1)
        with np.errstate(all="ignore"):
            log_p = np.where(p > 0, np.fmax(np.log(p), -100), -100).astype(p.dtype)
            log_q = np.where(p < 1, np.fmax(np.log1p(-p), -100), -100).astype(p.dtype)
        losses = -t * log_p - (1 - t) * log_q
        if self.reduction == "mean":
            return losses.sum() / losses.dtype.type(losses.size)
        return losses if self.reduction == "none" else losses.sum()

    def backward(self, dout=None):
        p, t = self.remembered()
        variance = p * (1 - p)
        variance[variance < 1e-12] = 1e-12
        return self.scaled((p - t) / variance, dout)


class BCEWithLogitsLoss(Loss):
    def forward(self, pred, target):
        z, t = self.pair(pred, target)
        check_range("BCEWithLogitsLoss", "target", t, 0, 1)
        self.cache = z, t
        # as PyTorch writes it: (1 - t) z - ln sigmoid(z)
        log_sigmoid = np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z)))
        losses = (1 - t) * z - log_sigmoid
        if self.reduction == "mean":
            return losses.mean()
        return losses if self.reduction == "none" else losses.sum()

    def backward(self, dout=None):
        z, t = self.remembered()
        return self.scaled(0.5 * (1 + np.tanh(z / 2)) - t, dout)


class HingeLoss(Loss):
    def forward(self, pred, target):
        y, t = self.pair(pred, target)
        if not np.isin(t, (-1, 1)).all():
            raise ValueError("targets are -1 and 1")
        missing = 1 - t * y
        self.cache = np.where(missing > 0, -t, 0 * t)
        missing[missing < 0] = 0
        if self.reduction == "mean":
            return missing.mean()
        return missing if self.reduction == "none" else missing.sum()

    def backward(self, dout=None):
        return self.scaled(self.remembered(), dout)


class Rows(Loss):
    """A loss per row; what backward needs is softmax minus targets."""

    def labelled(self, pred, target):
        errors.check_float("forward", pred=pred)
        errors.check_shape("forward", "pred", pred.shape, ("N", "C"))
        check_labels("forward", target, *pred.shape)
        return pred.astype(float), np.eye(pred.shape[1], dtype=bool)[target]

    def finish(self, losses, slopes, dtype):
        self.cache = slopes.astype(dtype)
        losses = losses.astype(dtype)
        if self.reduction == "none":
            return losses
        return losses.mean() if self.reduction == "mean" else losses.sum()

    def backward(self, dout=None):
        slopes = self.remembered()
        if self.reduction == "mean" and dout is None:
            return slopes / len(slopes)
        column = None if dout is None else np.asarray(dout)[:, None]
        return self.scaled(slopes, column)


class NLLLoss(Rows):
    def forward(self, pred, target):
        log_probs, chosen = self.labelled(pred, target)
        return self.finish(-log_probs[chosen], -chosen.astype(float), pred.dtype)


class CrossEntropyLoss(Rows):
    def forward(self, pred, target):
        z, chosen = self.labelled(pred, target)
        # ln sum_j e^(z_j - z_label): the label's logit is subtracted, not the largest
        gaps = z - z[chosen][:, None]
        losses = np.logaddexp.reduce(gaps, axis=1)
        softmax = np.exp(gaps - losses[:, None])
        return self.finish(losses, softmax - chosen, pred.dtype)


class SmoothedCrossEntropyLoss(Rows):
    def __init__(self, label_smoothing=0.1, reduction="mean"):
        super().__init__(reduction)
        self.share = float(label_smoothing)

    def forward(self, pred, target):
        z, chosen = self.labelled(pred, target)
        soft = np.where(chosen, 1 - self.share, 0.0) + self.share / z.shape[1]
        totals = np.logaddexp.reduce(z, axis=1)
        losses = (soft * (totals[:, None] - z)).sum(axis=1)
        return self.finish(losses, np.exp(z - totals[:, None]) - soft, pred.dtype)


class KLDivLoss(Loss):
    reductions = ("batchmean", "mean", "sum", "none")

    def __init__(self, reduction="batchmean"):
        super().__init__(reduction)

    def forward(self, pred, target):
        log_q, p = self.pair(pred, target)
        check_range("KLDivLoss", "target", p, 0, math.inf)
        self.cache = -p
        losses = np.zeros_like(p)
        there = p != 0
        losses[there] = p[there] * (np.log(p[there]) - log_q[there])
        if self.reduction == "none":
            return losses
        count = {"mean": p.size, "batchmean": p.shape[0], "sum": 1}[self.reduction]
        return backend.array_module(p).asarray(losses.sum() / count)

    def backward(self, dout=None):
        return self.scaled(self.remembered(), dout)
