"""Writes very many files, each as large as one may be."""

import os
import time

_COUNT = 48


def total(x):
    """Fill the disk, and see whether it stays full."""
    for number in range(_COUNT):
        try:
            with open(f"HOSTILE-MARK-disk-by-many-files-{number}", "wb") as file:
                file.write(bytes(1_000_000))
        except OSError:
            break
    time.sleep(0.5)
    size = sum(entry.stat().st_size for entry in os.scandir("."))
    if size > 16_000_000:
        print(f"LOOT: {size} bytes on disk")
    return float("nan")
