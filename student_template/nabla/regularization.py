"""Stage 07: what keeps a model from learning its training data by heart.

Penalties, dropout, noise, early stopping, polynomials that overfit, ensembles. Layers
that normalise stand in `normalization.py`, changes of images in `augmentation.py`; all
their names can be imported from here, too.
"""

from __future__ import annotations

import math
import typing
from collections.abc import Iterable, Sequence

import numpy as np

from nabla import backend, errors
from nabla.augmentation import (
    Augmenter,
    adjust_brightness,
    adjust_contrast,
    hflip,
    rot90,
    translate,
    vflip,
)
from nabla.backend import Array, Seed
from nabla.module import Module, Parameter
from nabla.normalization import BatchNorm1d, LayerNorm, running_statistics

__all__ = [
    "Augmenter",
    "BatchNorm1d",
    "Dropout",
    "EarlyStopping",
    "GaussianNoise",
    "LayerNorm",
    "add_penalty_grads",
    "adjust_brightness",
    "adjust_contrast",
    "bootstrap_indices",
    "ensemble_predict",
    "fit_polynomial",
    "hflip",
    "l1_penalty",
    "l2_penalty",
    "lecture_mistakes",
    "predict_polynomial",
    "rot90",
    "running_statistics",
    "translate",
    "vflip",
]


def _check_not_negative(where: str, **numbers: float) -> None:
    """Check that every argument is at least 0; NaN is not."""
    for name, number in numbers.items():
        if not number >= 0:
            raise ValueError(f"{where}: {name} is {number}, expected at least 0.")


def l2_penalty(params: Iterable[Parameter], lam: float) -> float:
    """Return (lam / 2) sum of w^2 over all parameters with `decay`.

    Its gradient is lam w: this lam is what optimizers call weight_decay.

    Raises:
        ValueError: if lam is negative.

    Source: lecture 004, "Regularization"; lecture 002, "Regularization" (without 1/2).

    >>> l2_penalty([Parameter(np.array([[1.0, -2.0], [0.0, 0.5]]))], 0.1)
    0.2625
    """
    raise NotImplementedError("exercise l2_penalty: write l2_penalty")


def l1_penalty(params: Iterable[Parameter], lam: float) -> float:
    """Return lam times the sum of |w| over all parameters with `decay`.

    Raises:
        ValueError: if lam is negative.

    Source: lecture 002, "Regularization"; lecture 004, "Regularization".

    >>> round(l1_penalty([Parameter(np.array([[1.0, -2.0], [0.0, 0.5]]))], 0.1), 9)
    0.35
    """
    raise NotImplementedError("exercise l1_penalty: write l1_penalty")


def add_penalty_grads(
    params: Iterable[Parameter], l1: float = 0.0, l2: float = 0.0
) -> None:
    """Add the gradients of both penalties to `grad` of all parameters with `decay`.

    grad += l2 w + l1 sign(w), and sign(0) = 0

    Raises:
        ValueError: if l1 or l2 is negative.

    Source: lecture 004, "Regularization"; torch.optim.SGD (weight_decay).
    """
    raise NotImplementedError("exercise add_penalty_grads: write add_penalty_grads")


class Dropout(Module):
    """Set each entry to 0 with probability p in training, and scale up the others.

    training:   y = x mask / (1 - p), mask 0 with probability p, else 1
    evaluation: y = x

    So the expected value of y is x. Each entry of each batch has its own mask; backward
    uses the one of the latest forward. With p = 1 all is 0.

    Shapes:
        x, y: any shape with at least one sample.

    Args:
        p: probability of being removed.
        rng: generator, seed or None.

    Raises:
        TypeError: if x or dout is not an array of floats.
        ValueError: if p is outside [0, 1], the batch is empty, or dout does not have
            x's shape.
        RuntimeError: if backward comes before forward.

    Source: lecture 004, "Dropout"; Srivastava et al. 2014; torch.nn.Dropout.
    """

    def __init__(self, p: float = 0.5, rng: Seed = None) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p is {p}, expected 0 to 1.")
        self.p = p
        self.rng = backend.as_generator(rng)

    def forward(self, x: Array) -> Array:
        """Return x with entries dropped in training, a copy of x in evaluation."""
        raise NotImplementedError("exercise dropout/forward: write Dropout.forward")

    def backward(self, dout: Array) -> Array:
        """Return dout through the same mask and scale as in forward."""
        raise NotImplementedError("exercise dropout/backward: write Dropout.backward")


class GaussianNoise(Module):
    """Add normal noise in training: y = x + N(0, std^2); in evaluation y = x.

    Shapes:
        x, y: any shape with at least one sample.

    Args:
        std: standard deviation of the noise.
        rng: generator, seed or None.

    Raises:
        TypeError: if x or dout is not an array of floats.
        ValueError: if std is negative, the batch is empty, or dout does not have x's
            shape.
        RuntimeError: if backward comes before forward.

    Source: lecture 001, "List of Different Modules/Functions".
    """

    def __init__(self, std: float, rng: Seed = None) -> None:
        _check_not_negative("GaussianNoise", std=std)
        self.std = std
        self.rng = backend.as_generator(rng)

    def forward(self, x: Array) -> Array:
        """Return x with fresh noise in training, a copy of x in evaluation."""
        raise NotImplementedError("exercise noise/forward: write GaussianNoise.forward")

    def backward(self, dout: Array) -> Array:
        """Return a copy of dout: the noise does not depend on x."""
        raise NotImplementedError(
            "exercise noise/backward: write GaussianNoise.backward"
        )


class EarlyStopping:
    """Stop when the validation loss no longer falls, and keep the best model.

    A loss is better if it is below the best one so far by more than min_delta. After
    `patience` losses in a row that are not better, training should stop.

    `best_epoch` counts from 0 and is -1 before the first loss; `best_loss` is infinity
    then. What is kept of the best model are its parameters and its running statistics
    (`running_statistics`).

    Args:
        patience: how many losses in a row may fail to be better.
        min_delta: by how much a loss must be below the best one, at least 0.

    Raises:
        TypeError: if patience is no whole number.
        ValueError: if patience is below 1, min_delta negative, or a loss NaN.
        RuntimeError: if nothing has been kept yet that could be restored.

    Source: lecture 004, "Dataset augmentation; early stopping".
    """

    def __init__(self, patience: int, min_delta: float = 0.0) -> None:
        errors.check_size("EarlyStopping", patience=patience)
        _check_not_negative("EarlyStopping", min_delta=min_delta)
        self.patience = patience
        self.min_delta = min_delta
        self.best_epoch = -1
        self.best_loss = math.inf
        self.epoch = -1  # the latest
        self.best_state: list[Array] | None = None

    def update(self, val_loss: float, model: Module) -> bool:
        """Take the validation loss of one more epoch; return whether to stop.

        Keeps copies of the model's arrays if the loss is better than all before.
        """
        raise NotImplementedError(
            "exercise early_stopping/update: write EarlyStopping.update"
        )

    def restore(self, model: Module) -> None:
        """Give the model's arrays the values of the best epoch, in place."""
        raise NotImplementedError(
            "exercise early_stopping/restore: write EarlyStopping.restore"
        )


def _state(model: Module) -> list[Array]:
    """Return all arrays that make up a model, not copied."""
    return [p.data for p in model.parameters()] + running_statistics(model)


def fit_polynomial(
    x: Array,
    y: Array,
    degree: int,
    penalty: float = 0.0,
    penalise_bias: bool = False,
) -> Array:
    """Return the coefficients theta of the best polynomial of that degree.

    f(x) = theta_0 + theta_1 x + ... + theta_degree x^degree, and theta minimises

        (1/M) sum over i of (f(x_i) - y_i)^2 + penalty sum over j of theta_j^2

    The second sum begins at j = 1; only with penalise_bias it begins at j = 0.

    Shapes:
        x, y: (M,); theta: (degree + 1,), in the dtype of x.

    Raises:
        TypeError: if x or y is not an array of floats, or degree no whole number.
        ValueError: if the shapes do not fit, degree or penalty is negative, or there
            are fewer points than coefficients and no penalty.

    Source: lecture 004, "Regularization".

    >>> fit_polynomial(np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 5.0]), 2).round(9)
    array([1., 0., 1.])
    """
    raise NotImplementedError("exercise fit_polynomial: write fit_polynomial")


def predict_polynomial(theta: Array, x: Array) -> Array:
    """Return theta_0 + theta_1 x + theta_2 x^2 + ... for every x.

    Shapes:
        theta: (degree + 1,); x: (M,); returns (M,), in the dtype of x.

    Raises:
        TypeError: if theta or x is not an array of floats.
        ValueError: if one of them does not have one axis.

    Source: lecture 004, "Regularization".

    >>> predict_polynomial(np.array([1.0, 0.0, 2.0]), np.array([3.0]))
    array([19.])
    """
    raise NotImplementedError("exercise predict_polynomial: write predict_polynomial")


def bootstrap_indices(n: int, rng: Seed = None) -> Array:
    """Draw n of the numbers 0 ... n - 1, each draw from all of them: with replacement.

    Shapes:
        returns (n,) int64.

    Raises:
        TypeError: if n is no whole number.
        ValueError: if n is below 1.

    Source: lecture 004, "Dropout".
    """
    raise NotImplementedError("exercise bootstrap_indices: write bootstrap_indices")


def ensemble_predict(probs: Sequence[Array]) -> Array:
    """Return the class with the largest mean probability over all models.

    The smaller class wins a tie.

    Shapes:
        probs: per model (N, C); returns (N,) int64.

    Raises:
        TypeError: if one of probs is not an array of floats.
        ValueError: if there is none, or the shapes differ.

    Source: lecture 004, "Dropout".
    """
    raise NotImplementedError("exercise ensemble_predict: write ensemble_predict")


def lecture_mistakes() -> dict[str, float]:
    """Return one number per question about what two slides say differently.

    "weight_decay": lecture 002, "Regularization", penalises lambda times the sum of
        W^2, lecture 004, "Regularization", half as much. lambda is 0.03 in lecture 002.
        Which weight_decay of the kit, of lecture 004 and of PyTorch trains alike?
    "lambda_of_sum": lecture 002, "Empirical risk minimization", minimises
        (1/T) sum of losses + lambda Omega, its "Model Training Overview" the sum of
        losses + lambda Omega. There are T = 250 examples, and lambda is 0.02 on the
        first slide. Which lambda on the second slide has the same minimum?
    "kept_units": lecture 004, "Dropout": "randomly pick non-output neurons in the
        network to be temporary removed (e.g. remove input unit with probability 0.2,
        hidden unit with probability 0.5)". A network has 784 input, 300 hidden and 10
        output units. How many of all these units are there on average in a step?
    "penalised": lecture 004, "Regularization", adds alpha ||theta||^2 for the
        polynomial of degree 9. How many of its coefficients are still penalised if one
        keeps to what the next slide says about biases?
    "disconnected": lecture 004, "Dropout": "approximately 2^n" networks, many of them
        without a path. In a network with 2 input, 2 hidden and 1 output unit, fully
        connected from layer to layer, 4 units can be off or on. How many of the 16
        networks have no path from an input to the output?
    """
    raise NotImplementedError("exercise mistakes: write lecture_mistakes")
