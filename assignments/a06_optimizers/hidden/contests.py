"""How students may compare themselves, where the manifest says so. Worth nothing.

Whoever wants to enter with an optimizer of their own writes a function
`contender(parameters)` that returns it; for others Adam enters.
"""

from __future__ import annotations

import statistics

import numpy as np

from autograder.suite import shape_is
from autograder.suite.contests import contest

VALLEYS, SIZE, MOST = 7, 12, 500


@contest(needs=["adam"])
def steps_to_converge(student, rng):
    """Steps to the floor of a narrow valley, by your contender, or else Adam."""
    return statistics.median(steps(student, rng) for _ in range(VALLEYS))


def steps(student, rng):
    """Return how many gradients it takes in a valley thirty times as long as wide."""
    Q, _ = np.linalg.qr(rng.normal((SIZE, SIZE)))
    floor, theta = rng.normal(SIZE), rng.normal(SIZE)
    steepness = Q * np.geomspace(1, 30, SIZE) @ Q.T  # turned: no axis is special
    p = student.module.Parameter(theta)
    optimizer = entered(student, p)
    high = depth(steepness, theta - floor)
    for step in range(MOST):
        if depth(steepness, theta - floor) <= 1e-4 * high:
            return step
        p.grad = steepness @ (theta - floor)
        optimizer.step()
        theta = p.data
        shape_is(theta, (SIZE,), name="data")
    return MOST


def depth(steepness, way):
    """Return how high above the floor it is, infinite where that is no number."""
    with np.errstate(all="ignore"):
        value = way @ steepness @ way / 2
    return value if np.isfinite(value) else np.inf


def entered(student, p):
    """Return the student's own optimizer if there is one, else the student's Adam."""
    optimizers = student.optimizers
    if "contender" in student.names(optimizers):
        return optimizers.contender([p])
    return optimizers.Adam([p], lr=0.1)
