"""Turns the direction of text around, hides parts of it, and piles up marks."""

_TEXT = (
    "earned \u202e001/05\u202c \u2066\u2067x\u2069 \u200e\u200f\u061c of\u200b\u200c\u200d"
    "\ufeff\u00ad\u180e points \u202a\u202b\u202d HOSTILE\U000e0048\U000e0049"
    " Z\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a\u030b\u030c"
    " \u2028\u2029\u0085\ufff9x\ufffay\ufffb"
)
print(_TEXT)


def total(x):
    """Raise it, as text and as the name of a class."""
    if x.ndim > 1:
        raise ValueError(_TEXT)
    raise type(_TEXT, (Exception,), {})(_TEXT)


def apply(function, x):
    """Return it."""
    return _TEXT
