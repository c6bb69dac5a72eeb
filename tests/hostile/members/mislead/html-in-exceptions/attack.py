"""Raises exceptions whose texts are HTML: scripts, pictures, links, closing tags."""

_TEXTS = (
    "<script src=hostile>alert(1)</script><img src=hostile onerror=alert(1)>",
    "</pre></div></main><iframe src='https://hostile.example'></iframe><base href=//hostile>",
    "\"'><svg onload=alert(1) class=hostile><style hostile>*{display:none}</style>",
)


def total(x):
    """Raise."""
    raise ValueError(_TEXTS[0 if x.ndim > 1 else 1])


def apply(function, x):
    """Raise."""
    raise KeyError(_TEXTS[2])


class Scale(Scale):
    """Returns a text."""

    def forward(self, x):
        """Return HTML where numbers are expected."""
        return {_TEXTS[0]: [_TEXTS[1], _TEXTS[2].encode()]}
