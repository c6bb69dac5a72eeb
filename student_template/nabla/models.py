"""Stage 09: models built from parts, saved, loaded and frozen."""

from __future__ import annotations

import itertools
import os
import typing
from collections.abc import Callable, Sequence

import numpy as np

from nabla import backend, errors
from nabla.activations import ReLU, Tanh
from nabla.backend import Array, Seed
from nabla.convolution import Conv2d, MaxPool2d
from nabla.layers import Flatten, Linear, Sequential
from nabla.module import Module
from nabla.normalization import running_statistics

Path: typing.TypeAlias = str | os.PathLike[str]


def build_mlp(
    sizes: Sequence[int],
    activation: Callable[[], Module] = Tanh,
    rng: Seed = None,
) -> Sequential:
    """Return a fully connected network that takes samples of any shape.

    Flatten, then a Linear per pair of neighbouring sizes, with a fresh activation
    between two of them. The last layer has none: its outputs are logits.

    Args:
        sizes: numbers of units from input to output, such as (144, 32, 3).
        activation: makes a new activation, such as the class Tanh.
        rng: generator, seed or None; one generator for all layers.

    Raises:
        ValueError: if there are fewer than two sizes.

    Source: lecture 004, "PyTorch example"; lecture 003, "Architecture design".
    """
    raise NotImplementedError("exercise build_mlp: write build_mlp")


def build_cnn(
    in_channels: int,
    num_classes: int,
    widths: Sequence[int] = (8, 16),
    size: int = 12,
    rng: Seed = None,
) -> Sequential:
    """Return a small convolutional network for square images.

    For every width a block: Conv2d with that many 3 x 3 filters and padding 1, ReLU,
    MaxPool2d(2), which halves height and width (rounded down). Then Flatten and one
    Linear to the logits.

    Args:
        in_channels: 1 for grey images, 3 for colours.
        num_classes: how many logits.
        widths: numbers of filters, one per block.
        size: height and width of the images.
        rng: generator, seed or None; one generator for all layers.

    Raises:
        ValueError: if there is no width, or pooling leaves no pixel.

    Source: lecture 004, "Convolutional networks"; lecture 003, "LeNet".
    """
    raise NotImplementedError("exercise build_cnn: write build_cnn")


def build_cifar2_mlp(rng: Seed = None) -> Sequential:
    """Return lecture 004's network for CIFAR-2: 3072-1024-512-128-2 with tanh.

    It takes images (N, 3, 32, 32) and has 3,737,474 parameters.

    Source: lecture 004, "PyTorch example".
    """
    raise NotImplementedError("exercise build_cifar2_mlp: write build_cifar2_mlp")


def save_checkpoint(model: Module, path: Path) -> None:
    """Write the model's parameters and running statistics to an .npz file.

    Args:
        model: is not changed.
        path: ends in .npz; an older file is replaced.

    Source: numpy.savez; torch.save with state_dict.
    """
    raise NotImplementedError("exercise checkpoint: write save_checkpoint")


def load_checkpoint(model: Module, path: Path) -> None:
    """Give the model's arrays the values of a file, in place.

    Everything is compared first: if something does not fit, nothing is changed.

    Args:
        model: built like the one that was saved.
        path: of a file that `save_checkpoint` has written.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file belongs to a model of another structure or shape.
    """
    raise NotImplementedError("exercise checkpoint: write load_checkpoint")


def freeze(module: Module) -> None:
    """Keep optimizers from changing the module: its parameters need no gradient.

    For transfer: freeze the part that has been trained, put a new head on it, train.

    Source: lecture 003, "Transfer learning"; torch's requires_grad.
    """
    raise NotImplementedError("exercise freeze: write freeze")
