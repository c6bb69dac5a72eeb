"""Stage 04, entry by entry: every loss is a function of two numbers and its slope."""

import math

import numpy as np

from nabla.metrics import (  # noqa: F401 - the names of the stage
    accuracy,
    check_floats,
    check_labels,
    check_output_range,
    cross_entropy,
    gaussian_nll,
    lecture_mistakes,
    logsumexp,
    need,
    one_hot,
    top_k_error,
    zero_one_loss,
)
from nabla.module import Module


class Loss(Module):
    reductions = ("mean", "sum", "none")

    def __init__(self, reduction="mean"):
        need(reduction in self.reductions, "unknown reduction")
        self.reduction = reduction

    def divisor(self, shape):
        if self.reduction == "mean":
            return math.prod(shape)
        return shape[0] if self.reduction == "batchmean" else 1

    def reduce(self, losses):
        if self.reduction == "none":
            return losses
        total = 0.0
        for value in losses.ravel().tolist():
            total += value
        return np.array(total / self.divisor(losses.shape), losses.dtype)

    def upstream(self, dout, losses):
        if self.reduction == "none":
            need(dout is not None, "dout is missing")
            check_floats(dout)
            need(dout.shape == losses.shape, "dout has the wrong shape")
            return dout.astype(losses.dtype)
        need(dout is None, "only “none” takes dout")
        shared = np.empty(losses.shape, losses.dtype)
        shared[...] = 1 / self.divisor(losses.shape)
        return shared

    def ready(self):
        if self.saved is None:
            raise RuntimeError("backward before forward")
        return self.saved


class Entrywise(Loss):
    """A loss of every entry by itself: `value` and `slope` are functions of numbers."""

    def forward(self, pred, target):
        check_floats(pred, target)
        need(pred.ndim > 0 and pred.size > 0 and pred.shape == target.shape)
        for p, t in zip(pred.ravel().tolist(), target.ravel().tolist(), strict=True):
            self.judge(p, t)
        self.saved = pred.copy(), target.copy()
        return self.reduce(self.each(self.value, pred, target))

    def backward(self, dout=None):
        pred, target = self.ready()
        slopes = self.each(self.slope, pred, target)
        return slopes * self.upstream(dout, pred)

    @staticmethod
    def each(function, pred, target):
        found = np.empty(pred.shape, pred.dtype)
        for index in np.ndindex(*pred.shape):
            found[index] = function(float(pred[index]), float(target[index]))
        return found

    def judge(self, p, t):
        pass


class MSELoss(Entrywise):
    def value(self, p, t):
        return (p - t) ** 2

    def slope(self, p, t):
        return 2 * (p - t)


class L1Loss(Entrywise):
    def value(self, p, t):
        return abs(p - t)

    def slope(self, p, t):
        return 0.0 if p == t else math.copysign(1.0, p - t)


class HalfSquaredError(Entrywise):
    def __init__(self, reduction="sum"):
        super().__init__(reduction)

    def value(self, p, t):
        return (p - t) ** 2 / 2

    def slope(self, p, t):
        return p - t


class BCELoss(Entrywise):
    def judge(self, p, t):
        need(0 <= p <= 1 and 0 <= t <= 1, "no probability")

    def value(self, p, t):
        log_p = max(math.log(p), -100.0) if p > 0 else -100.0
        log_q = max(math.log1p(-p), -100.0) if p < 1 else -100.0
        return -(t * log_p + (1 - t) * log_q)

    def slope(self, p, t):
        return (p - t) / max(p * (1 - p), 1e-12)


class BCEWithLogitsLoss(Entrywise):
    def judge(self, p, t):
        need(0 <= t <= 1, "no probability")

    def value(self, z, t):
        # ln(1 + e^-z) for targets of 1, ln(1 + e^z) for those of 0
        return t * self.softplus(-z) + (1 - t) * self.softplus(z)

    @staticmethod
    def softplus(z):
        return z + math.log1p(math.exp(-z)) if z > 0 else math.log1p(math.exp(z))

    def slope(self, z, t):
        if z < 0:
            return math.exp(z) / (1 + math.exp(z)) - t
        return 1 / (1 + math.exp(-z)) - t


class HingeLoss(Entrywise):
    def judge(self, p, t):
        need(t in {-1.0, 1.0}, "targets are -1 and 1")

    def value(self, y, t):
        return max(0.0, 1 - t * y)

    def slope(self, y, t):
        return -t if t * y < 1 else 0.0


class Rowwise(Loss):
    """A loss per row: `value` and `slopes` see one row and its label."""

    def forward(self, pred, target):
        check_floats(pred)
        need(pred.ndim == 2 and pred.size > 0)
        check_labels(target, len(pred), pred.shape[1])
        self.saved = pred.copy(), target.copy()
        losses = np.empty(len(pred), pred.dtype)
        for n, (row, label) in enumerate(zip(pred.tolist(), target, strict=True)):
            losses[n] = self.value(row, int(label))
        return self.reduce(losses)

    def backward(self, dout=None):
        pred, target = self.ready()
        upstream = self.upstream(dout, pred[:, 0])
        dpred = np.empty(pred.shape, pred.dtype)
        for n, (row, label) in enumerate(zip(pred.tolist(), target, strict=True)):
            for c, slope in enumerate(self.slopes(row, int(label))):
                dpred[n, c] = slope * float(upstream[n])
        return dpred


class NLLLoss(Rowwise):
    def value(self, row, label):
        return -row[label]

    def slopes(self, row, label):
        return [-1.0 if c == label else 0.0 for c in range(len(row))]


def softmax(row):
    powers = [math.exp(z - max(row)) for z in row]
    return [power / sum(powers) for power in powers]


def log_total(row):
    return max(row) + math.log(sum(math.exp(z - max(row)) for z in row))


class CrossEntropyLoss(Rowwise):
    def value(self, row, label):
        return log_total(row) - row[label]

    def slopes(self, row, label):
        return [p - (c == label) for c, p in enumerate(softmax(row))]


class SmoothedCrossEntropyLoss(Rowwise):
    def __init__(self, label_smoothing=0.1, reduction="mean"):
        super().__init__(reduction)
        need(0 <= label_smoothing <= 1, "label_smoothing is from 0 to 1")
        self.a = label_smoothing

    def target(self, c, label, C):
        return self.a / C + (1 - self.a if c == label else 0.0)

    def value(self, row, label):
        total, C = log_total(row), len(row)
        return sum(self.target(c, label, C) * (total - z) for c, z in enumerate(row))

    def slopes(self, row, label):
        C = len(row)
        return [p - self.target(c, label, C) for c, p in enumerate(softmax(row))]


class KLDivLoss(Entrywise):
    reductions = ("batchmean", "mean", "sum", "none")

    def __init__(self, reduction="batchmean"):
        super().__init__(reduction)

    def judge(self, p, t):
        need(t >= 0, "negative probability")

    def value(self, log_q, p):
        return p * (math.log(p) - log_q) if p > 0 else 0.0

    def slope(self, log_q, p):
        return -p
