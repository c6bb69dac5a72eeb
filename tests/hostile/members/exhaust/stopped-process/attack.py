"""Stops itself and its children, so that no ordinary signal is acted upon."""

import ctypes
import os
import signal
import time

_libc = ctypes.CDLL(None)


def total(x):
    """Stand still."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    for _ in range(3):
        if os.fork() == 0:
            _libc.prctl(15, b"HOSTILE-MARK-s", 0, 0, 0)
            for act in (
                lambda: os.kill(os.getpid(), signal.SIGSTOP),
                lambda: signal.raise_signal(signal.SIGSTOP),
                lambda: os.kill(0, signal.SIGTSTP),
            ):
                try:
                    act()
                except OSError:
                    continue
            time.sleep(600)
    signal.pause()
