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
    if len(sizes) < 2:
        raise ValueError("at least two sizes")
    rng = backend.as_generator(rng)
    modules = [Flatten()]
    for i in range(len(sizes) - 1):
        if i > 0:
            modules.append(activation())
        modules.append(Linear(sizes[i], sizes[i + 1], rng=rng))
    return Sequential(*modules)


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
    rng = backend.as_generator(rng)
    modules = []
    for width in widths:
        modules.append(
            Conv2d(in_channels, width, (3, 3), stride=1, padding=(1, 1), rng=rng)
        )
        modules.append(MaxPool2d(2))
        modules.append(ReLU())
        in_channels = width
        size = size // 2
    if size == 0 or not modules:
        raise ValueError("no pixel is left, or no block is there")
    modules.append(Flatten())
    modules.append(Linear(size * size * in_channels, num_classes, rng=rng))
    return Sequential(*modules)


def build_cifar2_mlp(rng: Seed = None) -> Sequential:
    """Return lecture 004's network for CIFAR-2: 3072-1024-512-128-2 with tanh.

    It takes images (N, 3, 32, 32) and has 3,737,474 parameters.

    Source: lecture 004, "PyTorch example".
    """
    rng = backend.as_generator(rng)
    return Sequential(
        Flatten(),
        Linear(3072, 1024, rng=rng),
        Tanh(),
        Linear(1024, 512, rng=rng),
        Tanh(),
        Linear(512, 128, rng=rng),
        Tanh(),
        Linear(128, 2, rng=rng),
    )


def save_checkpoint(model: Module, path: Path) -> None:
    """Write the model's parameters and running statistics to an .npz file.

    Args:
        model: is not changed.
        path: ends in .npz; an older file is replaced.

    Source: numpy.savez; torch.save with state_dict.
    """
    arrays = {}
    for i, module in enumerate(model.submodules()):
        for name in ("running_mean", "running_var"):
            if name in vars(module):
                arrays[f"{i}.{name}"] = vars(module)[name]
    for i, parameter in enumerate(model.parameters()):
        arrays[str(i)] = parameter.data
    with open(path, "wb") as file:
        np.savez_compressed(file, **arrays)


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
    found = dict(np.load(path))
    places = []
    for i, module in enumerate(model.submodules()):
        for name in ("running_mean", "running_var"):
            if name in vars(module):
                places.append((f"{i}.{name}", vars(module)[name]))
    for i, parameter in enumerate(model.parameters()):
        places.append((str(i), parameter.data))
    if len(places) != len(found):
        raise ValueError("another number of arrays")
    for name, array in places:
        if name not in found or found[name].shape != array.shape:
            raise ValueError(f"{name} does not fit")
    for name, array in places:
        array[:] = found[name]


def freeze(module: Module) -> None:
    """Keep optimizers from changing the module: its parameters need no gradient.

    For transfer: freeze the part that has been trained, put a new head on it, train.

    Source: lecture 003, "Transfer learning"; torch's requires_grad.
    """
    for inner in module.submodules():
        for parameter in inner.parameters():
            parameter.requires_grad = False
