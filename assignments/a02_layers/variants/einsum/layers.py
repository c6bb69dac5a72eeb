"""Stage 02 in index notation."""

from itertools import accumulate
from math import comb, sqrt

import numpy as np

from nabla import backend
from nabla.errors import check_cached, check_float, check_shape, check_size
from nabla.module import Module, Parameter


def affine_forward(x, W, b):
    check_float("affine_forward", x=x, W=W, b=b)
    check_shape("affine_forward", "x", x.shape, ("N", W.shape[0]))
    check_shape("affine_forward", "b", b.shape, (W.shape[1],))
    return np.einsum("ni,io->no", x, W) + np.broadcast_to(b, (len(x), len(b)))


def affine_backward(dout, x, W):
    check_float("affine_backward", dout=dout, x=x, W=W)
    check_shape("affine_backward", "dout", dout.shape, (len(x), W.shape[1]))
    dx = np.einsum("no,io->ni", dout, W)
    dW = np.einsum("ni,no->io", x, dout)
    db = np.einsum("no->o", dout)
    return [dx, dW, db]


def _draw(kind, variance, shape, rng, dtype):
    rng = backend.as_generator(rng)
    numbers = {
        "normal": lambda: rng.standard_normal(shape),
        "uniform": lambda: sqrt(3) * (2 * rng.random(shape) - 1),
    }[kind]()
    return (sqrt(variance) * numbers).astype(dtype)


def glorot_uniform(fan_in, fan_out, shape=None, rng=None, dtype=np.float64):
    return _draw(
        "uniform", 2 / (fan_in + fan_out), shape or (fan_in, fan_out), rng, dtype
    )


def glorot_normal(fan_in, fan_out, shape=None, rng=None, dtype=np.float64):
    return _draw(
        "normal", 2 / (fan_in + fan_out), shape or (fan_in, fan_out), rng, dtype
    )


def kaiming_uniform(fan_in, fan_out=1, shape=None, rng=None, dtype=np.float64):
    return _draw("uniform", 2 / fan_in, shape or (fan_in, fan_out), rng, dtype)


def kaiming_normal(fan_in, fan_out=1, shape=None, rng=None, dtype=np.float64):
    return _draw("normal", 2 / fan_in, shape or (fan_in, fan_out), rng, dtype)


class Linear(Module):
    def __init__(
        self,
        in_features,
        out_features,
        bias=True,
        init="glorot_uniform",
        rng=None,
        dtype=np.float64,
    ):
        check_size("Linear", in_features=in_features, out_features=out_features)
        known = {
            f.__name__: f
            for f in (glorot_uniform, glorot_normal, kaiming_uniform, kaiming_normal)
        }
        if init == "zeros":
            W = np.zeros((in_features, out_features), dtype)
        elif init in known:
            W = known[init](in_features, out_features, rng=rng, dtype=dtype)
        else:
            raise ValueError(f"init: {init}")
        self.weight = Parameter(W)
        self.bias = (
            Parameter(np.zeros(out_features, dtype), decay=False) if bias else None
        )

    def forward(self, x):
        check_float("Linear.forward", x=x)
        W = self.weight.data.astype(x.dtype)
        b = self.bias.data if self.bias is not None else np.zeros(W.shape[1])
        y = affine_forward(x, W, b.astype(x.dtype))
        self.saved = {"x": x.copy(), "W": W}
        return y

    def backward(self, dout):
        saved = check_cached("Linear.backward", self.saved)
        dx, dW, db = affine_backward(dout, saved["x"], saved["W"])
        self.weight.grad = self.weight.grad + dW
        if self.bias is not None:
            self.bias.grad = self.bias.grad + db
        return dx


class Identity(Module):
    def forward(self, x):
        check_float("Identity.forward", x=x)
        self.saved = ()
        return x + 0

    def backward(self, dout):
        check_cached("Identity.backward", self.saved)
        return dout + 0


class Flatten(Module):
    def forward(self, x):
        check_shape("Flatten.forward", "x", x.shape, ("N", "d", ...))
        check_float("Flatten.forward", x=x)
        self.saved = x.shape
        return np.stack([sample.flatten() for sample in x])

    def backward(self, dout):
        shape = check_cached("Flatten.backward", self.saved)
        check_shape(
            "Flatten.backward", "dout", dout.shape, (shape[0], np.prod(shape[1:]))
        )
        return np.stack([row.reshape(shape[1:]) for row in dout])


class Sequential(Module):
    def __init__(self, *modules):
        self.modules = modules  # a name that Module itself does not need

    def __len__(self):
        return len(self.modules)

    def __getitem__(self, index):
        return self.modules[index]

    def forward(self, x):
        saved = []
        for module in self.modules:
            x = module(x)
            saved.append(module.saved)
        self.saved = tuple(saved)
        return x

    def backward(self, dout):
        saved = list(check_cached("Sequential.backward", self.saved))
        for module in self.modules[::-1]:
            module.saved = saved.pop()
            dout = module.backward(dout)
        return dout


class Concat(Module):
    def __init__(self, axis=1):
        self.axis = axis

    def forward(self, *xs):
        check_float("Concat.forward", **{f"x{i}": x for i, x in enumerate(xs)})
        y = np.concatenate(xs, self.axis)  # its ValueError is good enough
        self.saved = (y.shape, [0, *accumulate(x.shape[self.axis] for x in xs)])
        return y

    def backward(self, dout):
        shape, edges = check_cached("Concat.backward", self.saved)
        check_shape("Concat.backward", "dout", dout.shape, shape)
        last = np.moveaxis(dout, self.axis, -1)
        pieces = [last[..., a:b] for a, b in zip(edges, edges[1:])]
        return [np.moveaxis(piece, -1, self.axis) for piece in pieces]


class Residual(Module):
    def __init__(self, block):
        self.block = block

    def forward(self, x):
        out = self.block(x)
        if out.shape != x.shape:
            raise ValueError(f"{out.shape} is not {x.shape}")
        return np.add(x, out)

    def backward(self, dout):
        return np.add(dout, self.block.backward(dout))


class Perceptron:
    def __init__(self, w, b):
        self.theta = np.append(w, b)

    def predict(self, X):
        ones = np.ones((len(X), 1))
        return np.heaviside(np.hstack([X, ones]) @ self.theta, 0).astype("int64")


def count_parameters(module):
    return int(sum(np.prod(p.data.shape) for p in module.parameters()))


def mlp_parameter_count(sizes, bias=True):
    sizes = np.array(sizes)
    if len(sizes) < 2 or (sizes < 1).any():
        raise ValueError(f"sizes: {sizes}")
    return int(sizes[:-1] @ sizes[1:] + bias * sizes[1:].sum())


def collapse_affine(layers):
    """Homogeneous coordinates: [[W, 0], [b, 1]] turns composition into a product."""
    if not layers:
        raise ValueError("no layers")

    def lift(W, b):
        return np.block([[W, np.zeros((len(W), 1))], [b[None], np.ones((1, 1))]])

    total = lift(*layers[0])
    for W, b in layers[1:]:
        total = total @ lift(W, b)
    return total[:-1, :-1], total[-1, :-1]


def fit_plane(X, y):
    X_mean, y_mean = X.mean(0), y.mean()
    A = np.einsum("np,nq->pq", X - X_mean, X - X_mean)
    w = np.linalg.solve(A, np.einsum("np,n->p", X - X_mean, y - y_mean))
    return w, y_mean - X_mean @ w


def count_linearly_separable(N, P):
    return 2 * sum(comb(N - 1, k) for k in range(0, min(P, N - 1) + 1))


def lecture_mistakes() -> dict[str, float]:
    """Return what is right where a slide is not: one number per key.

    "separable": lecture 001, "Linear separability", says that of the 2^N labellings of
        N points in P dimensions only about P are linearly separable. How many are for
        12 points in 3 dimensions?
    "half_way": the same slide expects little hope for N > P. For how many points in 7
        dimensions are exactly half of all labellings separable?
    "biases": lecture 003, "Multilayer perceptron", says that the bias is shared among
        the neurons of a layer. How many biases has a net of 2, 3, 5, 7 and 11 units?

    Source: the slides named; Cover 1965.
    """
    return {"separable": 464.0, "half_way": 16.0, "biases": 26.0}
