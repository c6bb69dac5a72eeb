"""Rows of the reference: steps and layers against PyTorch, a floor, and peers."""

from __future__ import annotations

import dataclasses
import importlib.util
import math
import tracemalloc
from collections.abc import Iterator

import nets
import numpy as np
import peers
from clocks import Action, race
from nets import normal
from table import Row, judged, machine, not_measured

from nabla.convolution import BatchNorm2d, Conv2d, MaxPool2d

HAS_TORCH = importlib.util.find_spec("torch") is not None
IMAGES = (32, 16, 28, 28)  # of the convolution; it makes 32 maps of them


def mlp() -> Iterator[Row]:
    """The training step of the lecture's network for CIFAR-2."""
    x, y = normal(*nets.CIFAR_BATCH), nets.labels(nets.CIFAR_BATCH[0], 2)
    model, what = nets.mlp(), "training step of the CIFAR-2 MLP, batch 64"
    if not HAS_TORCH:
        yield not_measured("mlp", what, "no PyTorch here", "at most 1.15 times")
        return
    theirs = nets.torch_step(nets.torch_twin(model), x, y)
    found = race({"ours": nets.step(model, x, y), "PyTorch": theirs}, runs=41)
    yield judged("mlp", what, found["ours"], ("PyTorch", found["PyTorch"]), most=1.15)


def conv() -> Iterator[Row]:
    """A 3 x 3 convolution, forward and backward, and what memory it takes."""
    x, layer = normal(*IMAGES), nets.in_float32(Conv2d(16, 32, 3, padding=1, rng=1))
    dout = normal(*layer.forward(x).shape, seed=3)
    W, b = layer.weight.data, layer.bias.data
    floor = _products(len(x) * 28 * 28, 16 * 9, 32)
    rivals = {
        "im2col of the books": peers.BookConv(W, b, pad=1),
        "strides of the course": peers.CourseConv(W, b, pad=1),
        "indices of the course": peers.IndexConv(W, b, pad=1),
    }
    _agree(layer, [*rivals.values(), peers.LoopConv(W, b, pad=1)], x[:2], dout[:2])
    what = "convolution (32, 16, 28, 28) → 32, 3 × 3, forward and backward"
    yield from _layer_rows(
        "conv",
        what,
        layer,
        (x, dout),
        floor=floor,
        rivals=rivals,
        torch_layer=_torch_conv,
    )
    yield _conv_memory(layer, x, dout)


def _torch_conv(x: np.ndarray, dout: np.ndarray) -> Action:
    from torch import nn

    return nets.torch_layer(nn.Conv2d(16, 32, 3, padding=1), x, dout)


def pool() -> Iterator[Row]:
    """Maximum pooling, forward and backward."""
    x, layer = normal(32, 32, 28, 28), MaxPool2d(2)
    dout = normal(32, 32, 14, 14, seed=3)
    rivals = {
        "im2col of the books": peers.BookPool(2),
        "reshape of the course": peers.CoursePool(2),
    }
    _agree(layer, rivals.values(), x, dout)
    y, dx, won = np.empty_like(dout), np.empty_like(x), dout > 0
    parts = [(slice(None), slice(None), slice(u, None, 2), slice(v, None, 2))
             for u in (0, 1) for v in (0, 1)]  # fmt: skip

    def floor() -> None:
        for part in parts:
            np.maximum(y, x[part], out=y)
        for part in parts:
            np.multiply(dout, won, out=dx[part])

    def torch_pool(x: np.ndarray, dout: np.ndarray) -> Action:
        from torch import nn

        return nets.torch_layer(nn.MaxPool2d(2), x, dout)

    what = "maximum pooling 2 × 2 of (32, 32, 28, 28), forward and backward"
    yield from _layer_rows(
        "pool",
        what,
        layer,
        (x, dout),
        floor=floor,
        rivals=rivals,
        torch_layer=torch_pool,
    )


def norm() -> Iterator[Row]:
    """Batch normalisation of channels, forward and backward."""
    x, layer = normal(32, 32, 28, 28), nets.in_float32(BatchNorm2d(32))
    dout = normal(*x.shape, seed=3)
    gamma, beta = layer.gamma.data, layer.beta.data
    rivals = {"the course's": peers.CourseNorm(gamma, beta)}
    _agree(layer, rivals.values(), x, dout)
    y, dx, column = np.empty_like(x), np.empty_like(x), gamma.reshape(1, -1, 1, 1)

    def floor() -> None:
        x.sum(axis=(0, 2, 3))
        np.multiply(x, x, out=y).sum(axis=(0, 2, 3))
        np.add(np.multiply(x, column, out=y), column, out=y)
        dout.sum(axis=(0, 2, 3))
        np.multiply(dout, x, out=dx).sum(axis=(0, 2, 3))
        np.multiply(x, column, out=dx)
        np.add(dx, dout, out=dx)
        np.add(np.multiply(dx, column, out=dx), column, out=dx)

    def torch_norm(x: np.ndarray, dout: np.ndarray) -> Action:
        from torch import nn

        return nets.torch_layer(nn.BatchNorm2d(32), x, dout)

    what = "batch normalisation of (32, 32, 28, 28), forward and backward"
    yield from _layer_rows(
        "norm",
        what,
        layer,
        (x, dout),
        floor=floor,
        rivals=rivals,
        torch_layer=torch_norm,
    )


def lenet() -> Iterator[Row]:
    """A training step of a network like LeNet."""
    x, y = normal(*nets.DIGITS_BATCH), nets.labels(nets.DIGITS_BATCH[0], 10)
    model, n = nets.lenet(), nets.DIGITS_BATCH[0]
    products = [
        _products(n * 28 * 28, 25, 6, for_x=False),
        _products(n * 10 * 10, 150, 16),
        *(_products(n, a, b) for a, b in ((400, 120), (120, 84), (84, 10))),
    ]
    books = peers.lenet_step(nets.peers_lenet(model), np.float32(nets.RATE))
    actions: dict[str, Action] = {
        "ours": nets.step(model, x, y),
        "floor": lambda: [product() for product in products],
        "the books' layers, the course's pooling": lambda: books(x, y),
    }
    if HAS_TORCH:
        actions["PyTorch"] = nets.torch_step(nets.torch_twin(model), x, y)
    what = "training step of LeNet, batch 64"
    yield from _compare("lenet", what, race(actions))


def _layer_rows(
    row, what, layer, arrays, *, floor, rivals, torch_layer
) -> Iterator[Row]:
    """Race a layer against its floor, its rivals and PyTorch."""
    x, dout = arrays

    def both(module):
        return lambda: (module.forward(x), module.backward(dout))

    actions: dict[str, Action] = {"ours": both(layer), "floor": floor}
    actions |= {name: both(rival) for name, rival in rivals.items()}
    if HAS_TORCH:
        actions["PyTorch"] = torch_layer(x, dout)
    yield from _compare(row, what, race(actions))


def _compare(row: str, what: str, found: dict[str, float]) -> Iterator[Row]:
    """Yield the rows of a race: against the floor, PyTorch, the best of the others."""
    ours, floor = found.pop("ours"), found.pop("floor")
    theirs = found.pop("PyTorch", None)
    yield judged(row, f"{what}, against the floor", ours, ("floor", floor), most=2)
    name = f"{what}, against PyTorch"
    if theirs is None:
        yield not_measured(row, name, "no PyTorch here", "at most 3 times")
    else:
        yield judged(row, name, ours, ("PyTorch", theirs), most=3)
    best = min(found, key=lambda rival: found[rival])
    name = f"{what}, against the best of peers"
    result = judged(row, name, ours, (best, found[best]), least=5)
    share = f"{result.against}; the floor is {floor / found[best]:.0%} of that"
    yield dataclasses.replace(result, against=share)


def _products(rows: int, inside: int, out: int, *, for_x: bool = True) -> Action:
    """Return the matrix products of a layer: x W, x^T dy and, for x, dy W^T."""
    x, W, dy = normal(rows, inside), normal(inside, out), normal(rows, out)

    def products() -> None:
        x @ W
        x.T @ dy
        if for_x:
            dy @ W.T

    return products


def _agree(layer, rivals, x, dout) -> None:
    """Check that all compute the same."""
    y = layer.forward(x)
    dx = layer.backward(dout)
    for rival in rivals:
        np.testing.assert_allclose(rival.forward(x), y, rtol=1e-3, atol=1e-3)
        np.testing.assert_allclose(rival.backward(dout)[0], dx, rtol=1e-3, atol=1e-3)


def _conv_memory(layer: Conv2d, x: np.ndarray, dout: np.ndarray) -> Row:
    """Return how much memory a step takes, beside that of its arrays."""
    tracemalloc.start()
    y = layer.forward(x)
    dx = layer.backward(dout)
    peak = tracemalloc.get_traced_memory()[1] + x.nbytes + dout.nbytes
    tracemalloc.stop()
    arrays = sum(array.nbytes for array in (x, y, dout, dx))
    ratio = peak / arrays
    what = "memory of that convolution, its arrays included"
    measured, against = (f"{size / 1e6:.1f} MB" for size in (peak, arrays))
    target = "at most 2.5 times"
    against = f"x, y and their gradients: {against}"
    found = (measured, against, target, ratio, ratio <= 2.5)
    return Row("conv", what, *found, machine=machine())


def naive() -> Iterator[Row]:
    """The naive layer, by one sample: measured by name, for curiosity."""
    layer = nets.in_float32(Conv2d(16, 32, 3, padding=1, rng=1))
    x = normal(1, *IMAGES[1:])
    dout = normal(*layer.forward(x).shape, seed=3)
    loops = peers.LoopConv(layer.weight.data, layer.bias.data, pad=1)
    found = race(
        {
            "ours": lambda: (layer.forward(x), layer.backward(dout)),
            "loops": lambda: (loops.forward(x), loops.backward(dout)),
        },
        runs=3,
    )
    what = "the same convolution of one sample, against the naive layer"
    row = judged("naive", what, found["ours"], ("loops", found["loops"]), least=5)
    assert math.isfinite(row.ratio or math.nan)
    yield row
