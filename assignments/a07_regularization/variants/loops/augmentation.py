"""Stage 07, pixel by pixel."""

import numpy as np

from nabla import backend


def check(images):
    if not isinstance(images, np.ndarray) or images.dtype not in (
        np.float32,
        np.float64,
    ):
        raise TypeError("expected images of floats")
    if images.ndim != 4 or len(images) == 0:
        raise ValueError("expected (N, C, H, W)")


def remap(images, shape, source, fill=0.0):
    """Pixel (i, j) of the result is pixel source(i, j) of the image, or fill."""
    check(images)
    N, C, H, W = images.shape
    out = np.full((N, C, *shape), fill, images.dtype)
    for i in range(shape[0]):
        for j in range(shape[1]):
            a, b = source(i, j)
            if 0 <= a < H and 0 <= b < W:
                out[:, :, i, j] = images[:, :, a, b]
    return out


def hflip(images):
    check(images)
    H, W = images.shape[2:]
    return remap(images, (H, W), lambda i, j: (i, W - 1 - j))


def vflip(images):
    check(images)
    H, W = images.shape[2:]
    return remap(images, (H, W), lambda i, j: (H - 1 - i, j))


def rot90(images, k=1):
    check(images)
    out = images.copy()
    for _ in range(k % 4):
        H, W = out.shape[2:]
        out = remap(out, (W, H), lambda i, j, W=W: (j, W - 1 - i))
    return out


def translate(images, dy, dx, fill=0.0):
    check(images)
    return remap(images, images.shape[2:], lambda i, j: (i - dy, j - dx), fill)


def adjust_brightness(images, delta):
    check(images)
    return np.array([image + delta for image in images])


def adjust_contrast(images, factor):
    check(images)
    out = []
    for image in images:
        mean = image.mean()
        out.append(factor * image + (1 - factor) * mean)
    return np.array(out, dtype=images.dtype)


class Augmenter:
    def __init__(self, transforms, rng=None, forbidden=()):
        self.transforms = dict(transforms)
        self.rng = backend.as_generator(rng)
        self.forbidden = {k: set(names) for k, names in dict(forbidden).items()}
        for names in self.forbidden.values():
            if not names <= set(self.transforms):
                raise ValueError("unknown transform")

    def __call__(self, images, labels):
        check(images)
        if labels.dtype.kind not in "iu":
            raise TypeError("labels are integers")
        if labels.shape != (len(images),):
            raise ValueError("one label per image")
        # Image by image would be clearer, but a transform takes whole batches.
        out = images.copy()
        for name, transform in self.transforms.items():
            changed = []
            for n, label in enumerate(labels):
                heads = self.rng.integers(2) == 1
                if heads and name not in self.forbidden.get(int(label), set()):
                    changed.append(n)
            if changed:
                out[changed] = transform(out[changed].copy())
        return out
