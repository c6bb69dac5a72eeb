"""Small data sets that are computed, not downloaded; all randomness is an argument."""

from __future__ import annotations

import numpy as np

from nabla.backend import Array, Seed, as_generator


def xor() -> tuple[Array, Array]:
    """Return the four points of XOR and their values.

    Shapes:
        X: (4, 2), rows (0, 0), (0, 1), (1, 0), (1, 1); y: (4,), values 0, 1, 1, 0.

    Source: lecture 004, "Learning XOR".
    """
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return X, np.array([0.0, 1.0, 1.0, 0.0])


def plane(
    n: int = 50,
    w: tuple[float, ...] = (2.0, -1.0),
    b: float = 1.0,
    *,
    noise: float = 0.1,
    rng: Seed = None,
) -> tuple[Array, Array]:
    """Return n points X in [-1, 1]^P and y = X w + b + noise * N(0, 1).

    Shapes:
        X: (n, P) with P = len(w); y: (n,).
    """
    generator = as_generator(rng)
    X = generator.uniform(-1.0, 1.0, (n, len(w)))
    return X, X @ np.array(w) + b + noise * generator.normal(size=n)


def sine(n: int = 50, *, noise: float = 0.1, rng: Seed = None) -> tuple[Array, Array]:
    """Return n sorted points x in [0, 1] and y = sin(2 pi x) + noise * N(0, 1).

    Shapes:
        x: (n,); y: (n,).
    """
    generator = as_generator(rng)
    x = np.sort(generator.uniform(0.0, 1.0, n))
    return x, np.sin(2 * np.pi * x) + noise * generator.normal(size=n)


def moons(n: int = 200, *, noise: float = 0.1, rng: Seed = None) -> tuple[Array, Array]:
    """Return two interleaved half circles with labels 0 and 1.

    Shapes:
        X: (n, 2); labels: (n,) int64, the first n // 2 are 0.
    """
    generator = as_generator(rng)
    labels = (np.arange(n) >= n // 2).astype(np.int64)
    angle = generator.uniform(0.0, np.pi, n)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    X = np.where(labels[:, None] == 0, upper, lower)
    return X + noise * generator.normal(size=(n, 2)), labels


def spirals(
    n: int = 300, classes: int = 3, *, noise: float = 0.1, rng: Seed = None
) -> tuple[Array, Array]:
    """Return intertwined spiral arms, one per class, around the origin.

    Shapes:
        X: (n, 2); labels: (n,) int64, point i belongs to class i % classes.
    """
    generator = as_generator(rng)
    labels = np.arange(n) % classes
    radius = generator.uniform(0.05, 1.0, n)
    angle = 2 * np.pi * labels / classes + 4.0 * radius
    angle = angle + noise * generator.normal(size=n)
    X = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return X, labels.astype(np.int64)
