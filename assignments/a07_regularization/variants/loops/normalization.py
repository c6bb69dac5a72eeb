"""Stage 07, every mean written out."""

import numpy as np

from nabla.module import Module, Parameter


def running_statistics(module):
    out = []
    for inner in module.submodules():
        for name in ("running_mean", "running_var"):
            if name in vars(inner):
                out.append(vars(inner)[name])
    return out


def need_floats(*arrays):
    for a in arrays:
        if not isinstance(a, np.ndarray) or a.dtype not in (np.float32, np.float64):
            raise TypeError("expected arrays of float32 or float64")


def need(condition, message="not possible"):
    if not condition:
        raise ValueError(message)


class BatchNorm1d(Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        if not isinstance(num_features, int):
            raise TypeError("num_features is a whole number")
        need(num_features >= 1 and eps > 0 and 0 <= momentum <= 1)
        self.eps, self.momentum = eps, momentum
        self.gamma = Parameter(np.ones(num_features), decay=False)
        self.beta = Parameter(np.zeros(num_features), decay=False)
        self.running_mean = np.zeros(num_features)
        self.running_var = np.ones(num_features)

    def forward(self, x):
        need_floats(x)
        gamma, beta = self.gamma.data, self.beta.data
        need(x.ndim == 2 and x.shape[0] > 0 and x.shape[1] == len(gamma))
        N = len(x)
        need(N > 1 or not self.training)
        y = np.empty(x.shape, x.dtype)
        columns = []
        for c in range(x.shape[1]):
            if self.training:
                mean = sum(float(v) for v in x[:, c]) / N
                squares = sum((float(v) - mean) ** 2 for v in x[:, c])
                var, unbiased = squares / N, squares / (N - 1)
                m = self.momentum
                self.running_mean[c] += m * (mean - self.running_mean[c])
                self.running_var[c] += m * (unbiased - self.running_var[c])
            else:
                mean, var = self.running_mean[c], self.running_var[c]
            sd = (var + self.eps) ** 0.5
            hat = [(float(v) - mean) / sd for v in x[:, c]]
            columns.append((hat, sd, float(gamma[c])))
            for n in range(N):
                y[n, c] = hat[n] * gamma[c] + beta[c]
        self.saved = columns, x.shape, self.training
        return y

    def backward(self, dout):
        if self.saved is None:
            raise RuntimeError("forward comes first")
        columns, shape, training = self.saved
        need_floats(dout)
        need(dout.shape == shape)
        N = shape[0]
        dx = np.empty(shape, dout.dtype)
        for c, (hat, sd, gamma) in enumerate(columns):
            total = sum(float(d) for d in dout[:, c])
            along = sum(float(dout[n, c]) * hat[n] for n in range(N))
            self.beta.grad[c] += total
            self.gamma.grad[c] += along
            for n in range(N):
                d = float(dout[n, c])
                if training:
                    d -= total / N + hat[n] * along / N
                dx[n, c] = gamma * d / sd
        return dx


class LayerNorm(Module):
    def __init__(self, num_features, eps=1e-5):
        self.eps = eps
        self.gamma = Parameter(np.ones(num_features), decay=False)
        self.beta = Parameter(np.zeros(num_features), decay=False)

    def forward(self, x):
        need_floats(x)
        gamma, beta = self.gamma.data, self.beta.data
        need(x.ndim >= 2 and len(x) > 0 and x.shape[-1] == len(gamma))
        rows = x.reshape(-1, x.shape[-1])
        out, kept = [], []
        for row in rows:
            sd = (row.var() + self.eps) ** 0.5
            hat = (row - row.mean()) / sd
            kept.append((hat, sd))
            out.append(hat * gamma + beta)
        self.saved = kept, x.shape, gamma.copy()
        return np.array(out).reshape(x.shape).astype(x.dtype)

    def backward(self, dout):
        if self.saved is None:
            raise RuntimeError("forward comes first")
        kept, shape, gamma = self.saved
        need_floats(dout)
        need(dout.shape == shape)
        dx = []
        for (hat, sd), d in zip(kept, dout.reshape(-1, shape[-1])):
            self.gamma.grad += d * hat
            self.beta.grad += d
            g = d * gamma
            dx.append((g - g.mean() - hat * (g * hat).mean()) / sd)
        return np.array(dx).reshape(shape).astype(dout.dtype)
