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
    raise NotImplementedError("exercise affine/forward: write affine_forward")


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
    raise NotImplementedError("exercise affine/backward: write affine_backward")


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
    raise NotImplementedError("exercise glorot_uniform: write glorot_uniform")


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
    raise NotImplementedError("exercise glorot_normal: write glorot_normal")


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
    raise NotImplementedError("exercise kaiming_uniform: write kaiming_uniform")


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
    raise NotImplementedError("exercise kaiming_normal: write kaiming_normal")


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
        raise NotImplementedError("exercise linear/init: write Linear.__init__")

    def forward(self, x: Array) -> Array:
        """Return x W + b; keep copies of x and W for backward."""
        raise NotImplementedError("exercise linear/forward: write Linear.forward")

    def backward(self, dout: Array) -> Array:
        """Add x^T dout and the sum of dout to the gradients; return dout W^T."""
        raise NotImplementedError("exercise linear/backward: write Linear.backward")


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
        raise NotImplementedError("exercise identity/forward: write Identity.forward")

    def backward(self, dout: Array) -> Array:
        """Return a copy of dout."""
        raise NotImplementedError("exercise identity/backward: write Identity.backward")


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
        raise NotImplementedError("exercise flatten/forward: write Flatten.forward")

    def backward(self, dout: Array) -> Array:
        """Return dout in the shape of x."""
        raise NotImplementedError("exercise flatten/backward: write Flatten.backward")


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
        raise NotImplementedError(
            "exercise sequential/forward: write Sequential.forward"
        )

    def backward(self, dout: Array) -> Array:
        """Hand dout back through the modules, last to first."""
        raise NotImplementedError(
            "exercise sequential/backward: write Sequential.backward"
        )


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
        raise NotImplementedError("exercise concat/forward: write Concat.forward")

    def backward(self, dout: Array) -> tuple[Array, ...]:
        """Return one gradient per array of forward, in the same order."""
        raise NotImplementedError("exercise concat/backward: write Concat.backward")


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
        raise NotImplementedError("exercise residual/forward: write Residual.forward")

    def backward(self, dout: Array) -> Array:
        """Return dout plus what the block returns for it."""
        raise NotImplementedError("exercise residual/backward: write Residual.backward")


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
        raise NotImplementedError("exercise perceptron: write Perceptron.predict")


def count_parameters(module: Module) -> int:
    """Return how many numbers the module learns; a shared parameter counts once.

    >>> count_parameters(Linear(784, 10))
    7850
    """
    raise NotImplementedError("exercise count_parameters: write count_parameters")


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
    raise NotImplementedError("exercise mlp_parameter_count: write mlp_parameter_count")


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
    raise NotImplementedError("exercise collapse_affine: write collapse_affine")


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
    raise NotImplementedError("exercise fit_plane: write fit_plane")


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
    raise NotImplementedError("exercise separable: write count_linearly_separable")


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
    raise NotImplementedError("exercise mistakes: write lecture_mistakes")
