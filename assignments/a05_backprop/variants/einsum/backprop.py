import numpy as np

from nabla import errors
from nabla.checking import (
    GradReport,
    check_layer,
    gradient_check,
    layer_errors,
    loss_and_grads,
)
from nabla.networks import MLP, LogisticRegression, xor_relu_network


def mlp_backprop(x, y, Wh, Wo):
    errors.check_float("mlp_backprop", x=x, y=y, Wh=Wh, Wo=Wo)
    if not (x.ndim == y.ndim == Wh.ndim == Wo.ndim == 2) or not len(x):
        raise ValueError("matrices, not empty")
    if (
        x.shape[1] != Wh.shape[0]
        or Wh.shape[1] != Wo.shape[0]
        or y.shape != (len(x), Wo.shape[1])
    ):
        raise ValueError("shapes")
    E = np.einsum("nd,dh,hk->nk", x, Wh, Wo) - y
    dWo = np.einsum("nd,dh,nk->hk", x, Wh, E)
    dWh = np.einsum("nd,nk,hk->dh", x, E, Wo)
    return np.einsum("nk,nk->", E, E).item() / 2, dWh, dWo


def sgd_update(params, grads, lr):
    if not lr > 0:
        raise ValueError("lr")
    if len(list(params)) != len(list(grads)):
        raise ValueError("as many")
    for p, g in zip(params, grads):
        errors.check_float("sgd_update", p=p, g=g)
        errors.check_shape("sgd_update", "g", g.shape, p.shape)
    return [np.add(p, np.multiply(g, -lr)) for p, g in zip(params, grads)]


def _sig(u):
    return (1 + np.tanh(u / 2)) / 2


def two_sigmoid_chain(x, a, b, c, d):
    y, z = _sig(a * x + b), None
    z = _sig(c * y + d)
    J = np.array([x, 1.0, a]) * c * (y - y * y)
    da, db, dx = J * (z - z * z)
    dc, dd = np.array([y, 1.0]) * (z - z * z)
    return np.float64(z), {"x": dx, "d": dd, "c": dc, "b": db, "a": da}


LECTURE = dict(
    x=np.array([0.4, 0.2, 0.2]),
    W0=np.array([[1.0, 0.5], [0.2, 1.2], [1.2, 0.1]]),
    b1=np.array([0.1, 0.2]),
    W1=np.array([0.3, 0.9]),
)


def three_two_one(x=None, W0=None, b1=None, W1=None, b2=0.3, loss=None, y=1.0):
    given = dict(x=x, W0=W0, b1=b1, W1=W1)
    given = {k: LECTURE[k] if v is None else v for k, v in given.items()}
    errors.check_float("three_two_one", **given)
    for name, array in given.items():
        errors.check_shape("three_two_one", name, array.shape, LECTURE[name].shape)
    if loss not in (None, "half", "bce"):
        raise ValueError("loss")
    x, W0, b1, W1 = given.values()
    a1 = np.einsum("i,ij->j", x, W0) + b1
    h = _sig(a1)
    a2 = np.einsum("j,j->", h, W1) + b2
    out = _sig(a2)
    E2 = {None: out - out**2, "half": (out - y) * (out - out**2), "bce": out - y}[loss]
    value = {
        None: lambda: out,
        "half": lambda: (out - y) ** 2 / 2,
        "bce": lambda: np.logaddexp(0, a2) - y * a2,
    }[loss]()
    E1 = E2 * W1 * (h - h * h)
    return {
        "loss": value,
        "out": out,
        "a2": a2,
        "h": h,
        "a1": a1,
        "dx": np.einsum("ij,j->i", W0, E1),
        "db2": E2,
        "dW1": E2 * h,
        "db1": E1,
        "dW0": np.einsum("i,j->ij", x, E1),
    }


def lecture_mistakes():
    s = _sig(0.75)
    one = mlp_backprop(
        np.array([[3.0, 1]]),
        np.array([[0.0]]),
        np.array([[0.1, 0.2], [0.3, 0.4]]),
        np.array([[2.0], [-1]]),
    )
    return {
        "pre_activation": 0.66 - 0.49,
        "hidden": float(_sig(-0.78)),
        "output": float(three_two_one()["out"]) - 0.7430726,
        "outer_product": float(one[1][0, 1]),
        "derivative": float((s - 1) * s * (1 - s)),
        "chain_rule": 3.0 * -3.0,
        "symbolic": 2 * 7.0 * 3.0,
    }
