"""The networks and layers that are measured: in the reference, in PyTorch, by peers.

Everything in float32, and every weight the same in the versions of one thing.
"""

from __future__ import annotations

import sys

import numpy as np
import peers
from clocks import ROOT

sys.path.insert(0, str(ROOT / "reference"))

from nabla import backend
from nabla.activations import ReLU
from nabla.convolution import Conv2d, MaxPool2d
from nabla.layers import Flatten, Linear, Sequential
from nabla.losses import CrossEntropyLoss
from nabla.models import build_cifar2_mlp
from nabla.optimizers import SGD
from nabla.training import Trainer

CIFAR_BATCH, DIGITS_BATCH = (64, 3, 32, 32), (64, 1, 28, 28)
RATE = 0.01


def normal(*shape, seed=1):
    """Return float32 numbers from N(0, 1)."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def labels(count, classes):
    """Return random classes."""
    return np.random.default_rng(2).integers(0, classes, count)


def in_float32(module):
    """Make a module of the reference one of float32."""
    for parameter in module.parameters():
        parameter.data = parameter.data.astype(np.float32)
        parameter.grad = parameter.grad.astype(np.float32)
    return module


def mlp():
    """Return lecture 004's network for CIFAR-2."""
    return in_float32(build_cifar2_mlp(rng=1))


def lenet():
    """Return LeNet with ReLU and maximum pooling."""
    return in_float32(
        Sequential(
            *(Conv2d(1, 6, 5, padding=2, rng=1), ReLU(), MaxPool2d(2)),
            *(Conv2d(6, 16, 5, rng=2), ReLU(), MaxPool2d(2)),
            *(Flatten(), Linear(400, 120, rng=3), ReLU()),
            *(Linear(120, 84, rng=4), ReLU(), Linear(84, 10, rng=5)),
        )
    )


def step(model, x, y):
    """Return a training step of the reference: the Trainer's, by SGD."""
    trainer = Trainer(model, CrossEntropyLoss(), SGD(model.parameters(), RATE))
    like = model.parameters()[0].data
    x, y = backend.asarray(x, like), backend.asarray(y, like)
    return lambda: trainer.train_step(x, y)


def torch_twin(model, device="cpu"):
    """Return the same network in PyTorch, with the same weights."""
    import torch
    from torch import nn

    twins = []
    for layer in model.layers:
        if isinstance(layer, Conv2d):
            out, inside, *size = layer.weight.data.shape
            twin = nn.Conv2d(inside, out, tuple(size), padding=layer.padding)
            _fill(twin, layer, layer.weight.data)
        elif isinstance(layer, Linear):
            twin = nn.Linear(*layer.weight.data.shape)
            _fill(twin, layer, layer.weight.data.T)
        elif isinstance(layer, MaxPool2d):
            twin = nn.MaxPool2d(layer.kernel)
        else:
            twin = getattr(nn, type(layer).__name__)()
        twins.append(twin)
    torch.set_num_threads(torch_threads())
    return nn.Sequential(*twins).to(device)


def torch_threads():
    """Return how many threads NumPy's BLAS has, too."""
    import os

    return int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)


def _fill(twin, layer, weight):
    import torch

    with torch.no_grad():
        twin.weight.copy_(torch.tensor(backend.to_numpy(weight)))
        twin.bias.copy_(torch.tensor(backend.to_numpy(layer.bias.data)))


def torch_step(twin, x, y, device="cpu"):
    """Return a training step of PyTorch, written as its tutorial has it."""
    import torch
    from torch import nn

    optimizer = torch.optim.SGD(twin.parameters(), lr=RATE)
    x, y = torch.tensor(x, device=device), torch.tensor(y, device=device)

    def train():
        loss = nn.functional.cross_entropy(twin(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return train


def torch_layer(module, x, dout):
    """Return forward and backward of one layer of PyTorch, down to its input."""
    import torch

    torch.set_num_threads(torch_threads())
    x, dout = torch.tensor(x, requires_grad=True), torch.tensor(dout)

    def both():
        x.grad = None
        module.zero_grad()
        module(x).backward(dout)

    return both


def peers_lenet(model):
    """Return the layers of LeNet by peers' code: those of the books."""
    found = []
    for layer in model.layers:
        if isinstance(layer, Conv2d):
            W, b = layer.weight.data.copy(), layer.bias.data.copy()
            found.append(peers.BookConv(W, b, pad=layer.padding[0]))
        elif isinstance(layer, Linear):
            W, b = layer.weight.data.copy(), layer.bias.data.copy()
            found.append(peers.BookAffine(W, b))
        elif isinstance(layer, MaxPool2d):
            found.append(peers.CoursePool(2))  # the faster of the two
        elif isinstance(layer, ReLU):
            found.append(peers.BookReLU())
    return found
