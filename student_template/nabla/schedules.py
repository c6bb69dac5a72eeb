"""Stage 06: learning-rate schedules, which set an optimizer's lr step by step."""

from __future__ import annotations

import math
import typing

from nabla import errors


class HasRate(typing.Protocol):
    """Whatever has a learning rate that can be set: every optimizer."""

    lr: float


class LinearDecay:
    """Lower the learning rate along a straight line, then keep it.

    lr = (1 - a) * lr_0 + a * lr_end    with a = k / total_steps, at most 1

    lr_0 is the optimizer's rate when the schedule is made, k counts the calls of step
    from 1.

    Args:
        optimizer: its `lr` is set by every step.

    Raises:
        TypeError: if total_steps is not a whole number.
        ValueError: if total_steps is below 1 or lr_end is negative.

    Source: lecture 004, "Stochastic Gradient Descent (SGD)", with epsilon_0,
        epsilon_tau, tau; torch.optim.lr_scheduler.LinearLR.
    """

    def __init__(self, optimizer: HasRate, lr_end: float, total_steps: int) -> None:
        raise NotImplementedError("exercise linear_decay: write LinearDecay.__init__")

    def step(self) -> float:
        """Go on to the next rate: set it and return it."""
        raise NotImplementedError("exercise linear_decay: write LinearDecay.step")


class CosineAnnealing:
    """Lower the learning rate along half a wave of the cosine, then keep it.

    lr = lr_end + (lr_0 - lr_end) * (1 + cos(pi * a)) / 2
    with a = k / total_steps, at most 1

    lr_0 is the optimizer's rate when the schedule is made, k counts the calls of step
    from 1.

    Args:
        optimizer: its `lr` is set by every step.

    Raises:
        TypeError: if total_steps is not a whole number.
        ValueError: if total_steps is below 1 or lr_end is negative.

    Source: Loshchilov and Hutter 2017, eq. 5; torch.optim.lr_scheduler.
        CosineAnnealingLR, which would go up again after total_steps.
    """

    def __init__(self, optimizer: HasRate, lr_end: float, total_steps: int) -> None:
        raise NotImplementedError(
            "exercise cosine_annealing: write CosineAnnealing.__init__"
        )

    def step(self) -> float:
        """Go on to the next rate: set it and return it."""
        raise NotImplementedError(
            "exercise cosine_annealing: write CosineAnnealing.step"
        )


def _check(where: str, lr_end: float, total_steps: int) -> None:
    """Raise TypeError or ValueError unless total_steps >= 1 and lr_end >= 0."""
    errors.check_size(where, total_steps=total_steps)
    if not 0.0 <= lr_end < math.inf:
        raise ValueError(f"{where}: lr_end is {lr_end}, expected 0 or more.")
