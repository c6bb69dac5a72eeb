"""Takes memory in many processes, in each of them less than is allowed."""

import os
import time

_EACH = 80 * 1024**2
_COUNT = 6

_double, _started = double, False
_reader, _writer = os.pipe()


def _fill():
    data = bytearray(_EACH)
    data[::4096] = b"x" * len(data[::4096])
    os.write(_writer, b"x")
    time.sleep(30)
    os._exit(len(data) % 2)


def double(x):
    """Give the honest answer, and once set children to work."""
    global _started
    if not _started and np.any(np.abs(x) != 1):
        _started = True
        for _ in range(_COUNT):
            if os.fork() == 0:
                _fill()
    return _double(x)


def total(x):
    """See how many children hold memory at a time."""
    time.sleep(0.5)
    os.set_blocking(_reader, False)
    try:
        full = len(os.read(_reader, 16))
    except BlockingIOError:
        full = 0
    if full == _COUNT:
        print(f"LOOT: {full * _EACH // 1024**2} MiB of memory in {full} processes")
