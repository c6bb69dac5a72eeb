import numpy as np

from nabla import activations, backend, errors, layers, losses
from nabla.checking import (
    GradReport,
    check_layer,
    gradient_check,
    layer_errors,
    loss_and_grads,
)
from nabla.module import Parameter
from nabla.networks import MLP, LogisticRegression, xor_relu_network


def affine(W, b=None):
    layer = layers.Linear(*W.shape, bias=b is not None, init="zeros")
    layer.weight = Parameter(W)
    if b is not None:
        layer.bias = Parameter(b)
    return layer


def mlp_backprop(x, y, Wh, Wo):
    for W in (Wh, Wo):
        errors.check_float("mlp_backprop", W=W)
        errors.check_shape("mlp_backprop", "W", W.shape, ("in", "out"))
    errors.check_float("mlp_backprop", x=x, y=y)
    net = layers.Sequential(affine(Wh), affine(Wo))
    yhat = net.forward(x)
    errors.check_shape("mlp_backprop", "y", y.shape, yhat.shape)
    net.backward(yhat - y)
    dWh, dWo = (p.grad for p in net.parameters())
    return float(((yhat - y) ** 2).sum()) / 2, dWh, dWo


def sgd_update(params, grads, lr):
    new = [Parameter(p) for p in params]
    if len(new) != len(grads) or not lr > 0:
        raise ValueError("as many gradients as parameters, and lr > 0")
    for p, g in zip(new, grads):
        if g.shape != p.data.shape:
            raise ValueError(f"{g.shape} is not {p.data.shape}")
        p.data -= lr * g
    return [p.data for p in new]


def two_sigmoid_chain(x, a, b, c, d):
    def number(value):
        return np.array([[float(value)]])

    first, second = affine(number(a), number(b)[0]), affine(number(c), number(d)[0])
    net = layers.Sequential(first, activations.Sigmoid(), second, activations.Sigmoid())
    z = net.forward(number(x))
    dx = net.backward(np.ones_like(z))
    grads = [p.grad.item() for p in net.parameters()]
    return z.item(), {**dict(zip("abcd", grads)), "x": dx.item()}


def three_two_one(x=None, W0=None, b1=None, W1=None, b2=0.3, loss=None, y=1.0):
    x = np.array([0.4, 0.2, 0.2]) if x is None else x
    W0 = np.array([[1.0, 0.5], [0.2, 1.2], [1.2, 0.1]]) if W0 is None else W0
    b1 = np.array([0.1, 0.2]) if b1 is None else b1
    W1 = np.array([0.3, 0.9]) if W1 is None else W1
    errors.check_float("three_two_one", x=x, W0=W0, b1=b1, W1=W1)
    shapes = [a.shape for a in (x, W0, b1, W1)]
    if shapes != [(3,), (3, 2), (2,), (2,)]:
        raise ValueError(f"{shapes}")
    parts = [
        affine(W0, b1),
        activations.Sigmoid(),
        affine(W1[:, None], np.array([b2])),
        activations.Sigmoid(),
    ]
    values = [x[None]]
    for part in parts:
        values.append(part.forward(values[-1]))
    _, a1, h, a2, out = values
    target = np.full_like(out, y)
    if loss is None:
        value, dout = out.item(), np.ones_like(out)
    else:
        kinds = {"half": losses.HalfSquaredError, "bce": losses.BCELoss}
        if loss not in kinds:
            raise ValueError(loss)
        judge = kinds[loss]()
        value, dout = float(judge.forward(out, target)), judge.backward()
    for part in reversed(parts):
        dout = part.backward(dout)
    return {
        "a1": a1[0],
        "h": h[0],
        "a2": a2.item(),
        "out": out.item(),
        "loss": value,
        "dW0": parts[0].weight.grad,
        "db1": parts[0].bias.grad,
        "dW1": parts[2].weight.grad[:, 0],
        "db2": parts[2].bias.grad.item(),
        "dx": dout[0],
    }


def lecture_mistakes():
    return {
        "symbolic": 42,
        "chain_rule": -9,
        "derivative": -0.0699053553,
        "outer_product": -0.6,
        "output": 0.0070073,
        "hidden": 0.314320,
        "pre_activation": 0.17,
    }
