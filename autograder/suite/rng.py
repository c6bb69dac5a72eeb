"""The random numbers of a check, every draw from one explicit seed."""

from __future__ import annotations

import typing
from collections.abc import Sequence

import numpy as np

Array = np.ndarray[typing.Any, np.dtype[typing.Any]]
Shape = int | tuple[int, ...]
T = typing.TypeVar("T")

_SEEDS = 2**31


class CheckRng:
    """Draws the inputs of one check; arrays are float64 unless said otherwise."""

    def __init__(self, seed: int) -> None:
        self.generator = np.random.default_rng(seed)

    def normal(self, shape: Shape = (), scale: float = 1.0) -> Array:
        """Return normal deviates of mean 0 and standard deviation `scale`."""
        return np.asarray(self.generator.normal(0.0, scale, shape))

    def uniform(self, low: float, high: float, shape: Shape = ()) -> Array:
        """Return numbers evenly spread over low <= x < high."""
        return np.asarray(self.generator.uniform(low, high, shape))

    def integers(self, low: int, high: int, shape: Shape | None = None) -> typing.Any:
        """Return an int, or an int64 array of that shape, from low <= n < high."""
        drawn = self.generator.integers(low, high, shape)
        return int(drawn) if shape is None else np.asarray(drawn)

    def permutation(self, n: int) -> Array:
        """Return the numbers 0 … n - 1 in random order."""
        return self.generator.permutation(n)

    def choice(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[int(self.generator.integers(len(options)))]

    def sign(self, shape: Shape = ()) -> Array:
        """Return -1.0 and 1.0, each with probability one half."""
        return np.asarray(self.generator.integers(0, 2, shape) * 2.0 - 1.0)

    def away_from_zero(self, shape: Shape, gap: float = 0.1) -> Array:
        """Return deviates of both signs with |x| > gap: no kink at 0 is near."""
        return self.sign(shape) * (gap + np.abs(self.normal(shape)))

    def spawn_seed(self) -> int:
        """Return a fresh seed, to hand to `rng=` of the student's code."""
        return int(self.generator.integers(_SEEDS))
