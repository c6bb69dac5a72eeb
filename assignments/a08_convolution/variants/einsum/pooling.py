"""Stage 08 over sliding windows: pooling."""

import math

import numpy as np

from nabla.errors import check_cached, check_float, check_shape, check_size
from nabla.module import Module, Parameter


def two(value, least=1):
    a, b = value if isinstance(value, (tuple, list)) else (value, value)
    check_size("size", a=a + 1 - least, b=b + 1 - least)
    return a, b


def padded(x, p, value=0.0):
    edges = ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1]))
    return np.pad(x, edges, constant_values=value)


def view(x, k, s):
    """All windows: (N, C, OH, OW, kh, kw), without a copy."""
    if x.ndim != 4:
        raise ValueError(f"x has shape {x.shape}")
    if k[0] > x.shape[2] or k[1] > x.shape[3]:
        raise ValueError(f"a kernel of {k} does not fit into {x.shape}")
    every = np.lib.stride_tricks.sliding_window_view(x, k, axis=(2, 3))
    return every[:, :, :: s[0], :: s[1]]


def scatter(pieces, shape, s, p):
    """Add pieces (N, C, OH, OW, kh, kw) to where view took them from."""
    N, C, H, W = shape
    x = np.zeros((N, C, H + 2 * p[0], W + 2 * p[1]), pieces.dtype)
    OH, OW, kh, kw = pieces.shape[2:]
    rows = s[0] * np.arange(OH)[:, None, None, None] + np.arange(kh)[:, None]
    columns = s[1] * np.arange(OW)[:, None, None] + np.arange(kw)
    np.add.at(x, (slice(None), slice(None), rows, columns), pieces)
    return x[:, :, p[0] : p[0] + H, p[1] : p[1] + W].copy()


class _Pool(Module):
    def __init__(self, kernel_size, stride=None, padding=0):
        self.k = two(kernel_size)
        self.s = two(self.k if stride is None else stride)
        self.p = two(padding, 0)
        if 2 * self.p[0] > self.k[0] or 2 * self.p[1] > self.k[1]:
            raise ValueError("padding: at most half a kernel")

    def windows(self, x, value=0.0):
        check_float("pool", x=x)
        if x.ndim != 4:
            raise ValueError(f"x has shape {x.shape}")
        return view(padded(x, self.p, value), self.k, self.s)

    def upstream(self, dout):
        check_cached("pool", self.saved)
        check_float("pool", dout=dout)
        check_shape("pool", "dout", dout.shape, self.saved[0])
        return dout[..., None, None]


class MaxPool2d(_Pool):
    def forward(self, x):
        flat = self.windows(x, -np.inf)
        flat = flat.reshape(*flat.shape[:4], -1)
        winner = flat.argmax(axis=-1)
        self.saved = winner.shape, x.shape, winner
        return np.take_along_axis(flat, winner[..., None], axis=-1)[..., 0]

    def backward(self, dout):
        d = self.upstream(dout)
        _, shape, winner = self.saved
        hot = np.arange(self.k[0] * self.k[1]) == winner[..., None]
        hot = hot.reshape(*winner.shape, *self.k)
        return scatter(d * hot, shape, self.s, self.p)


class AvgPool2d(_Pool):
    def __init__(self, kernel_size, stride=None, padding=0, count_include_pad=True):
        super().__init__(kernel_size, stride, padding)
        self.include = count_include_pad

    def forward(self, x):
        windows = self.windows(x)
        share = np.ones(x.shape, x.dtype)
        share = padded(share, self.p, 1.0 if self.include else 0.0)
        share = view(share, self.k, self.s)
        share = share / share.sum(axis=(4, 5), keepdims=True)
        y = np.einsum("ncijuv,ncijuv->ncij", windows, share)
        self.saved = y.shape, x.shape, share
        return y

    def backward(self, dout):
        d = self.upstream(dout)
        return scatter(d * self.saved[2], self.saved[1], self.s, self.p)


class LPPool2d(_Pool):
    def __init__(self, norm_type=2, kernel_size=2, stride=None):
        super().__init__(kernel_size, stride)
        if norm_type < 1 or math.isinf(norm_type):
            raise ValueError("norm_type")
        self.norm = norm_type

    def forward(self, x):
        windows = self.windows(x).copy()
        y = (np.abs(windows) ** self.norm).sum(axis=(4, 5)) ** (1 / self.norm)
        self.saved = y.shape, x.shape, windows, y.copy()
        return y

    def backward(self, dout):
        d = self.upstream(dout)
        _, shape, windows, y = self.saved
        y = y[..., None, None]
        ratio = np.divide(np.abs(windows), y, out=np.zeros_like(windows), where=y > 0)
        slope = np.sign(windows) * ratio ** (self.norm - 1)
        return scatter(d * slope, shape, self.s, self.p)


class Upsample(Module):
    def __init__(self, scale):
        check_size("Upsample", scale=scale)
        self.scale = scale

    def forward(self, x):
        check_float("Upsample", x=x)
        check_shape("Upsample", "x", x.shape, ("N", "C", "H", "W"))
        self.saved = x.shape
        return np.kron(x, np.ones((self.scale, self.scale), x.dtype))

    def backward(self, dout):
        N, C, H, W = check_cached("Upsample", self.saved)
        s = self.scale
        check_float("Upsample", dout=dout)
        check_shape("Upsample", "dout", dout.shape, (N, C, H * s, W * s))
        return np.einsum("ncisjt->ncij", dout.reshape(N, C, H, s, W, s))


class BatchNorm2d(Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        check_size("BatchNorm2d", num_features=num_features)
        if not eps > 0 or not 0 <= momentum <= 1:
            raise ValueError("BatchNorm2d: eps or momentum")
        self.eps, self.momentum = eps, momentum
        self.gamma = Parameter(np.ones(num_features), "gamma", decay=False)
        self.beta = Parameter(np.zeros(num_features), "beta", decay=False)
        self.running_mean = np.zeros(num_features)
        self.running_var = np.ones(num_features)

    def forward(self, x):
        check_float("BatchNorm2d", x=x)
        expected = ("N", len(self.gamma.data), "H", "W")
        check_shape("BatchNorm2d", "x", x.shape, expected)
        rows = np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])
        n = len(rows)
        if self.training:
            if n < 2:
                raise ValueError("BatchNorm2d: one value has no variance")
            mean, var = rows.mean(0), rows.var(0)
            self.running_mean *= 1 - self.momentum
            self.running_mean += self.momentum * mean
            self.running_var *= 1 - self.momentum
            self.running_var += self.momentum * rows.var(0, ddof=1)
        else:
            mean, var = self.running_mean, self.running_var
        std = np.sqrt(var + self.eps)
        x_hat = (rows - mean) / std
        y = self.gamma.data * x_hat + self.beta.data
        self.saved = x_hat, self.gamma.data / std, self.training, x.shape, x.dtype
        return self.images(y)

    def images(self, rows):
        N, C, H, W = self.saved[3]
        return rows.astype(self.saved[4]).reshape(N, H, W, C).transpose(0, 3, 1, 2)

    def backward(self, dout):
        x_hat, slope, training, shape, _ = check_cached("BatchNorm2d", self.saved)
        check_float("BatchNorm2d", dout=dout)
        check_shape("BatchNorm2d", "dout", dout.shape, shape)
        d = np.moveaxis(dout, 1, -1).reshape(x_hat.shape)
        self.gamma.grad += np.einsum("nc,nc->c", d, x_hat)
        self.beta.grad += d.sum(0)
        if training:
            d = d - d.mean(0) - x_hat * (d * x_hat).mean(0)
        return self.images(slope * d)
