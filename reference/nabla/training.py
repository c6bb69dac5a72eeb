"""Stage 09: batches of data, and the loop that trains and evaluates a model.

Models stand in `models.py`, what is done with the results in `evaluation.py`; their
names can be imported from here, too.
"""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from nabla import backend, errors
from nabla.backend import Array, Seed
from nabla.evaluation import confusion_matrix, grid_search, plot_history
from nabla.models import (
    build_cifar2_mlp,
    build_cnn,
    build_mlp,
    freeze,
    load_checkpoint,
    save_checkpoint,
)
from nabla.module import Module
from nabla.optimizers import LinearDecay, Optimizer
from nabla.regularization import EarlyStopping, add_penalty_grads

__all__ = [
    "DataLoader",
    "History",
    "Trainer",
    "build_cifar2_mlp",
    "build_cnn",
    "build_mlp",
    "confusion_matrix",
    "freeze",
    "grid_search",
    "load_checkpoint",
    "make_bars",
    "plot_history",
    "save_checkpoint",
    "train_val_test_split",
]

STROKE = 5
"""Length of a stroke in `make_bars`, in pixels."""

Batches: typing.TypeAlias = Iterable[tuple[Array, Array]]
"""Pairs (xb, yb) that can be gone through again and again: a DataLoader, a list."""


class Loss(typing.Protocol):
    """What every loss of stage 04 offers; it averages over the batch."""

    def forward(self, pred: Array, target: Array) -> Array | float:
        """Return the loss of a batch."""

    def backward(self) -> Array:
        """Return the gradient of the loss with respect to pred."""


def make_bars(
    n: int,
    rng: Seed,
    size: int = 12,
    noise: float = 0.3,
    columns: tuple[int, int] | None = None,
) -> tuple[Array, Array]:
    """Draw n images with one bright stroke each, and the direction of the stroke.

    The stroke is 5 pixels of value 1 on a ground of 0: from left to right (label 0),
    downwards (1), or downwards to the right (2). Direction and position are drawn
    evenly among all that fit; then every pixel gets noise from N(0, noise^2).

    Args:
        n: how many images.
        rng: generator, seed or None.
        size: height and width of an image.
        noise: standard deviation of the noise.
        columns: (first, last + 1) of the columns in which the strokes lie, as in
            range(first, last + 1); by default all of them.

    Shapes:
        images: (n, 1, size, size) float32; labels: (n,) int64.

    Raises:
        ValueError: if n or size is below 1, noise is negative, columns are not inside
            the image, or a stroke does not fit.

    Source: lecture 004, "Convolutional networks"; lecture 000, "Does it generalize?".
    """
    # solution: make_bars
    errors.check_size("make_bars", n=n, size=size)
    first, stop = columns if columns is not None else (0, size)
    if noise < 0 or first < 0 or stop > size or min(size, stop - first) < STROKE:
        raise ValueError(
            f"make_bars: noise is {noise}, size {size} and columns ({first}, {stop});"
            f" expected noise >= 0 and {STROKE} columns or more inside the image."
        )
    generator = backend.as_generator(rng)
    labels = generator.integers(0, 3, n)
    down, right = np.array([0, 1, 1])[labels], np.array([1, 0, 1])[labels]
    top = generator.integers(0, size - (STROKE - 1) * down)
    left = generator.integers(first, stop - (STROKE - 1) * right)
    steps = np.arange(STROKE)[:, None]
    images = noise * generator.normal(size=(n, 1, size, size))
    images[np.arange(n), 0, top + steps * down, left + steps * right] += 1.0
    return images.astype(np.float32), labels.astype(np.int64)
    # end solution


def train_val_test_split(
    X: Array,
    y: Array,
    fractions: Sequence[float] = (0.7, 0.15, 0.15),
    rng: Seed = None,
) -> tuple[tuple[Array, Array], tuple[Array, Array], tuple[Array, Array]]:
    """Divide samples at random into training, validation and test set.

    Training and validation set have N times their fraction, rounded; the test set has
    the rest. Every sample goes to exactly one of them.

    Shapes:
        X: (N, ...); y: (N, ...); returns (X_train, y_train), (X_val, y_val),
        (X_test, y_test), which are copies.

    Raises:
        ValueError: if X and y are not equally long, or fractions are not three numbers
            from 0 that add up to 1.

    Source: lecture 004, "Validation"; lecture 000, "Training and test set".
    """
    # solution: split
    where, n = "train_val_test_split", len(X)
    errors.check_shape(where, "y", y.shape, (("N", n), ...))
    fine = len(fractions) == 3 and min(fractions) >= 0
    if not fine or not math.isclose(sum(fractions), 1.0):
        raise ValueError(
            f"{where}: fractions is {tuple(fractions)}, expected three numbers from 0"
            " that add up to 1."
        )
    n_train = round(n * fractions[0])
    n_val = min(round(n * fractions[1]), n - n_train)
    order = backend.asarray(backend.as_generator(rng).permutation(n), like=X)
    train = order[:n_train]
    val, test = order[n_train : n_train + n_val], order[n_train + n_val :]
    return (X[train], y[train]), (X[val], y[val]), (X[test], y[test])
    # end solution


class DataLoader:
    """Hand out samples with their targets, in batches and in random order.

    Every `for xb, yb in loader` is one epoch: it goes through all samples once, in an
    order drawn afresh. Batches are copies, and X and y stay as they are.

    Args:
        X: samples, one per entry of axis 0.
        y: targets, in the same order.
        batch_size: samples per batch; the last batch may be smaller.
        shuffle: draw an order; without it the samples come as they stand, and nothing
            is drawn.
        rng: generator, seed or None, for the orders.
        drop_last: leave a last batch out that is smaller.

    Raises:
        TypeError: if X is no array of floats, or batch_size no whole number.
        ValueError: if there are no samples, X and y are not equally long, or
            batch_size is below 1.

    Source: lecture 004, "PyTorch example"; torch.utils.data.DataLoader.
    """

    def __init__(
        self,
        X: Array,
        y: Array,
        batch_size: int = 64,
        shuffle: bool = True,
        rng: Seed = None,
        drop_last: bool = False,
    ) -> None:
        errors.check_float("DataLoader", X=X)
        errors.check_shape("DataLoader", "X", X.shape, ("N", ...))
        errors.check_shape("DataLoader", "y", y.shape, (("N", len(X)), ...))
        errors.check_size("DataLoader", batch_size=batch_size)
        self.X, self.y = X, y
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.rng = backend.as_generator(rng)
        self.drop_last = drop_last

    def __len__(self) -> int:
        """Return the number of batches of an epoch."""
        # solution: loader/len
        n = len(self.X)
        whole = n // self.batch_size
        return whole if self.drop_last else whole + (n % self.batch_size > 0)
        # end solution

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        """Yield the batches of one epoch as pairs (xb, yb)."""
        # solution: loader/iter
        n = len(self.X)
        order = self.rng.permutation(n) if self.shuffle else np.arange(n)
        for start in range(0, n, self.batch_size):
            chosen = order[start : start + self.batch_size]
            if self.drop_last and len(chosen) < self.batch_size:
                return
            batch = backend.asarray(chosen, like=self.X)
            yield self.X[batch], self.y[batch]
        # end solution


@dataclasses.dataclass
class History:
    """What `Trainer.fit` records: one number per epoch in each list.

    Args:
        train_loss: mean loss of the training samples, while they were trained on.
        val_loss: loss on the validation set after the epoch.
        accuracy: share of right answers on the validation set after the epoch.
        lr: learning rate of the epoch.
    """

    train_loss: list[float] = dataclasses.field(default_factory=list)
    val_loss: list[float] = dataclasses.field(default_factory=list)
    accuracy: list[float] = dataclasses.field(default_factory=list)
    lr: list[float] = dataclasses.field(default_factory=list)


class Trainer:
    """Train a model: for each batch forward, loss, zero_grad, backward, step.

    The methods build on each other: `fit` calls `train_epoch` and `evaluate`,
    `train_epoch` calls `train_step`.

    Args:
        model: gives the predictions, for classes as logits.
        loss: averages over the batch.
        optimizer: of the model's parameters.
        scheduler: its `step()` is called once after every epoch.
        early_stopping: is asked after every epoch; needs a validation set.
        augmenter: `augmenter(xb, yb)` returns what is trained on instead of xb.
        penalty: factors {"l1": ..., "l2": ...} for `add_penalty_grads`.

    Raises:
        ValueError: if penalty has a key that is neither l1 nor l2.

    Source: lecture 004, "PyTorch example"; lecture 002, "The recipe".
    """

    def __init__(
        self,
        model: Module,
        loss: Loss,
        optimizer: Optimizer,
        scheduler: LinearDecay | None = None,
        early_stopping: EarlyStopping | None = None,
        augmenter: Callable[[Array, Array], Array] | None = None,
        penalty: Mapping[str, float] | None = None,
    ) -> None:
        if penalty is not None and not set(penalty) <= {"l1", "l2"}:
            raise ValueError(
                f"Trainer: penalty is {dict(penalty)}, expected the keys l1 and l2."
            )
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.early_stopping = early_stopping
        self.augmenter = augmenter
        self.penalty = penalty

    def train_step(self, xb: Array, yb: Array) -> float:
        """Improve the model by one batch; return the loss before the step.

        The gradients of the batch replace those of the batch before. The penalty's are
        added to them, but the loss returned is that of the data alone.

        Raises:
            FloatingPointError: if the loss is not finite; no parameter has changed.
        """
        # solution: trainer/step
        if self.augmenter is not None:
            xb = self.augmenter(xb, yb)
        value = float(self.loss.forward(self.model.forward(xb), yb))
        if not math.isfinite(value):
            raise FloatingPointError(
                f"Trainer.train_step: the loss is {value}, expected a finite number;"
                " is the learning rate too large?"
            )
        self.optimizer.zero_grad()
        self.model.backward_parameters(self.loss.backward())
        if self.penalty is not None:
            add_penalty_grads(self.model.parameters(), **self.penalty)
        self.optimizer.step()
        return value
        # end solution

    def train_epoch(self, loader: Batches) -> float:
        """Train on every batch once, in training mode; return the mean loss.

        Each sample counts the same: a batch weighs as much as it has samples.

        Raises:
            ValueError: if the loader has no batch.
        """
        # solution: trainer/epoch
        self.model.train()
        total, count = 0.0, 0
        for xb, yb in loader:
            total += self.train_step(xb, yb) * len(xb)
            count += len(xb)
        if not count:
            raise ValueError("Trainer.train_epoch: got no batch, expected some.")
        return total / count
        # end solution

    def evaluate(self, loader: Batches) -> dict[str, float]:
        """Return the mean "loss" and the "accuracy" over all samples of a loader.

        The model is in evaluation mode meanwhile, and afterwards in the mode it was in;
        parameters and gradients stay as they are. The accuracy is the share of samples
        whose largest logit is that of their label, from 0 to 1, and NaN if the targets
        are not integers.

        Raises:
            ValueError: if the loader has no batch.
        """
        # solution: trainer/evaluate
        modes = [(module, module.training) for module in self.model.submodules()]
        self.model.eval()
        total, right, count = 0.0, 0.0, 0
        try:
            for xb, yb in loader:
                logits = self.model.forward(xb)
                total += float(self.loss.forward(logits, yb)) * len(xb)
                is_class = yb.dtype.kind in "iu"
                right += float((logits.argmax(1) == yb).sum()) if is_class else math.nan
                count += len(xb)
        finally:
            for module, mode in modes:
                module.training = mode
        if not count:
            raise ValueError("Trainer.evaluate: got no batch, expected some.")
        return {"loss": total / count, "accuracy": right / count}
        # end solution

    def fit(
        self,
        train_loader: Batches,
        val_loader: Batches | None = None,
        epochs: int = 10,
        tol: float | None = None,
    ) -> History:
        """Train for some epochs and record each of them.

        An epoch is: `train_epoch`, `evaluate` on the validation set if there is one,
        `scheduler.step()`, `early_stopping.update(val_loss, model)`. The learning rate
        recorded is the one that the epoch used. Training ends early when the early
        stopping says so, or when the training loss is at most tol. With early stopping
        the model has its best parameters at the end, whatever ended the training.

        Args:
            train_loader: batches to train on.
            val_loader: batches to evaluate on after every epoch, or None; then
                val_loss and accuracy stay empty.
            epochs: at most so many.
            tol: the training loss that is small enough.

        Raises:
            TypeError: if epochs is no whole number.
            ValueError: if epochs is below 1, or early stopping has no validation set.
            FloatingPointError: if a loss is not finite.
        """
        # solution: trainer/fit
        errors.check_size("Trainer.fit", epochs=epochs)
        if self.early_stopping is not None and val_loader is None:
            raise ValueError(
                "Trainer.fit: val_loader is None, expected batches: early stopping"
                " goes by the validation loss."
            )
        history, stop = History(), False
        for _ in range(epochs):
            history.lr.append(float(self.optimizer.lr))
            history.train_loss.append(self.train_epoch(train_loader))
            if val_loader is not None:
                found = self.evaluate(val_loader)
                history.val_loss.append(found["loss"])
                history.accuracy.append(found["accuracy"])
            if self.scheduler is not None:
                self.scheduler.step()
            if self.early_stopping is not None:
                stop = self.early_stopping.update(history.val_loss[-1], self.model)
            if stop or (tol is not None and history.train_loss[-1] <= tol):
                break
        if self.early_stopping is not None:
            self.early_stopping.restore(self.model)
        return history
        # end solution
