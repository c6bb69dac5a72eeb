"""Fills its folder with what is hard to remove: depth, length, modes, odd bytes."""

import os

_MARK = b"HOSTILE-MARK-names-that-cannot-be-removed"


def _make():
    names = (
        *(_MARK + bytes([byte]) for byte in range(1, 256) if byte != ord("/")),
        *(_MARK + b"\n" + b"x" * 200, b"-rf", b"~", b"*", b" ", b"...", b"\xff\xfe"),
    )
    for number, name in enumerate(names):
        try:
            if number % 2:
                os.mkdir(name, 0)
            else:
                os.close(os.open(name, os.O_CREAT, 0))
        except OSError:
            continue


def _dig():
    for depth in range(400):
        try:
            os.mkdir(_MARK + b"x" * 200, 0o700 if depth % 50 else 0o300)
            os.chdir(_MARK + b"x" * 200)
        except OSError:
            return


def total(x):
    """Make what can be made, and stay in the deepest place."""
    _make()
    _dig()
    return float("nan")
