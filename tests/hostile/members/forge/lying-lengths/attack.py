"""Raw frames that announce exabytes, versions that do not exist, and half a value."""

import gc
import struct

_turn = iter(
    [
        struct.pack("<BQ", 1, 2**64 - 1),
        struct.pack("<BQ", 1, 2**28) + b"x" * 10,
        struct.pack("<BQ", 255, 5) + b"PASSED",
        struct.pack("<BQ", 1, 0),
        b"HTTP/1.1 200 OK\r\n\r\n{\"score\": 100}",
    ]
    * 4
)


def total(x):
    gc.unfreeze()  # what was there before the fork is hidden
    for found in gc.get_objects():
        if type(found).__name__ == "Channel":
            found._sock.sendall(next(_turn))
    return 0.0


def apply(function, x):
    total(x)
    return function(x)
