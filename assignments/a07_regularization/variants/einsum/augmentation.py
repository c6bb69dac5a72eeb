"""Stage 07 with index arrays."""

import numpy as np

from nabla import backend, errors


def _sizes(images):
    errors.check_float("images", images=images)
    errors.check_shape("images", "images", images.shape, ("N", "C", "H", "W"))
    return images.shape[2:]


def hflip(images):
    _, W = _sizes(images)
    return images[:, :, :, np.arange(W)[::-1]]


def vflip(images):
    H, _ = _sizes(images)
    return images[:, :, np.arange(H)[::-1]]


def rot90(images, k=1):
    _sizes(images)
    turns = (
        lambda x: x,
        lambda x: np.swapaxes(x, 2, 3)[:, :, ::-1],
        lambda x: x[:, :, ::-1, ::-1],
        lambda x: np.swapaxes(x[:, :, ::-1], 2, 3),
    )
    return np.array(turns[k % 4](images))


def translate(images, dy, dx, fill=0.0):
    H, W = _sizes(images)
    rows, columns = np.arange(H) - dy, np.arange(W) - dx
    inside = ((rows >= 0) & (rows < H))[:, None] & (columns >= 0) & (columns < W)
    moved = images[:, :, rows.clip(0, H - 1)[:, None], columns.clip(0, W - 1)]
    return np.where(inside, moved, images.dtype.type(fill))


def adjust_brightness(images, delta):
    _sizes(images)
    return np.add(images, images.dtype.type(delta))


def adjust_contrast(images, factor):
    H, W = _sizes(images)
    size = images.shape[1] * H * W
    mean = np.einsum("nchw->n", images, dtype=float)[:, None, None, None] / size
    return (mean + factor * (images - mean)).astype(images.dtype)


class Augmenter:
    def __init__(self, transforms, rng=None, forbidden=()):
        self.transforms = dict(transforms)
        self.rng = backend.as_generator(rng)
        self.forbidden = dict(forbidden)
        known = set(self.transforms)
        if any(set(names) - known for names in self.forbidden.values()):
            raise ValueError("unknown transform")

    def __call__(self, images, labels):
        _sizes(images)
        errors.check_shape("Augmenter", "labels", labels.shape, (len(images),))
        if labels.dtype.kind not in "iu":
            raise TypeError("labels")
        names = list(self.transforms)
        coins = self.rng.integers(0, 2, (len(labels), len(names)))
        for label, never in self.forbidden.items():
            for name in never:
                coins[labels == label, names.index(name)] = 0
        for i, name in enumerate(names):
            chosen = coins[:, i].reshape(-1, 1, 1, 1) == 1
            if not chosen.any():
                continue
            changed = self.transforms[name](images.copy())
            if changed.shape != images.shape:
                raise ValueError("the shape has changed")
            images = np.where(chosen, changed, images)
        return images.copy()
