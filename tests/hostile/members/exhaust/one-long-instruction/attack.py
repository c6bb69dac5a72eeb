"""Computes in C, where Python looks at no signal and lets no other thread run."""

import re


def total(x):
    """Raise a number to a power that the universe has no room for."""
    if x.ndim > 1:
        return 7 ** (7 ** (7**7))
    return re.match(r"(a*)*b", "a" * 60)


def apply(function, x):
    """Count as far as one can in one instruction."""
    return sum(range(10**12))
