"""Descent by recursion and generators."""

import itertools

import numpy as np

from nabla import backend, errors


def gradient_descent(f_grad, x0, lr, steps):
    errors.check_float("gradient_descent", x0=x0)
    if lr <= 0 or steps < 0:
        raise ValueError("lr, steps")
    way = itertools.accumulate(
        range(steps), lambda x, _: x - lr * f_grad(x), initial=x0
    )
    return np.stack(list(way)).astype(x0.dtype)


def newton_step(theta, grad, hessian):
    errors.check_float("newton_step", theta=theta, grad=grad, hessian=hessian)
    if grad.shape != theta.shape or hessian.shape != (len(theta), len(theta)):
        raise ValueError("shapes")
    step = np.linalg.lstsq(hessian, grad, rcond=None)[0]
    return theta - step


def backtracking(f, x, g, lr0=1.0, shrink=0.5, c=1e-4):
    if lr0 <= 0 or not 0 < shrink < 1 or not 0 < c < 1:
        raise ValueError("options")
    enough = f(x) - c * lr0 * float(np.sum(g**2))
    if f(x - lr0 * g) <= enough:
        return lr0
    return backtracking(f, x, g, lr0 * shrink, shrink, c)


def minibatches(n, batch_size, rng=None, shuffle=True, drop_last=False):
    errors.check_size("minibatches", n=n, batch_size=batch_size)
    generator = backend.as_generator(rng)
    order = np.argsort(generator.random(n)) if shuffle else np.arange(n)
    for begin in range(0, n, batch_size):
        batch = order[begin : begin + batch_size]
        if len(batch) == batch_size or not drop_last:
            yield batch


def lecture_mistakes():
    return {
        "adadelta": 0.00465921911543854 / 0.003162261848898663,
        "amsgrad": 0.9 * 0.4 + 0.9,
        "plane": int(9),
        "precision": 64**0.5,
    }
