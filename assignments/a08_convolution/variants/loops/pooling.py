"""Stage 08 in loops: pooling."""

import math
from itertools import product

import numpy as np

from nabla import errors
from nabla.module import Module, Parameter


def both(where, name, value, least=1):
    values = value if isinstance(value, (tuple, list)) else (value, value)
    for number in values:
        if not isinstance(number, (int, np.integer)):
            raise TypeError(f"{where}: {name} is {value!r}")
        if number < least:
            raise ValueError(f"{where}: {name} is {value!r}")
    return tuple(values)


def places(n, k, s, p):
    if k > n + 2 * p:
        raise ValueError(f"a kernel of {k} does not fit into {n} + 2 * {p}")
    return (n + 2 * p - k) // s + 1


def check(where, x):
    errors.check_float(where, x=x)
    errors.check_shape(where, "x", x.shape, ("N", "C", "H", "W"))


class Pool(Module):
    def __init__(self, kernel_size, stride=None, padding=0):
        name = type(self).__name__
        self.k = both(name, "kernel_size", kernel_size)
        self.s = self.k if stride is None else both(name, "stride", stride)
        self.p = both(name, "padding", padding, 0)
        if 2 * self.p[0] > self.k[0] or 2 * self.p[1] > self.k[1]:
            raise ValueError(f"{name}: too much padding")

    def window(self, i, j):
        """Pixels of the window at place (i, j), inside the image."""
        for u, v in product(range(self.k[0]), range(self.k[1])):
            h, w = i * self.s[0] + u - self.p[0], j * self.s[1] + v - self.p[1]
            if 0 <= h < self.saved.shape[2] and 0 <= w < self.saved.shape[3]:
                yield h, w

    def forward(self, x):
        check(type(self).__name__, x)
        OH = places(x.shape[2], self.k[0], self.s[0], self.p[0])
        OW = places(x.shape[3], self.k[1], self.s[1], self.p[1])
        self.saved = x.copy()
        y = np.zeros((x.shape[0], x.shape[1], OH, OW), x.dtype)
        for n, c, i, j in np.ndindex(*y.shape):
            pixels = [x[n, c, h, w] for h, w in self.window(i, j)]
            y[n, c, i, j] = self.summary(pixels)
        self.y = y.copy()
        return y

    def backward(self, dout):
        x = errors.check_cached(type(self).__name__, self.saved)
        errors.check_float("backward", dout=dout)
        errors.check_shape("backward", "dout", dout.shape, self.y.shape)
        dx = np.zeros_like(x)
        for n, c, i, j in np.ndindex(*dout.shape):
            window = list(self.window(i, j))
            pixels = [x[n, c, h, w] for h, w in window]
            shares = self.shares(pixels, self.y[n, c, i, j])
            for (h, w), share in zip(window, shares):
                dx[n, c, h, w] += dout[n, c, i, j] * share
        return dx


class MaxPool2d(Pool):
    def summary(self, pixels):
        return max(pixels)

    def shares(self, pixels, y):
        first = pixels.index(max(pixels))
        return [float(i == first) for i in range(len(pixels))]


class AvgPool2d(Pool):
    def __init__(self, kernel_size, stride=None, padding=0, count_include_pad=True):
        super().__init__(kernel_size, stride, padding)
        self.count_include_pad = count_include_pad

    def size(self, pixels):
        return self.k[0] * self.k[1] if self.count_include_pad else len(pixels)

    def summary(self, pixels):
        return sum(pixels) / self.size(pixels)

    def shares(self, pixels, y):
        return [1 / self.size(pixels) for _ in pixels]


class LPPool2d(Pool):
    def __init__(self, norm_type=2, kernel_size=2, stride=None):
        super().__init__(kernel_size, stride)
        if not 1 <= norm_type < math.inf:
            raise ValueError("norm_type")
        self.norm = norm_type

    def summary(self, pixels):
        return sum(abs(float(a)) ** self.norm for a in pixels) ** (1 / self.norm)

    def shares(self, pixels, y):
        if y == 0:
            return [0.0 for _ in pixels]
        return [np.sign(a) * (abs(a) / y) ** (self.norm - 1) for a in pixels]


class Upsample(Module):
    def __init__(self, scale):
        self.scale = both("Upsample", "scale", scale)[0]

    def forward(self, x):
        check("Upsample", x)
        self.saved = x.shape
        N, C, H, W = x.shape
        y = np.zeros((N, C, H * self.scale, W * self.scale), x.dtype)
        for n, c, i, j in np.ndindex(*y.shape):
            y[n, c, i, j] = x[n, c, i // self.scale, j // self.scale]
        return y

    def backward(self, dout):
        N, C, H, W = errors.check_cached("Upsample", self.saved)
        errors.check_float("Upsample", dout=dout)
        wanted = (N, C, H * self.scale, W * self.scale)
        errors.check_shape("Upsample", "dout", dout.shape, wanted)
        dx = np.zeros((N, C, H, W), dout.dtype)
        for n, c, i, j in np.ndindex(*dout.shape):
            dx[n, c, i // self.scale, j // self.scale] += dout[n, c, i, j]
        return dx


class BatchNorm2d(Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        errors.check_size("BatchNorm2d", num_features=num_features)
        if eps <= 0 or not 0 <= momentum <= 1:
            raise ValueError("BatchNorm2d: eps or momentum")
        self.eps, self.momentum = eps, momentum
        self.gamma = Parameter(np.ones(num_features), "gamma", decay=False)
        self.beta = Parameter(np.zeros(num_features), "beta", decay=False)
        self.running_mean = np.zeros(num_features)
        self.running_var = np.ones(num_features)

    def forward(self, x):
        check("BatchNorm2d", x)
        channels = len(self.gamma.data)
        if x.shape[1] != channels:
            raise ValueError(f"BatchNorm2d: {x.shape[1]} channels, not {channels}")
        n = x[:, 0].size
        if self.training and n == 1:
            raise ValueError("BatchNorm2d: one value per channel")
        y = np.zeros(x.shape, x.dtype)
        self.saved = []
        for c in range(channels):
            values = x[:, c].astype(float)
            mean, var = self.running_mean[c], self.running_var[c]
            if self.training:
                mean = values.sum() / n
                var = ((values - mean) ** 2).sum() / n
                old_mean, old_var = self.running_mean.copy(), self.running_var.copy()
                old_mean[c] += self.momentum * (mean - old_mean[c])
                old_var[c] += self.momentum * (var * n / (n - 1) - old_var[c])
                self.running_mean, self.running_var = old_mean, old_var
            x_hat = (values - mean) / math.sqrt(var + self.eps)
            y[:, c] = self.gamma.data[c] * x_hat + self.beta.data[c]
            slope = self.gamma.data[c] / math.sqrt(var + self.eps)
            self.saved.append((x_hat, slope, self.training, x.dtype))
        return y

    def backward(self, dout):
        saved = errors.check_cached("BatchNorm2d", self.saved)
        errors.check_float("BatchNorm2d", dout=dout)
        N, H, W = saved[0][0].shape
        errors.check_shape("BatchNorm2d", "dout", dout.shape, (N, len(saved), H, W))
        dx = np.zeros(dout.shape, saved[0][3])
        for c, (x_hat, slope, training, _) in enumerate(saved):
            d = dout[:, c].astype(float)
            self.beta.grad[c] += d.sum()
            self.gamma.grad[c] += (d * x_hat).sum()
            if training:
                d = d - d.mean() - x_hat * (d * x_hat).mean()
            dx[:, c] = slope * d
        return dx
