import math

import numpy as np

from nabla.checking import *  # noqa
from nabla.checking import GradReport, check_layer, gradient_check, layer_errors
from nabla.networks import MLP, LogisticRegression, xor_relu_network


def _floats(*arrays):
    for array in arrays:
        if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
            raise TypeError("only arrays of floats, please")


def mlp_backprop(x, y, Wh, Wo):
    _floats(x, y, Wh, Wo)
    for array in (x, y, Wh, Wo):
        if array.ndim != 2:
            raise ValueError("two axes, please")
    N, d = x.shape
    n_hidden, k = Wo.shape
    if N == 0 or Wh.shape != (d, n_hidden) or y.shape != (N, k):
        raise ValueError("the shapes do not fit")
    loss, dWh, dWo = 0.0, np.zeros_like(Wh), np.zeros_like(Wo)
    for n in range(N):
        h = [sum(x[n, i] * Wh[i, j] for i in range(d)) for j in range(n_hidden)]
        for o in range(k):
            error = sum(h[j] * Wo[j, o] for j in range(n_hidden)) - y[n, o]
            loss += float(error) ** 2 / 2
            for j in range(n_hidden):
                dWo[j, o] += h[j] * error
                for i in range(d):
                    dWh[i, j] += x[n, i] * error * Wo[j, o]
    return loss, dWh, dWo


def sgd_update(params, grads, lr):
    if lr <= 0 or len(params) != len(grads):
        raise ValueError("a positive rate and one gradient for each parameter")
    new = []
    for p, g in zip(params, grads):
        _floats(p, g)
        if p.shape != g.shape:
            raise ValueError("a gradient has the shape of its parameter")
        q = p.copy()
        for index in np.ndindex(*p.shape):
            q[index] = p[index] - lr * g[index]
        new.append(q)
    return new


def _s(u):
    return 1 / (1 + math.exp(-u)) if u > -700 else 0.0


def two_sigmoid_chain(x, a, b, c, d):
    y = _s(a * x + b)
    z = _s(c * y + d)
    outer = _s(c * y + d) * _s(-c * y - d)
    inner = _s(a * x + b) * _s(-a * x - b)
    return z, dict(
        a=outer * c * inner * x,
        b=outer * c * inner,
        c=outer * y,
        d=outer,
        x=outer * c * inner * a,
    )


def three_two_one(x=None, W0=None, b1=None, W1=None, b2=0.3, loss=None, y=1.0):
    x = np.array([0.4, 0.2, 0.2]) if x is None else x
    W0 = np.array([[1.0, 0.5], [0.2, 1.2], [1.2, 0.1]]) if W0 is None else W0
    b1 = np.array([0.1, 0.2]) if b1 is None else b1
    W1 = np.array([0.3, 0.9]) if W1 is None else W1
    _floats(x, W0, b1, W1)
    if [a.shape for a in (x, W0, b1, W1)] != [(3,), (3, 2), (2,), (2,)]:
        raise ValueError("3-2-1")
    a1 = np.array([sum(x[i] * W0[i, j] for i in range(3)) + b1[j] for j in range(2)])
    h = np.array([_s(a) for a in a1])
    a2 = h[0] * W1[0] + h[1] * W1[1] + b2
    out = _s(a2)
    if loss is None:
        value, dout = out, 1.0
    elif loss == "half":
        value, dout = (out - y) ** 2 / 2, out - y
    elif loss == "bce":
        value = -y * math.log(out) - (1 - y) * math.log(1 - out)
        dout = -y / out + (1 - y) / (1 - out)
    else:
        raise ValueError(f"unknown loss {loss}")
    e2 = dout * out * (1 - out)
    e1 = [e2 * W1[j] * h[j] * (1 - h[j]) for j in range(2)]
    dW0 = np.zeros((3, 2))
    dx = np.zeros(3)
    for i in range(3):
        for j in range(2):
            dW0[i, j] = x[i] * e1[j]
            dx[i] += W0[i, j] * e1[j]
    return dict(
        a1=a1,
        h=h,
        a2=a2,
        out=out,
        loss=value,
        dW0=dW0,
        db1=np.array(e1),
        dW1=np.array([e2 * h[0], e2 * h[1]]),
        db2=e2,
        dx=dx,
    )


def lecture_mistakes():
    found = three_two_one()
    s = _s(0.75)
    return {
        "pre_activation": float(found["a1"][1]) - 0.49,
        "hidden": _s(-0.78),
        "output": 0.00700732,
        "outer_product": -0.6,
        "derivative": round((s - 1) * s * (1 - s), 6),
        "chain_rule": -9,
        "symbolic": 42,
    }
