"""How students may compare themselves, where the manifest says so. Worth nothing."""

from __future__ import annotations

import time

from autograder.suite import close
from autograder.suite.contests import contest
from nabla import convolution

RUNS = 9


@contest(unit="ms", needs=["conv/init", "conv/forward", "conv/backward"])
def conv_speed(student, rng):
    """Conv2d, forward and backward, on 8 images of 3 × 32 × 32."""
    layer, known = student.convolution.Conv2d(3, 16, 5), convolution.Conv2d(3, 16, 5)
    W, b = rng.normal((16, 3, 5, 5)), rng.normal(16)  # ours: with zeros, all is fast
    known.weight.data[...], known.bias.data[...] = W, b
    layer.weight = student.module.Parameter(W, "weight")
    layer.bias = student.module.Parameter(b, "bias", decay=False)
    return 1000 * min(once(layer, known, rng) for _ in range(RUNS))


def once(layer, known, rng):
    """Return the seconds of both passes, over when the last gradient is here."""
    x, dout = rng.normal((8, 3, 32, 32)), rng.normal((8, 16, 28, 28))
    for one in (layer, known):
        one.zero_grad()
    began = time.perf_counter()
    y, dx = layer.forward(x), layer.backward(dout)
    dW, db = layer.weight.grad, layer.bias.grad
    taken = time.perf_counter() - began
    close(y, known.forward(x), name="y")  # new numbers each time: nothing to remember
    close(dx, known.backward(dout), name="dx")
    close(dW, known.weight.grad, name="weight.grad")
    close(db, known.bias.grad, name="bias.grad")
    return taken
