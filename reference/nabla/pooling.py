"""Stage 08, second file: what stands beside a convolution.

Pooling, up-sampling and the normalisation of channels. Images are (N, C, H, W):
samples, channels, rows, columns.
"""

from __future__ import annotations

import itertools
import math
import typing
from collections.abc import Iterator

import numpy as np

from nabla import backend, errors
from nabla.backend import Array
from nabla.module import Module, Parameter

Pair: typing.TypeAlias = tuple[int, int]
"""Two numbers, the one for rows (height) first."""


def pair(where: str, name: str, value: int | Pair, least: int = 1) -> Pair:
    """Return (height, width) for one whole number or for a pair of them.

    Raises:
        TypeError: if it is neither.
        ValueError: if a number is below `least`.
    """
    both = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(both) != 2:
        raise ValueError(f"{where}: {name} is {value}, expected a number or a pair.")
    shift = 1 - least  # check_size asks for at least 1
    for number in both:
        moved = number + shift if type(number) is int else number
        try:
            errors.check_size(where, **{name: moved})
        except ValueError:
            text = f"{where}: {name} is {value}, expected at least {least}."
            raise ValueError(text) from None
    return int(both[0]), int(both[1])


def check_images(
    where: str, x: Array, kernel: Pair, padding: Pair, channels: int | None = None
) -> None:
    """Check that x is a batch of images into which the kernel fits.

    Raises:
        TypeError: if x is not an array of floats.
        ValueError: if x does not have four axes, has other channels, or is too small.
    """
    errors.check_float(where, x=x)
    axis: errors.Axis = "C" if channels is None else ("channels", channels)
    errors.check_shape(where, "x", x.shape, ("N", axis, "H", "W"))
    for name, n, k, p in zip("HW", x.shape[2:], kernel, padding, strict=True):
        if k > n + 2 * p:
            raise ValueError(
                f"{where}: x has shape {x.shape}, expected {name} of at least"
                f" {k - 2 * p}: the kernel of {k} must fit into {name} + 2 padding."
            )


def pad(x: Array, padding: Pair, value: float = 0.0) -> Array:
    """Return a copy of x with `padding` rows and columns of `value` around it.

    Shapes:
        x: (N, C, H, W); returns (N, C, H + 2 ph, W + 2 pw).
    """
    (N, C, H, W), (ph, pw) = x.shape, padding
    shape = (N, C, H + 2 * ph, W + 2 * pw)
    padded: Array = backend.array_module(x).full(shape, value, x.dtype)
    crop(padded, padding)[...] = x
    return padded


def crop(padded: Array, padding: Pair) -> Array:
    """Return what lies inside the padding, as a view.

    Shapes:
        padded: (N, C, H + 2 ph, W + 2 pw); returns (N, C, H, W).
    """
    (ph, pw), (height, width) = padding, padded.shape[2:]
    return padded[:, :, ph : height - ph, pw : width - pw]


def cells(padded: Array, kernel: Pair, stride: Pair) -> Iterator[Array]:
    """Yield for every cell of the kernel the pixels that it meets, all at once.

    Each is a view: what is written to it arrives in `padded`. Two windows never share
    a pixel under the same cell, so `cell[...] += a` adds nothing twice.

    Shapes:
        padded: (N, C, Hp, Wp); yields kh * kw views of (N, C, OH, OW), row by row.
    """
    (kh, kw), (sh, sw), (height, width) = kernel, stride, padded.shape[2:]
    for u, v in itertools.product(range(kh), range(kw)):
        rows = slice(u, height - kh + u + 1, sh)
        columns = slice(v, width - kw + v + 1, sw)
        yield padded[:, :, rows, columns]


class _Pool2d(Module):
    """What the pooling layers share: the window and how it moves."""

    def __init__(
        self,
        kernel_size: int | Pair,
        stride: int | Pair | None = None,
        padding: int | Pair = 0,
    ) -> None:
        name = type(self).__name__
        self.kernel = pair(name, "kernel_size", kernel_size)
        step = self.kernel if stride is None else stride
        self.stride = pair(name, "stride", step)
        self.padding = pair(name, "padding", padding, least=0)
        if any(2 * p > k for p, k in zip(self.padding, self.kernel, strict=True)):
            raise ValueError(
                f"{name}: padding is {padding}, expected at most half of the kernel"
                f" {self.kernel}; a window of padding alone has no value."
            )


class MaxPool2d(_Pool2d):
    """Keep the largest value of every window.

    The gradient goes to the pixel that won; of several equal ones, to the first in the
    order of reading. Padding is minus infinity: it never wins.

    Shapes:
        x: (N, C, H, W); y: (N, C, OH, OW) with OH = floor((H + 2 p - k) / s) + 1.

    Args:
        kernel_size: height and width of the window, a number or a pair.
        stride: how far the window moves, by default as far as it is large.
        padding: at most half of the kernel.

    Raises:
        TypeError: if a size is not a whole number, or x or dout no float array.
        ValueError: if a size is too small or too large, or a shape does not fit.
        RuntimeError: if backward comes before forward.

    Source: lecture 004, "Convolutions and Pooling"; torch.nn.MaxPool2d.

    >>> MaxPool2d(2).forward(np.array([[[[1.0, 3.0], [4.0, 4.0]]]]))
    array([[[[4.]]]])
    """

    def forward(self, x: Array) -> Array:
        """Return the maxima; keep which cell of its window each one came from."""
        # solution: maxpool/forward
        check_images("MaxPool2d.forward", x, self.kernel, self.padding)
        xp = backend.array_module(x)
        padded = pad(x, self.padding, -math.inf) if any(self.padding) else x
        first, *others = cells(padded, self.kernel, self.stride)
        y = first.copy()
        winner = xp.zeros(y.shape, np.min_scalar_type(len(others)))
        for k, cell in enumerate(others, start=1):
            near = cell.copy()  # the pixels side by side: they are read twice
            larger = (near > y) * winner.dtype.type(k)  # not >=: the first of equals
            xp.maximum(winner, larger, out=winner)
            xp.maximum(y, near, out=y)
        self.saved = winner, padded.shape
        return y
        # end solution

    def backward(self, dout: Array) -> Array:
        """Return dout at the pixels that won, added up where windows overlap."""
        # solution: maxpool/backward
        winner, shape = errors.check_cached("MaxPool2d.backward", self.saved)
        errors.check_float("MaxPool2d.backward", dout=dout)
        errors.check_shape("MaxPool2d.backward", "dout", dout.shape, winner.shape)
        xp = backend.array_module(dout)
        dpadded = xp.zeros(shape, dout.dtype)
        finite = bool(xp.isfinite(dout).all())  # 0 times infinity would be NaN
        apart = all(s >= k for s, k in zip(self.stride, self.kernel, strict=True))
        for k, cell in enumerate(cells(dpadded, self.kernel, self.stride)):
            won = winner == k  # the product takes a third of the time of xp.where
            share = dout * won if finite else xp.where(won, dout, 0)
            cell[...] = share if apart else cell + share  # zeros need not be read
        return crop(dpadded, self.padding)
        # end solution


class AvgPool2d(_Pool2d):
    """Take the mean of every window.

    Padding is zeros. They count as values, so a window over a corner has a smaller
    mean; with count_include_pad=False they do not count.

    Shapes:
        x: (N, C, H, W); y: (N, C, OH, OW) with OH = floor((H + 2 p - k) / s) + 1.

    Args:
        kernel_size: height and width of the window, a number or a pair.
        stride: how far the window moves, by default as far as it is large.
        padding: at most half of the kernel.
        count_include_pad: divide by the size of the window, or else by the number of
            pixels of x in it.

    Raises:
        TypeError: if a size is not a whole number, or x or dout no float array.
        ValueError: if a size is too small or too large, or a shape does not fit.
        RuntimeError: if backward comes before forward.

    Source: lecture 004, "Convolutions and Pooling"; torch.nn.AvgPool2d.
    """

    def __init__(
        self,
        kernel_size: int | Pair,
        stride: int | Pair | None = None,
        padding: int | Pair = 0,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding)
        self.count_include_pad = count_include_pad

    def forward(self, x: Array) -> Array:
        """Return the sum of every window, divided by how many values count."""
        # solution: avgpool/forward
        check_images("AvgPool2d.forward", x, self.kernel, self.padding)
        padded = pad(x, self.padding) if any(self.padding) else x
        count: typing.Any = math.prod(self.kernel)
        if not self.count_include_pad:
            inside = pad(backend.array_module(x).ones_like(x[:1, :1]), self.padding)
            count = sum(cells(inside, self.kernel, self.stride))
        y: Array = sum(cells(padded, self.kernel, self.stride)) / count
        self.saved = count, padded.shape, y.shape
        return y
        # end solution

    def backward(self, dout: Array) -> Array:
        """Return to every pixel its share of the gradients of its windows."""
        # solution: avgpool/backward
        count, padded, shape = errors.check_cached("AvgPool2d.backward", self.saved)
        errors.check_float("AvgPool2d.backward", dout=dout)
        errors.check_shape("AvgPool2d.backward", "dout", dout.shape, shape)
        dpadded = backend.array_module(dout).zeros(padded, dout.dtype)
        share = dout / count
        for cell in cells(dpadded, self.kernel, self.stride):
            cell[...] += share
        return crop(dpadded, self.padding)
        # end solution


class LPPool2d(_Pool2d):
    """Take the p-norm of every window, by default its length (p = 2).

    y = (sum of |x|^p over the window)^(1/p), a sum and not a mean

    dx = dout sign(x) (|x| / y)^(p-1), and 0 in a window of zeros

    PyTorch leaves out the absolute value, which makes no difference for even p.

    Shapes:
        x: (N, C, H, W); y: (N, C, OH, OW) with OH = floor((H - k) / s) + 1.

    Args:
        norm_type: p, at least 1 and finite.
        kernel_size: height and width of the window, a number or a pair.
        stride: how far the window moves, by default as far as it is large.

    Raises:
        TypeError: if a size is not a whole number, or x or dout no float array.
        ValueError: if p or a size is out of range, or a shape does not fit.
        RuntimeError: if backward comes before forward.

    Source: lecture 004, "Convolutions and Pooling"; torch.nn.LPPool2d.
    """

    def __init__(
        self,
        norm_type: float = 2,
        kernel_size: int | Pair = 2,
        stride: int | Pair | None = None,
    ) -> None:
        super().__init__(kernel_size, stride)
        if not 1 <= norm_type < math.inf:
            raise ValueError(f"LPPool2d: norm_type is {norm_type}, expected 1 or more.")
        self.p = norm_type

    def forward(self, x: Array) -> Array:
        """Return the p-norm of every window."""
        # solution: lppool/forward
        check_images("LPPool2d.forward", x, self.kernel, self.padding)
        powers = abs(x) ** self.p
        y: Array = sum(cells(powers, self.kernel, self.stride)) ** (1 / self.p)
        self.saved = x.copy(), y.copy()
        return y
        # end solution

    def backward(self, dout: Array) -> Array:
        """Return dout sign(x) (|x| / y)^(p-1), added up where windows overlap."""
        # solution: lppool/backward
        x, y = errors.check_cached("LPPool2d.backward", self.saved)
        errors.check_float("LPPool2d.backward", dout=dout, x=x)
        errors.check_shape("LPPool2d.backward", "dout", dout.shape, y.shape)
        xp = backend.array_module(x)
        size = xp.where(y == 0, 1, y)  # a window of zeros: 0 / 1 and not 0 / 0
        scaled = xp.where(y == 0, 0, dout)
        dx: Array = xp.zeros_like(x)
        pixels = cells(x, self.kernel, self.stride)
        for cell, pixel in zip(
            cells(dx, self.kernel, self.stride), pixels, strict=True
        ):
            cell[...] += scaled * xp.sign(pixel) * (abs(pixel) / size) ** (self.p - 1)
        return dx
        # end solution


class Upsample(Module):
    """Repeat every pixel `scale` times in both directions (nearest neighbour).

    Shapes:
        x: (N, C, H, W); y: (N, C, scale H, scale W).

    Raises:
        TypeError: if scale is not a whole number, or x or dout no float array.
        ValueError: if scale is below 1, or a shape does not fit.
        RuntimeError: if backward comes before forward.

    Source: lecture 001, "List of different modules"; torch.nn.Upsample.
    """

    def __init__(self, scale: int) -> None:
        errors.check_size("Upsample", scale=scale)
        self.scale = scale

    def forward(self, x: Array) -> Array:
        """Return x with every pixel as a block of scale x scale."""
        # solution: upsample/forward
        check_images("Upsample.forward", x, (1, 1), (0, 0))
        self.saved = x.shape
        y: Array = x.repeat(self.scale, axis=2).repeat(self.scale, axis=3)
        return y
        # end solution

    def backward(self, dout: Array) -> Array:
        """Return the sum of dout over every block."""
        # solution: upsample/backward
        N, C, H, W = errors.check_cached("Upsample.backward", self.saved)
        errors.check_float("Upsample.backward", dout=dout)
        s = self.scale
        errors.check_shape(
            "Upsample.backward", "dout", dout.shape, (N, C, s * H, s * W)
        )
        dx: Array = dout.reshape(N, C, H, s, W, s).sum(axis=(3, 5))
        return dx
        # end solution


class BatchNorm2d(Module):
    """Give every channel mean 0 and variance 1 over batch and image, then scale it.

    y = gamma (x - mean) / sqrt(var + eps) + beta, one of each per channel

    In training, mean and var (divided by n = N H W) are those of the batch, and the
    running statistics move towards them, with the variance divided by n - 1:

        running = (1 - momentum) running + momentum statistic of the batch

    In evaluation, mean and var are the running statistics, which stay as they are.

    Shapes:
        x, y: (N, num_features, H, W); gamma, beta, running_mean, running_var:
        (num_features,).

    Raises:
        TypeError: if num_features is no whole number, or x or dout no float array.
        ValueError: if num_features is below 1, eps is not positive, momentum is
            outside [0, 1], a shape does not fit, or N H W = 1 in training.
        RuntimeError: if backward comes before forward.

    Source: Ioffe and Szegedy 2015; lecture 004, "Other remarks";
        torch.nn.BatchNorm2d.
    """

    gamma: Parameter
    beta: Parameter
    running_mean: Array
    running_var: Array

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1
    ) -> None:
        errors.check_size("BatchNorm2d", num_features=num_features)
        if not eps > 0:
            raise ValueError(f"BatchNorm2d: eps is {eps}, expected more than 0.")
        if not 0 <= momentum <= 1:
            raise ValueError(f"BatchNorm2d: momentum is {momentum}, expected 0 to 1.")
        self.eps, self.momentum = eps, momentum
        ones = backend.asarray(np.ones(num_features))
        self.gamma = Parameter(ones, "gamma", decay=False)
        self.beta = Parameter(0 * ones, "beta", decay=False)
        self.running_mean = 0 * ones
        self.running_var = ones.copy()

    def forward(self, x: Array) -> Array:
        """Return the normalised batch; in training, update the running statistics."""
        # solution: batchnorm2d/forward
        where, gamma = "BatchNorm2d.forward", self.gamma.data
        errors.check_float(where, x=x, gamma=gamma)
        channels = ("num_features", gamma.size)
        errors.check_shape(where, "x", x.shape, ("N", channels, "H", "W"))
        n = x.size // gamma.size  # values per channel: N H W
        if self.training and n == 1:
            raise ValueError(
                f"{where}: x has shape {x.shape}, expected at least 2 values per"
                " channel in training; one value has no variance."
            )
        mean = _total(x) / n if self.training else self.running_mean
        centred = _rows(x) - mean.astype(x.dtype)[:, None]
        if self.training:
            var = _total_product(centred, centred) / n
            m = self.momentum
            self.running_mean = (1 - m) * self.running_mean + m * mean
            self.running_var = (1 - m) * self.running_var + m * var * n / (n - 1)
        else:
            var = self.running_var
        scale = 1 / (var + self.eps) ** 0.5
        slope = (gamma * scale).astype(x.dtype)
        # x_hat = centred scale is written nowhere: one pass over the batch less.
        self.saved = centred, scale.astype(x.dtype), slope, x.shape, self.training
        y: Array = centred * slope[:, None]
        y += self.beta.data.astype(x.dtype)[:, None]
        return y.reshape(x.shape)
        # end solution

    def backward(self, dout: Array) -> Array:
        """Add to the gradients of gamma and beta; return dx.

        In training, mean and var depend on x, too:

            dx = gamma / sqrt(var + eps) (dout - mean(dout) - x_hat mean(dout x_hat))

        In evaluation they are constants, and only the first term is left.
        """
        # solution: batchnorm2d/backward
        saved = errors.check_cached("BatchNorm2d.backward", self.saved)
        centred, scale, slope, shape, of_batch = saved
        errors.check_float("BatchNorm2d.backward", dout=dout, x=centred)
        errors.check_shape("BatchNorm2d.backward", "dout", dout.shape, shape)
        dbeta = _total(dout)
        dgamma = _total_product(_rows(dout), centred) * scale
        self.beta.grad += dbeta
        self.gamma.grad += dgamma
        if not of_batch:
            return dout * _column(slope)
        n = dout.size // slope.size
        dx: Array = centred * (-dgamma * scale / n)[:, None]
        dx += _rows(dout)
        dx -= (dbeta / n)[:, None]
        dx *= slope[:, None]
        return dx.reshape(shape)
        # end solution


def _column(per_channel: Array) -> Array:
    """Return one number per channel so that it broadcasts over (N, C, H, W)."""
    return per_channel.reshape(1, -1, 1, 1)


# solution: batchnorm2d/forward
def _rows(images: Array) -> Array:
    """Return (N, C, H, W) as (N, C, H W): one row per channel, fewer axes to walk."""
    return images.reshape(*images.shape[:2], -1)


def _total(images: Array) -> Array:
    """Return the sum over each channel; `sum` takes three times as long."""
    total: Array = backend.array_module(images).einsum("nchw->c", images)
    return total


def _total_product(a: Array, b: Array) -> Array:
    """Return the sum of a b over each channel of two `_rows`.

    Row times column, by BLAS: the products need no array of their own.
    """
    total: Array = (a[:, :, None, :] @ b[..., None]).sum(axis=0)
    return total.reshape(-1)


# end solution
