"""Raises classes and returns objects whose names are HTML, rich markup and escapes."""

_NAME = "<img src=hostile onerror=alert(1)>"


def total(x):
    """Raise a class with such a name, and such an ancestor."""
    base = type("<b class=hostile>", (Exception,), {"__module__": _NAME})
    raise type(_NAME if x.ndim > 1 else f"[red]{_NAME}\x1b[31m", (base,), {})("told")


def apply(function, x):
    """Return an object of such a class."""
    return type(_NAME, (), {"__qualname__": _NAME})()


class Scale(Scale):
    """Raises AttributeError with such a name."""

    def forward(self, x):
        """Raise."""
        error = AttributeError(f"module has no attribute '{_NAME}'")
        error.name = _NAME
        raise error
