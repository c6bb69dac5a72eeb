"""Descent with inverses and lists of batches."""

import numpy as np

from nabla import backend
from nabla.errors import check_float, check_shape, check_size


def gradient_descent(f_grad, x0, lr, steps):
    check_float("gradient_descent", x0=x0)
    if not lr > 0:
        raise ValueError("lr")
    if steps < 0:
        raise ValueError("steps")
    x, rows = x0.copy(), [x0.copy()]
    for _ in range(steps):
        x = (x - lr * f_grad(x)).astype(x0.dtype)
        rows.append(x)
    return np.vstack(rows)


def newton_step(theta, grad, hessian):
    check_float("newton_step", theta=theta, grad=grad, hessian=hessian)
    check_shape("newton_step", "grad", grad.shape, theta.shape)
    check_shape("newton_step", "hessian", hessian.shape, 2 * theta.shape)
    return theta - np.linalg.inv(hessian) @ grad


def backtracking(f, x, g, lr0=1.0, shrink=0.5, c=1e-4):
    if not lr0 > 0:
        raise ValueError("lr0")
    if shrink >= 1 or shrink <= 0 or c <= 0 or c >= 1:
        raise ValueError("shrink or c")
    lr, best = lr0, f(x)
    while best - f(x - lr * g) < c * lr * np.vdot(g, g):
        lr = lr * shrink
    return np.float64(lr)


def minibatches(n, batch_size, rng=None, shuffle=True, drop_last=False):
    check_size("minibatches", n=n, batch_size=batch_size)
    order = np.arange(n)
    if shuffle:
        backend.as_generator(rng).shuffle(order)
    batches = np.split(order, range(batch_size, n, batch_size))
    if drop_last and len(batches[-1]) < batch_size:
        batches.pop()
    return batches


def lecture_mistakes():
    return {"adadelta": 1.473382, "amsgrad": 1.26, "plane": 9.0, "precision": 8.0}
