"""Draw the figures of the handout with the reference: python figures/make.py."""

from __future__ import annotations

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "reference"))

import matplotlib as mpl  # noqa: E402 - the reference must be found first
import numpy as np  # noqa: E402
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from nabla import data, training  # noqa: E402
from nabla.activations import Tanh  # noqa: E402
from nabla.losses import CrossEntropyLoss  # noqa: E402
from nabla.module import Module  # noqa: E402
from nabla.optimizers import SGD, LinearDecay  # noqa: E402

BLUE, RED, GREY = "#1f4e9c", "#b3261e", "#555555"

NAMES = ("0: to the right", "1: down", "2: down to the right")


def main() -> None:
    """Write all figures as SVG, the same every time."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "a09_training"
    mpl.rcParams["font.size"] = 12
    for draw in (bars, curves, digits):
        figure = draw()
        path = HERE / f"{draw.__name__}.svg"
        figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
        plt.close(figure)
        print(f"wrote {path.name}")


def bars() -> Figure:
    """Draw two images of each class, without and with noise."""
    clean, labels = training.make_bars(40, 3, noise=0.0)
    noisy, _ = training.make_bars(40, 3)
    figure, axes = plt.subplots(2, 6, figsize=(10.5, 3.8))
    chosen = [i for label in range(3) for i in np.flatnonzero(labels == label)[:2]]
    for column, i in enumerate(chosen):
        for row, images in enumerate((clean, noisy)):
            ax = axes[row, column]
            ax.imshow(images[i, 0], cmap="gray_r", vmin=-0.5, vmax=1.5)
            ax.set(xticks=[], yticks=[])
    for label, name in enumerate(NAMES):
        axes[0, 2 * label].set_title(name, loc="left", fontsize=12)
    axes[0, 0].set_ylabel("noise 0")
    axes[1, 0].set_ylabel("noise 0.3")
    figure.tight_layout()
    return figure


def _train(
    model: Module, X: np.ndarray, y: np.ndarray, epochs: int, lr: float
) -> tuple[training.Trainer, training.History]:
    """Train on the first 600 samples, watch the rest."""
    optimizer = SGD(model.parameters(), lr=lr, momentum=0.9)
    schedule = LinearDecay(optimizer, lr / 20, epochs)
    trainer = training.Trainer(model, CrossEntropyLoss(), optimizer, schedule)
    train = training.DataLoader(X[:600], y[:600], 32, rng=1)
    val = training.DataLoader(X[600:], y[600:], 200, shuffle=False)
    return trainer, trainer.fit(train, val, epochs)


def curves() -> Figure:
    """Draw how a convolutional and a fully connected network learn strokes."""
    X, y = training.make_bars(1000, 2)
    cnn = training.build_cnn(1, 3, rng=4)
    mlp = training.build_mlp((144, 32, 3), Tanh, rng=4)
    figure, (loss, accuracy) = plt.subplots(1, 2, figsize=(10.5, 3.8))
    for name, model, colour in (("CNN", cnn, BLUE), ("MLP", mlp, RED)):
        _, history = _train(model, X, y, 12, 0.02)
        epochs = range(1, 13)
        loss.plot(epochs, history.train_loss, color=colour, label=f"{name}, training")
        style = {"color": colour, "linestyle": "--"}
        loss.plot(epochs, history.val_loss, label=f"{name}, validation", **style)
        accuracy.plot(epochs, history.accuracy, label=name, **style)
    loss.axhline(np.log(3), color=GREY, linewidth=1, linestyle=":")
    loss.text(12, np.log(3) - 0.02, "ln 3: guessing", color=GREY, ha="right", va="top")
    loss.set(xlabel="epoch", ylabel="loss", ylim=(0, None))
    loss.legend(fontsize=10, loc="lower left")
    accuracy.axhline(1 / 3, color=GREY, linewidth=1, linestyle=":")
    accuracy.text(12, 0.32, "1/3: guessing", color=GREY, ha="right", va="top")
    accuracy.set(xlabel="epoch", ylabel="validation accuracy", ylim=(0, 1.02))
    accuracy.legend(fontsize=10, loc="upper left")
    figure.tight_layout()
    return figure


def digits() -> Figure:
    """Draw some digits, and which of them are taken for which."""
    X, y = data.digits()
    order = np.random.default_rng(5).permutation(len(X))
    X, y = X[order], y[order]
    model = training.build_mlp((64, 32, 10), Tanh, rng=6)
    _train(model, X, y, 12, 0.05)
    guessed = model.eval().forward(X[600:]).argmax(axis=1)
    M = training.confusion_matrix(y[600:], guessed, 10)
    figure, (pictures, counts) = plt.subplots(1, 2, figsize=(10.5, 4.4))
    first = [np.flatnonzero(y == digit)[:6] for digit in range(10)]
    framed = np.pad(X[:, 0], ((0, 0), (1, 1), (1, 1)))
    rows = [np.hstack([framed[i] for i in row]) for row in zip(*first, strict=True)]
    pictures.imshow(np.vstack(rows), cmap="gray_r")
    pictures.set(xticks=[], yticks=[])
    pictures.set_title("six of each digit, 8 x 8 pixels", fontsize=12)
    counts.imshow(np.minimum(M, 12), cmap="Blues")
    for i, j in np.argwhere(M > 0):
        colour = "white" if M[i, j] > 6 else "black"
        counts.text(j, i, M[i, j], ha="center", va="center", color=colour, fontsize=9)
    counts.set(xticks=range(10), yticks=range(10))
    counts.set(xlabel="predicted", ylabel="true digit")
    share = 100 * np.trace(M) / M.sum()
    title = f"{M.sum():,} unseen digits, {share:.1f} % right"
    counts.set_title(title, fontsize=12)
    figure.tight_layout()
    return figure


if __name__ == "__main__":
    main()
