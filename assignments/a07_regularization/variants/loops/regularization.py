"""Stage 07, every sum written out."""

import math

import numpy as np

from nabla import backend
from nabla.augmentation import *
from nabla.augmentation import Augmenter
from nabla.module import Module
from nabla.normalization import BatchNorm1d, LayerNorm, running_statistics


def need_floats(*arrays):
    for a in arrays:
        if not isinstance(a, np.ndarray) or a.dtype not in (np.float32, np.float64):
            raise TypeError("expected arrays of float32 or float64")


def need(condition, message="not possible"):
    if not condition:
        raise ValueError(message)


def l2_penalty(params, lam):
    need(lam >= 0)
    total = 0.0
    for p in params:
        if p.decay:
            for w in p.data.ravel():
                total += float(w) ** 2
    return 0.5 * lam * total


def l1_penalty(params, lam):
    need(lam >= 0)
    total = 0.0
    for p in params:
        if p.decay:
            for w in p.data.ravel():
                total += abs(float(w))
    return lam * total


def add_penalty_grads(params, l1=0.0, l2=0.0):
    need(l1 >= 0 and l2 >= 0)
    for p in params:
        if not p.decay:
            continue
        for i in np.ndindex(*p.data.shape):
            w = p.data[i]
            p.grad[i] += l2 * w
            if w > 0:
                p.grad[i] += l1
            elif w < 0:
                p.grad[i] -= l1


class Dropout(Module):
    def __init__(self, p=0.5, rng=None):
        need(0 <= p <= 1)
        self.p = p
        self.rng = backend.as_generator(rng)

    def forward(self, x):
        need_floats(x)
        need(len(x) > 0)
        factors = np.ones(x.shape, x.dtype)
        if self.training and self.p > 0:
            for i in np.ndindex(*x.shape):
                u = self.rng.uniform()
                factors[i] = 0.0 if u < self.p else 1.0 / (1.0 - self.p)
        self.saved = factors
        y = np.empty(x.shape, x.dtype)
        for i in np.ndindex(*x.shape):
            y[i] = x[i] * factors[i]
        return y

    def backward(self, dout):
        if self.saved is None:
            raise RuntimeError("forward comes first")
        need_floats(dout)
        need(dout.shape == self.saved.shape)
        return np.array([d * f for d, f in zip(dout, self.saved)])


class GaussianNoise(Module):
    def __init__(self, std, rng=None):
        need(std >= 0)
        self.std = std
        self.rng = backend.as_generator(rng)

    def forward(self, x):
        need_floats(x)
        need(len(x) > 0)
        self.saved = x.shape
        y = x.copy()
        if self.training:
            for i in np.ndindex(*x.shape):
                y[i] += self.std * self.rng.standard_normal()
        return y

    def backward(self, dout):
        if self.saved is None:
            raise RuntimeError("forward comes first")
        need_floats(dout)
        need(dout.shape == self.saved)
        return 1.0 * dout


class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if not isinstance(patience, int):
            raise TypeError("patience is a whole number")
        need(patience >= 1 and min_delta >= 0)
        self.patience, self.min_delta = patience, min_delta
        self.history = []
        self.best_epoch, self.best_loss = -1, math.inf
        self.parameters, self.statistics = None, None

    def update(self, val_loss, model):
        need(val_loss == val_loss, "NaN")
        self.history.append(val_loss)
        if self.best_loss - val_loss > self.min_delta:
            self.best_loss = val_loss
            self.best_epoch = len(self.history) - 1
            self.parameters = [np.array(p.data) for p in model.parameters()]
            self.statistics = [np.array(a) for a in running_statistics(model)]
        worse = len(self.history) - 1 - self.best_epoch
        return worse == self.patience or worse > self.patience

    def restore(self, model):
        if self.parameters is None:
            raise RuntimeError("nothing to restore")
        for p, best in zip(model.parameters(), self.parameters):
            np.copyto(p.data, best)
        for a, best in zip(running_statistics(model), self.statistics):
            np.copyto(a, best)


def fit_polynomial(x, y, degree, penalty=0.0, penalise_bias=False):
    need_floats(x, y)
    need(x.ndim == 1 and x.shape == y.shape and len(x) > 0)
    need(degree >= 0 and penalty >= 0 and (penalty > 0 or len(x) > degree))
    M, n = len(x), degree + 1
    A, b = np.zeros((n, n)), np.zeros(n)
    for i in range(n):
        for j in range(n):
            for m in range(M):
                A[i, j] += float(x[m]) ** (i + j) / M
        for m in range(M):
            b[i] += float(x[m]) ** i * float(y[m]) / M
        if i > 0 or penalise_bias:
            A[i, i] += penalty
    return np.linalg.solve(A, b).astype(x.dtype)


def predict_polynomial(theta, x):
    need_floats(theta, x)
    need(theta.ndim == 1 and x.ndim == 1)
    out = np.zeros_like(x)
    for t in theta[::-1]:
        out = out * x + t
    return out.astype(x.dtype)


def bootstrap_indices(n, rng=None):
    if not isinstance(n, int):
        raise TypeError("n is a whole number")
    need(n >= 1)
    rng = backend.as_generator(rng)
    return np.array([int(rng.integers(n)) for _ in range(n)], dtype=np.int64)


def ensemble_predict(probs):
    need(len(probs) > 0)
    need_floats(*probs)
    out = []
    for n in range(len(probs[0])):
        sums = [0.0] * probs[0].shape[1]
        for p in probs:
            need(p.shape == probs[0].shape)
            for c in range(len(sums)):
                sums[c] += float(p[n, c])
        out.append(sums.index(max(sums)))
    return np.array(out, dtype=np.int64)


def lecture_mistakes():
    return {
        "disconnected": 7,
        "kept_units": 787.2,
        "lambda_of_sum": 5,
        "penalised": 9.0,
        "weight_decay": 0.06,
    }
