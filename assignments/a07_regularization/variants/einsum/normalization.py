"""Stage 07 in index notation."""

import numpy as np

from nabla.errors import check_cached, check_float, check_shape, check_size
from nabla.module import Module, Parameter


def running_statistics(module):
    kept = [vars(inner) for inner in module.submodules()]
    names = ("running_mean", "running_var")
    return [there[name] for there in kept for name in names if name in there]


class BatchNorm1d(Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        check_size("BatchNorm1d", num_features=num_features)
        if eps <= 0 or momentum < 0 or momentum > 1:
            raise ValueError("eps or momentum")
        self.eps = eps
        self.momentum = momentum
        self.gamma = Parameter(np.full(num_features, 1.0), "g", False)
        self.beta = Parameter(np.zeros(num_features), "b", False)
        self.running_mean = np.zeros(num_features)
        self.running_var = np.full(num_features, 1.0)

    def forward(self, x):
        check_float("BatchNorm1d", x=x)
        check_shape("BatchNorm1d", "x", x.shape, ("N", self.gamma.data.shape[0]))
        n = x.shape[0]
        if self.training:
            if n < 2:
                raise ValueError("one sample")
            mean = np.einsum("nc->c", x) / n
            centred = x - mean
            squares = np.einsum("nc,nc->c", centred, centred)
            var = squares / n
            for name, new in (("mean", mean), ("var", squares / (n - 1))):
                old = getattr(self, f"running_{name}")
                old += self.momentum * (new - old)
        else:
            centred = x - self.running_mean
            var = self.running_var
        inverse = (var + self.eps) ** -0.5
        hat = np.einsum("nc,c->nc", centred, inverse)
        self.saved = hat, inverse.copy(), self.gamma.data.copy(), self.training
        y = np.einsum("nc,c->nc", hat, self.gamma.data) + self.beta.data[None]
        return y.astype(x.dtype)

    def backward(self, dout):
        hat, inverse, gamma, training = check_cached("BatchNorm1d", self.saved)
        check_float("BatchNorm1d", dout=dout)
        check_shape("BatchNorm1d", "dout", dout.shape, hat.shape)
        self.gamma.grad += np.einsum("nc,nc->c", dout, hat)
        self.beta.grad += np.einsum("nc->c", dout)
        n = len(dout)
        J = np.broadcast_to(np.eye(n)[:, :, None], (n, n, dout.shape[1]))
        if training:  # d hat[i, c] / d centred[j, c], times the standard deviation
            J = J - 1 / n - np.einsum("ic,jc->ijc", hat, hat) / n
        dx = np.einsum("ic,ijc,c,c->jc", dout, J, gamma, inverse)
        return dx.astype(dout.dtype)


class LayerNorm(Module):
    def __init__(self, num_features, eps=1e-5):
        check_size("LayerNorm", num_features=num_features)
        self.eps = eps
        self.gamma = Parameter(np.full(num_features, 1.0), "g", False)
        self.beta = Parameter(np.zeros(num_features), "b", False)

    def forward(self, x):
        check_float("LayerNorm", x=x)
        if x.ndim < 2 or x.shape[-1] != self.gamma.data.size or x.size == 0:
            raise ValueError("shape")
        C = x.shape[-1]
        mean = np.einsum("...c->...", x)[..., None] / C
        centred = x - mean
        var = np.einsum("...c,...c->...", centred, centred)[..., None] / C
        root = np.sqrt(var + self.eps)
        self.saved = centred, root, self.gamma.data.copy()
        return (centred / root * self.gamma.data + self.beta.data).astype(x.dtype)

    def backward(self, dout):
        centred, root, gamma = check_cached("LayerNorm", self.saved)
        check_float("LayerNorm", dout=dout)
        check_shape("LayerNorm", "dout", dout.shape, centred.shape)
        C = dout.shape[-1]
        rows = dout.reshape(-1, C)
        self.gamma.grad += np.einsum("nc,nc->c", rows, (centred / root).reshape(-1, C))
        self.beta.grad += np.einsum("nc->c", rows)
        dhat = dout * gamma
        droot = -np.einsum("...c,...c->...", dhat, centred)[..., None] / root**2
        dvar = droot / (2 * root)
        dcentred = dhat / root + 2 * centred * dvar / C
        dmean = -dcentred.sum(axis=-1, keepdims=True)
        return (dcentred + dmean / C).astype(dout.dtype)
