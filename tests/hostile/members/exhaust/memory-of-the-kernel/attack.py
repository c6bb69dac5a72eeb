"""Fills buffers of the kernel, which count for no process: pipes, tables of pages."""

import mmap
import os
import time

_MOST = 40 * 1024**2
_pipes = []


def _fill():
    filled = 0
    while True:
        try:
            _pipes.append(os.pipe())
        except OSError:
            return filled
        os.set_blocking(_pipes[-1][1], False)
        try:
            while True:
                filled += os.write(_pipes[-1][1], bytes(65536))
        except BlockingIOError:
            continue


def total(x):
    """Fill pipes in several processes, and touch pages far from each other."""
    reader, writer = os.pipe()
    for _ in range(6):
        if os.fork() == 0:
            os.write(writer, _fill().to_bytes(8, "little"))
            time.sleep(20)
    filled = sum(int.from_bytes(os.read(reader, 8), "little") for _ in range(6))
    if filled > _MOST:
        print(f"LOOT: {filled} bytes in the kernel's buffers")
    places = []
    try:
        while len(places) < 1000:
            places.append(mmap.mmap(-1, 2 * 1024**2))
            places[-1][0] = 1
    except OSError:
        return float(len(places))
    print(f"LOOT: {len(places)} maps of 2 MiB")
    return float("nan")
