"""Stage 08 by im2col: pooling. The two functions live here."""

import math

import numpy as np

from nabla import errors
from nabla.module import Module, Parameter


def as_pair(value, least=1):
    value = tuple(value) if isinstance(value, (list, tuple)) else (value,) * 2
    for number in value:
        if int(number) != number:
            raise TypeError(f"{number} is not whole")
        if number < least:
            raise ValueError(f"{number} is below {least}")
    return value


def indices(H, W, kh, kw, stride, padding):
    """For every window and cell the row and the column in the padded image."""
    (sh, sw), (ph, pw) = as_pair(stride), as_pair(padding, 0)
    as_pair((kh, kw))
    if kh > H + 2 * ph or kw > W + 2 * pw:
        raise ValueError(f"a kernel of {kh} x {kw} does not fit into {H} x {W}")
    top = np.arange(0, H + 2 * ph - kh + 1, sh)
    left = np.arange(0, W + 2 * pw - kw + 1, sw)
    rows = np.repeat(top, len(left))[:, None] + np.repeat(np.arange(kh), kw)
    columns = np.tile(left, len(top))[:, None] + np.tile(np.arange(kw), kh)
    return rows, columns, (len(top), len(left))


def im2col(x, kh, kw, stride=1, padding=0, fill=0.0):
    errors.check_float("im2col", x=x)
    errors.check_shape("im2col", "x", x.shape, ("N", "C", "H", "W"))
    N, C, H, W = x.shape
    ph, pw = as_pair(padding, 0)
    rows, columns, _ = indices(H, W, kh, kw, stride, padding)
    padded = np.full((N, C, H + 2 * ph, W + 2 * pw), fill, x.dtype)
    padded[:, :, ph : ph + H, pw : pw + W] = x
    taken = padded[:, :, rows, columns]  # (N, C, windows, cells)
    return taken.swapaxes(1, 2).reshape(N, len(rows), C * kh * kw)


def col2im(cols, x_shape, kh, kw, stride=1, padding=0):
    errors.check_float("col2im", cols=cols)
    N, C, H, W = x_shape
    ph, pw = as_pair(padding, 0)
    rows, columns, _ = indices(H, W, kh, kw, stride, padding)
    errors.check_shape("col2im", "cols", cols.shape, (N, len(rows), C * kh * kw))
    padded = np.zeros((N, C, H + 2 * ph, W + 2 * pw), cols.dtype)
    given = cols.reshape(N, len(rows), C, kh * kw).swapaxes(1, 2)
    for cell in range(kh * kw):
        padded[:, :, rows[:, cell], columns[:, cell]] += given[..., cell]
    return padded[:, :, ph : ph + H, pw : pw + W].copy()


class Pooling(Module):
    fill = 0.0

    def __init__(self, kernel_size, stride=None, padding=0):
        self.kernel = as_pair(kernel_size)
        self.stride = self.kernel if stride is None else as_pair(stride)
        self.padding = as_pair(padding, 0)
        if any(2 * p > k for p, k in zip(self.padding, self.kernel)):
            raise ValueError("padding is more than half of the kernel")

    def take(self, x):
        """One window of one channel per row: (N, windows, C, cells)."""
        cols = im2col(x, *self.kernel, self.stride, self.padding, self.fill)
        N, windows, _ = cols.shape
        return cols.reshape(N, windows, x.shape[1], -1)

    def forward(self, x):
        rows = self.take(x)
        _, _, shape = indices(*x.shape[2:], *self.kernel, self.stride, self.padding)
        y, slopes = self.summarise(rows, x)
        y = y.swapaxes(1, 2).reshape(*x.shape[:2], *shape)
        self.saved = x.shape, y.shape, slopes
        return y

    def backward(self, dout):
        x_shape, y_shape, slopes = errors.check_cached("pooling", self.saved)
        errors.check_float("pooling", dout=dout)
        errors.check_shape("pooling", "dout", dout.shape, y_shape)
        N, C = y_shape[:2]
        d = dout.reshape(N, C, -1).swapaxes(1, 2)[..., None] * slopes
        cols = d.reshape(N, d.shape[1], -1)
        return col2im(cols, x_shape, *self.kernel, self.stride, self.padding)


class MaxPool2d(Pooling):
    fill = -np.inf

    def summarise(self, rows, x):
        first = np.argmax(rows, axis=-1)
        slopes = np.eye(rows.shape[-1], dtype=x.dtype)[first]
        return rows.max(axis=-1), slopes


class AvgPool2d(Pooling):
    def __init__(self, kernel_size, stride=None, padding=0, count_include_pad=True):
        super().__init__(kernel_size, stride, padding)
        self.count_include_pad = count_include_pad

    def summarise(self, rows, x):
        inside = np.ones_like(rows)
        if not self.count_include_pad:
            inside = self.take(np.ones_like(x))
        slopes = inside / inside.sum(axis=-1, keepdims=True)
        return (rows * slopes).sum(axis=-1), slopes


class LPPool2d(Pooling):
    def __init__(self, norm_type=2, kernel_size=2, stride=None):
        super().__init__(kernel_size, stride)
        if not (norm_type >= 1 and math.isfinite(norm_type)):
            raise ValueError("norm_type")
        self.norm_type = norm_type

    def summarise(self, rows, x):
        y = np.linalg.norm(rows, self.norm_type, axis=-1).astype(x.dtype)
        safe = np.where(y > 0, y, 1).astype(x.dtype)[..., None]
        slopes = np.sign(rows) * (np.abs(rows) / safe) ** (self.norm_type - 1)
        slopes[y == 0] = 0
        return y, slopes


class Upsample(Module):
    def __init__(self, scale):
        errors.check_size("Upsample", scale=scale)
        self.scale = scale

    def forward(self, x):
        errors.check_float("Upsample", x=x)
        errors.check_shape("Upsample", "x", x.shape, ("N", "C", "H", "W"))
        self.saved = x.shape
        rows = np.arange(x.shape[2] * self.scale) // self.scale
        columns = np.arange(x.shape[3] * self.scale) // self.scale
        return x[:, :, rows][:, :, :, columns]

    def backward(self, dout):
        shape = errors.check_cached("Upsample", self.saved)
        errors.check_float("Upsample", dout=dout)
        s = self.scale
        wanted = (*shape[:2], shape[2] * s, shape[3] * s)
        errors.check_shape("Upsample", "dout", dout.shape, wanted)
        return im2col(dout.reshape(-1, 1, *wanted[2:]), s, s, s).sum(-1).reshape(shape)


class BatchNorm2d(Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        errors.check_size("BatchNorm2d", num_features=num_features)
        if eps <= 0 or momentum < 0 or momentum > 1:
            raise ValueError("eps or momentum")
        self.eps, self.momentum = eps, momentum
        self.gamma = Parameter(np.ones(num_features), "gamma", decay=False)
        self.beta = Parameter(np.zeros(num_features), "beta", decay=False)
        self.running_mean = np.zeros(num_features)
        self.running_var = np.ones(num_features)

    def forward(self, x):
        errors.check_float("BatchNorm2d", x=x)
        C = self.gamma.data.size
        errors.check_shape("BatchNorm2d", "x", x.shape, ("N", C, "H", "W"))
        axes = (0, 2, 3)
        if self.training:
            n = x.size / C
            if n == 1:
                raise ValueError("one value per channel")
            mean = x.mean(axes)
            var = ((x - mean[:, None, None]) ** 2).mean(axes)
            keep = 1 - self.momentum
            self.running_mean = keep * self.running_mean + self.momentum * mean
            unbiased = var * (n / (n - 1))
            self.running_var = keep * self.running_var + self.momentum * unbiased
        else:
            mean, var = self.running_mean.copy(), self.running_var.copy()
        centred = x - mean[:, None, None]
        root = np.sqrt(var + self.eps)[:, None, None]
        gamma = self.gamma.data.copy()[:, None, None]
        self.saved = centred, root, gamma, self.training, x.dtype
        y = gamma * centred / root + self.beta.data[:, None, None]
        return y.astype(x.dtype)

    def backward(self, dout):
        centred, root, gamma, training, dtype = errors.check_cached("bn", self.saved)
        errors.check_float("BatchNorm2d", dout=dout)
        errors.check_shape("BatchNorm2d", "dout", dout.shape, centred.shape)
        axes = (0, 2, 3)
        self.gamma.grad += (dout * centred / root).sum(axes)
        self.beta.grad += dout.sum(axes)
        dx_hat = dout * gamma
        if not training:
            return (dx_hat / root).astype(dtype)
        n = dout.size / gamma.size
        dvar = (dx_hat * centred).sum(axes, keepdims=True) * -0.5 / root**3
        dmean = -(dx_hat / root).sum(axes, keepdims=True)
        dx = dx_hat / root + dvar * 2 * centred / n + dmean / n
        return dx.astype(dtype)
