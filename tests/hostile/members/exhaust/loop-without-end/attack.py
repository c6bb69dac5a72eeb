"""Never returns."""


def total(x):
    """Add up for ever."""
    while True:
        x = x + x.sum()
