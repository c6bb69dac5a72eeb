"""Answers of every dtype there is: objects, records, dates, texts, half and wide floats."""

_dtypes = ["O", "V8", "M8[s]", "m8[s]", "U9", "S9", "f2", "g", "c16", "?", "u1", ">f8"]
_dtypes += [[("score", "f8"), ("outcome", "O")]]
_turn = iter(_dtypes * 20)


def _odd(x):
    return np.zeros(x.shape, next(_turn))


def total(x):
    return _odd(x)[(0,) * x.ndim]


def apply(function, x):
    return _odd(x)


class Scale(Module):
    def __init__(self, factor):
        self.factor = Parameter(np.array([float(factor)]), "factor")

    def forward(self, x):
        return _odd(x)

    backward = forward
