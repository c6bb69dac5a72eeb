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
    # solution: grad
    errors.check_float("grad", **{f"x{i}": x for i, x in enumerate(xs)})
    tensors = [Tensor(x, requires_grad=True) for x in xs]
    y = f(*tensors)
    if y.requires_grad:
        y.backward()
    return tuple(_grad_or_zeros(tensor) for tensor in tensors)
    # end solution


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
    # solution: vjp
    errors.check_float("vjp", x=x, v=v)
    tensor = Tensor(x, requires_grad=True)
    y = f(tensor)
    errors.check_shape("vjp", "v", v.shape, y.shape)
    if y.requires_grad:
        y.backward(v)
    return _grad_or_zeros(tensor)
    # end solution


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
    # solution: count_operations
    errors.check_size("count_operations", n_in=n_in, n_out=n_out)
    ones = backend.array_module().ones(n_in)
    y = f(Tensor(ones, requires_grad=True))
    errors.check_shape("count_operations", "f(x)", y.data.reshape(-1).shape, (n_out,))
    operations = sum(not tensor.is_leaf for tensor in topological_order(y))
    return {
        "operations": operations,
        "forward": n_in * operations,
        "reverse": n_out * operations,
        "forward_sweeps": n_in,
        "reverse_sweeps": n_out,
    }
    # end solution


def numeric_vs_autograd(f: Callable[[Tensor], Tensor], x: Array) -> float:
    """Return how far the gradient of a scalar f at x is from central differences.

    The relative error of stage 01, between `gates.numerical_gradient` and `grad`; the
    measuring records no graph.

    Raises:
        TypeError: if x is not an array of floats.
        RuntimeError: if f returns more than one entry.

    Source: lecture 002, "Numerical Differentiation".
    """
    # solution: numeric_vs_autograd
    (analytic,) = grad(f, x)
    with no_grad():
        numeric = gates.numerical_gradient(lambda at: f(Tensor(at)).item(), x)
    return gates.relative_error(analytic, numeric)
    # end solution


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
        # solution: linear
        errors.check_size("Linear", in_features=in_features, out_features=out_features)
        W = layers.glorot_uniform(in_features, out_features, rng=rng, dtype=dtype)
        self.weight = Tensor(W, requires_grad=True)
        b = W[0] * 0
        self.bias = Tensor(b, requires_grad=True) if bias else None
        # end solution

    def __call__(self, x: Tensor) -> Tensor:
        """Return x W + b."""
        # solution: linear
        y = x @ self.weight
        return y if self.bias is None else y + self.bias
        # end solution

    def parameters(self) -> list[Tensor]:
        """Return the weight and, if there is one, the bias."""
        # solution: linear
        return [self.weight] if self.bias is None else [self.weight, self.bias]
        # end solution


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
    # solution: cross_entropy
    errors.check_shape("cross_entropy", "logits", logits.shape, ("N", "C"))
    N, C = logits.shape
    errors.check_shape("cross_entropy", "labels", labels.shape, (("N", N),))
    if labels.min() < 0 or labels.max() >= C:
        raise ValueError(
            f"cross_entropy: labels go from {labels.min()} to {labels.max()}, expected"
            f" 0 to {C - 1}."
        )
    rows = backend.array_module(labels).arange(N)
    z = logits - logits.data.max(axis=1, keepdims=True)
    losses: Tensor = z.exp().sum(axis=1).log() - z[rows, labels]
    return losses.mean()
    # end solution


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
    # solution: mistakes
    return {
        "chain rule": 7.5,  # 3 c; a does not depend on b, so the printed product is 0
        "rule list": 3.5,  # df(g(x))/dx is dh/dx already, and g(x)/x is 7/2
        "sweeps": 3070.0,  # one per input against one per output
        "products": 52.0,  # 27 paths with two products each, against two
    }
    # end solution
