"""Raises SystemExit, KeyboardInterrupt and GeneratorExit from everywhere."""

import sys


def _generator():
    while True:
        try:
            yield
        except GeneratorExit:  # noqa: PERF203 - and it goes on
            continue


def total(x):
    """Leave, or refuse to."""
    running = _generator()
    next(running)
    if x.ndim > 1:
        sys.exit(0)
    raise KeyboardInterrupt


def apply(function, x):
    """Leave by an exception that no handler names."""
    raise BaseException("GeneratorExit, SystemExit, KeyboardInterrupt")


class Scale(Scale):
    """Leaves while it is being deleted."""

    def __del__(self):
        """Raise in the collector."""
        raise SystemExit(0)

    def forward(self, x):
        """Leave."""
        raise GeneratorExit
