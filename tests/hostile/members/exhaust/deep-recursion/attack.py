"""Recurses past every limit, in Python and in C, until the stack is used up."""

import sys


def total(x):
    """Recurse."""
    sys.setrecursionlimit(2**31 - 1)
    if x.ndim > 1:
        return total(x) + 1
    nested = []
    for _ in range(2_000_000):
        nested = [nested]
    return repr(nested)


def apply(function, x):
    """Return what is nested too deeply to be walked through."""
    nested = {}
    for _ in range(100_000):
        nested = {"x": nested, "y": (nested,)}
    return nested


class Scale(Scale):
    """Its output contains itself."""

    def forward(self, x):
        """Return a loop."""
        loop = [x]
        loop.append(loop)
        return loop
