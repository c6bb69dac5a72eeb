"""Has the kernel put its memory aside, where what is resident does not count it."""

import mmap
import os
import time

_PAGEOUT = 21
_EACH, _COUNT = 120 * 1024**2, 8


def _fill(writer):
    room = mmap.mmap(-1, _EACH)
    for start in range(0, _EACH, 2**20):
        room[start : start + 2**20] = os.urandom(2**20)
        try:
            room.madvise(_PAGEOUT, start, 2**20)
        except OSError:
            continue
    os.write(writer, b"x")
    time.sleep(30)


def total(x):
    """Fill memory in children, a piece at a time."""
    reader, writer = os.pipe()
    for _ in range(_COUNT):
        if os.fork() == 0:
            _fill(writer)
            os._exit(0)
    full = 0
    while full < _COUNT:
        full += len(os.read(reader, 16))
    time.sleep(0.3)
    print(f"LOOT: {full * _EACH // 1024**2} MiB of memory in {full} processes")
