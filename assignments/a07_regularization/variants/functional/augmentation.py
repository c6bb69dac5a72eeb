"""Stage 07: one decorator for all transforms, and an augmenter image by image."""

import functools

import numpy as np

from nabla import backend, errors


def transform(function):
    @functools.wraps(function)
    def checked(images, *args, **options):
        errors.check_float(function.__name__, images=images)
        where, axes = function.__name__, ("N", "C", "H", "W")
        errors.check_shape(where, "images", images.shape, axes)
        changed = function(images, *args, **options)
        return np.array(changed, dtype=images.dtype, copy=True)

    return checked


@transform
def hflip(images):
    return np.flip(images, 3)


@transform
def vflip(images):
    return np.flip(images, axis=-2)


@transform
def rot90(images, k=1):
    return np.stack([np.rot90(image, k, (1, 2)) for image in images])


@transform
def translate(images, dy, dx, fill=0.0):
    H, W = images.shape[2:]
    a, b = min(abs(dy), H), min(abs(dx), W)
    room = ((0, 0), (0, 0), (a, a), (b, b))
    large = np.pad(images, room, constant_values=fill)
    top = a - (dy if abs(dy) <= H else H * int(np.sign(dy)))
    left = b - (dx if abs(dx) <= W else W * int(np.sign(dx)))
    return large[:, :, top : top + H, left : left + W]


@transform
def adjust_brightness(images, delta):
    return images + delta


@transform
def adjust_contrast(images, factor):
    flat = images.reshape(len(images), -1)
    mean = flat.mean(axis=1)
    return ((flat - mean[:, None]) * factor + mean[:, None]).reshape(images.shape)


class Augmenter:
    def __init__(self, transforms, rng=None, forbidden=()):
        self.transforms = dict(transforms)
        self.rng = backend.as_generator(rng)
        self.forbidden = {k: frozenset(names) for k, names in dict(forbidden).items()}
        for names in self.forbidden.values():
            if names - set(self.transforms):
                raise ValueError("unknown transform")

    def __call__(self, images, labels):
        errors.check_float("Augmenter", images=images)
        errors.check_shape("Augmenter", "images", images.shape, ("N", "C", "H", "W"))
        errors.check_shape("Augmenter", "labels", labels.shape, (len(images),))
        if labels.dtype.kind not in "iu":
            raise TypeError("labels are integers")
        plan = {name: [] for name in self.transforms}
        for n, label in enumerate(labels.tolist()):
            never = self.forbidden.get(label, frozenset())
            for name in self.transforms:
                if self.rng.random() < 0.5 and name not in never:
                    plan[name].append(n)
        out = images.copy()
        for name, chosen in plan.items():
            if chosen:
                out[chosen] = self.transforms[name](out[chosen])
        return out
