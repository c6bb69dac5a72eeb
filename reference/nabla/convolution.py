"""Stage 08: convolution, its gradient, and what it costs.

Images are (N, C, H, W), kernels (O, C, kh, kw), as in PyTorch. As in every library for
neural networks, a convolutional layer computes a cross-correlation: the kernel is not
flipped. Pooling and the other layers for images are in nabla/pooling.py.
"""

from __future__ import annotations

import itertools
import math
import typing
from collections.abc import Iterator, Sequence

import numpy as np

from nabla import backend, errors
from nabla.backend import Array, Seed
from nabla.layers import INITIALIZERS
from nabla.module import Module, Parameter
from nabla.pooling import (
    AvgPool2d,
    BatchNorm2d,
    LPPool2d,
    MaxPool2d,
    Pair,
    Upsample,
    cells,
    check_images,
    crop,
    pad,
    pair,
)

__all__ = [
    "AvgPool2d",
    "BatchNorm2d",
    "Conv2d",
    "LPPool2d",
    "MaxPool2d",
    "Upsample",
    "col2im",
    "conv_output_size",
    "conv_parameter_count",
    "convolve2d",
    "correlate2d",
    "im2col",
    "lecture_mistakes",
    "receptive_field",
    "sobel_edges",
]


def conv_output_size(n: int, k: int, stride: int = 1, padding: int = 0) -> int:
    """Return at how many places a kernel of k stops on n pixels.

    floor((n + 2 padding - k) / stride) + 1

    Raises:
        TypeError: if an argument is not a whole number.
        ValueError: if the kernel does not fit, n, k or stride is below 1, or padding
            is negative.

    Source: lecture 003, "CNNs"; torch.nn.Conv2d.

    >>> conv_output_size(8, 3, stride=2)  # the last column is not reached
    3
    """
    # solution: conv_output_size
    errors.check_size("conv_output_size", n=n, k=k, stride=stride)
    errors.check_size("conv_output_size", padding_plus_1=padding + 1)
    if k > n + 2 * padding:
        raise ValueError(
            f"conv_output_size: k is {k}, expected at most n + 2 padding ="
            f" {n + 2 * padding}; the kernel does not fit."
        )
    return (n + 2 * padding - k) // stride + 1
    # end solution


def correlate2d(x: Array, k: Array) -> Array:
    """Slide k over x, multiply and add up, where k fits wholly into x.

    y[i, j] = sum over u, v of k[u, v] x[i + u, j + v]

    Shapes:
        x: (H, W); k: (kh, kw); y: (H - kh + 1, W - kw + 1), in x's dtype.

    Raises:
        TypeError: if x or k is not an array of floats.
        ValueError: if one is not two-dimensional, or k is larger than x.

    Source: lecture 004, "Remember convolutions"; scipy.signal.correlate2d, mode valid.

    >>> correlate2d(np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[1.0, 0.0, -1.0]]))
    array([[-2., -2.]])
    """
    # solution: correlate2d
    _check_plane("correlate2d", x, k)
    (kh, kw), (H, W) = k.shape, x.shape
    k = k.astype(x.dtype)
    y: Array = backend.array_module(x).zeros((H - kh + 1, W - kw + 1), x.dtype)
    for u in range(kh):
        for v in range(kw):
            y += k[u, v] * x[u : u + H - kh + 1, v : v + W - kw + 1]
    return y
    # end solution


def convolve2d(x: Array, k: Array) -> Array:
    """Convolve as mathematics does: with the kernel turned by 180 degrees.

    y[i, j] = sum over u, v of k[kh - 1 - u, kw - 1 - v] x[i + u, j + v]

    Shapes:
        x: (H, W); k: (kh, kw); y: (H - kh + 1, W - kw + 1), in x's dtype.

    Raises:
        TypeError: if x or k is not an array of floats.
        ValueError: if one is not two-dimensional, or k is larger than x.

    Source: lecture 003, "CNNs";
        scipy.signal.convolve2d, mode valid.

    >>> convolve2d(np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[1.0, 0.0, -1.0]]))
    array([[2., 2.]])
    """
    # solution: convolve2d
    _check_plane("convolve2d", x, k)
    return correlate2d(x, k[::-1, ::-1])
    # end solution


def _check_plane(where: str, x: Array, k: Array) -> None:
    """Check that x and k are planes of floats, and that k fits into x."""
    errors.check_float(where, x=x, k=k)
    errors.check_shape(where, "x", x.shape, ("H", "W"))
    errors.check_shape(where, "k", k.shape, ("kh", "kw"))
    if any(small > large for small, large in zip(k.shape, x.shape, strict=True)):
        raise ValueError(
            f"{where}: k has shape {k.shape}, expected at most that of x, {x.shape}."
        )


def sobel_edges(img: Array) -> tuple[Array, Array]:
    """Return how bright an image becomes along x (columns) and along y (rows).

    d/dx is the correlation with [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], d/dy the one with
    its transpose; both where the kernel fits.

    Shapes:
        img: (H, W); returns two arrays (H - 2, W - 2), in img's dtype.

    Raises:
        TypeError: if img is not an array of floats.
        ValueError: if it is not two-dimensional, or smaller than 3 x 3.

    Source: lecture 003, "CNNs"; lecture 004, "Sequences of
        convolutions and pooling".
    """
    # solution: sobel_edges
    _check_plane("sobel_edges", img, img[:3, :3])
    errors.check_shape("sobel_edges", "a corner", img[:3, :3].shape, (3, 3))
    along_x, along_y = img[:, 2:] - img[:, :-2], img[2:] - img[:-2]
    dx: Array = along_x[:-2] + 2 * along_x[1:-1] + along_x[2:]
    dy: Array = along_y[:, :-2] + 2 * along_y[:, 1:-1] + along_y[:, 2:]
    return dx, dy
    # end solution


def im2col(
    x: Array, kh: int, kw: int, stride: int | Pair = 1, padding: int | Pair = 0
) -> Array:
    """Write every window of every image as one row: correlation becomes a product.

    Windows are in the order of reading. Within a row the channel runs slowest, then
    the row of the kernel, then its column: the order of weight[o].ravel().

    Shapes:
        x: (N, C, H, W); returns (N, OH * OW, C * kh * kw).

    Raises:
        TypeError: if x is not an array of floats, or a size not a whole number.
        ValueError: if x does not have four axes, or the kernel does not fit.

    Source: Chellapilla, Puri and Simard 2006; torch.nn.Unfold, transposed.
    """
    # solution: im2col
    kernel = pair("im2col", "kernel", (kh, kw))
    step = pair("im2col", "stride", stride)
    margin = pair("im2col", "padding", padding, least=0)
    check_images("im2col", x, kernel, margin)
    found = list(cells(pad(x, margin), kernel, step))
    stacked = backend.array_module(x).stack(found, axis=-1)  # (N, C, OH, OW, kh * kw)
    N, C, OH, OW, size = stacked.shape
    cols: Array = stacked.transpose(0, 2, 3, 1, 4).reshape(N, OH * OW, C * size)
    return cols
    # end solution


def col2im(
    cols: Array,
    x_shape: Sequence[int],
    kh: int,
    kw: int,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
) -> Array:
    """Add every row back to the pixels it came from: the transpose of im2col.

    It is im2col's gradient, and not its inverse: where windows overlap, it adds.

    Shapes:
        cols: (N, OH * OW, C * kh * kw); x_shape: (N, C, H, W), also the result's.

    Raises:
        TypeError: if cols is not an array of floats, or a size not a whole number.
        ValueError: if cols does not have the shape that im2col gives for x_shape.

    Source: torch.nn.Fold, transposed.
    """
    # solution: col2im
    kernel = pair("col2im", "kernel", (kh, kw))
    step = pair("col2im", "stride", stride)
    margin = pair("col2im", "padding", padding, least=0)
    errors.check_float("col2im", cols=cols)
    x = backend.array_module(cols).zeros(tuple(x_shape), cols.dtype)
    check_images("col2im", x, kernel, margin)
    padded = pad(x, margin)
    N, C, OH, OW = next(cells(padded, kernel, step)).shape
    errors.check_shape("col2im", "cols", cols.shape, (N, OH * OW, C * kh * kw))
    stacked = cols.reshape(N, OH, OW, C, kh * kw).transpose(4, 0, 3, 1, 2)
    for cell, column in zip(cells(padded, kernel, step), stacked, strict=True):
        cell[...] += column
    return crop(padded, margin).copy()
    # end solution


# solution: conv/forward
class _Windows:
    """The windows of a batch as columns of a matrix, for a few samples at a time.

    All columns of im2col together are kh * kw times as large as x, and each product
    would wait for the memory. Those of a few samples fit into the processor's cache:
    they are written, multiplied, and overwritten by the next ones.

    They are quickly written, too. A few samples stand side by side, as one wide image,
    and this is one line of numbers here, row behind row. What one cell of the kernel
    meets in all windows is one long stretch of that line. With a stride, the pixels
    that are a stride apart form lines of their own.

    The price: windows over the right edge of a sample are computed, too, and cut off.
    They are few, since the padding on its right is that on the left of its neighbour.
    """

    def __init__(
        self, x_shape: tuple[int, ...], kernel: Pair, stride: Pair, padding: Pair
    ) -> None:
        self.N, self.C, self.H, self.W = x_shape
        (self.kh, self.kw), (self.sh, self.sw) = kernel, stride
        self.ph, self.pw = padding
        height, width = self.H + 2 * self.ph, self.W + 2 * self.pw
        self.OH = (height - self.kh) // self.sh + 1
        self.OW = (width - self.kw) // self.sw + 1
        fitting, beyond = self.W + self.pw, (self.kw - 1) // self.sw
        self.across = max(math.ceil(fitting / self.sw), self.OW, beyond)  # per row
        self.down = math.ceil(height / self.sh) + 1  # one more: the last row overflows

    def parts(self, like: Array) -> Iterator[slice]:
        """Yield the samples that are worked on at a time, as slices of the batch.

        Their columns fill the cache twice: fewer calls are worth more. They are no more
        than some thousand, since BLAS does not rearrange such small products first.
        """
        room, each = backend.cache_size(like), self.OH * self.across
        most = min(2 * room // (self.kh * self.kw * self.C), room // 40)
        n = max(most // each, 1)
        for start in range(0, self.N, n):
            yield slice(start, min(start + n, self.N))

    def to_lines(self, x: Array) -> Array:
        """Return padded samples side by side as lines of pixels (C, sh * sw, P)."""
        shape = (self.C, self.down * self.sh, len(x), self.across * self.sw)
        grid = backend.array_module(x).zeros(shape, x.dtype)
        self._inside(grid)[...] = x.transpose(1, 2, 0, 3)
        split = (self.C, self.down, self.sh, len(x) * self.across, self.sw)
        lines = grid.reshape(split).transpose(0, 2, 4, 1, 3)
        return typing.cast(Array, lines.reshape(self.C, self.sh * self.sw, -1))

    def to_images(self, lines: Array) -> Array:
        """Return lines of pixels as samples (n, C, H, W) without their padding."""
        split = (self.C, self.sh, self.sw, self.down, -1, self.across)
        rows = lines.reshape(split).transpose(0, 3, 1, 4, 5, 2)
        height, width = self.down * self.sh, self.across * self.sw
        grid = self._inside(rows.reshape(self.C, height, -1, width))
        return grid.transpose(2, 0, 1, 3)

    def _inside(self, grid: Array) -> Array:
        return grid[:, self.ph : self.ph + self.H, :, self.pw : self.pw + self.W]

    def columns(self, pixels: Sequence[Array]) -> Iterator[tuple[slice, Array]]:
        """Yield samples and their columns (kh * kw * C, L), until the next ones.

        L = OH * n * across: a number for every window, row by row. Until the next ones
        are asked for, the memory of the columns may be used for something else, too.
        """
        first, height = pixels[0], self.kh * self.kw * self.C
        most = self.OH * first.shape[2] // self.down  # later parts have no more
        room = backend.array_module(first).empty(height * most, first.dtype)
        for part, lines in zip(self.parts(first), pixels, strict=True):
            L = self.OH * lines.shape[2] // self.down
            columns = room[: height * L].reshape(height, L)
            for cell, met in self._meetings(columns, lines):
                cell[...] = met
            yield part, columns

    def add_columns(self, columns: Array, like: Array) -> Array:
        """Return lines to which columns are added: the transpose of `columns`."""
        lines = backend.array_module(columns).zeros_like(like)
        for cell, met in self._meetings(columns, lines):
            for u, v in np.ndindex(*cell.shape[:2]):  # two cells may share a pixel
                met[u, v] += cell[u, v]
        return typing.cast(Array, lines)

    def _meetings(self, columns: Array, lines: Array) -> Iterator[tuple[Array, Array]]:
        """Yield for each line the cells of the kernel that meet it, and what they meet.

        Both are views (rows of cells, cells, C, L). In the line, the next cell begins a
        pixel further on and the next row of cells a row: one copy serves all of them.
        """
        split = columns.reshape(self.kh, self.kw, self.C, -1)
        channel, _, pixel = lines.strides
        steps = (lines.shape[2] // self.down * pixel, pixel, channel, pixel)
        tricks = backend.array_module(lines).lib.stride_tricks
        for u, v in itertools.product(range(self.sh), range(self.sw)):
            cell, line = split[u :: self.sh, v :: self.sw], lines[:, u * self.sw + v]
            yield cell, tricks.as_strided(line, cell.shape, steps)

    def to_maps(self, y: Array) -> Array:
        """Return the outputs of windows (O, L) as maps (n, O, OH, OW)."""
        grid = y.reshape(len(y), self.OH, -1, self.across)
        return grid[..., : self.OW].transpose(2, 0, 1, 3)

    def from_maps(self, dout: Array) -> Array:
        """Return maps as (O, L), zero for the windows over the edge."""
        n, out = dout.shape[:2]
        shape = (out, self.OH, n, self.across)
        grid = backend.array_module(dout).zeros(shape, dout.dtype)
        grid[..., : self.OW] = dout.transpose(1, 2, 0, 3)
        return typing.cast(Array, grid.reshape(out, -1))


# end solution


class Conv2d(Module):
    """Correlate every image with learnt kernels, one per output channel.

    y[n, o, i, j] = b[o] + sum over c, u, v of W[o, c, u, v] x[n, c, i s + u, j s + v]

    where x is padded with zeros and s is the stride.

    Shapes:
        x: (N, in_channels, H, W); y: (N, out_channels, OH, OW), in x's dtype, with
        OH = floor((H + 2 p - kh) / s) + 1.
        weight: (out_channels, in_channels, kh, kw), decays.
        bias: (out_channels,), zeros at first, does not decay; None with bias=False.

    Args:
        kernel_size: kh and kw, a number or a pair; likewise stride and padding.
        init: a key of nabla.layers.INITIALIZERS, for the weight, with
            fan_in = in_channels kh kw and fan_out = out_channels kh kw.
        rng: generator, seed or None, for the weight.

    Raises:
        TypeError: if a size is not a whole number, or x or dout is no float array.
        ValueError: if a size is too small, init is unknown, or a shape does not fit.
        RuntimeError: if backward comes before forward.

    Source: lecture 004, "Parameter tying, and special case CNN"; torch.nn.Conv2d.

    >>> Conv2d(3, 16, 3, padding=1, rng=7).forward(np.ones((5, 3, 32, 32))).shape
    (5, 16, 32, 32)
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: int | Pair = 0,
        bias: bool = True,
        init: str = "glorot_uniform",
        rng: Seed = None,
    ) -> None:
        # solution: conv/init
        where = "Conv2d"
        errors.check_size(where, in_channels=in_channels, out_channels=out_channels)
        kh, kw = pair(where, "kernel_size", kernel_size)
        self.stride = pair(where, "stride", stride)
        self.padding = pair(where, "padding", padding, least=0)
        if init not in INITIALIZERS:
            known = ", ".join(INITIALIZERS)
            raise ValueError(f"{where}: init is {init!r}, expected one of {known}.")
        shape = (out_channels, in_channels, kh, kw)
        if init == "zeros":
            W = backend.asarray(np.zeros(shape))
        else:
            fan_in, fan_out = in_channels * kh * kw, out_channels * kh * kw
            W = INITIALIZERS[init](fan_in, fan_out, shape=shape, rng=rng)
        self.weight = Parameter(W, "weight")
        b = backend.asarray(np.zeros(out_channels))
        self.bias = Parameter(b, "bias", decay=False) if bias else None
        # end solution

    def forward(self, x: Array) -> Array:
        """Return the maps of all kernels; keep copies of x and W for backward."""
        # solution: conv/forward
        out, C, kh, kw = self.weight.data.shape
        errors.check_float("Conv2d.forward", x=x, weight=self.weight.data)
        check_images("Conv2d.forward", x, (kh, kw), self.padding, C)
        windows = _Windows(x.shape, (kh, kw), self.stride, self.padding)
        pixels = [windows.to_lines(x[part]) for part in windows.parts(x)]
        # A copy, in the order of the columns: the channel runs fastest.
        W = self.weight.data.astype(x.dtype).transpose(2, 3, 1, 0).reshape(-1, out).T
        shape = (windows.N, out, windows.OH, windows.OW)
        y: Array = backend.array_module(x).empty(shape, x.dtype)
        for part, columns in windows.columns(pixels):
            y[part] = windows.to_maps(W @ columns)
        if self.bias is not None:
            y += self.bias.data.astype(x.dtype)[:, None, None]
        self.saved = windows, pixels, W
        return y
        # end solution

    def backward(self, dout: Array) -> Array:
        """Add to the gradients of weight and bias; return dx.

        dW[o, c, u, v] = sum over n, i, j of dout[n, o, i, j] x[n, c, i s + u, j s + v]

        db[o] = sum over n, i, j of dout[n, o, i, j]

        dx: dout[n, o, i, j] W[o, c, u, v] is added to pixel [n, c, i s + u, j s + v]
        """
        # solution: conv/backward
        return typing.cast(Array, self._backward(dout, for_x=True))
        # end solution

    # solution: conv/backward
    def _backward_parameters(self, dout: Array) -> None:
        """Add to the gradients of weight and bias, and save what only dx needs."""
        self._backward(dout, for_x=False)

    def _backward(self, dout: Array, *, for_x: bool) -> Array | None:
        windows, pixels, W = errors.check_cached("Conv2d.backward", self.saved)
        errors.check_float("Conv2d.backward", dout=dout, x=W)
        expected = (windows.N, W.shape[0], windows.OH, windows.OW)
        errors.check_shape("Conv2d.backward", "dout", dout.shape, expected)
        xp = backend.array_module(dout)
        W = xp.ascontiguousarray(W.T)  # as dW is: BLAS is a third slower on transposes
        dW = xp.zeros_like(W)
        dx = xp.empty((windows.N, windows.C, windows.H, windows.W), W.dtype)
        for lines, (part, columns) in zip(pixels, windows.columns(pixels), strict=True):
            dy = windows.from_maps(dout[part].astype(W.dtype))
            dW += columns @ dy.T
            if for_x:
                dcolumns = xp.matmul(W, dy, out=columns)
                dx[part] = windows.to_images(windows.add_columns(dcolumns, lines))
        by_cell = dW.reshape(windows.kh, windows.kw, windows.C, -1)
        self.weight.grad += by_cell.transpose(3, 2, 0, 1)
        if self.bias is not None:
            self.bias.grad += dout.sum(axis=(0, 2, 3))
        return dx if for_x else None

    # end solution


def conv_parameter_count(
    in_channels: int, out_channels: int, kernel_size: int | Pair, bias: bool = True
) -> int:
    """Return how many parameters a convolutional layer has, without building it.

    out_channels (in_channels kh kw + 1), without the 1 if there is no bias

    Raises:
        TypeError: if a size is not a whole number.
        ValueError: if a size is below 1.

    Source: lecture 004, "Convolutions: reduction in parameter count".

    >>> conv_parameter_count(3, 16, 3)
    448
    """
    # solution: conv_parameter_count
    where = "conv_parameter_count"
    errors.check_size(where, in_channels=in_channels, out_channels=out_channels)
    kh, kw = pair(where, "kernel_size", kernel_size)
    return out_channels * (in_channels * kh * kw + (1 if bias else 0))
    # end solution


def receptive_field(layers: Sequence[tuple[int, int]]) -> list[int]:
    """Return how many pixels across a unit sees, after each of several layers.

    r += (k - 1) j, then j *= s, from r = j = 1: j is the distance of neighbours, in
    pixels of the image.

    Args:
        layers: (kernel size, stride) of every convolution or pooling, from the image.

    Raises:
        TypeError: if a size is not a whole number.
        ValueError: if a size is below 1.

    Source: lecture 004, "Convolutions and Pooling".

    >>> receptive_field([(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)])
    [3, 4, 8, 10, 18]
    """
    # solution: receptive_field
    field, jump, fields = 1, 1, []
    for k, s in layers:
        errors.check_size("receptive_field", kernel=k, stride=s)
        field += (k - 1) * jump
        jump *= s
        fields.append(field)
    return fields
    # end solution


def lecture_mistakes() -> dict[str, float]:
    """Return the numbers that the lectures should have printed, by these keys.

    "pixels_moved": lecture 004, "Parameter tying, and special case CNN", says that
    convolutions express translation invariance. An object moves by 6 pixels. By how
    many does it move in the map of a convolution with stride 2? (Invariance: by 0.)

    "layer_parameters": lecture 004, "Convolutions: reduction in parameter count",
    gives a convolutional layer "k parameters" for a kernel with k entries. How many
    has one with kernels of 3 x 3 from 16 to 32 channels, biases included?

    "dense_weights": the same slide gives the fully connected layer beside it n^2
    weights. How many, biases left out, has the fully connected layer that can compute
    what a kernel with k = 5 entries computes from n = 28 numbers without padding?

    "alexnet_first", "alexnet_later": lecture 003, "ImageNet Dataset", gives
    AlexNet 61 million parameters. Two networks of that name have so many, and not the
    same number. Give both, biases included. Kernels are written
    inputs -> outputs, size; the dense layers are 9216 -> 4096 -> 4096 -> 1000 in both.
    First (2012), in which a kernel of the 2nd, 4th and 5th layer sees half of the
    channels: 3 -> 96, 11; 48 -> 256, 5; 256 -> 384, 3; 192 -> 384, 3; 192 -> 256, 3.
    Later (2014): 3 -> 64, 11; 64 -> 192, 5; 192 -> 384, 3; 384 -> 256, 3;
    256 -> 256, 3.

    Source: lectures 003 and 004, as quoted.
    """
    # solution: mistakes
    dense = sum((m + 1) * n for m, n in ((9216, 4096), (4096, 4096), (4096, 1000)))
    first = ((3, 96, 11), (48, 256, 5), (256, 384, 3), (192, 384, 3), (192, 256, 3))
    later = ((3, 64, 11), (64, 192, 5), (192, 384, 3), (384, 256, 3), (256, 256, 3))
    return {
        "pixels_moved": 6 / 2,
        "layer_parameters": 32 * (16 * 3 * 3 + 1),
        "dense_weights": 28 * (28 - 5 + 1),
        "alexnet_first": dense + sum(o * (i * k * k + 1) for i, o, k in first),
        "alexnet_later": dense + sum(o * (i * k * k + 1) for i, o, k in later),
    }
    # end solution
