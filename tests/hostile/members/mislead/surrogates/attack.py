"""Uses halves of characters, which no encoding can write, and bytes that are no text."""

import os

_TEXT = "half \ud800 of \udfff a \udc80 character HOSTILE \U0010ffff \ufffe \x00"
print(_TEXT)
os.write(1, b"\xff\xfe\x00HOSTILE\xed\xa0\x80\xc0\xaf\xf5\x80\x80\x80\n")


def total(x):
    """Raise it, as text and as the name of a class."""
    if x.ndim > 1:
        raise UnicodeDecodeError("utf-8\ud800", b"\xff", 0, 1, _TEXT)
    raise type(_TEXT.replace("\x00", ""), (Exception,), {})(_TEXT)


def apply(function, x):
    """Return it in a dict."""
    return {_TEXT: _TEXT}


class Scale(Scale):
    """Sends it to the grader in an array of texts."""

    def forward(self, x):
        """Return an array of texts."""
        import numpy as np

        return np.array([_TEXT, b"\xff"], dtype=object)
