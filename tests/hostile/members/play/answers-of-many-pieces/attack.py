"""Answers of a hundred thousand pieces: lists, objects, attributes, texts, long numbers."""

_pieces = [[float(number)] for number in range(45000)]
_objects = [object() for _ in range(90000)]
_digits = [10**2400 + number for number in range(900)]
_turn = iter([_pieces, _objects, _digits, ["x" * 10] * 90000] * 50)


def total(x):
    return next(_turn)


def apply(function, x):
    function(_pieces)
    function(next(_turn))
    return next(_turn)


class Scale(Module):
    def __init__(self, factor):
        for number in range(10000):
            setattr(self, f"x{number}", Parameter(np.zeros(1)))

    def forward(self, x):
        return next(_turn)
