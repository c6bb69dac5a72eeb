"""The guest dies at the moments at which a grader least expects it."""

import gc
import os


def _line():
    gc.unfreeze()  # what was there before the fork is hidden
    for found in gc.get_objects():
        if type(found).__name__ == "Channel":
            return found


def total(x):
    line = _line()
    if line is not None:
        line._sock.sendall(b"\x01\x10")
    os._exit(88)


def apply(function, x):
    line = _line()
    if line is not None:
        line.send({"op": "callback", "id": 1, "method": "__call__", "args": [x]})
        line._sock.shutdown(2)
    os._exit(86)


class Scale(Module):
    def __init__(self, factor):
        os.closerange(3, 256)
        raise MemoryError
