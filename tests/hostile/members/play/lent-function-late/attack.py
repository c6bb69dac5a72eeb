"""A lent function is kept and called when its check is over, from a thread, at exit."""

import atexit
import threading
import time

_kept = []


def _later():
    for _ in range(30):
        time.sleep(0.05)
        for function, x in list(_kept):
            try:
                function(x)
            except BaseException:
                pass


def apply(function, x):
    _kept.append((function, x))
    atexit.register(function, x)
    threading.Thread(target=_later, daemon=True).start()
    return function(x)


def total(x):
    for function, y in _kept:
        function(y)
    return 0.0
