"""Stage 02: affine layers, how they are joined, initialised, counted and fitted.

Rows are samples: x has shape (N, in), a weight (in, out), and y = x @ W + b.
"""

from __future__ import annotations

import itertools
import math
import typing
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from nabla import backend, errors
from nabla.backend import Array, Seed
from nabla.module import Module, Parameter, check_modules

DType: typing.TypeAlias = npt.DTypeLike
Shape: typing.TypeAlias = tuple[int, ...] | None


def affine_forward(x: Array, W: Array, b: Array) -> Array:
    """Map every row of x by the same weights and biases.

    y = x W + b

    Shapes:
        x: (N, in); W: (in, out); b: (out,); returns (N, out). Floats of one dtype.

    Raises:
        TypeError: if an argument is not an array of floats.
        ValueError: if the shapes do not fit, or the batch is empty.

    Source: lecture 002, "Multi-class classification"; lecture 004, "The XOR problem".

    >>> affine_forward(np.ones((1, 2)), np.array([[1.0], [2.0]]), np.array([0.5]))
    array([[3.5]])
    """
    # solution: affine/forward
    errors.check_float("affine_forward", x=x, W=W, b=b)
    errors.check_shape("affine_forward", "x", x.shape, ("N", "in"))
    errors.check_shape("affine_forward", "W", W.shape, (("in", x.shape[1]), "out"))
    errors.check_shape("affine_forward", "b", b.shape, (("out", W.shape[1]),))
    return x @ W + b
    # end solution


def affine_backward(dout: Array, x: Array, W: Array) -> tuple[Array, Array, Array]:
    """Return the gradients (dx, dW, db) of a loss whose gradient for y is dout.

    dx = dout W^T, dW = x^T dout, db = sum of dout over the batch

    Shapes:
        dout: (N, out); x, dx: (N, in); W, dW: (in, out); db: (out,).

    Raises:
        TypeError: if an argument is not an array of floats.
        ValueError: if the shapes do not fit, or the batch is empty.

    Source: lecture 004, "Gradients and backpropagation".
    """
    # solution: affine/backward
    errors.check_float("affine_backward", dout=dout, x=x, W=W)
    errors.check_shape("affine_backward", "x", x.shape, ("N", "in"))
    errors.check_shape("affine_backward", "W", W.shape, (("in", x.shape[1]), "out"))
    expected = (("N", x.shape[0]), ("out", W.shape[1]))
    errors.check_shape("affine_backward", "dout", dout.shape, expected)
    return dout @ W.T, x.T @ dout, dout.sum(axis=0)
    # end solution


def glorot_uniform(
    fan_in: int,
    fan_out: int,
    shape: Shape = None,
    rng: Seed = None,
    dtype: DType = float,
) -> Array:
    """Draw weights from U(-a, a) with a = sqrt(6 / (fan_in + fan_out)).

    Shapes:
        returns `shape`, or (fan_in, fan_out) without one.

    Source: Glorot and Bengio 2010, eq. 16; lecture 004, "Parameter initialization".

    >>> bool(abs(glorot_uniform(512, 128, rng=7)).max() <= 0.0968246)
    True
    """
    # solution: glorot_uniform
    a = math.sqrt(6.0 / (fan_in + fan_out))
    return backend.draw_uniform(rng, -a, a, shape or (fan_in, fan_out), dtype)
    # end solution


def glorot_normal(
    fan_in: int,
    fan_out: int,
    shape: Shape = None,
    rng: Seed = None,
    dtype: DType = float,
) -> Array:
    """Draw weights from N(0, s^2) with s = sqrt(2 / (fan_in + fan_out)).

    Shapes:
        returns `shape`, or (fan_in, fan_out) without one.

    Source: Glorot and Bengio 2010, eq. 12; torch.nn.init.xavier_normal_.
    """
    # solution: glorot_normal
    s = math.sqrt(2.0 / (fan_in + fan_out))
    return backend.draw_normal(rng, s, shape or (fan_in, fan_out), dtype)
    # end solution


def kaiming_uniform(
    fan_in: int,
    fan_out: int = 1,
    shape: Shape = None,
    rng: Seed = None,
    dtype: DType = float,
) -> Array:
    """Draw weights for ReLU units from U(-a, a) with a = sqrt(6 / fan_in).

    Shapes:
        returns `shape`, or (fan_in, fan_out) without one.

    Source: He et al. 2015, eq. 10; torch.nn.init.kaiming_uniform_ with its default a=0.
    """
    # solution: kaiming_uniform
    a = math.sqrt(6.0 / fan_in)
    return backend.draw_uniform(rng, -a, a, shape or (fan_in, fan_out), dtype)
    # end solution


def kaiming_normal(
    fan_in: int,
    fan_out: int = 1,
    shape: Shape = None,
    rng: Seed = None,
    dtype: DType = float,
) -> Array:
    """Draw weights for ReLU units from N(0, s^2) with s = sqrt(2 / fan_in).

    Shapes:
        returns `shape`, or (fan_in, fan_out) without one.

    Source: He et al. 2015, eq. 10; torch.nn.init.kaiming_normal_.
    """
    # solution: kaiming_normal
    s = math.sqrt(2.0 / fan_in)
    return backend.draw_normal(rng, s, shape or (fan_in, fan_out), dtype)
    # end solution


def _zeros(fan_in: int, fan_out: int, *, rng: Seed, dtype: DType) -> Array:
    return backend.draw_uniform(rng, 0.0, 0.0, (fan_in, fan_out), dtype)


INITIALIZERS: dict[str, Callable[..., Array]] = {
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "kaiming_uniform": kaiming_uniform,
    "kaiming_normal": kaiming_normal,
    "zeros": _zeros,
}
"""Each takes (fan_in, fan_out, rng=..., dtype=...) and returns (fan_in, fan_out)."""


# solution: linear/backward
def _add_product(total: Array, a: Array, b: Array) -> None:
    """Add a @ b in place, a few rows at a time.

    Of a large array the whole product would go out to the memory and come back.
    """
    rows = max(1, backend.cache_size(total) // total.shape[1])
    for start in range(0, len(total), rows):
        total[start : start + rows] += a[start : start + rows] @ b


# end solution


class Linear(Module):
    """Affine layer with learnt weights: y = x W + b.

    Shapes:
        x: (N, in_features); y: (N, out_features), in x's dtype.
        weight: (in_features, out_features), decays; PyTorch stores its transpose.
        bias: (out_features,), zeros at first, does not decay; None with bias=False.

    Args:
        init: a key of INITIALIZERS, for the weight.
        rng: generator, seed or None, for the weight.

    Raises:
        TypeError: if a size is not a whole number, or x or dout is no float array.
        ValueError: if a size is below 1, init is unknown, or a shape does not fit.
        RuntimeError: if backward comes before forward.

    Source: lecture 001, "Modules"; lecture 004, "Parameter initialization";
        torch.nn.Linear.

    >>> Linear(3, 2, rng=7).forward(np.ones((5, 3))).shape
    (5, 2)
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        init: str = "glorot_uniform",
        rng: Seed = None,
        dtype: DType = float,
    ) -> None:
        # solution: linear/init
        errors.check_size("Linear", in_features=in_features, out_features=out_features)
        if init not in INITIALIZERS:
            known = ", ".join(INITIALIZERS)
            raise ValueError(f"Linear: init is {init!r}, expected one of {known}.")
        W = INITIALIZERS[init](in_features, out_features, rng=rng, dtype=dtype)
        self.weight = Parameter(W, "weight")
        b = backend.asarray(np.zeros(out_features, dtype))
        self.bias = Parameter(b, "bias", decay=False) if bias else None
        # end solution

    def forward(self, x: Array) -> Array:
        """Return x W + b; keep copies of x and W for backward."""
        # solution: linear/forward
        W = self.weight.data
        errors.check_float("Linear.forward", x=x, weight=W)
        expected = ("N", ("in_features", W.shape[0]))
        errors.check_shape("Linear.forward", "x", x.shape, expected)
        W = W.astype(x.dtype)  # a copy: an optimizer changes the weights in place
        y: Array = x @ W
        if self.bias is not None:
            y += self.bias.data.astype(x.dtype)
        self.saved = x.copy(), W
        return y
        # end solution

    def backward(self, dout: Array) -> Array:
        """Add x^T dout and the sum of dout to the gradients; return dout W^T."""
        # solution: linear/backward
        self._backward_parameters(dout)
        _, W = self.saved
        dx: Array = dout @ W.T
        return dx
        # end solution

    # solution: linear/backward
    def _backward_parameters(self, dout: Array) -> None:
        """Add to the gradients, and save the product dout W^T: half of the work."""
        x, W = errors.check_cached("Linear.backward", self.saved)
        errors.check_float("Linear.backward", dout=dout, x=x)
        expected = (("N", x.shape[0]), ("out_features", W.shape[1]))
        errors.check_shape("Linear.backward", "dout", dout.shape, expected)
        _add_product(self.weight.grad, x.T, dout)
        if self.bias is not None:
            self.bias.grad += dout.sum(axis=0)

    # end solution


class Identity(Module):
    """Pass everything on as a copy: y = x.

    Shapes:
        x, y: any shape with at least one sample.

    Raises:
        TypeError: if x or dout is not an array of floats.
        ValueError: if the batch is empty, or dout does not have x's shape.
        RuntimeError: if backward comes before forward.

    Source: lecture 001, "Linear activation function"; torch.nn.Identity.
    """

    def forward(self, x: Array) -> Array:
        """Return a copy of x."""
        # solution: identity/forward
        errors.check_float("Identity.forward", x=x)
        errors.check_shape("Identity.forward", "x", x.shape, ("N", ...))
        self.saved = x.shape
        return x.copy()
        # end solution

    def backward(self, dout: Array) -> Array:
        """Return a copy of dout."""
        # solution: identity/backward
        shape = errors.check_cached("Identity.backward", self.saved)
        errors.check_float("Identity.backward", dout=dout)
        errors.check_shape("Identity.backward", "dout", dout.shape, shape)
        return dout.copy()
        # end solution


class Flatten(Module):
    """Write every sample in one row, the last axis running fastest.

    Shapes:
        x: (N, d1, ..., dk) with k >= 1; y: (N, d1 * ... * dk).

    Raises:
        TypeError: if x or dout is not an array of floats.
        ValueError: if x has only one axis, or dout does not have y's shape.
        RuntimeError: if backward comes before forward.

    Source: lecture 002, "Binary classifying an image"; torch.nn.Flatten.

    >>> Flatten().forward(np.ones((1, 28, 28))).shape
    (1, 784)
    """

    def forward(self, x: Array) -> Array:
        """Return a matrix with one row per sample."""
        # solution: flatten/forward
        errors.check_float("Flatten.forward", x=x)
        errors.check_shape("Flatten.forward", "x", x.shape, ("N", "d1", ...))
        self.saved = x.shape
        return x.copy().reshape(x.shape[0], -1)
        # end solution

    def backward(self, dout: Array) -> Array:
        """Return dout in the shape of x."""
        # solution: flatten/backward
        shape = errors.check_cached("Flatten.backward", self.saved)
        errors.check_float("Flatten.backward", dout=dout)
        expected = (("N", shape[0]), math.prod(shape[1:]))
        errors.check_shape("Flatten.backward", "dout", dout.shape, expected)
        return dout.copy().reshape(shape)
        # end solution


class Sequential(Module):
    """Apply modules one after the other: y = h_n(... h_2(h_1(x))).

    A module may stand in it more than once: its weights are shared, but what each use
    has saved is kept apart.

    Shapes:
        x: what the first module takes; y: what the last one returns.

    Raises:
        TypeError: if an argument is not a Module.
        ValueError: if there is none.
        RuntimeError: if backward comes before forward.

    Source: lecture 001, "Deep learning"; lecture 004, "PyTorch example";
        torch.nn.Sequential.
    """

    def __init__(self, *modules: Module) -> None:
        check_modules("Sequential", *modules)
        if not modules:
            raise ValueError("Sequential: got no module, expected at least one.")
        self.layers = list(modules)

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, index: int) -> Module:
        return self.layers[index]

    def forward(self, x: Array) -> Array:
        """Hand x through the modules, first to last."""
        # solution: sequential/forward
        uses = []
        for layer in self.layers:
            x = layer.forward(x)
            uses.append([(module, module.saved) for module in layer.submodules()])
        self.saved = uses
        return x
        # end solution

    def backward(self, dout: Array) -> Array:
        """Hand dout back through the modules, last to first."""
        # solution: sequential/backward
        for layer in self._restored():
            dout = layer.backward(dout)
        return dout
        # end solution

    # solution: sequential/backward
    def _backward_parameters(self, dout: Array) -> None:
        """Hand dout back as far as there is something to learn."""
        learns = [bool(layer.parameters()) for layer in self.layers]
        for i, layer in zip(reversed(range(len(self))), self._restored(), strict=True):
            if not any(learns[:i]):
                layer.backward_parameters(dout)
                return
            dout = layer.backward(dout)

    def _restored(self) -> Iterator[Module]:
        """Yield the layers, last to first, each with what its use has saved."""
        uses = errors.check_cached("Sequential.backward", self.saved)
        for layer, use in zip(reversed(self.layers), reversed(uses), strict=True):
            for module, saved in use:
                module.saved = saved
            yield layer

    # end solution


class Concat(Module):
    """Join arrays along one axis; backward cuts the gradient at the same places.

    Shapes:
        xs: equal in every axis but `axis`; y: the sum of their sizes along `axis`.

    Raises:
        TypeError: if an argument is not an array of floats.
        ValueError: if there is no array, or a shape does not fit.
        RuntimeError: if backward comes before forward.

    Source: lecture 001, "List of different modules"; torch.cat.
    """

    def __init__(self, axis: int = 1) -> None:
        self.axis = axis

    def forward(self, *xs: Array) -> Array:
        """Return the arrays side by side."""
        # solution: concat/forward
        if not xs:
            raise ValueError("Concat.forward: got no array, expected at least one.")
        errors.check_float("Concat.forward", **{f"x{i}": x for i, x in enumerate(xs)})
        fitting: list[typing.Any] = list(xs[0].shape)
        try:
            fitting[self.axis] = "any"
        except IndexError:
            raise ValueError(
                f"Concat.forward: x0 has shape {tuple(fitting)}, expected an axis"
                f" {self.axis} along which to join."
            ) from None
        for i, x in enumerate(xs):
            errors.check_shape("Concat.forward", f"x{i}", x.shape, tuple(fitting))
        y: Array = backend.array_module(*xs).concatenate(xs, axis=self.axis)
        self.saved = [x.shape[self.axis] for x in xs], y.shape
        return y
        # end solution

    def backward(self, dout: Array) -> tuple[Array, ...]:
        """Return one gradient per array of forward, in the same order."""
        # solution: concat/backward
        sizes, shape = errors.check_cached("Concat.backward", self.saved)
        errors.check_float("Concat.backward", dout=dout)
        errors.check_shape("Concat.backward", "dout", dout.shape, shape)
        cuts = list(itertools.accumulate(sizes))[:-1]
        pieces = backend.array_module(dout).split(dout, cuts, axis=self.axis)
        return tuple(piece.copy() for piece in pieces)
        # end solution


class Residual(Module):
    """Add what a block returns to its input: y = x + block(x).

    Shapes:
        x, block(x), y: the same shape.

    Raises:
        TypeError: if block is not a Module.
        ValueError: if the block changes the shape, or dout does not have it.
        RuntimeError: if backward comes before forward.

    Source: He et al. 2016; lecture 004, "Other remarks".
    """

    def __init__(self, block: Module) -> None:
        check_modules("Residual", block)
        self.block = block

    def forward(self, x: Array) -> Array:
        """Return x + block(x)."""
        # solution: residual/forward
        y = self.block.forward(x)
        errors.check_shape("Residual.forward", "block(x)", y.shape, x.shape)
        self.saved = x.shape
        return typing.cast(Array, x + y)
        # end solution

    def backward(self, dout: Array) -> Array:
        """Return dout plus what the block returns for it."""
        # solution: residual/backward
        shape = errors.check_cached("Residual.backward", self.saved)
        errors.check_shape("Residual.backward", "dout", dout.shape, shape)
        return typing.cast(Array, dout + self.block.backward(dout))
        # end solution


class Perceptron:
    """Decide for class 1 where x . w + b > 0, else, also at exactly 0, for class 0.

    Shapes:
        w: (P,); X: (N, P); predict returns (N,) int64.

    Raises:
        TypeError: if w or X is not an array of floats.
        ValueError: if X does not have one column per entry of w.

    Source: lecture 001, "Perceptrons"; lecture 002, "Perceptron as linear classifier".

    >>> Perceptron(np.array([1.0, 1.0]), -1.5).predict(np.array([[1.0, 1.0]]))
    array([1])
    """

    def __init__(self, w: Array, b: float) -> None:
        errors.check_float("Perceptron", w=w)
        self.w = w.copy()
        self.b = b

    def predict(self, X: Array) -> Array:
        """Return the class of every row of X."""
        # solution: perceptron
        errors.check_float("Perceptron.predict", X=X, w=self.w)
        expected = ("N", ("P", self.w.shape[0]))
        errors.check_shape("Perceptron.predict", "X", X.shape, expected)
        return (X @ self.w + self.b > 0).astype(np.int64)
        # end solution


def count_parameters(module: Module) -> int:
    """Return how many numbers the module learns; a shared parameter counts once.

    >>> count_parameters(Linear(784, 10))
    7850
    """
    # solution: count_parameters
    return sum(parameter.data.size for parameter in module.parameters())
    # end solution


def mlp_parameter_count(sizes: Sequence[int], bias: bool = True) -> int:
    """Return how many parameters a net of affine layers has, without building it.

    The sum of n_in n_out + n_out over its layers: every unit has a bias of its own.

    Args:
        sizes: number of units from input to output, such as (784, 10).
        bias: False leaves the biases out.

    Raises:
        TypeError: if a size is not a whole number.
        ValueError: if there are fewer than two sizes, or one is below 1.

    Source: lecture 003, "Architecture design - fully connected".

    >>> mlp_parameter_count((784, 10))
    7850
    """
    # solution: mlp_parameter_count
    where = "mlp_parameter_count"
    if len(sizes) < 2:
        raise ValueError(f"{where}: sizes is {sizes}, expected at least two of them.")
    errors.check_size(where, **{f"sizes[{i}]": n for i, n in enumerate(sizes)})
    pairs = itertools.pairwise(sizes)
    return sum(n_in * n_out + (n_out if bias else 0) for n_in, n_out in pairs)
    # end solution


def collapse_affine(layers: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    """Return the one affine layer (W, b) that does what all of them do in turn.

    (x W1 + b1) W2 + b2 = x (W1 W2) + (b1 W2 + b2)

    Shapes:
        layers: pairs W (in, out), b (out,); each `in` is the `out` before it.

    Raises:
        ValueError: if there is no layer, or the shapes do not fit.

    Source: lecture 004, "The XOR problem"; lecture 002, "Problems with all-linear
        functions".
    """
    # solution: collapse_affine
    if not layers:
        raise ValueError("collapse_affine: got no layer, expected at least one.")
    W, b = (array.copy() for array in layers[0])
    for i, (W_next, b_next) in enumerate(layers[1:], start=1):
        expected = (("in", W.shape[1]), "out")
        errors.check_shape("collapse_affine", f"W{i}", W_next.shape, expected)
        W, b = W @ W_next, b @ W_next + b_next
    return W, b
    # end solution


def fit_plane(X: Array, y: Array) -> tuple[Array, float]:
    """Return the w and b that minimise the squared error of X w + b.

    w = (Xc^T Xc)^-1 Xc^T yc with centred Xc, yc; b = mean(y) - mean(X) w

    Shapes:
        X: (N, P); y: (N,); w: (P,); b: a float.

    Raises:
        TypeError: if X or y is not an array of floats.
        ValueError: if the shapes do not fit, or the points fix no single plane.

    Source: lecture 004, "Training".
    """
    # solution: fit_plane
    errors.check_float("fit_plane", X=X, y=y)
    errors.check_shape("fit_plane", "X", X.shape, ("N", "P"))
    errors.check_shape("fit_plane", "y", y.shape, (("N", X.shape[0]),))
    linalg = backend.array_module(X, y).linalg
    X_mean, y_mean = X.mean(axis=0), y.mean()
    Xc, yc = X - X_mean, y - y_mean
    rank = int(linalg.matrix_rank(Xc))
    if rank < X.shape[1]:
        raise ValueError(
            f"fit_plane: the points of X vary in {rank} directions, expected"
            f" P={X.shape[1]}; many planes fit equally well."
        )
    w = linalg.solve(Xc.T @ Xc, Xc.T @ yc)
    return w, float(y_mean - X_mean @ w)
    # end solution


def count_linearly_separable(N: int, P: int) -> int:
    """Return how many of the 2^N labellings of N points in P dimensions are separable.

    2 * sum over k = 0 ... P of binomial(N - 1, k), for points in general position and
    planes with a bias.

    Raises:
        ValueError: if N or P is below 1.

    Source: Cover 1965; lecture 001, "Linear separability".

    >>> count_linearly_separable(4, 2)  # all but XOR and its opposite
    14
    """
    # solution: separable
    errors.check_size("count_linearly_separable", N=N, P=P)
    return 2 * sum(math.comb(N - 1, k) for k in range(P + 1))
    # end solution


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
    # solution: mistakes
    return {"separable": 464.0, "half_way": 16.0, "biases": 26.0}
    # end solution
