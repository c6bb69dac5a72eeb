"""Stage 08 in loops."""

import numpy as np

from nabla import errors
from nabla.layers import INITIALIZERS
from nabla.module import Module, Parameter
from nabla.pooling import (
    AvgPool2d,
    BatchNorm2d,
    LPPool2d,
    MaxPool2d,
    Upsample,
    both,
    check,
    places,
)


def conv_output_size(n, k, stride=1, padding=0):
    if min(n, k, stride) < 1 or padding < 0 or k > n + 2 * padding:
        raise ValueError(f"conv_output_size: {n}, {k}, {stride}, {padding}")
    count, start = 0, -padding
    while start + k <= n + padding:
        count, start = count + 1, start + stride
    return count


def correlate2d(x, k):
    errors.check_float("correlate2d", x=x, k=k)
    if x.ndim != 2 or k.ndim != 2:
        raise ValueError("correlate2d: two axes, please")
    y = np.zeros((places(len(x), len(k), 1, 0), places(len(x[0]), len(k[0]), 1, 0)))
    for i, j in np.ndindex(*y.shape):
        for u, v in np.ndindex(*k.shape):
            y[i, j] += k[u, v] * x[i + u, j + v]
    return y.astype(x.dtype)


def convolve2d(x, k):
    errors.check_float("convolve2d", x=x, k=k)
    turned = np.zeros_like(k)
    for u, v in np.ndindex(*k.shape):
        turned[u, v] = k[k.shape[0] - 1 - u, k.shape[1] - 1 - v]
    return correlate2d(x, turned)


def sobel_edges(img):
    kernel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], float)
    return correlate2d(img, kernel), correlate2d(img, kernel.T)


def windows(x_shape, kh, kw, stride, padding):
    """Yield number of the window, cell, and the pixel of x that it meets."""
    kh, kw = both("windows", "kernel", (kh, kw))
    (sh, sw), (ph, pw) = (
        both("windows", "stride", stride),
        both("windows", "padding", padding, 0),
    )
    C, H, W = x_shape[1:]
    OH, OW = places(H, kh, sh, ph), places(W, kw, sw, pw)
    found = []
    for i, j in np.ndindex(OH, OW):
        for c, u, v in np.ndindex(C, kh, kw):
            h, w = i * sh + u - ph, j * sw + v - pw
            if 0 <= h < H and 0 <= w < W:
                found.append((i * OW + j, (c * kh + u) * kw + v, (c, h, w)))
    return (x_shape[0], OH * OW, C * kh * kw), found


def im2col(x, kh, kw, stride=1, padding=0):
    check("im2col", x)
    shape, found = windows(x.shape, kh, kw, stride, padding)
    cols = np.zeros(shape, x.dtype)
    for n in range(len(x)):
        for place, cell, (c, h, w) in found:
            cols[n, place, cell] = x[n, c, h, w]
    return cols


def col2im(cols, x_shape, kh, kw, stride=1, padding=0):
    errors.check_float("col2im", cols=cols)
    shape, found = windows(x_shape, kh, kw, stride, padding)
    errors.check_shape("col2im", "cols", cols.shape, shape)
    x = np.zeros(x_shape, cols.dtype)
    for n in range(len(x)):
        for place, cell, (c, h, w) in found:
            x[n, c, h, w] += cols[n, place, cell]
    return x


class Conv2d(Module):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        bias=True,
        init="glorot_uniform",
        rng=None,
    ):
        errors.check_size("Conv2d", i=in_channels, o=out_channels)
        kh, kw = both("Conv2d", "kernel_size", kernel_size)
        self.stride = both("Conv2d", "stride", stride)
        self.padding = both("Conv2d", "padding", padding, 0)
        shape = (out_channels, in_channels, kh, kw)
        if init == "zeros":
            W = np.zeros(shape)
        elif init in INITIALIZERS:
            cells = kh * kw
            W = INITIALIZERS[init](
                in_channels * cells, out_channels * cells, shape, rng
            )
        else:
            raise ValueError(f"Conv2d: init is {init}")
        self.weight = Parameter(W, "weight")
        self.bias = None
        if bias:
            self.bias = Parameter(np.zeros(out_channels), "bias", decay=False)

    def forward(self, x):
        check("Conv2d", x)
        W = self.weight.data.copy()
        if x.shape[1] != W.shape[1]:
            raise ValueError(f"Conv2d: {x.shape[1]} channels, not {W.shape[1]}")
        (sh, sw), (ph, pw) = self.stride, self.padding
        OH = places(x.shape[2], W.shape[2], sh, ph)
        OW = places(x.shape[3], W.shape[3], sw, pw)
        padded = np.zeros((*x.shape[:2], x.shape[2] + 2 * ph, x.shape[3] + 2 * pw))
        padded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]] = x
        self.saved = padded, W, x.shape, x.dtype
        y = np.zeros((len(x), len(W), OH, OW))
        for n, o, i, j in np.ndindex(*y.shape):
            if self.bias is not None:
                y[n, o, i, j] = self.bias.data[o]
            for c, u, v in np.ndindex(*W.shape[1:]):
                y[n, o, i, j] += W[o, c, u, v] * padded[n, c, i * sh + u, j * sw + v]
        return y.astype(x.dtype)

    def backward(self, dout):
        padded, W, shape, dtype = errors.check_cached("Conv2d", self.saved)
        errors.check_float("Conv2d", dout=dout)
        (sh, sw), (ph, pw) = self.stride, self.padding
        OH = places(shape[2], W.shape[2], sh, ph)
        OW = places(shape[3], W.shape[3], sw, pw)
        errors.check_shape("Conv2d", "dout", dout.shape, (shape[0], len(W), OH, OW))
        dpadded = np.zeros_like(padded)
        for n, o, i, j in np.ndindex(*dout.shape):
            d = dout[n, o, i, j]
            if self.bias is not None:
                self.bias.grad[o] += d
            for c, u, v in np.ndindex(*W.shape[1:]):
                h, w = i * sh + u, j * sw + v
                self.weight.grad[o, c, u, v] += d * padded[n, c, h, w]
                dpadded[n, c, h, w] += d * W[o, c, u, v]
        dx = dpadded[:, :, ph : ph + shape[2], pw : pw + shape[3]]
        return dx.astype(dtype)


def conv_parameter_count(in_channels, out_channels, kernel_size, bias=True):
    errors.check_size("conv_parameter_count", i=in_channels, o=out_channels)
    kh, kw = both("conv_parameter_count", "kernel_size", kernel_size)
    count = 0
    for _ in range(out_channels):
        count += 1 if bias else 0
        for _ in range(in_channels):
            count += kh * kw
    return count


def receptive_field(layers):
    fields = []
    for last in range(len(layers)):
        width = 1
        for k, s in layers[last::-1]:
            if k < 1 or s < 1:
                raise ValueError(f"receptive_field: {(k, s)}")
            width = (width - 1) * s + k
        fields.append(width)
    return fields


def lecture_mistakes():
    dense = 9216 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 1000 + 1000
    count = conv_parameter_count
    return {
        "pixels_moved": 3,
        "layer_parameters": count(16, 32, 3),
        "dense_weights": 672,
        "alexnet_first": dense
        + count(3, 96, 11)
        + count(48, 256, 5)
        + count(256, 384, 3)
        + count(192, 384, 3)
        + count(192, 256, 3),
        "alexnet_later": 61100840.0,
    }
