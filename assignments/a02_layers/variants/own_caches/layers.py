"""Stage 02 with caches under other names than `saved`, and QR for the plane."""

import copy
import math

import numpy as np

from nabla import backend
from nabla.errors import check_float, check_shape, check_size
from nabla.module import Module, Parameter


def affine_forward(x, W, b):
    check_float("affine_forward", x=x, W=W, b=b)
    check_shape("affine_forward", "x", x.shape, ("N", ("in", len(W))))
    if b.shape != W.shape[1:]:
        raise ValueError(f"b: {b.shape}, W: {W.shape}")
    return (W.T @ x.T + b[:, None]).T  # columns are samples, as in the first lecture


def affine_backward(dout, x, W):
    check_float("affine_backward", dout=dout, x=x, W=W)
    if dout.shape != (x.shape[0], W.shape[1]) or x.shape[1] != W.shape[0]:
        raise ValueError(f"dout: {dout.shape}, x: {x.shape}, W: {W.shape}")
    ones = np.ones(len(x), dout.dtype)
    return (W @ dout.T).T, (dout.T @ x).T, ones @ dout


def _uniform(bound, shape, rng, dtype):
    return (bound * (1 - 2 * backend.as_generator(rng).random(shape))).astype(dtype)


def _normal(std, shape, rng, dtype):
    return (std * backend.as_generator(rng).standard_normal(shape)).astype(dtype)


def glorot_uniform(fan_in, fan_out, shape=None, rng=None, dtype=np.float64):
    return _uniform(
        math.sqrt(6 / (fan_in + fan_out)), shape or (fan_in, fan_out), rng, dtype
    )


def glorot_normal(fan_in, fan_out, shape=None, rng=None, dtype=np.float64):
    return _normal(
        math.sqrt(2 / (fan_in + fan_out)), shape or (fan_in, fan_out), rng, dtype
    )


def kaiming_uniform(fan_in, fan_out=1, shape=None, rng=None, dtype=np.float64):
    return _uniform(math.sqrt(6 / fan_in), shape or (fan_in, fan_out), rng, dtype)


def kaiming_normal(fan_in, fan_out=1, shape=None, rng=None, dtype=np.float64):
    return _normal(math.sqrt(2 / fan_in), shape or (fan_in, fan_out), rng, dtype)


class Linear(Module):
    """Keeps a list of caches; the last one counts."""

    INITS = ("glorot_uniform", "glorot_normal", "kaiming_uniform", "kaiming_normal")

    def __init__(
        self,
        in_features,
        out_features,
        bias=True,
        init="glorot_uniform",
        rng=None,
        dtype=np.float64,
    ):
        super().__init__()
        check_size("Linear", in_features=in_features, out_features=out_features)
        if init in self.INITS:
            W = globals()[init](in_features, out_features, rng=rng, dtype=dtype)
        elif init == "zeros":
            W = np.zeros((in_features, out_features), dtype)
        else:
            raise ValueError(init)
        self.weight = Parameter(W, decay=True)
        self.bias = Parameter(np.zeros_like(W[0]), decay=False) if bias else None
        self.caches = []

    def forward(self, x):
        check_float("Linear.forward", x=x)
        check_shape("Linear.forward", "x", x.shape, ("N", self.weight.data.shape[0]))
        cache = copy.deepcopy((x, self.weight.data.astype(x.dtype)))
        self.caches = [cache]
        y = x @ cache[1]
        return y if self.bias is None else y + self.bias.data.astype(x.dtype)

    def backward(self, dout):
        if not self.caches:
            raise RuntimeError("Linear.backward before Linear.forward")
        x, W = self.caches[-1]
        dx, dW, db = affine_backward(dout, x, W)
        np.add(self.weight.grad, dW, out=self.weight.grad)
        if self.bias:
            np.add(self.bias.grad, db, out=self.bias.grad)
        return dx


class Identity(Module):
    seen = False

    def forward(self, x):
        check_float("Identity.forward", x=x)
        self.seen = True
        return x.copy()

    def backward(self, dout):
        if not self.seen:
            raise RuntimeError("Identity.backward before Identity.forward")
        return dout.copy()


class Flatten(Module):
    shape = None

    def forward(self, x):
        check_float("Flatten.forward", x=x)
        if x.ndim < 2:
            raise ValueError(f"x: {x.shape}")
        self.shape = x.shape
        return np.ascontiguousarray(x).reshape(len(x), -1).copy()

    def backward(self, dout):
        if self.shape is None:
            raise RuntimeError("Flatten.backward before Flatten.forward")
        if dout.shape != (self.shape[0], math.prod(self.shape[1:])):
            raise ValueError(f"dout: {dout.shape}")
        return dout.reshape(self.shape).copy()


class Sequential(Module):
    """Takes a shallow copy of every module after its use, with whatever it holds."""

    def __init__(self, *modules):
        self.parts = list(modules)

    def __len__(self):
        return len(self.parts)

    def __getitem__(self, i):
        return self.parts[i]

    def forward(self, x):
        self.saved = []
        for part in self.parts:
            x = part(x)
            self.saved.append((part, dict(vars(part))))
        return x

    def backward(self, dout):
        if not self.saved:
            raise RuntimeError("Sequential.backward before Sequential.forward")
        for part, state in reversed(self.saved):
            vars(part).update(state)
            dout = part.backward(dout)
        return dout


class Concat(Module):
    widths = ()

    def __init__(self, axis=1):
        self.axis = axis

    def forward(self, *arrays):
        for array in arrays:
            check_float("Concat.forward", array=array)
        out = np.concatenate(arrays, axis=self.axis)
        self.widths = [array.shape[self.axis] for array in arrays]
        self.shape = out.shape
        return out

    def backward(self, dout):
        if not self.widths:
            raise RuntimeError("Concat.backward before Concat.forward")
        if dout.shape != self.shape:
            raise ValueError(f"dout: {dout.shape}, expected {self.shape}")
        places = np.repeat(np.arange(len(self.widths)), self.widths)
        return tuple(
            np.compress(places == i, dout, axis=self.axis)
            for i in range(len(self.widths))
        )


class Residual(Module):
    def __init__(self, block):
        self.block = block

    def forward(self, x):
        fx = self.block.forward(x)
        if np.shape(fx) != np.shape(x):
            raise ValueError("a shortcut needs equal shapes")
        return x + fx

    def backward(self, dout):
        return sum([dout.copy(), self.block.backward(dout)])


class Perceptron:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def predict(self, X):
        return np.where(np.dot(X, self.w) > -self.b, 1, 0)


def count_parameters(module):
    return sum(len(parameter.data.ravel()) for parameter in module.parameters())


def mlp_parameter_count(sizes, bias=True):
    first, *rest = sizes
    if not rest or min(sizes) < 1:
        raise ValueError(sizes)
    total = 0
    for size in rest:
        total += (first + bool(bias)) * size
        first = size
    return total


def collapse_affine(layers):
    """From the last layer to the first."""
    if len(layers) == 0:
        raise ValueError("no layers")
    *others, (W, b) = layers
    for W1, b1 in reversed(others):
        W, b = W1 @ W, b1 @ W + b
    return W, b


def fit_plane(X, y):
    Xc = X - X.mean(axis=0)
    Q, R = np.linalg.qr(Xc)
    if X.shape[0] <= X.shape[1] or np.abs(np.diag(R)).min() < 1e-10 * np.abs(R).max():
        raise np.linalg.LinAlgError("the points do not span the space")
    w = np.linalg.solve(R, Q.T @ (y - y.mean()))
    return w, float(np.mean(y - X @ w))


def count_linearly_separable(N, P):
    row = [1]
    for _ in range(N - 1):  # Pascal's triangle
        row = [a + b for a, b in zip([0, *row], [*row, 0])]
    return 2 * sum(row[: P + 1])


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
