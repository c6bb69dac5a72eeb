"""Raises texts of a million characters, names of as many, and lines without end."""

_LONG = "HOSTILE" * 150_000


def total(x):
    """Raise."""
    if x.ndim > 1:
        raise ValueError(_LONG)
    raise type(_LONG, (Exception,), {})("\n" * 1_000_000)


def apply(function, x):
    """Return it, and raise a group of very many."""
    error = None
    for _ in range(10_000):
        following = ValueError(_LONG[:100])
        following.__cause__ = error
        error = following
    raise ExceptionGroup(_LONG, [error] * 1000)


class Scale(Scale):
    """Has a name of a million characters."""

    def forward(self, x):
        """Return very many names."""
        return {f"{_LONG[:1000]}{number}": number for number in range(2000)}


print(_LONG)
