"""Stage 07: batch normalisation, layer normalisation, and the statistics they keep.

An array that a module keeps without learning it stands in `running_mean` or
`running_var`. Whoever saves or restores a model finds it with `running_statistics`.
"""

from __future__ import annotations

import numpy as np

from nabla import backend, errors
from nabla.backend import Array
from nabla.module import Module, Parameter


def running_statistics(module: Module) -> list[Array]:
    """Return every running_mean and running_var inside the module, not copied.

    They belong to the state of a model as its parameters do, but no gradient reaches
    them. The order is that of `submodules`, the mean before the variance.
    """
    names = ("running_mean", "running_var")
    kept = [vars(inner) for inner in module.submodules()]
    return [there[name] for there in kept for name in names if name in there]


class BatchNorm1d(Module):
    """Give every feature mean 0 and variance 1 over the batch, then scale and shift.

    y = gamma (x - mean) / sqrt(var + eps) + beta

    In training, mean and var (divided by N) are those of the batch, and the running
    statistics move towards them, with the variance divided by N - 1:

        running = (1 - momentum) running + momentum statistic of the batch

    In evaluation, mean and var are the running statistics, which stay as they are.

    Shapes:
        x, y: (N, num_features); gamma, beta, running_mean, running_var:
        (num_features,).

    Raises:
        TypeError: if num_features is no whole number, or x or dout no float array.
        ValueError: if num_features is below 1, eps is not positive, momentum is
            outside [0, 1], a shape does not fit, or N = 1 in training.
        RuntimeError: if backward comes before forward.

    Source: Ioffe and Szegedy 2015; lecture 004, "Other remarks";
        torch.nn.BatchNorm1d.
    """

    gamma: Parameter
    beta: Parameter
    running_mean: Array
    running_var: Array

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1
    ) -> None:
        raise NotImplementedError("exercise batchnorm/init: write BatchNorm1d.__init__")

    def forward(self, x: Array) -> Array:
        """Return the normalised batch; in training, update the running statistics."""
        raise NotImplementedError(
            "exercise batchnorm/forward: write BatchNorm1d.forward"
        )

    def backward(self, dout: Array) -> Array:
        """Add to the gradients of gamma and beta; return dx.

        In training, mean and var depend on x, too:

            dx = gamma / sqrt(var + eps) (dout - mean(dout) - x_hat mean(dout x_hat))

        In evaluation they are constants, and only the first term is left.
        """
        raise NotImplementedError(
            "exercise batchnorm/backward: write BatchNorm1d.backward"
        )


class LayerNorm(Module):
    """Give every sample mean 0 and variance 1 over its features, then scale and shift.

    y = gamma (x - mean) / sqrt(var + eps) + beta, mean and var over the last axis

    There is nothing to remember between batches: training and evaluation are alike.

    Shapes:
        x, y: (N, ..., num_features); gamma, beta: (num_features,).

    Raises:
        TypeError: if num_features is no whole number, or x or dout no float array.
        ValueError: if num_features is below 1, or a shape does not fit.
        RuntimeError: if backward comes before forward.

    Source: Ba, Kiros and Hinton 2016; torch.nn.LayerNorm.
    """

    gamma: Parameter
    beta: Parameter

    def __init__(self, num_features: int, eps: float = 1e-5) -> None:
        raise NotImplementedError(
            "exercise layernorm/forward: write LayerNorm.__init__"
        )

    def forward(self, x: Array) -> Array:
        """Return the normalised samples."""
        raise NotImplementedError("exercise layernorm/forward: write LayerNorm.forward")

    def backward(self, dout: Array) -> Array:
        """Add to the gradients of gamma and beta; return dx.

        dx = (d - mean(d) - x_hat mean(d x_hat)) / sqrt(var + eps), d = gamma dout
        """
        raise NotImplementedError(
            "exercise layernorm/backward: write LayerNorm.backward"
        )
