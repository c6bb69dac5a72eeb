"""Stage 09: what has been learnt, in numbers and curves, and which choice is best."""

from __future__ import annotations

import itertools
import math
import os
import typing
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
    if y.dtype.kind not in "iu" or yhat.dtype.kind not in "iu":
        raise TypeError("confusion_matrix: integers only")
    if (
        len(y) != len(yhat)
        or min(y.min(), yhat.min()) < 0
        or max(y.max(), yhat.max()) >= C
    ):
        raise ValueError("confusion_matrix: classes 0 to C - 1, one for one")
    xp = backend.array_module(y)
    return xp.eye(C, dtype=xp.int64)[y].T @ xp.eye(C, dtype=xp.int64)[yhat]


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
    names = sorted(range(len(grid)))
    keys = list(grid)
    shape = [len(grid[key]) for key in keys]
    results = []
    for number in range(math.prod(shape)):
        choice, rest = {}, number
        for i in reversed(names):
            rest, k = divmod(rest, shape[i])
            choice[keys[i]] = grid[keys[i]][k]
        choice = {key: choice[key] for key in keys}
        trainer = build(**choice)
        try:
            trainer.fit(train, val, epochs)
        except FloatingPointError:
            results.append({"params": choice, "loss": math.inf, "accuracy": 0.0})
            continue
        numbers = trainer.evaluate(val)
        results.append(
            {"params": choice, "loss": numbers["loss"], "accuracy": numbers["accuracy"]}
        )
    if not results:
        raise ValueError("grid_search: nothing to try")
    return sorted(results, key=lambda r: r["loss"])[0], results


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
