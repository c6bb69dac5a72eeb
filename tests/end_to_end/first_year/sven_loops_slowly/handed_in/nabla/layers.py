# layers.py
# Sven T.
#
# I come from C, so: loops. Slow but I know what happens.

import math

import numpy as np

from nabla import backend
from nabla import errors
from nabla.module import Module
from nabla.module import Parameter
from nabla.module import check_modules


def affine_forward(x, W, b):
    errors.check_float("affine_forward", x=x, W=W, b=b)
    errors.check_shape("affine_forward", "x", x.shape, ("N", "in"))
    errors.check_shape("affine_forward", "W", W.shape, (x.shape[1], "out"))
    errors.check_shape("affine_forward", "b", b.shape, (W.shape[1],))
    N = x.shape[0]
    D = x.shape[1]
    M = W.shape[1]
    y = np.zeros((N, M), dtype=x.dtype)
    for n in range(N):
        for m in range(M):
            s = b[m]
            for d in range(D):
                s = s + x[n, d] * W[d, m]
            y[n, m] = s
    return y


def affine_backward(dout, x, W):
    errors.check_float("affine_backward", dout=dout, x=x, W=W)
    errors.check_shape("affine_backward", "x", x.shape, ("N", "in"))
    errors.check_shape("affine_backward", "W", W.shape, (x.shape[1], "out"))
    errors.check_shape(
        "affine_backward", "dout", dout.shape, (x.shape[0], W.shape[1])
    )
    N = x.shape[0]
    D = x.shape[1]
    M = W.shape[1]
    dx = np.zeros((N, D), dtype=dout.dtype)
    dW = np.zeros((D, M), dtype=dout.dtype)
    db = np.zeros(M, dtype=dout.dtype)
    for n in range(N):
        for m in range(M):
            db[m] += dout[n, m]
            for d in range(D):
                dx[n, d] += dout[n, m] * W[d, m]
                dW[d, m] += dout[n, m] * x[n, d]
    return dx, dW, db


# ---- initialisers: one number after the other


def fill(shape, draw, dtype):
    W = np.zeros(shape, dtype=dtype)
    for i in np.ndindex(W.shape):
        W[i] = draw()
    return W


def glorot_uniform(fan_in, fan_out, shape=None, rng=None, dtype=float):
    g = backend.as_generator(rng)
    a = math.sqrt(6 / (fan_in + fan_out))
    return fill(shape or (fan_in, fan_out), lambda: g.uniform(-a, a), dtype)


def glorot_normal(fan_in, fan_out, shape=None, rng=None, dtype=float):
    g = backend.as_generator(rng)
    s = math.sqrt(2 / (fan_in + fan_out))
    return fill(shape or (fan_in, fan_out), lambda: g.normal(0, s), dtype)


def kaiming_uniform(fan_in, fan_out=1, shape=None, rng=None, dtype=float):
    g = backend.as_generator(rng)
    a = math.sqrt(6 / fan_in)
    return fill(shape or (fan_in, fan_out), lambda: g.uniform(-a, a), dtype)


def kaiming_normal(fan_in, fan_out=1, shape=None, rng=None, dtype=float):
    g = backend.as_generator(rng)
    s = math.sqrt(2 / fan_in)
    return fill(shape or (fan_in, fan_out), lambda: g.normal(0, s), dtype)


def _zeros(fan_in, fan_out, *, rng, dtype):
    return backend.draw_uniform(rng, 0.0, 0.0, (fan_in, fan_out), dtype)


INITIALIZERS = {
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "kaiming_uniform": kaiming_uniform,
    "kaiming_normal": kaiming_normal,
    "zeros": _zeros,
}


class Linear(Module):
    def __init__(self, in_features, out_features, bias=True,
                 init="glorot_uniform", rng=None, dtype=float):
        errors.check_size("Linear", in_features=in_features, out_features=out_features)
        if init not in INITIALIZERS:
            raise ValueError("Linear: unknown init")
        W = INITIALIZERS[init](in_features, out_features, rng=rng, dtype=dtype)
        self.weight = Parameter(W, "weight")
        if bias:
            self.bias = Parameter(np.zeros(out_features, dtype), "bias", False)
        else:
            self.bias = None

    def forward(self, x):
        errors.check_float("Linear.forward", x=x)
        W = self.weight.data.astype(x.dtype)
        errors.check_shape("Linear.forward", "x", x.shape, ("N", W.shape[0]))
        if self.bias is not None:
            b = self.bias.data.astype(x.dtype)
        else:
            b = np.zeros(W.shape[1], x.dtype)
        self.saved = x.copy(), W
        return affine_forward(x, W, b)

    def backward(self, dout):
        x, W = errors.check_cached("Linear.backward", self.saved)
        dx, dW, db = affine_backward(dout, x, W)
        self.weight.grad += dW
        if self.bias is not None:
            self.bias.grad += db
        return dx


class Identity(Module):
    def forward(self, x):
        errors.check_float("Identity.forward", x=x)
        errors.check_shape("Identity.forward", "x", x.shape, ("N", ...))
        self.saved = x.shape
        y = np.zeros(x.shape, x.dtype)
        for i in np.ndindex(x.shape):
            y[i] = x[i]
        return y

    def backward(self, dout):
        shape = errors.check_cached("Identity.backward", self.saved)
        errors.check_shape("Identity.backward", "dout", dout.shape, shape)
        dx = np.zeros(shape, dout.dtype)
        for i in np.ndindex(shape):
            dx[i] = dout[i]
        return dx


class Flatten(Module):
    def forward(self, x):
        errors.check_float("Flatten.forward", x=x)
        errors.check_shape("Flatten.forward", "x", x.shape, ("N", "d1", ...))
        self.saved = x.shape
        rows = []
        for n in range(x.shape[0]):
            row = []
            for i in np.ndindex(x.shape[1:]):
                row.append(x[(n,) + i])
            rows.append(row)
        return np.array(rows, dtype=x.dtype)

    def backward(self, dout):
        shape = errors.check_cached("Flatten.backward", self.saved)
        errors.check_shape(
            "Flatten.backward", "dout", dout.shape, (shape[0], math.prod(shape[1:]))
        )
        dx = np.zeros(shape, dout.dtype)
        for n in range(shape[0]):
            k = 0
            for i in np.ndindex(shape[1:]):
                dx[(n,) + i] = dout[n, k]
                k = k + 1
        return dx


class Sequential(Module):
    def __init__(self, *modules):
        check_modules("Sequential", *modules)
        if not modules:
            raise ValueError("Sequential: got no module, expected at least one.")
        self.layers = list(modules)

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, index):
        return self.layers[index]

    def forward(self, x):
        kept = []
        for i in range(len(self.layers)):
            x = self.layers[i].forward(x)
            what = []
            for m in self.layers[i].submodules():
                what.append((m, m.saved))
            kept.append(what)
        self.saved = kept
        return x

    def backward(self, dout):
        kept = errors.check_cached("Sequential.backward", self.saved)
        for i in range(len(self.layers) - 1, -1, -1):
            for m, what in kept[i]:
                m.saved = what
            dout = self.layers[i].backward(dout)
        return dout


class Concat(Module):
    def __init__(self, axis=1):
        self.axis = axis

    def forward(self, *xs):
        if len(xs) == 0:
            raise ValueError("Concat.forward: no array")
        for x in xs:
            errors.check_float("Concat.forward", x=x)
        y = np.concatenate(xs, axis=self.axis)
        self.saved = [x.shape for x in xs], y.shape
        return y

    def backward(self, dout):
        shapes, whole = errors.check_cached("Concat.backward", self.saved)
        errors.check_shape("Concat.backward", "dout", dout.shape, whole)
        out = []
        start = 0
        for shape in shapes:
            stop = start + shape[self.axis]
            place = [slice(None)] * dout.ndim
            place[self.axis] = slice(start, stop)
            out.append(dout[tuple(place)].copy())
            start = stop
        return tuple(out)


class Residual(Module):
    def __init__(self, block):
        check_modules("Residual", block)
        self.block = block

    def forward(self, x):
        y = self.block.forward(x)
        errors.check_shape("Residual.forward", "block(x)", y.shape, x.shape)
        self.saved = x.shape
        out = np.zeros(x.shape, x.dtype)
        for i in np.ndindex(x.shape):
            out[i] = x[i] + y[i]
        return out

    def backward(self, dout):
        shape = errors.check_cached("Residual.backward", self.saved)
        errors.check_shape("Residual.backward", "dout", dout.shape, shape)
        d = self.block.backward(dout)
        dx = np.zeros(shape, dout.dtype)
        for i in np.ndindex(shape):
            dx[i] = dout[i] + d[i]
        return dx


class Perceptron:
    def __init__(self, w, b):
        errors.check_float("Perceptron", w=w)
        self.w = w.copy()
        self.b = b

    def predict(self, X):
        errors.check_float("Perceptron.predict", X=X)
        errors.check_shape("Perceptron.predict", "X", X.shape, ("N", len(self.w)))
        classes = np.zeros(len(X), dtype=np.int64)
        for n in range(len(X)):
            s = self.b
            for p in range(len(self.w)):
                s = s + X[n, p] * self.w[p]
            if s > 0:
                classes[n] = 1
        return classes


def count_parameters(module):
    n = 0
    for p in module.parameters():
        for _ in np.ndindex(p.data.shape):
            n = n + 1
    return n


def mlp_parameter_count(sizes, bias=True):
    if len(sizes) < 2:
        raise ValueError("mlp_parameter_count: two sizes at least")
    for s in sizes:
        errors.check_size("mlp_parameter_count", size=s)
    n = 0
    for i in range(1, len(sizes)):
        # every unit: one weight per input, one bias. Counting them one by one
        # took a minute for 3072 x 1024, so here I multiply.
        n = n + sizes[i - 1] * sizes[i]
        if bias:
            n = n + sizes[i]
    return n


def matmul(A, B):
    C = np.zeros((A.shape[0], B.shape[1]))
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for k in range(A.shape[1]):
                C[i, j] += A[i, k] * B[k, j]
    return C


def collapse_affine(layers):
    if len(layers) == 0:
        raise ValueError("collapse_affine: no layer")
    W = layers[0][0].copy()
    b = layers[0][1].copy()
    for W2, b2 in layers[1:]:
        if W.shape[1] != W2.shape[0]:
            raise ValueError("collapse_affine: shapes do not fit")
        b = matmul(b[None, :], W2)[0] + b2
        W = matmul(W, W2)
    return W, b


def fit_plane(X, y):
    errors.check_float("fit_plane", X=X, y=y)
    errors.check_shape("fit_plane", "X", X.shape, ("N", "P"))
    errors.check_shape("fit_plane", "y", y.shape, (len(X),))
    N, P = X.shape
    Xm = [sum(X[n, p] for n in range(N)) / N for p in range(P)]
    ym = sum(y[n] for n in range(N)) / N
    A = np.zeros((P, P))
    c = np.zeros(P)
    for n in range(N):
        for p in range(P):
            c[p] += (X[n, p] - Xm[p]) * (y[n] - ym)
            for q in range(P):
                A[p, q] += (X[n, p] - Xm[p]) * (X[n, q] - Xm[q])
    if np.linalg.matrix_rank(A) < P:
        raise ValueError("fit_plane: not one plane")
    w = np.linalg.solve(A, c)
    b = ym
    for p in range(P):
        b -= Xm[p] * w[p]
    return w, float(b)


def count_linearly_separable(N, P):
    errors.check_size("count_linearly_separable", N=N, P=P)
    # Pascal's triangle
    row = [1]
    for _ in range(N - 1):
        row = [1] + [row[i] + row[i + 1] for i in range(len(row) - 1)] + [1]
    total = 0
    for k in range(P + 1):
        if k < len(row):
            total = total + row[k]
    return 2 * total
