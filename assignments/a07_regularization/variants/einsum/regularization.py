"""Stage 07 in index notation."""

import math

import numpy as np

from nabla import augmentation, backend, normalization
from nabla.errors import check_cached, check_float, check_shape, check_size
from nabla.module import Module

for _module in (augmentation, normalization):
    globals().update({k: v for k, v in vars(_module).items() if k[0] != "_"})


def _decaying(params):
    return [p for p in params if p.decay]


def _least(low, *numbers):
    if min(numbers) < low:
        raise ValueError(f"below {low}")


def l2_penalty(params, lam):
    _least(0, lam)
    rows = [p.data.reshape(-1).astype(float) for p in _decaying(params)]
    return float(lam * sum(np.einsum("i,i", w, w) for w in rows) / 2)


def l1_penalty(params, lam):
    _least(0, lam)
    return float(
        lam * sum(np.linalg.norm(p.data.ravel(), 1) for p in _decaying(params))
    )


def add_penalty_grads(params, l1=0.0, l2=0.0):
    _least(0, l1, l2)
    for p in _decaying(params):
        size = np.abs(p.data)
        signs = np.divide(p.data, size, out=np.zeros_like(size), where=size > 0)
        p.grad = p.grad + p.data.dtype.type(l2) * p.data
        p.grad = p.grad + p.data.dtype.type(l1) * signs


class Dropout(Module):
    def __init__(self, p=0.5, rng=None):
        if p < 0 or p > 1:
            raise ValueError("p")
        self.p = p
        self.rng = backend.as_generator(rng)

    def forward(self, x):
        check_float("Dropout", x=x)
        check_shape("Dropout", "x", x.shape, ("N", ...))
        if not self.training or self.p == 0:
            self.saved = np.ones_like(x)
        elif self.p == 1:
            self.saved = np.zeros_like(x)
        else:
            mask = self.rng.binomial(1, 1 - self.p, size=x.shape)
            self.saved = (mask / (1 - self.p)).astype(x.dtype)
        return np.einsum("...,...->...", x, self.saved)

    def backward(self, dout):
        mask = check_cached("Dropout", self.saved)
        check_float("Dropout", dout=dout)
        check_shape("Dropout", "dout", dout.shape, mask.shape)
        return np.einsum("...,...->...", dout, mask)


class GaussianNoise(Module):
    def __init__(self, std, rng=None):
        _least(0, std)
        self.std = std
        self.rng = backend.as_generator(rng)

    def forward(self, x):
        check_float("GaussianNoise", x=x)
        check_shape("GaussianNoise", "x", x.shape, ("N", ...))
        self.saved = np.ones_like(x)
        factor = self.std if self.training else 0.0
        noise = self.rng.standard_normal(x.shape, dtype=x.dtype)
        return x + x.dtype.type(factor) * noise

    def backward(self, dout):
        ones = check_cached("GaussianNoise", self.saved)
        check_float("GaussianNoise", dout=dout)
        check_shape("GaussianNoise", "dout", dout.shape, ones.shape)
        return dout * ones


class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        check_size("EarlyStopping", patience=patience)
        _least(0, min_delta)
        self.patience = patience
        self.min_delta = min_delta
        self.best_epoch, self.best_loss = -1, math.inf
        self.epochs = self.worse = 0
        self.kept = {}

    def update(self, val_loss, model):
        if not val_loss <= math.inf:
            raise ValueError("NaN")
        self.worse += 1
        if val_loss + self.min_delta < self.best_loss:
            self.worse = 0
            self.best_epoch, self.best_loss = self.epochs, float(val_loss)
            arrays = [p.data for p in model.parameters()]
            arrays += normalization.running_statistics(model)
            self.kept = {i: a.copy() for i, a in enumerate(arrays)}
        self.epochs += 1
        return self.worse >= self.patience

    def restore(self, model):
        if self.best_epoch < 0:
            raise RuntimeError("no update yet")
        arrays = [p.data for p in model.parameters()]
        arrays += normalization.running_statistics(model)
        for i, a in enumerate(arrays):
            a.flat = self.kept[i].ravel()


def fit_polynomial(x, y, degree, penalty=0.0, penalise_bias=False):
    check_float("fit_polynomial", x=x, y=y)
    check_shape("fit_polynomial", "x", x.shape, ("M",))
    check_shape("fit_polynomial", "y", y.shape, x.shape)
    _least(0, degree, penalty)
    if penalty == 0 and degree >= len(x):
        raise ValueError("too few points")
    V = np.stack([x.astype(float) ** j for j in range(degree + 1)], axis=1)
    shift = 0.0
    if penalty > 0 and not penalise_bias:  # the best theta_0 centres everything
        shift = V.mean(axis=0)
        V, y0, y = V[:, 1:] - shift[1:], y.mean(), y - y.mean()
    U, s, Wt = np.linalg.svd(V, full_matrices=False)
    damped = s / (s**2 + len(x) * penalty)
    theta = np.einsum("kj,k,nk,n->j", Wt, damped, U, y)
    if np.ndim(shift):
        theta = np.concatenate([[y0 - theta @ shift[1:]], theta])
    return theta.astype(x.dtype)


def predict_polynomial(theta, x):
    check_float("predict_polynomial", theta=theta, x=x)
    check_shape("predict_polynomial", "theta", theta.shape, ("n",))
    check_shape("predict_polynomial", "x", x.shape, ("M",))
    powers = x[:, None] ** np.arange(theta.size)
    return np.einsum("mj,j->m", powers, theta).astype(x.dtype)


def bootstrap_indices(n, rng=None):
    check_size("bootstrap_indices", n=n)
    return backend.as_generator(rng).choice(n, size=n, replace=True)


def ensemble_predict(probs):
    if not probs:
        raise ValueError("no model")
    check_float("ensemble_predict", **{f"p{i}": p for i, p in enumerate(probs)})
    if len({p.shape for p in probs}) > 1 or probs[0].ndim != 2:
        raise ValueError("shapes")
    return np.einsum("mnc->nc", np.array(probs)).argmax(axis=-1)


def lecture_mistakes():
    n_in, n_hidden, n_out = 784, 300, 10
    return dict(
        weight_decay=0.06,
        lambda_of_sum=5.0,
        kept_units=n_in * (1 - 0.2) + n_hidden * (1 - 0.5) + n_out,
        penalised=9.0,
        disconnected=7,
    )
