"""Writes one large file, makes one large by its length alone, and one by a map."""

import mmap
import os

_MOST = 16 * 1024**2


def total(x):
    """Write, extend, map."""
    acts = (_write, _extend, _map)
    for number, act in enumerate(acts):
        name = f"HOSTILE-MARK-disk-by-one-file-{number}"
        try:
            with open(name, "w+b") as file:
                act(file)
        except (OSError, ValueError):
            pass
        if os.path.getsize(name) >= _MOST:
            print(f"LOOT: a file of {os.path.getsize(name)} bytes")
    return float("nan")


def _write(file):
    for _ in range(_MOST // 2**20):
        file.write(bytes(2**20))


def _extend(file):
    os.ftruncate(file.fileno(), _MOST)


def _map(file):
    os.ftruncate(file.fileno(), _MOST)
    mmap.mmap(file.fileno(), _MOST)[:] = bytes(_MOST)
