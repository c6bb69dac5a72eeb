"""Draw the figures of the handout with the reference: python figures/make.py."""

from __future__ import annotations

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "reference"))

import matplotlib as mpl  # noqa: E402 - the reference must be found first
import numpy as np  # noqa: E402
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from nabla import augmentation, regularization  # noqa: E402

BLUE, RED, GREY, PALE = "#1f4e9c", "#b3261e", "#555555", "#e8eef9"

NOISE = 0.2 * np.array([1.0, -0.5, 0.3, -1.2, 0.8, 0.1, -0.7, 1.1, -0.4, 0.6])
LOSSES = (1.0, 0.8, 0.85, 0.7, 0.71, 0.72, 0.69, 0.75, 0.76, 0.77, 0.5)


def main() -> None:
    """Write all figures as SVG, the same every time."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "a07_regularization"
    mpl.rcParams["font.size"] = 12
    for draw in (polynomials, dropout, early_stopping, augmented):
        figure = draw()
        path = HERE / f"{draw.__name__}.svg"
        figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
        plt.close(figure)
        print(f"wrote {path.name}")


def polynomials() -> Figure:
    """Draw the polynomials of the table: too stiff, too free, and held back."""
    x = np.linspace(0.0, 1.0, 10)
    y = np.sin(2 * np.pi * x) + NOISE
    fine = np.linspace(0.0, 1.0, 400)
    figure, axes = plt.subplots(1, 4, figsize=(14.0, 3.6), sharey=True)
    for ax, (degree, penalty) in zip(
        axes, ((1, 0.0), (3, 0.0), (9, 0.0), (9, 1e-6)), strict=True
    ):
        theta = regularization.fit_polynomial(x, y, degree, penalty)
        values = regularization.predict_polynomial(theta, fine)
        ax.plot(fine, np.sin(2 * np.pi * fine), color=GREY, linestyle=":")
        ax.plot(fine, values, color=BLUE, linewidth=2)
        ax.plot(x, y, "o", color=RED, markersize=5)
        ax.set_title(f"degree {degree}, penalty {penalty:g}", fontsize=12)
        ax.set_ylim(-1.7, 1.7)
        ax.set_xlabel("x")
    axes[0].set_ylabel("y")
    return figure


def dropout() -> Figure:
    """Draw one network, and what three steps of training see of it."""
    figure, axes = plt.subplots(1, 4, figsize=(14.0, 3.4))
    rng = np.random.default_rng(3)
    sizes = (4, 5, 2)
    for i, ax in enumerate(axes):
        kept = [np.ones(n, bool) for n in sizes]
        if i:
            kept[0] = rng.random(sizes[0]) >= 0.2
            kept[1] = rng.random(sizes[1]) >= 0.5
        _network(ax, kept)
        title = f"step {i}: hidden units times 2" if i else "evaluation: all units"
        ax.set_title(title, fontsize=12)
    return figure


def _network(ax: Axes, kept: list[np.ndarray]) -> None:
    """Draw units as circles, those that are removed empty and without lines."""
    places = [
        [(2.0 * layer, unit - (len(row) - 1) / 2) for unit in range(len(row))]
        for layer, row in enumerate(kept)
    ]
    for left, right, there, next_there in zip(
        places, places[1:], kept, kept[1:], strict=False
    ):
        for a, a_there in zip(left, there, strict=True):
            for b, b_there in zip(right, next_there, strict=True):
                if a_there and b_there:
                    xs, ys = zip(a, b, strict=True)
                    ax.plot(xs, ys, color=GREY, linewidth=0.8, zorder=1)
    for row, there in zip(places, kept, strict=True):
        for (x, y), alive in zip(row, there, strict=True):
            face, edge = (PALE, BLUE) if alive else ("white", "#c8c8c8")
            style = "-" if alive else "--"
            circle = plt.Circle(
                (x, y), 0.3, facecolor=face, edgecolor=edge, linestyle=style, zorder=2
            )
            ax.add_patch(circle)
    ax.set_xlim(-0.6, 4.6)
    ax.set_ylim(-2.7, 2.7)
    ax.set_aspect("equal")
    ax.axis("off")


def early_stopping() -> Figure:
    """Draw the worked example: the best epoch, and where each patience ends."""
    figure, ax = plt.subplots(figsize=(9.0, 4.0))
    ax.plot(range(len(LOSSES)), LOSSES, "o-", color=BLUE)
    for patience, stop, best in ((1, 2, 1), (2, 5, 3), (3, 9, 6)):
        height = 0.36 + 0.06 * (3 - patience)
        ax.plot([best, stop], [height, height], color=RED, linewidth=2)
        ax.plot([best], [height], "o", color=RED, markersize=7)
        ax.plot([stop], [height], "|", color=RED, markersize=14, markeredgewidth=2)
        ax.text(
            best - 0.2, height, f"patience {patience}", color=RED, size=10,
            ha="right", va="center",
        )  # fmt: skip
    ax.set_xticks(range(len(LOSSES)))
    ax.set_xlim(-1.2, 10.4)
    ax.set_ylim(0.32, 1.05)
    ax.set_xlabel("epoch")
    ax.set_ylabel("validation loss")
    ax.grid(visible=True, alpha=0.3)
    return figure


def augmented() -> Figure:
    """Draw a digit under all transforms; turned by 180 degrees it is another one."""
    six = _digit()
    turned = augmentation.rot90(six, 2)
    shown = [
        ("a 6", six),
        ("translate(1, -2)", augmentation.translate(six, 1, -2)),
        ("adjust_brightness(0.4)", augmentation.adjust_brightness(six, 0.4)),
        ("adjust_contrast(0.4)", augmentation.adjust_contrast(six, 0.4)),
        ("hflip: no digit", augmentation.hflip(six)),
        ("rot90(k=2): a 9", turned),
    ]
    figure, axes = plt.subplots(1, len(shown), figsize=(14.0, 2.7))
    for ax, (title, image) in zip(axes, shown, strict=True):
        ax.imshow(image[0, 0], cmap="gray", vmin=-0.2, vmax=1.4)
        wrong = title.startswith(("hflip", "rot90"))
        ax.set_title(title, fontsize=11, color=RED if wrong else BLUE)
        ax.set_xticks([])
        ax.set_yticks([])
    return figure


def _digit() -> np.ndarray:
    """Return a drawn 6 of 12 x 11 pixels as a batch of one image."""
    rows = (
        "...........",
        "....###....",
        "...##......",
        "..##.......",
        "..##.......",
        "..##.##....",
        "..###..##..",
        "..##....##.",
        "..##....##.",
        "...##..##..",
        "....####...",
        "...........",
    )
    image = np.array([[1.0 if c == "#" else 0.0 for c in row] for row in rows])
    return image[None, None]


if __name__ == "__main__":
    main()
