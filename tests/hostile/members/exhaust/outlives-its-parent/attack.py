"""Leaves processes behind that nobody is the parent of, and that compute on."""

import ctypes
import os


def _settle(name):
    if os.fork():
        return
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(15, name, 0, 0, 0)  # the name that ps shows
        os.closerange(0, 1024)
        while True:
            pass
    os._exit(0)


_settle(b"HOSTILE-MARK-1")


def double(x):
    """Settle in each check."""
    _settle(b"HOSTILE-MARK-2")
    return 2 * x


def total(x):
    """Settle, and be gone."""
    _settle(b"HOSTILE-MARK-3")
    os._exit(0)
