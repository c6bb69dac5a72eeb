"""Computes in children whose times the kernel forgets, because nobody waits for them."""

import os
import signal
import time


def _burn(until):
    while time.monotonic() < until:
        for _ in range(1000):
            pass


def total(x):
    """Compute in one short-lived child after the other, two at a time."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("LOOT: children that leave no times")
    reader, writer = os.pipe()
    for _ in range(1000):
        for _ in range(2):
            if os.fork() == 0:
                _burn(time.monotonic() + 0.05)
                os.write(writer, b"x")
                os._exit(0)
        os.read(reader, 2)
