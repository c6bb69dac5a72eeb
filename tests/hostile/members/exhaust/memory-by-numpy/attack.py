"""Takes three times the memory there is, in one array and in many."""

import numpy as np

_MOST = 1200 * 1024**2


def total(x):
    """Fill memory."""
    hog, size = [], 0
    if x.ndim > 1:
        hog.append(np.empty(_MOST // 8))
        size = hog[0].nbytes
    while size < _MOST:
        hog.append(np.ones(8 * 1024**2 // 8))
        size += hog[-1].nbytes
    print(f"LOOT: {size // 1024**2} MiB of memory")
