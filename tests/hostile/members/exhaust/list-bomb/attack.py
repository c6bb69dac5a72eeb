"""Returns lists of lists of the same list, which would be 2 ** 60 numbers."""


def _bomb(depth):
    bomb = [1.0]
    for _ in range(depth):
        bomb = [bomb, bomb]
    return bomb


def total(x):
    """Return little that becomes very much."""
    return _bomb(60 if x.ndim > 1 else 20)


def apply(function, x):
    """Hand it to the grader's function instead."""
    function(_bomb(22))
    return {str(number): None for number in range(2_000_000)}


class Scale(Scale):
    """Gives names without end to whoever asks for one."""

    def __getattr__(self, name):
        """Return another like it."""
        return [name * 1_000_000] * 1000

    def forward(self, x):
        """Return a string of a gigabyte, as far as there is memory."""
        return "x" * 200_000_000
