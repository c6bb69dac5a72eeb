"""Stage 09: what has been learnt, in numbers and curves, and which choice is best."""

from __future__ import annotations

import itertools
import math
import os
import typing

import numpy as np
from collections.abc import Callable, Iterable, Mapping, Sequence

from nabla import backend, errors
from nabla.backend import Array

if typing.TYPE_CHECKING:
    from nabla.training import History, Trainer

Path: typing.TypeAlias = str | os.PathLike[str]
Batches: typing.TypeAlias = Iterable[tuple[Array, Array]]


def confusion_matrix(y: Array, yhat: Array, C: int) -> Array:
    """Count for each class how often it was taken for which.

    M[i, j] = number of samples of class i for which class j was predicted

    Shapes:
        y, yhat: (N,) integers from 0 to C - 1; M: (C, C) int64.

    Raises:
        TypeError: if y or yhat does not hold integers.
        ValueError: if they are not equally long, or a class is not from 0 to C - 1.

    Source: lecture 003, "Evaluation metrics".

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    array([[1, 1],
           [0, 1]])
    """
    if len(y) != len(yhat):
        raise ValueError("unequal lengths")
    for classes in (y, yhat):
        if not np.issubdtype(classes.dtype, np.integer):
            raise TypeError("classes are integers")
    matrix = np.zeros((C, C), dtype=np.int64)
    for i, j in zip(y, yhat):
        if not (0 <= i < C and 0 <= j < C):
            raise ValueError("not a class")
        matrix[i, j] += 1
    return matrix


def grid_search(
    build: Callable[..., Trainer],
    grid: Mapping[str, Sequence[typing.Any]],
    train: Batches,
    val: Batches,
    epochs: int,
) -> tuple[dict[str, typing.Any], list[dict[str, typing.Any]]]:
    """Train once for each combination of values and return the best one, and all.

    For each choice: trainer = build(**choice), trainer.fit(train, val, epochs), and
    trainer.evaluate(val). Combinations come in the order of nested loops, the last
    name of the grid running fastest.

    Args:
        build: makes a fresh model with its Trainer from one value per name.
        grid: the values to try, by name, such as {"lr": [0.1, 0.01], "width": [8]}.
        train: batches to train on.
        val: batches that decide; never the test set.
        epochs: for each training.

    Returns:
        The result with the smallest loss (the earlier one of equals), and the results
        in their order, each {"params": choice, "loss": ..., "accuracy": ...}. A
        training that fails with FloatingPointError has loss infinity and accuracy 0.

    Raises:
        ValueError: if there is no combination.

    Source: lecture 004, "Validation"; lecture 003, "Hyper-parameters".
    """
    choices = [{}]
    for name, values in grid.items():
        choices = [{**choice, name: value} for choice in choices for value in values]
    if not choices:
        raise ValueError("nothing to try")
    best, results = None, []
    for choice in choices:
        trainer = build(**choice)
        result = {"params": choice, "loss": float("inf"), "accuracy": 0.0}
        try:
            trainer.fit(train, val, epochs)
            result.update(trainer.evaluate(val))
        except FloatingPointError:
            pass
        results.append(result)
        if best is None or result["loss"] < best["loss"]:
            best = result
    return best, results


def plot_history(history: History, path: Path) -> None:
    """Draw the curves of a training to a file: the losses, and the accuracy.

    Given, not an exercise. It needs matplotlib, which is imported only here, and shows
    no window.

    Args:
        history: what `Trainer.fit` has returned.
        path: of the picture; its suffix, such as .png or .svg, decides the format.

    Raises:
        ValueError: if the history has no epoch.
    """
    if not history.train_loss:
        raise ValueError("plot_history: the history is empty, expected some epochs.")
    from matplotlib.figure import Figure  # noqa: PLC0415 - not needed for training

    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    losses, accuracy = figure.subplots(1, 2)
    epochs = range(1, len(history.train_loss) + 1)
    losses.plot(epochs, history.train_loss, label="training")
    if history.val_loss:
        losses.plot(epochs, history.val_loss, label="validation")
        accuracy.plot(epochs, history.accuracy, color="C1")
    losses.set(xlabel="epoch", ylabel="loss")
    losses.legend()
    accuracy.set(xlabel="epoch", ylabel="validation accuracy", ylim=(0.0, 1.02))
    figure.savefig(path)
