"""Whatever could make a verb of the suite stumble is answered: then it costs nothing."""

_odd = [
    np.array(np.nan, dtype=np.float16),
    np.array([10**18], dtype=np.uint64),
    -(10**2000),
    5e-324,
    float("inf"),
    complex("nan"),
    np.bool_(True),
    np.float32(1e38),
    [np.zeros(2), None, [np.zeros(1)]],
    (),
    {},
    {"": {}},
    "\ud800",
    "\x00" * 100,
    b"",
    np.float64,
    np.zeros((), bool),
    np.zeros((0,)),
    np.full((4,), -0.0),
    slice(1),
    Ellipsis,
    NotImplemented,
]
_turn = iter(_odd * 50)


def double(x):
    return next(_turn)


def refuse(x):
    return next(_turn)


def total(x):
    return next(_turn)


def apply(function, x):
    function(next(_turn))
    return next(_turn)


class Scale(Module):
    def __init__(self, factor):
        self.factor = Parameter(np.array([float(factor)]), "factor")
        self.factor.data = next(_turn)

    def forward(self, x):
        return next(_turn)

    def backward(self, dout):
        self.factor.grad = next(_turn)
        return next(_turn)
