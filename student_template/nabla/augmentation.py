"""Stage 07: new training images from old ones, without changing what they show.

A batch of images has shape (N, C, H, W); rows run downwards, columns to the right.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Collection, Iterable, Mapping

import numpy as np

from nabla import backend, errors
from nabla.backend import Array, Seed

Transform: typing.TypeAlias = Callable[[Array], Array]
"""A function from images (n, C, H, W) to images of the same shape."""

Rules: typing.TypeAlias = (
    Mapping[int, Collection[str]] | Iterable[tuple[int, Collection[str]]]
)
"""For a label, names of transforms: a dict, or pairs as dict() takes them."""


def _check_images(where: str, images: Array) -> None:
    """Check that these are floats of shape (N, C, H, W)."""
    errors.check_float(where, images=images)
    errors.check_shape(where, "images", images.shape, ("N", "C", "H", "W"))


def hflip(images: Array) -> Array:
    """Mirror every image: left becomes right.

    Shapes:
        images: (N, C, H, W); returns the same.

    Raises:
        TypeError: if images is not an array of floats.
        ValueError: if it does not have four axes.

    Source: lecture 004, "Dataset augmentation; early stopping".
    """
    raise NotImplementedError("exercise hflip: write hflip")


def vflip(images: Array) -> Array:
    """Turn every image upside down by mirroring: top becomes bottom.

    Shapes:
        images: (N, C, H, W); returns the same.

    Raises:
        TypeError: if images is not an array of floats.
        ValueError: if it does not have four axes.

    Source: lecture 004, "Dataset augmentation; early stopping".
    """
    raise NotImplementedError("exercise vflip: write vflip")


def rot90(images: Array, k: int = 1) -> Array:
    """Turn every image by k quarter turns, counter-clockwise as numpy.rot90 does.

    Shapes:
        images: (N, C, H, W); returns (N, C, W, H) for odd k, else the same.

    Raises:
        TypeError: if images is not an array of floats.
        ValueError: if it does not have four axes.

    Source: lecture 004, "Dataset augmentation; early stopping".
    """
    raise NotImplementedError("exercise rot90: write rot90")


def translate(images: Array, dy: int, dx: int, fill: float = 0.0) -> Array:
    """Move every image dy pixels down and dx to the right (up and left if negative).

    What leaves the image is lost; what comes in is `fill`.

    Shapes:
        images: (N, C, H, W); returns the same.

    Raises:
        TypeError: if images is not an array of floats.
        ValueError: if it does not have four axes.

    Source: lecture 004, "Dataset augmentation; early stopping".
    """
    raise NotImplementedError("exercise translate: write translate")


def adjust_brightness(images: Array, delta: float) -> Array:
    """Add delta to every pixel; nothing is cut off at 0 or 1.

    Shapes:
        images: (N, C, H, W); returns the same.

    Raises:
        TypeError: if images is not an array of floats.
        ValueError: if it does not have four axes.

    Source: lecture 004, "Dataset augmentation; early stopping".
    """
    raise NotImplementedError("exercise adjust_brightness: write adjust_brightness")


def adjust_contrast(images: Array, factor: float) -> Array:
    """Move every pixel away from the mean of its own image, or towards it.

    mean + factor (x - mean), the mean over channels, rows and columns of one image

    Shapes:
        images: (N, C, H, W); returns the same.

    Raises:
        TypeError: if images is not an array of floats.
        ValueError: if it does not have four axes.

    Source: lecture 004, "Dataset augmentation; early stopping".
    """
    raise NotImplementedError("exercise adjust_contrast: write adjust_contrast")


class Augmenter:
    """Change each image of a batch at random, in ways that keep its label true.

    Each transform, in the order of the dict, is applied to each image with probability
    1/2, drawn afresh for every image, every transform and every call. What is forbidden
    for a label is never done to an image of this label.

    Args:
        transforms: by name, functions that keep the shape (n, C, H, W).
        rng: generator, seed or None.
        forbidden: for a label, the names of the transforms that would change it, such
            as {6: {"rot180"}, 9: {"rot180"}}; or such pairs.

    Raises:
        TypeError: if images are no floats, or labels no integers.
        ValueError: if forbidden names an unknown transform, a shape does not fit, or a
            transform changes the shape.

    Source: lecture 004, "Dataset augmentation; early stopping".
    """

    def __init__(
        self,
        transforms: Mapping[str, Transform],
        rng: Seed = None,
        forbidden: Rules = (),
    ) -> None:
        self.transforms = dict(transforms)
        self.rng = backend.as_generator(rng)
        rules: dict[int, Collection[str]] = dict(forbidden)
        self.forbidden = {label: set(names) for label, names in rules.items()}
        named = {name for names in rules.values() for name in names}
        unknown = named - set(self.transforms)
        if unknown:
            raise ValueError(
                f"Augmenter: forbidden names {sorted(unknown)}, expected some of"
                f" {sorted(self.transforms)}."
            )

    def __call__(self, images: Array, labels: Array) -> Array:
        """Return a changed copy of the images; the labels stay true.

        Shapes:
            images: (N, C, H, W); labels: (N,) integers; returns (N, C, H, W).
        """
        raise NotImplementedError("exercise augmenter: write Augmenter.__call__")
