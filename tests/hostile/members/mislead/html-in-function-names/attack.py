"""Raises from functions, files and lines whose names are HTML."""

import os


def _raise():
    raise ValueError("from a strange place")


def total(x):
    """Raise from code that claims to be elsewhere."""
    name = "<img src=hostile onerror=alert(1)>"
    folder = os.path.dirname(__file__)
    _raise.__code__ = _raise.__code__.replace(
        co_name=name, co_qualname=name, co_filename=f"{folder}/{name}\x1b[31m.py"
    )
    _raise()


def apply(function, x):
    """Raise a SyntaxError in a file that does not exist."""
    name = f"{os.path.dirname(__file__)}/<b class=hostile>"
    raise SyntaxError("<u class=hostile>", (name, 10**9, 1, "<i class=hostile>"))
