"""Stage 10: derivatives of whole functions, and earlier stages with a few operations.

The parts stand in three other files: `nabla/graph.py` and `nabla/tensor.py` (reverse
mode), `nabla/dual.py` (forward mode). All their names are found here, too.
"""

from __future__ import annotations

from collections.abc import Callable

from nabla import backend, errors, gates, layers
from nabla.backend import Array, Seed
from nabla.dual import Dual, jvp
from nabla.graph import no_grad, record, topological_order
from nabla.layers import DType
from nabla.tensor import Tensor, concat, maximum

__all__ = [
    "Dual",
    "Linear",
    "Tensor",
    "concat",
    "count_operations",
    "cross_entropy",
    "grad",
    "jvp",
    "lecture_mistakes",
    "maximum",
    "no_grad",
    "numeric_vs_autograd",
    "record",
    "topological_order",
    "vjp",
]


def grad(f: Callable[..., Tensor], *xs: Array) -> tuple[Array, ...]:
    """Return the gradients of a scalar function, one for each of its arguments.

    Args:
        f: takes as many tensors as there are xs, returns a tensor with one entry.
        *xs: where f is differentiated.

    Shapes:
        result: those of xs; zeros for an argument that f does not use.

    Raises:
        TypeError: if one of xs is not an array of floats.
        RuntimeError: if f returns more than one entry.

    Source: lecture 003, "Automated differentiation with autograd in PyTorch".

    >>> x = backend.asarray([1.0, 2.0])
    >>> grad(lambda x: (x * x).sum(), x)[0]
    array([2., 4.])
    """
    raise NotImplementedError("exercise grad: write grad")


def vjp(f: Callable[[Tensor], Tensor], x: Array, v: Array) -> Array:
    """Return v times the Jacobian of f at x, in one sweep back.

    Shapes:
        x: any; v: that of f(x); result: that of x.

    Raises:
        TypeError: if x or v is not an array of floats.
        ValueError: if v does not have the shape of f(x).

    Source: lecture 000, "Forward-mode and Reverse-mode differentiation";
        torch.func.vjp.
    """
    raise NotImplementedError("exercise vjp: write vjp")


def _grad_or_zeros(tensor: Tensor) -> Array:
    """Return the gradient of a leaf, zeros if nothing came back to it."""
    if tensor.grad is not None:
        return tensor.grad
    zeros: Array = backend.array_module(tensor.data).zeros_like(tensor.data)
    return zeros


def count_operations(
    f: Callable[[Tensor], Tensor], n_in: int, n_out: int
) -> dict[str, int]:
    """Count what the whole Jacobian of f costs, forward and in reverse.

    One sweep differentiates every operation of f once. Forward mode needs a sweep for
    every input, reverse mode one for every output.

    Args:
        f: takes a tensor of n_in entries, returns one of n_out; it is evaluated where
            all inputs are 1.
        n_in: number of inputs.
        n_out: number of outputs.

    Returns:
        operations: results in the graph of f, its input not counted;
        forward_sweeps, reverse_sweeps: how many a Jacobian takes;
        forward, reverse: operations differentiated in all of these sweeps.

    Raises:
        ValueError: if f does not return n_out entries.

    Source: lecture 000, "Forward-mode and Reverse-mode differentiation".

    >>> count_operations(lambda x: (x * x).sum(axis=0, keepdims=True), 3, 1)["forward"]
    6
    """
    raise NotImplementedError("exercise count_operations: write count_operations")


def numeric_vs_autograd(f: Callable[[Tensor], Tensor], x: Array) -> float:
    """Return how far the gradient of a scalar f at x is from central differences.

    The relative error of stage 01, between `gates.numerical_gradient` and `grad`; the
    measuring records no graph.

    Raises:
        TypeError: if x is not an array of floats.
        RuntimeError: if f returns more than one entry.

    Source: lecture 002, "Numerical Differentiation".
    """
    raise NotImplementedError("exercise numeric_vs_autograd: write numeric_vs_autograd")


class Linear:
    """The affine layer once more, y = x W + b, without a backward of its own.

    Two layers may share one tensor as their weight: its gradients add up.

    Shapes:
        x: (N, in_features); y: (N, out_features); weight: (in_features, out_features);
        bias: (out_features,).

    Raises:
        TypeError: if a size is not a whole number.
        ValueError: if a size is below 1, or x does not fit.

    Source: lecture 004, "PyTorch example"; torch.nn.Linear.
    """

    weight: Tensor
    bias: Tensor | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        rng: Seed = None,
        dtype: DType = float,
    ) -> None:
        raise NotImplementedError("exercise linear: write Linear.__init__")

    def __call__(self, x: Tensor) -> Tensor:
        """Return x W + b."""
        raise NotImplementedError("exercise linear: write Linear.__call__")

    def parameters(self) -> list[Tensor]:
        """Return the weight and, if there is one, the bias."""
        raise NotImplementedError("exercise linear: write Linear.parameters")


def cross_entropy(logits: Tensor, labels: Array) -> Tensor:
    """Return the mean over the batch of -ln softmax(logits)[label].

    log-sum-exp with the largest logit of each row taken out, as a constant.

    Shapes:
        logits: (N, C); labels: (N,), integers from 0 to C - 1; result: one entry.

    Raises:
        ValueError: if the shapes do not fit, or a label is outside of 0 ... C - 1.

    Source: lecture 004, "Maximum likelihood for classification";
        torch.nn.functional.cross_entropy.
    """
    raise NotImplementedError("exercise cross_entropy: write cross_entropy")


def lecture_mistakes() -> dict[str, float]:
    """Return four numbers that only a careful reader of the slides can give.

    "chain rule": lecture 003, "Computational graph", prints for J = 3 v, v = a + u,
        u = b c:  dJ/db = dJ/da da/db. At a = 5, b = 3, c = 2.5: by how much is the true
        dJ/db larger than the product that is printed?
    "rule list": lecture 002, "Symbolic Differentiation", prints for h(x) = f(g(x)):
        dh(x)/dx = df(g(x))/dx · dg(x)/x. Take it at its word, with f(g) = g² and
        g(x) = 3 x + 1, at x = 2: the printed product divided by the true dh/dx.
    "sweeps": lecture 000, "Forward-mode and Reverse-mode differentiation". A net has
        3072 inputs and 2 outputs. The Jacobian of the outputs for the inputs, forward:
        how many more sweeps is that than in reverse?
    "products": lecture 000, "Path Factorization". Now three stages of three edges each,
        one behind the other. The sum over all paths, each path multiplied out by
        itself: how many more multiplications is that than in the factored form?

    Returns:
        a float for each of these four keys.
    """
    raise NotImplementedError("exercise mistakes: write lecture_mistakes")
