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
from nabla.losses import accuracy
from nabla.optimizers import LinearDecay, Optimizer, minibatches
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
    errors.check_size("make_bars", n=n, size=size)
    first, stop = columns or (0, size)
    if not (0 <= first <= stop - STROKE <= size - STROKE) or noise < 0:
        raise ValueError("make_bars: no stroke fits")
    gen = backend.as_generator(rng)
    canvas = gen.standard_normal((n, 1, size, size)) * noise
    eye, line = np.eye(STROKE), np.ones(STROKE)
    stamps = [line[None, :], line[:, None], eye]
    labels = np.floor(gen.random(n) * 3).astype("int64")
    for image, label in zip(canvas[:, 0], labels):
        h, w = stamps[label].shape
        y, x = gen.integers(size - h + 1), first + gen.integers(stop - first - w + 1)
        image[y : y + h, x : x + w] += stamps[label]
    return canvas.astype("float32"), labels


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
    errors.check_shape("train_val_test_split", "y", y.shape, (len(X), ...))
    train, val, test = fractions
    if min(fractions) < 0 or not np.isclose(train + val + test, 1.0):
        raise ValueError("train_val_test_split: fractions must add up to 1")
    cuts = np.rint(np.cumsum([train, val]) * len(X)).astype(int)
    parts = np.split(backend.as_generator(rng).permutation(len(X)), cuts)
    return tuple((X[part], y[part]) for part in parts)


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
        return sum(
            1
            for _ in minibatches(
                len(self.X), self.batch_size, None, False, self.drop_last
            )
        )

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        """Yield the batches of one epoch as pairs (xb, yb)."""
        for index in minibatches(
            len(self.X), self.batch_size, self.rng, self.shuffle, self.drop_last
        ):
            yield self.X[index], self.y[index]


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
        xb = xb if self.augmenter is None else self.augmenter(xb, yb)
        self.model.zero_grad()
        self.optimizer.zero_grad()
        loss = self.loss.forward(self.model.forward(xb), yb)
        if not np.isfinite(loss):
            raise FloatingPointError(f"loss {loss}")
        self.model.backward(self.loss.backward())
        add_penalty_grads(self.model.parameters(), **(self.penalty or {}))
        self.optimizer.step()
        return float(loss)

    def train_epoch(self, loader: Batches) -> float:
        """Train on every batch once, in training mode; return the mean loss.

        Each sample counts the same: a batch weighs as much as it has samples.

        Raises:
            ValueError: if the loader has no batch.
        """
        self.model.train()
        pairs = [(self.train_step(xb, yb), len(yb)) for xb, yb in loader]
        if not pairs:
            raise ValueError("train_epoch: an empty loader")
        losses, sizes = zip(*pairs)
        return float(np.average(losses, weights=sizes))

    def evaluate(self, loader: Batches) -> dict[str, float]:
        """Return the mean "loss" and the "accuracy" over all samples of a loader.

        The model is in evaluation mode meanwhile, and afterwards in the mode it was in;
        parameters and gradients stay as they are. The accuracy is the share of samples
        whose largest logit is that of their label, from 0 to 1, and NaN if the targets
        are not integers.

        Raises:
            ValueError: if the loader has no batch.
        """
        was = self.model.training
        self.model.eval()
        rows = []
        for xb, yb in loader:
            pred = self.model.forward(xb)
            right = accuracy(pred, yb) if yb.dtype.kind in "iu" else np.nan
            rows.append((float(self.loss.forward(pred, yb)), right, len(yb)))
        self.model.train(was)
        if not rows:
            raise ValueError("evaluate: an empty loader")
        loss, right, n = np.array(rows).T
        return {
            "loss": float(loss @ n / n.sum()),
            "accuracy": float(right @ n / n.sum()),
        }

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
        errors.check_size("fit", epochs=epochs)
        stopper = self.early_stopping
        if stopper is not None and val_loader is None:
            raise ValueError("fit: early stopping without a validation set")
        history = History()
        for _ in range(epochs):
            history.lr.append(self.optimizer.lr)
            history.train_loss.append(self.train_epoch(train_loader))
            done = tol is not None and history.train_loss[-1] <= tol
            if val_loader is not None:
                numbers = self.evaluate(val_loader)
                history.val_loss += [numbers["loss"]]
                history.accuracy += [numbers["accuracy"]]
                if stopper is not None:
                    done |= stopper.update(numbers["loss"], self.model)
            if self.scheduler is not None:
                self.scheduler.step()
            if done:
                break
        if stopper is not None:
            stopper.restore(self.model)
        return history
