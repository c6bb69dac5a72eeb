"""Stage 08 over sliding windows."""

import math

import numpy as np

from nabla import backend
from nabla.errors import check_cached, check_float, check_shape, check_size
from nabla.module import Module, Parameter
from nabla.pooling import (
    AvgPool2d,
    BatchNorm2d,
    LPPool2d,
    MaxPool2d,
    Upsample,
    padded,
    scatter,
    two,
    view,
)


def conv_output_size(n, k, stride=1, padding=0):
    check_size("conv_output_size", n=n, k=k, stride=stride, padding=padding + 1)
    left = n + 2 * padding - k
    if left < 0:
        raise ValueError("conv_output_size: the kernel does not fit")
    return 1 + math.floor(left / stride)


def correlate2d(x, k):
    check_float("correlate2d", x=x, k=k)
    if x.ndim != 2 or k.ndim != 2:
        raise ValueError("correlate2d: planes, please")
    windows = view(x[None, None], k.shape, (1, 1))[0, 0]
    return np.einsum("ijuv,uv->ij", windows, k.astype(x.dtype))


def convolve2d(x, k):
    check_float("convolve2d", x=x, k=k)
    return correlate2d(x, np.rot90(k, 2))


def sobel_edges(img):
    check_float("sobel_edges", img=img)
    ramp = np.outer([1, 2, 1], [-1, 0, 1]).astype(img.dtype)
    return correlate2d(img, ramp), correlate2d(img, ramp.T)


def im2col(x, kh, kw, stride=1, padding=0):
    check_float("im2col", x=x)
    check_shape("im2col", "x", x.shape, ("N", "C", "H", "W"))
    windows = view(padded(x, two(padding, 0)), two((kh, kw)), two(stride))
    N, C, OH, OW = windows.shape[:4]
    cols = np.einsum("ncijuv->nijcuv", windows)
    return cols.reshape(N, OH * OW, C * kh * kw)


def col2im(cols, x_shape, kh, kw, stride=1, padding=0):
    check_float("col2im", cols=cols)
    s, p = two(stride), two(padding, 0)
    N, C, H, W = x_shape
    OH = conv_output_size(H, kh, s[0], p[0])
    OW = conv_output_size(W, kw, s[1], p[1])
    check_shape("col2im", "cols", cols.shape, (N, OH * OW, C * kh * kw))
    pieces = cols.reshape(N, OH, OW, C, kh, kw).transpose(0, 3, 1, 2, 4, 5)
    return scatter(pieces, x_shape, s, p)


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
        check_size("Conv2d", in_channels=in_channels, out_channels=out_channels)
        self.k, self.s, self.p = two(kernel_size), two(stride), two(padding, 0)
        cells = math.prod(self.k)
        fans = {"glorot": (in_channels + out_channels) / 2, "kaiming": in_channels}
        shape = (out_channels, in_channels, *self.k)
        name, _, kind = init.partition("_")
        if init == "zeros":
            W = np.zeros(shape)
        elif name in fans and kind in ("uniform", "normal"):
            std = math.sqrt((1 if name == "glorot" else 2) / (fans[name] * cells))
            draw = backend.as_generator(rng)
            ours = {
                "uniform": lambda: draw.uniform(-math.sqrt(3), math.sqrt(3), shape),
                "normal": lambda: draw.standard_normal(shape),
            }
            W = std * ours[kind]()
        else:
            raise ValueError(f"init is {init}")
        self.weight = Parameter(W, "weight")
        self.bias = (
            Parameter(np.zeros(out_channels), "bias", decay=False) if bias else None
        )

    def forward(self, x):
        check_float("Conv2d", x=x)
        W = self.weight.data.astype(x.dtype)
        check_shape("Conv2d", "x", x.shape, ("N", W.shape[1], "H", "W"))
        windows = view(padded(x, self.p), self.k, self.s)
        y = np.einsum("ncijuv,ocuv->noij", windows, W, optimize=True)
        if self.bias is not None:
            y = y + self.bias.data.astype(x.dtype)[:, None, None]
        self.saved = windows, W, x.shape, y.shape
        return y

    def backward(self, dout):
        windows, W, x_shape, y_shape = check_cached("Conv2d", self.saved)
        check_float("Conv2d", dout=dout)
        check_shape("Conv2d", "dout", dout.shape, y_shape)
        self.weight.grad += np.einsum("noij,ncijuv->ocuv", dout, windows, optimize=True)
        if self.bias is not None:
            self.bias.grad += np.einsum("noij->o", dout)
        pieces = np.einsum("noij,ocuv->ncijuv", dout, W, optimize=True)
        return scatter(pieces, x_shape, self.s, self.p)


def conv_parameter_count(in_channels, out_channels, kernel_size, bias=True):
    check_size("count", in_channels=in_channels, out_channels=out_channels)
    return math.prod((out_channels, in_channels, *two(kernel_size))) + (
        out_channels if bias else 0
    )


def receptive_field(layers):
    if any(k < 1 or s < 1 for k, s in layers):
        raise ValueError("receptive_field: sizes from 1")
    jumps = np.cumprod([1] + [s for _, s in layers])
    return [
        1 + sum((k - 1) * int(j) for (k, _), j in zip(layers[: i + 1], jumps))
        for i in range(len(layers))
    ]


def lecture_mistakes():
    return {
        "pixels_moved": 3.0,
        "layer_parameters": 4640.0,
        "dense_weights": 672.0,
        "alexnet_first": 60965224.0,
        "alexnet_later": 61100840.0,
    }
