"""Returns arrays that are larger than everything else together, or claim to be."""

import numpy as np


def total(x):
    """Return an array that holds one number, a thousand million times."""
    return np.broadcast_to(np.float64(x.sum()), (1_000_000_000,))


def apply(function, x):
    """Hand large arrays to the grader, a hundred times."""
    for _ in range(100):
        function(np.zeros(40_000_000, np.int8))
    return np.zeros((2**31, 0, 2**31))


class Scale(Scale):
    """Its output is as large as memory allows."""

    def forward(self, x):
        """Return a large output."""
        return np.lib.stride_tricks.as_strided(x, (10**6, 10**6), (0, 0))
