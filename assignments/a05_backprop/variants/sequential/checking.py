import collections
import contextlib
import dataclasses
import typing

import numpy as np

from nabla import errors


def loss_and_grads(model, loss, x, y):
    model.zero_grad()
    value = float(loss.forward(model.forward(x), y))
    model.backward(loss.backward())
    return value, [np.copy(p.grad) for p in model.parameters()]


class GradReport(typing.NamedTuple):
    ok: bool
    worst: float
    name: str
    index: tuple
    checked: int


@dataclasses.dataclass
class _Report:
    ok: bool
    worst: float
    name: str
    index: tuple
    checked: int


@contextlib.contextmanager
def _moved(array, index, step):
    before = array[index].copy()
    array[index] += step
    try:
        yield
    finally:
        array[index] = before


def gradient_check(model, loss, x, y, h=1e-6, tol=1e-6, max_entries=None):
    if min(h, tol) <= 0:
        raise ValueError(f"{h}, {tol}")
    errors.check_size(
        "gradient_check", max_entries=1 if max_entries is None else max_entries
    )
    if {x.dtype, *(p.data.dtype for p in model.parameters())} != {np.dtype(float)}:
        raise TypeError("float64 only")

    def value():
        return float(loss.forward(model.forward(x), y))

    model.zero_grad()
    value()
    model.backward(loss.backward())
    rows, uses = [], collections.Counter(p.name for p in model.parameters())
    uses[""] = 2  # no name is nobody's own
    for k, p in enumerate(model.parameters()):
        called = f"parameters()[{k}]" if uses[p.name] > 1 else p.name
        analytic, entries = p.grad.copy(), list(np.ndindex(p.data.shape))
        for index in entries if max_entries is None else entries[:max_entries]:
            with _moved(p.data, index, h):
                up = value()
            with _moved(p.data, index, -h):
                down = value()
            n, g = (up - down) / h / 2, analytic[index]
            error = np.abs(g - n) / (np.abs(g) + np.abs(n) + 1e-10)
            rows.append((np.nan_to_num(error, nan=np.inf), called, index))
    rows.sort(key=lambda row: row[0])
    error, name, index = rows[-1]
    return _Report(bool(error <= tol), float(error), name, index, len(rows))


def layer_errors(model, loss, x, y):
    model.zero_grad()
    loss.forward(model.forward(x), y)
    back, found = loss.backward(), []
    for layer in reversed(list(model.layers)):
        if layer.parameters() and hasattr(layer, "weight"):
            found = [back + 0.0, *found]
        back = layer.backward(back)
    return found


def check_layer(make, rng):
    def expect(condition, text):
        if not condition:
            raise AssertionError(text)

    def equal(found, wanted, tol):
        found = np.asarray(found)
        expect(found.dtype == wanted.dtype, "dtype")
        expect(found.shape == wanted.shape, "shape")
        expect(np.abs(found - wanted).max() < tol, "value")

    def raises(kind, function):
        try:
            function()
        except kind:
            return
        except Exception as exc:
            raise AssertionError("the wrong exception") from exc
        raise AssertionError("no exception")

    for kind, tol in (("f8", 1e-10), ("f4", 1e-4)):
        for m, n in ((3, 2), (2, 2), (1, 3), (3, 1)):
            W, b = rng.normal(size=(m, n)).astype(kind), rng.normal(size=n).astype(kind)
            layer = make(W, b)
            for N in (1, 3, 3, 2):
                x, dout = (
                    rng.normal(size=(N, m)).astype(kind),
                    rng.normal(size=(N, n)).astype(kind),
                )
                for _ in range(2):
                    equal(layer.forward(x), x.dot(W) + b, tol)
                    for _ in range(2):
                        dx, dW, db = layer.backward(dout)
                        equal(dx, dout.dot(W.T), tol)
                        equal(dW, x.T.dot(dout), tol)
                        equal(db, dout.sum(0), tol)
    W, b, x = rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=(4, 3))
    raises(RuntimeError, lambda: make(W, b).backward(rng.normal(size=(4, 2))))
    raises(TypeError, lambda: make(W, b).forward(np.arange(12).reshape(4, 3)))
    for bad in (x[:, :2], np.hstack([x, x])):
        raises(ValueError, lambda: make(W, b).forward(bad))
    layer = make(W, b)
    layer.forward(x)
    for shape in ((1, 2), (4, 1), (3, 2), (5, 2)):
        raises(ValueError, lambda: layer.backward(rng.normal(size=shape)))
