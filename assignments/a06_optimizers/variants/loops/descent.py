"""Descent with lists and elimination."""

import numpy as np

from nabla import backend


def gradient_descent(f_grad, x0, lr, steps):
    if not isinstance(x0, np.ndarray) or x0.dtype.kind != "f":
        raise TypeError(type(x0))
    if lr <= 0 or steps < 0:
        raise ValueError((lr, steps))
    way = [x0.tolist()]
    for _ in range(steps):
        slope = f_grad(np.array(way[-1], x0.dtype))
        way.append([x - lr * g for x, g in zip(way[-1], slope.tolist(), strict=True)])
    return np.array(way, x0.dtype)


def newton_step(theta, grad, hessian):
    for array in (theta, grad, hessian):
        if not isinstance(array, np.ndarray):
            raise TypeError(type(array))
    d = len(theta)
    if grad.shape != (d,) or hessian.shape != (d, d):
        raise ValueError((theta.shape, grad.shape, hessian.shape))
    rows = [[*map(float, hessian[i]), float(grad[i])] for i in range(d)]
    for i in range(d):
        pivot = max(range(i, d), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        if rows[i][i] == 0:
            raise np.linalg.LinAlgError("Singular matrix")
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for r in range(d):
            if r != i:
                factor = rows[r][i]
                rows[r] = [
                    x - factor * y for x, y in zip(rows[r], rows[i], strict=True)
                ]
    return np.array([t - row[-1] for t, row in zip(theta, rows, strict=True)])


def backtracking(f, x, g, lr0=1.0, shrink=0.5, c=1e-4):
    if lr0 <= 0 or not 0 < shrink < 1 or not 0 < c < 1:
        raise ValueError((lr0, shrink, c))
    length2 = sum(float(entry) ** 2 for entry in g.ravel())
    here = f(x)
    for n in range(10_000):
        lr = lr0
        for _ in range(n):
            lr = lr * shrink
        if f(x - lr * g) <= here - c * lr * length2:
            return lr
    raise ValueError("no rate is small enough")


def minibatches(n, batch_size, rng=None, shuffle=True, drop_last=False):
    if n < 1 or batch_size < 1:
        raise ValueError((n, batch_size))
    order = list(range(n))
    if shuffle:
        generator = backend.as_generator(rng)
        for i in range(n - 1, 0, -1):
            j = int(generator.integers(0, i + 1))
            order[i], order[j] = order[j], order[i]
    batch = []
    for index in order:
        batch.append(index)
        if len(batch) == batch_size:
            yield np.array(batch, np.int64)
            batch = []
    if batch and not drop_last:
        yield np.array(batch, np.int64)


def lecture_mistakes():
    answers = {}
    answers["adadelta"] = 1.4733818
    v, averages = 0.0, []
    for g in (2.0, 3.0, 1.0):
        v = 0.9 * v + 0.1 * g * g
        averages.append(v)
    answers["amsgrad"] = max(averages)
    answers["plane"] = 9
    answers["precision"] = 8
    return answers
