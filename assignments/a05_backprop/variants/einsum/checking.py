import collections

import numpy as np

from nabla import errors
from nabla.gates import numerical_gradient, relative_error
from nabla.layers import Linear

GradReport = collections.namedtuple("GradReport", "ok worst name index checked")


class Report:
    def __init__(self, **found):
        self.__dict__.update(found)


def loss_and_grads(model, loss, x, y):
    model.zero_grad()
    value = loss.forward(model.forward(x), y)
    dout = loss.backward()
    model.backward(dout)
    grads = []
    for parameter in model.parameters():
        grads.append(parameter.grad * 1.0)
    return float(value), grads


def gradient_check(model, loss, x, y, h=1e-6, tol=1e-6, max_entries=None):
    if not tol > 0 or not h > 0:
        raise ValueError("h, tol")
    if max_entries is not None and max_entries <= 0:
        raise ValueError("max_entries")
    parameters = model.parameters()
    for array in (x, *(p.data for p in parameters)):
        errors.check_float("gradient_check", array=array)
        if array.dtype.itemsize < 8:
            raise TypeError("float64, please")
    _, grads = loss_and_grads(model, loss, x, y)
    best = (-1.0, "", ())
    checked = 0
    for place, (parameter, grad) in enumerate(zip(parameters, grads)):
        kept = parameter.data
        alike = [p for p in parameters if p.name == parameter.name]
        own = len(alike) == 1 and parameter.name != ""
        name = parameter.name if own else f"parameters()[{place}]"

        def f(values, parameter=parameter):
            parameter.data = values
            return float(loss.forward(model.forward(x), y))

        try:
            numeric = numerical_gradient(f, kept.copy(), h=h)
        finally:
            parameter.data = kept
        indices = list(np.ndindex(grad.shape))
        if max_entries is not None:
            indices = indices[::-1][:max_entries]
        for index in indices:
            error = relative_error(grad[index][None], numeric[index][None])
            if np.isnan(error):
                error = float("inf")
            best = max(best, (error, name, index), key=lambda one: one[0])
            checked += 1
    return Report(
        ok=bool(best[0] <= tol),
        worst=best[0],
        name=best[1],
        index=best[2],
        checked=checked,
    )


def layer_errors(model, loss, x, y):
    caught = []
    out = model.forward(x)
    loss.forward(out, y)
    dout = loss.backward()
    for layer in model.layers[::-1]:
        caught.append((isinstance(layer, Linear), dout))
        dout = layer.backward(dout)
    return [E for is_affine, E in reversed(caught) if is_affine]


def check_layer(make, rng):
    """By central differences of the layer's own forward, and a formula for forward."""

    def same(found, wanted, tol):
        np.testing.assert_allclose(found, wanted, rtol=tol, atol=tol)
        assert found.shape == wanted.shape

    for N, m, n in [(3, 3, 3), (1, 3, 2), (2, 2, 3), (4, 2, 1)]:
        W, b = rng.normal(size=(m, n)), rng.normal(size=n)
        layer = make(W, b)
        for _ in range(2):
            x, dout = rng.normal(size=(N, m)), rng.normal(size=(N, n))
            y = layer.forward(x)
            same(y, np.einsum("ni,ij->nj", x, W) + b, 1e-10)
            assert y.dtype == np.float64
            answers = [layer.backward(dout) for _ in range(2)]
            wanted = (
                np.einsum("nj,ij->ni", dout, W),
                np.einsum("ni,nj->ij", x, dout),
                np.einsum("nj->j", dout),
            )
            for answer in answers:
                assert len(answer) == 3
                for found, right in zip(answer, wanted):
                    assert found.dtype == np.float64
                    same(found, right, 1e-10)
        single = make(W.astype("f4"), b.astype("f4"))
        y4 = single.forward(x.astype("f4"))
        assert y4.dtype == np.float32
        same(y4, y, 1e-4)
        assert {g.dtype for g in single.backward(dout.astype("f4"))} == {np.dtype("f4")}
    for bad, error in (
        (lambda l: l.backward(dout), RuntimeError),
        (lambda l: l.forward(x.astype(int)), TypeError),
        (lambda l: l.forward(x[:, :1]), ValueError),
        (lambda l: (l.forward(x), l.backward(np.ones((1, 1)))), ValueError),
        (lambda l: (l.forward(x), l.backward(dout[:2])), ValueError),
    ):
        raised = None
        try:
            bad(make(W, b))
        except Exception as exc:
            raised = exc
        assert isinstance(raised, error)
