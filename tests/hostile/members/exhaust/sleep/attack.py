"""Sleeps in every call, and a little below the limit of one where it is honest."""

import threading
import time

_double = double


def double(x):
    """Give the honest answer as late as it may come."""
    time.sleep(0.7)
    return _double(x)


def total(x):
    """Wait for what nobody will do."""
    threading.Lock().acquire()
    threading.Event().wait()
