"""Raises exceptions whose text takes for ever, raises again, or fills memory."""


class Endless(Exception):
    """Says something that does not end."""

    def __str__(self):
        """Compute for ever."""
        while True:
            pass

    __repr__ = __str__


class Hungry(Exception):
    """Says something that is larger than memory."""

    def __str__(self):
        """Return a text of gigabytes."""
        return "x" * 10**10


class Again(Exception):
    """Raises itself where it is asked what is wrong."""

    def __str__(self):
        """Raise."""
        raise self from self

    __repr__ = __str__

    @property
    def __traceback__(self):
        """Raise."""
        raise self

    @property
    def __class__(self):
        """Raise."""
        raise self


def total(x):
    """Raise."""
    raise Endless


def apply(function, x):
    """Raise."""
    raise Hungry


class Scale(Scale):
    """Raises."""

    def forward(self, x):
        """Raise in a chain that is a loop."""
        first, second = Again("x"), Again("y")
        raise first from second
