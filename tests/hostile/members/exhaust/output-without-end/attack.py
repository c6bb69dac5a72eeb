"""Prints without end, on both streams, in one line and in many."""

import os
import sys


def total(x):
    """Print."""
    while True:
        if x.ndim > 1:
            print("HOSTILE output " * 1000, flush=True)
            print("HOSTILE errors " * 1000, file=sys.stderr)
        else:
            os.write(1, b"x" * 65536)
            os.write(2, b"\0" * 65536)
