"""Does a network with dropout learn, and is dropout over when it answers?

The network runs here, with the student's layer between two layers of the reference.
The threshold is measured: `autograder calibrate a07_regularization`.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, converges, hint, shape_is
from nabla import activations, data, layers, losses, optimizers

TRAIN, UNSEEN, BATCH, UNITS = 800, 790, 64, 24
WORST = 1e3  # a loss beyond this says no more than this
PARTS = [
    "dropout_forward_drops_with_probability_p",
    "dropout_forward_draws_every_entry_afresh",
    "dropout_backward_uses_the_mask_of_forward",
]


def through(call, x, name):
    """Return what the student's layer makes of x, in x's shape and dtype."""
    found = call(x)
    shape_is(found, x.shape, name=name)
    return found.real.astype(x.dtype)


@check(points=1, exercise="dropout/forward", needs=PARTS)
def test_dropout_trains_and_then_lets_all_units_answer(student, rng):
    """A network with Dropout(0.8) learns digits, and reads others with all its units.

    What counts is the loss on unseen digits after eval(). With dropout still on, four
    of five hidden units are missing there, and it is more than twice as large.
    """
    hint("Ask self.training: nothing is dropped and nothing scaled in evaluation.")
    X, y = data.digits()
    order = rng.permutation(len(X))[: TRAIN + UNSEEN]
    X, y = X[order].reshape(len(order), -1), y[order]
    first = layers.Linear(X.shape[1], UNITS, rng=rng.spawn_seed())
    last = layers.Linear(UNITS, 10, rng=rng.spawn_seed())
    tanh, loss = activations.Tanh(), losses.CrossEntropyLoss()
    dropout = student.regularization.Dropout(0.8, rng=rng.spawn_seed())
    weights = [*first.parameters(), *last.parameters()]
    optimizer = optimizers.SGD(weights, lr=0.05, momentum=0.9)

    def loss_on(part):
        h = tanh.forward(first.forward(X[part]))
        return loss.forward(last.forward(through(dropout.forward, h, "y")), y[part])

    with np.errstate(all="ignore"):  # a training that diverges is judged at the end
        for start in [*range(0, TRAIN, BATCH)] * 10:
            loss_on(slice(start, min(start + BATCH, TRAIN)))
            optimizer.zero_grad()
            dout = last.backward(loss.backward())
            first.backward(tanh.backward(through(dropout.backward, dout, "dx")))
            optimizer.step()
        dropout.eval()
        value = float(loss_on(slice(TRAIN, None)))
    what = "the loss on unseen digits, in evaluation"
    converges("dropout_digits", min(value, WORST), better="lower", what=what)
