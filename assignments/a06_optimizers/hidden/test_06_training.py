"""Does it learn? The net runs here; the student's optimizer moves its weights.

All weights of sixteen nets travel as one parameter: an optimizer treats every entry
alike. What is judged is computed here from the parameters that it returns.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, converges, hint, shape_is

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([0.0, 1.0, 1.0, 0.0])
NETS, UNITS = 16, 8
DIVERGED = 1e3  # a loss beyond this says no more than this
CUTS = (2 * UNITS, 3 * UNITS, 4 * UNITS)  # W, b, v, c of a 2-8-1 net


def first_weights(rng):
    """Return the weights of sixteen nets, Glorot's: one net per row."""
    W = rng.uniform(-1, 1, (NETS, 2 * UNITS)) * np.sqrt(6 / (2 + UNITS))
    v = rng.uniform(-1, 1, (NETS, UNITS)) * np.sqrt(6 / (UNITS + 1))
    return np.hstack([W, np.zeros((NETS, UNITS)), v, np.zeros((NETS, 1))])


def xor(theta):
    """Return the mean squared error of each net on XOR, and its gradient."""
    W, b, v, c = np.split(theta, CUTS, axis=1)
    W = W.reshape(NETS, 2, UNITS)
    h = np.tanh(X @ W + b[:, None])
    residual = np.einsum("knu,ku->kn", h, v) + c - Y
    dout = 2 * residual / len(Y)
    da = dout[..., None] * v[:, None] * (1 - h**2)
    dW = np.einsum("ni,knu->kiu", X, da).reshape(NETS, -1)
    dv = np.einsum("kn,knu->ku", dout, h)
    dc = dout.sum(axis=1, keepdims=True)
    return (residual**2).mean(axis=1), np.hstack([dW, da.sum(axis=1), dv, dc])


def train(student, name, theta, gradient, steps, **options):
    """Return the parameters after that many steps of the student's optimizer."""
    p = student.module.Parameter(theta)
    step = getattr(student.optimizers, name)([p], **options).step
    shape = theta.shape
    with np.errstate(all="ignore"):  # a trainer that diverges is judged at the end
        for k in range(steps):
            p.grad = gradient(theta, k)
            step()
            theta = p.data
            shape_is(theta, shape, name="data")
            close(theta.dtype, np.dtype(np.float64), name="the dtype of data")
    return theta


def solves_xor(student, rng, name, threshold, steps=100, **options):
    """Train sixteen nets, and judge the one in the middle."""
    theta = first_weights(rng)
    theta = train(student, name, theta, lambda t, _: xor(t)[1], steps, **options)
    with np.errstate(all="ignore"):
        loss = float(np.median(xor(theta)[0]))
    what = f"the median error of sixteen nets on XOR after {steps} steps"
    converges(threshold, min(loss, DIVERGED), better="lower", what=what)


@check(points=1, exercise="sgd")
def test_sgd_solves_xor(student, rng):
    """SGD teaches XOR to 2-8-1 networks, all four points of it."""
    solves_xor(student, rng, "SGD", "xor_sgd", steps=300, lr=0.1)


@check(points=1, exercise="sgd")
def test_sgd_with_momentum_solves_xor_sooner(student, rng):
    """With momentum, SGD needs a third of the steps for XOR, and ends far lower."""
    solves_xor(student, rng, "SGD", "xor_momentum", lr=0.1, momentum=0.9)


@check(points=1, exercise="sgd")
def test_sgd_learns_linear_regression(student, rng):
    """SGD on mini-batches of 16 finds the plane behind 240 noisy points."""
    w = rng.normal(4)
    data, unseen = rng.normal((240, 3)), rng.normal((500, 3))
    A, unseen = (np.hstack([x, np.ones((len(x), 1))]) for x in (data, unseen))
    y = A @ w + 0.3 * rng.normal(240)
    rows = np.stack([rng.permutation(240).reshape(15, 16) for _ in range(8)])
    rows = rows.reshape(120, 16)

    def gradient(theta, k):
        x = A[rows[k]]
        return 2 * x.T @ (x @ theta - y[rows[k]]) / 16

    theta = train(student, "SGD", np.zeros(4), gradient, 120, lr=0.05)
    with np.errstate(all="ignore"):
        error = float(np.sqrt(((unseen @ (theta - w)) ** 2).mean()))
    what = "the distance from the true plane at unseen points"
    converges("regression_sgd", min(error, DIVERGED), better="lower", what=what)


@check(points=1, exercise="sgd")
def test_sgd_learns_logistic_regression(student, rng):
    """SGD tells two clouds of points apart, unseen ones included."""
    angle = float(rng.uniform(0, 2 * np.pi))
    centre = 1.5 * np.array([np.cos(angle), np.sin(angle)])

    def cloud(n):
        y = np.arange(n) % 2
        points = rng.normal((n, 2)) + np.where(y[:, None] == 1, centre, -centre)
        return np.hstack([points, np.ones((n, 1))]), y

    (A, y), (unseen, labels) = cloud(200), cloud(400)

    def gradient(theta, _):
        return A.T @ (1 / (1 + np.exp(-A @ theta)) - y) / len(y)

    theta = train(student, "SGD", np.zeros(3), gradient, 100, lr=1.0)
    with np.errstate(all="ignore"):
        signs = 1 - 2 * labels
        loss = float(np.logaddexp(0, signs * (unseen @ theta)).mean())
    converges(
        "logistic_sgd",
        min(loss, DIVERGED),
        better="lower",
        what="the loss on unseen points",
    )


@check(points=1, exercise="adagrad")
def test_adagrad_solves_xor(student, rng):
    """Adagrad teaches XOR to 2-8-1 networks."""
    solves_xor(student, rng, "Adagrad", "xor_adagrad", lr=0.5)


@check(points=1, exercise="rmsprop")
def test_rmsprop_solves_xor(student, rng):
    """RMSprop teaches XOR to 2-8-1 networks."""
    solves_xor(student, rng, "RMSprop", "xor_rmsprop", steps=150, lr=0.02, alpha=0.7)


@check(points=1, exercise="adadelta")
def test_adadelta_solves_xor(student, rng):
    """Adadelta teaches XOR to 2-8-1 networks."""
    solves_xor(student, rng, "Adadelta", "xor_adadelta", steps=150, lr=5.0)


@check(points=1, exercise="adam")
def test_adam_solves_xor(student, rng):
    """Adam teaches XOR to 2-8-1 networks."""
    solves_xor(student, rng, "Adam", "xor_adam", steps=200, lr=0.1)


@check(points=1, exercise="adamw", needs=["adam_solves_xor"])
def test_adamw_solves_xor(student, rng):
    """AdamW teaches XOR to 2-8-1 networks under a weight decay of 0.1."""
    hint("With the decay in the gradient the nets never leave an error of 0.25.")
    options = {"lr": 0.1, "weight_decay": 0.1}
    solves_xor(student, rng, "AdamW", "xor_adamw", steps=200, **options)
