"""Views with stride 0, negative strides, no writing, no elements, a billion elements."""

_views = [
    lambda x: np.broadcast_to(np.float64(0), (10**9,)),
    lambda x: np.lib.stride_tricks.as_strided(np.zeros(1), (2**20, 2**20), (0, 0)),
    lambda x: np.zeros((0, 10**9)),
    lambda x: np.zeros(x.shape)[..., ::-1],
    lambda x: np.zeros((*x.shape, 0)),
    lambda x: np.zeros((1,) * 16),
    lambda x: np.ndarray(x.shape, buffer=bytes(1000)),
]
_turn = iter(_views * 20)


def total(x):
    return next(_turn)(x)


def apply(function, x):
    return next(_turn)(x)


class Scale(Module):
    def __init__(self, factor):
        self.factor = Parameter(np.array([float(factor)]), "factor")

    def forward(self, x):
        return next(_turn)(x)

    backward = forward
