"""Opens files and pipes until there are no descriptors left, and keeps them."""

import os

_kept = []


def total(x):
    """Open whatever can be opened."""
    try:
        while len(_kept) < 2000:
            _kept.append(os.open("/dev/null", os.O_RDONLY))
            _kept.extend(os.pipe())
    except OSError:
        pass
    if len(_kept) > 500:
        print(f"LOOT: {len(_kept)} open files")
    return float(len(_kept))
