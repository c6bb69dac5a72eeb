"""Stage 06: descent on plain functions, and the mini-batches of an epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from nabla import backend, errors
from nabla.backend import Array, Seed


def gradient_descent(
    f_grad: Callable[[Array], Array], x0: Array, lr: float, steps: int
) -> Array:
    """Walk down a function in small steps against its gradient; return the whole way.

    x_(k+1) = x_k - lr * f_grad(x_k)

    Shapes:
        x0 and what f_grad returns: (d,); returns (steps + 1, d), x0 first.

    Raises:
        TypeError: if x0 is not an array of floats.
        ValueError: if x0 is not a vector, lr is not positive, or steps is negative.

    Source: lecture 004, "First- and second-order optimization".

    >>> gradient_descent(lambda x: 2.0 * x, np.array([1.0]), lr=0.25, steps=2)
    array([[1.  ],
           [0.5 ],
           [0.25]])
    """
    raise NotImplementedError("exercise gradient_descent: write gradient_descent")


def newton_step(theta: Array, grad: Array, hessian: Array) -> Array:
    """Go to where the parabola that fits best here has its lowest point.

    theta - H^-1 grad

    Shapes:
        theta, grad: (d,); hessian: (d, d); returns (d,).

    Raises:
        TypeError: if an argument is not an array of floats.
        ValueError: if the shapes do not fit.
        LinAlgError: if the hessian is singular.

    Source: lecture 004, "First- and second-order optimization".

    >>> newton_step(np.array([5.0]), np.array([10.0]), np.array([[2.0]]))
    array([0.])
    """
    raise NotImplementedError("exercise newton_step: write newton_step")


def backtracking(
    f: Callable[[Array], float],
    x: Array,
    g: Array,
    lr0: float = 1.0,
    shrink: float = 0.5,
    c: float = 1e-4,
) -> float:
    """Return the first rate of lr0, lr0 * shrink, lr0 * shrink^2, ... that is downhill.

    f(x - lr * g) <= f(x) - c * lr * |g|^2       (Armijo's condition)

    f returns a number; g is its gradient at x.

    Shapes:
        x, g: the same shape.

    Raises:
        ValueError: if lr0 is not positive, shrink or c is not between 0 and 1, or
            f(x) is not finite.

    Source: Armijo 1966; lecture 002, "Gradient descent" (line-search).

    >>> backtracking(lambda x: float(x @ x), np.array([1.0]), np.array([2.0]))
    0.5
    """
    raise NotImplementedError("exercise backtracking: write backtracking")


def minibatches(
    n: int,
    batch_size: int,
    rng: Seed = None,
    shuffle: bool = True,
    drop_last: bool = False,
) -> Iterator[Array]:
    """Return the mini-batches of one epoch, as arrays of indices of samples.

    Every index 0 ... n - 1 comes exactly once, in random order. If batch_size does not
    divide n, the last batch is shorter; drop_last leaves a shorter one out. The order
    comes from rng (generator, seed, or None for another one every time); without
    shuffle it is 0 ... n - 1.

    Shapes:
        each batch: (batch_size,), the last perhaps shorter; int64.

    Raises:
        TypeError: if n or batch_size is not a whole number.
        ValueError: if n or batch_size is below 1.

    Source: lecture 000, "Gradient Descent"; lecture 004, "Stochastic Gradient Descent
        (SGD)"; torch.utils.data.DataLoader.

    >>> list(minibatches(5, 2, shuffle=False))
    [array([0, 1]), array([2, 3]), array([4])]
    """
    raise NotImplementedError("exercise minibatches: write minibatches")


def lecture_mistakes() -> dict[str, float]:
    """Return the numbers that show what is wrong, or right, about four claims.

    Not every claim is wrong. Work the numbers out with your own code or by hand, and
    write them down as constants, exact to 1e-6 or as whole numbers.

    "adadelta": lecture 000, "Adaptive Algorithms for Gradient Descent", says:
        "Adadelta: Extension of Adagrad + aggressively decrease learning rate". The
        gradient is 1 at every step. How long is Adadelta's 100th step (lr 1, rho 0.9,
        eps 1e-6), divided by its first one?
    "amsgrad": the same slide says: "AMSGrad: Adapts learning rate + maximum of past
        squared gradients instead of exponential average to update parameters". The
        gradients are 2, 3, 1, and beta2 is 0.9. What stands under AMSGrad's root at
        the third step, before it is divided by 1 - beta2^3?
    "plane": lecture 004, "Training", says about the plane and the mean squared error:
        "For our loss function, we will find the solution in one iteration step". Take
        the four points of XOR, begin at w = (0, 0), b = 0, and walk by gradient descent
        with lr 0.5. After how many steps is the error first below 0.251? (The best
        plane has 0.25.)
    "precision": lecture 004, "Stochastic Gradient Descent (SGD)", says: "Larger m lead
        to a more precise estimate of the gradient (but 100x data leads only to 10x
        increase in precision)". By what factor does the standard deviation of the
        gradient's estimate fall when m is 64 times as large?
    """
    raise NotImplementedError("exercise mistakes: write lecture_mistakes")
