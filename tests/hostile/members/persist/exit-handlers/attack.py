"""Asks to be called when the process ends, forks, collects or leaves a thread."""

import atexit
import faulthandler
import gc
import os
import pathlib
import sys
import threading
import weakref


class _Last:
    """Goes with the interpreter."""

    def __del__(self):
        """Be the last."""
        print("LOOT: code that runs at the end", flush=True)
        pathlib.Path("HOSTILE-MARK-exit-handlers").touch()


def _last(*_):
    print("LOOT: code that runs at the end", flush=True)


atexit.register(_last)
threading._register_atexit(_last)
sys.last = _Last()
weakref.finalize(sys, _last)
os.register_at_fork(before=lambda: None, after_in_parent=lambda: None)
os.register_at_fork(after_in_child=lambda: gc.callbacks.append(lambda *_: None))
faulthandler.register = faulthandler.enable


def total(x):
    """Leave in a way that could run handlers."""
    threading.Thread(target=sys.exit).start()
    raise SystemExit(0)
