"""Uses the mathematical markup of figures, right and wrong, wherever text goes."""

_TEXT = (
    r"$\frac{1}{0}$ $\undefined{ $ \$ $$ $\sqrt[{HOSTILE}$ {\tt x} \input{/etc/passwd}"
)
print(_TEXT)


def total(x):
    """Raise it."""
    raise ValueError(_TEXT)


def apply(function, x):
    """Return it as the name of something."""
    return type(_TEXT, (), {})()
