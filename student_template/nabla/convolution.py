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
    raise NotImplementedError("exercise conv_output_size: write conv_output_size")


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
    raise NotImplementedError("exercise correlate2d: write correlate2d")


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
    raise NotImplementedError("exercise convolve2d: write convolve2d")


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
    raise NotImplementedError("exercise sobel_edges: write sobel_edges")


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
    raise NotImplementedError("exercise im2col: write im2col")


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
    raise NotImplementedError("exercise col2im: write col2im")


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
        raise NotImplementedError("exercise conv/init: write Conv2d.__init__")

    def forward(self, x: Array) -> Array:
        """Return the maps of all kernels; keep copies of x and W for backward."""
        raise NotImplementedError("exercise conv/forward: write Conv2d.forward")

    def backward(self, dout: Array) -> Array:
        """Add to the gradients of weight and bias; return dx.

        dW[o, c, u, v] = sum over n, i, j of dout[n, o, i, j] x[n, c, i s + u, j s + v]

        db[o] = sum over n, i, j of dout[n, o, i, j]

        dx: dout[n, o, i, j] W[o, c, u, v] is added to pixel [n, c, i s + u, j s + v]
        """
        raise NotImplementedError("exercise conv/backward: write Conv2d.backward")


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
    raise NotImplementedError(
        "exercise conv_parameter_count: write conv_parameter_count"
    )


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
    raise NotImplementedError("exercise receptive_field: write receptive_field")


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
    raise NotImplementedError("exercise mistakes: write lecture_mistakes")
