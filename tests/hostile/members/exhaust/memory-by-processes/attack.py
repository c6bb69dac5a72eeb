"""Takes memory in many processes, in each of them less than is allowed."""

import os
import time

_EACH = 120 * 1024**2
_COUNT = 8


def _fill(writer):
    data = bytearray(_EACH)
    data[::4096] = b"x" * len(data[::4096])
    os.write(writer, b"x")
    time.sleep(30)
    os._exit(len(data) % 2)


def total(x):
    """Fill memory in children and see how many hold it at a time."""
    reader, writer = os.pipe()
    for _ in range(_COUNT):
        if os.fork() == 0:
            _fill(writer)
    full = 0
    while full < _COUNT:
        full += len(os.read(reader, 16))
    time.sleep(0.3)
    print(f"LOOT: {full * _EACH // 1024**2} MiB of memory in {full} processes")
