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
        # solution: batchnorm/init
        errors.check_size("BatchNorm1d", num_features=num_features)
        if not eps > 0:
            raise ValueError(f"BatchNorm1d: eps is {eps}, expected more than 0.")
        if not 0 <= momentum <= 1:
            raise ValueError(f"BatchNorm1d: momentum is {momentum}, expected 0 to 1.")
        self.eps = eps
        self.momentum = momentum
        one = backend.asarray(np.ones(num_features))
        self.gamma = Parameter(one, "gamma", decay=False)
        self.beta = Parameter(0 * one, "beta", decay=False)
        self.running_mean = 0 * one
        self.running_var = one.copy()
        # end solution

    def forward(self, x: Array) -> Array:
        """Return the normalised batch; in training, update the running statistics."""
        # solution: batchnorm/forward
        where, gamma = "BatchNorm1d.forward", self.gamma.data
        errors.check_float(where, x=x, gamma=gamma)
        errors.check_shape(where, "x", x.shape, ("N", ("num_features", gamma.size)))
        n = x.shape[0]
        if self.training and n == 1:
            raise ValueError(
                f"{where}: x has shape {x.shape}, expected at least 2 samples in"
                " training; one sample has no variance. Call eval() before you predict."
            )
        if self.training:
            mean, var = x.mean(axis=0), x.var(axis=0)
            m = self.momentum
            self.running_mean = (1 - m) * self.running_mean + m * mean
            self.running_var = (1 - m) * self.running_var + m * var * n / (n - 1)
        else:
            mean, var = self.running_mean, self.running_var
        scale = 1 / (var + self.eps) ** 0.5
        x_hat = ((x - mean) * scale).astype(x.dtype)
        slope = (gamma * scale).astype(x.dtype)
        self.saved = x_hat, slope, self.training
        y: Array = x_hat * gamma.astype(x.dtype) + self.beta.data.astype(x.dtype)
        return y
        # end solution

    def backward(self, dout: Array) -> Array:
        """Add to the gradients of gamma and beta; return dx.

        In training, mean and var depend on x, too:

            dx = gamma / sqrt(var + eps) (dout - mean(dout) - x_hat mean(dout x_hat))

        In evaluation they are constants, and only the first term is left.
        """
        # solution: batchnorm/backward
        x_hat, slope, of_batch = errors.check_cached("BatchNorm1d.backward", self.saved)
        errors.check_float("BatchNorm1d.backward", dout=dout, x=x_hat)
        errors.check_shape("BatchNorm1d.backward", "dout", dout.shape, x_hat.shape)
        self.gamma.grad += (dout * x_hat).sum(axis=0)
        self.beta.grad += dout.sum(axis=0)
        if of_batch:
            dout = dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0)
        dx: Array = dout * slope
        return dx
        # end solution


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
        # solution: layernorm/forward
        errors.check_size("LayerNorm", num_features=num_features)
        self.eps = eps
        one = backend.asarray(np.ones(num_features))
        self.gamma = Parameter(one, "gamma", decay=False)
        self.beta = Parameter(0 * one, "beta", decay=False)
        # end solution

    def forward(self, x: Array) -> Array:
        """Return the normalised samples."""
        # solution: layernorm/forward
        where, gamma = "LayerNorm.forward", self.gamma.data
        errors.check_float(where, x=x, gamma=gamma)
        batch = ["N", *(f"d{i}" for i in range(1, x.ndim - 1))]
        errors.check_shape(where, "x", x.shape, (*batch, ("num_features", gamma.size)))
        gamma = gamma.astype(x.dtype)
        mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
        scale = 1 / (var + self.eps) ** 0.5
        x_hat = (x - mean) * scale
        self.saved = x_hat, scale, gamma
        y: Array = x_hat * gamma + self.beta.data.astype(x.dtype)
        return y
        # end solution

    def backward(self, dout: Array) -> Array:
        """Add to the gradients of gamma and beta; return dx.

        dx = (d - mean(d) - x_hat mean(d x_hat)) / sqrt(var + eps), d = gamma dout
        """
        # solution: layernorm/backward
        x_hat, scale, gamma = errors.check_cached("LayerNorm.backward", self.saved)
        errors.check_float("LayerNorm.backward", dout=dout, x=x_hat)
        errors.check_shape("LayerNorm.backward", "dout", dout.shape, x_hat.shape)
        samples = tuple(range(dout.ndim - 1))
        self.gamma.grad += (dout * x_hat).sum(axis=samples)
        self.beta.grad += dout.sum(axis=samples)
        d = gamma * dout
        along = (d * x_hat).mean(axis=-1, keepdims=True)
        dx: Array = (d - d.mean(axis=-1, keepdims=True) - x_hat * along) * scale
        return dx
        # end solution
