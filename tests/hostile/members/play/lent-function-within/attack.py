"""A lent function is given an object that calls it again while it is looked at."""

import sys

sys.setrecursionlimit(10**6)


class Mirror:
    def __init__(self, function):
        self.function = function

    def _again(self, *args):
        return self.function(Mirror(self.function))

    __pow__ = __rpow__ = __neg__ = __add__ = __mul__ = __sub__ = _again
    __len__ = __iter__ = __getitem__ = __float__ = exp = _again


class Unfolding(list):
    function = None

    def __iter__(self):
        yield Unfolding.function(1.0)
        yield Unfolding.function(Unfolding([1]))


def apply(function, x):
    Unfolding.function = function
    try:
        function(Unfolding([1]))
    except BaseException:
        pass
    return function(Mirror(function))
