import dataclasses
import math

import numpy as np

from nabla.layers import Linear


def loss_and_grads(model, loss, x, y):
    for parameter in model.parameters():
        parameter.zero_grad()
    pred = model(x)
    value = loss(pred, y)
    model.backward(loss.backward())
    return float(value), [np.array(parameter.grad) for parameter in model.parameters()]


@dataclasses.dataclass(frozen=True)
class GradReport:
    ok: bool
    worst: float
    name: str
    index: tuple
    checked: int


def gradient_check(model, loss, x, y, h=1e-6, tol=1e-6, max_entries=None):
    if h <= 0 or tol <= 0:
        raise ValueError("positive")
    if max_entries is not None and max_entries < 1:
        raise ValueError("at least one")
    for array in [x] + [p.data for p in model.parameters()]:
        if array.dtype != np.float64:
            raise TypeError("float64")
    _, grads = loss_and_grads(model, loss, x, y)
    worst, where, count = -1.0, ("", ()), 0
    names = [parameter.name for parameter in model.parameters()]
    for k, (parameter, grad) in enumerate(zip(model.parameters(), grads)):
        before, name = parameter.data.copy(), names[k]
        if not name or name in names[:k] + names[k + 1 :]:
            name = "parameters()[" + str(k) + "]"
        try:
            for number, index in enumerate(np.ndindex(*before.shape)):
                if number == max_entries:
                    break
                values = []
                for step in (h, -h):
                    moved = before.copy()
                    moved[index] += step
                    parameter.data = moved
                    values.append(float(loss.forward(model.forward(x), y)))
                n = (values[0] - values[1]) / (2 * h)
                g = grad[index]
                error = float(abs(g - n) / max(1e-8, abs(g) + abs(n)))
                if math.isnan(error):
                    error = math.inf
                count += 1
                if error > worst:
                    worst, where = error, (name, index)
        finally:
            parameter.data = before
    return GradReport(worst <= tol, worst, where[0], where[1], count)


def layer_errors(model, loss, x, y):
    pred = model.forward(x)
    loss.forward(pred, y)
    E = loss.backward()
    errors = []
    for k in range(len(model.layers) - 1, -1, -1):
        layer = model.layers[k]
        if isinstance(layer, Linear):
            errors.insert(0, np.array(E))
            E = E @ layer.weight.data.T
        else:
            E = layer.backward(E)
    return errors


def check_layer(make, rng):
    def near(a, b, tol):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        return all(
            abs(p - q) <= tol * (1 + abs(q)) for p, q in zip(a.ravel(), b.ravel())
        )

    for dtype, tol in ((np.float64, 1e-11), (np.float32, 3e-5)):
        for N, m, n in ((1, 2, 3), (2, 3, 2), (3, 2, 2), (2, 2, 1)):
            W, b = (
                rng.normal(size=(m, n)).astype(dtype),
                rng.normal(size=n).astype(dtype),
            )
            layer = make(W, b)
            for call in range(3):
                x = rng.normal(size=(N, m)).astype(dtype)
                dout = rng.normal(size=(N, n)).astype(dtype)
                y = np.zeros((N, n), dtype)
                dx, dW, db = (
                    np.zeros((N, m), dtype),
                    np.zeros((m, n), dtype),
                    np.zeros(n, dtype),
                )
                for s in range(N):
                    for j in range(n):
                        y[s, j] = sum(x[s, i] * W[i, j] for i in range(m)) + b[j]
                        db[j] += dout[s, j]
                        for i in range(m):
                            dx[s, i] += dout[s, j] * W[i, j]
                            dW[i, j] += dout[s, j] * x[s, i]
                assert near(layer.forward(x), y, tol)
                first = layer.backward(dout)
                second = layer.backward(dout)
                for found in (first, second):
                    assert near(found[0], dx, tol)
                    assert near(found[1], dW, tol)
                    assert near(found[2], db, tol)
    W, b = rng.normal(size=(3, 2)), rng.normal(size=2)
    x, dout = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    layer = make(W, b)
    for error, call in (
        (RuntimeError, lambda: layer.backward(dout)),
        (TypeError, lambda: layer.forward(np.ones((4, 3), int))),
        (ValueError, lambda: layer.forward(x[:, :2])),
        (ValueError, lambda: layer.forward(np.ones((4, 4)))),
    ):
        try:
            call()
        except error:
            continue
        assert False, error
    layer.forward(x)
    for wrong in (dout[:1], dout[:, :1], dout[:3], np.ones((5, 2))):
        try:
            layer.backward(wrong)
        except ValueError:
            continue
        assert False
