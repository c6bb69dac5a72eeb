"""MLP, the XOR network and logistic regression.

What goes through a network here are modules of the grader, so that a mistake in the
student's Linear or Tanh costs no points; checks that need the student's own say so.
"""

from __future__ import annotations

import contextlib
import itertools

import numpy as np

from autograder.suite import check, close, hint, raises, shape_is
from autograder.suite.failures import StudentRaised
from nabla import activations, data, networks


class Block:
    """y = tanh(x W): lives with the grader and remembers what it was asked."""

    def __init__(self, W):
        self.W = W
        self.xs, self.douts, self.slopes = [], [], []

    def forward(self, x):
        """Return tanh(x W)."""
        self.xs.append(x)
        y = np.tanh(x @ self.W)
        self.slopes.append(1 - y**2)
        return y

    def backward(self, dout):
        """Return the gradient for the latest x."""
        if not self.slopes:
            raise RuntimeError("Block.backward was called before forward")
        self.douts.append(dout)
        return (dout * self.slopes[-1]) @ self.W.T


class Affine:
    """x W + b: its parameters lie beside the student's code, its passes run here."""

    def __init__(self, student, W, b):
        self.W, self.x = W, None
        self.weight = student.module.Parameter(W, "weight")
        self.bias = student.module.Parameter(b, "bias", decay=False)
        self.module = student.module.Module()
        self.module.weight, self.module.bias = self.weight, self.bias
        self.module.forward = student.lend(self.forward)
        self.module.backward = student.lend(self.backward)

    def forward(self, x):
        """Return x W + b."""
        self.x, self.W = x, self.weight.data
        return x @ self.W + self.bias.data

    def backward(self, dout):
        """Add to the parameters' gradients; return dout W^T."""
        if self.x is None:
            raise RuntimeError("Affine.backward was called before forward")
        if dout.shape != (len(self.x), self.W.shape[1]):
            raise ValueError("dout has the wrong shape")
        self.weight.grad = self.weight.grad + self.x.T @ dout
        self.bias.grad = self.bias.grad + dout.sum(axis=0)
        return dout @ self.W.T


def blocks(rng, *sizes):
    """Return one block per pair of neighbouring sizes."""
    return [Block(rng.normal(pair, 0.5)) for pair in itertools.pairwise(sizes)]


def network(student, parts):
    """Return an MLP of the student through which the grader's modules are strung."""
    model = student.backprop.MLP((2, 1))
    model.layers = [
        part.module if isinstance(part, Affine) else student.lend_module(part)
        for part in parts
    ]
    return model


def ready(model, parts, x):
    """Run forward, and if it does not work yet, at least in the parts themselves."""
    with contextlib.suppress(StudentRaised):
        model.forward(x)
    for part in parts:
        x = part.forward(x)


class Factory:
    """Stands in for an activation's class, and counts."""

    def __init__(self, student, kind=activations.Tanh):
        self.student, self.kind = student, kind
        self.made = []

    def __call__(self):
        """Return one more activation."""
        self.made.append(self.student.lend_module(self.kind()))
        return self.made[-1]


@check(points=1, exercise="mlp/init")
def test_mlp_alternates_affine_layers_and_activations(student):
    """MLP(sizes).layers holds an affine layer per pair of sizes, activations between.

    Nothing follows the last affine layer.
    """
    sizes = (3, 4, 5, 2)
    factory = Factory(student)
    layers = student.backprop.MLP(sizes, student.lend(factory)).layers
    close(len(layers), 5, name="the number of layers")
    for k, pair in enumerate(itertools.pairwise(sizes)):
        shape_is(layers[2 * k].weight.data, pair, name=f"weight of layer {k + 1}")
    x = np.array([[0.5, -2.0]])
    for i in (1, 3):
        name = f"what the activation at place {i} gives"
        close(layers[i].forward(x), np.tanh(x), name=name)


@check(points=1, exercise="mlp/init")
def test_mlp_makes_an_activation_for_each_hidden_layer(student):
    """MLP calls activation once for each hidden layer: no two share one module.

    A module keeps what it saw last. Shared by two layers, it mixes them up.
    """
    hint("Call activation() where a layer needs it, not once for all.")
    for sizes, expected in (((3, 4, 5, 2), 2), ((3, 2), 0)):
        factory = Factory(student)
        layers = student.backprop.MLP(sizes, student.lend(factory)).layers
        close(len(factory.made), expected, name="the number of calls of activation")
        if expected:
            one = student.same(layers[1], layers[3])
            close(one, expected=False, name="whether both activations are one module")


@check(points=1, exercise="mlp/init")
def test_mlp_puts_the_output_module_last(student):
    """MLP puts the module given as output behind the last affine layer."""
    output = student.lend_module(activations.Softmax())
    model = student.backprop.MLP((3, 4, 2), output=output)
    close(len(model.layers), 4, name="the number of layers")
    x = np.array([[1.0, 2.0, 4.0]])
    expected = activations.Softmax().forward(x)
    close(model.layers[3].forward(x), expected, name="what the last layer gives")


@check(points=1, exercise="mlp/init")
def test_mlp_lists_and_names_its_parameters(student):
    """MLP lists its parameters first layer first, named W1, b1, W2, b2, …."""
    hint('Set the name of each Parameter: layer.weight.name = "W1".')
    found = student.backprop.MLP((3, 4, 5, 2)).parameters()
    close(len(found), 6, name="the number of parameters")
    shapes = ((3, 4), (4,), (4, 5), (5,), (5, 2), (2,))
    names = ("W1", "b1", "W2", "b2", "W3", "b3")
    for parameter, shape, name in zip(found, shapes, names, strict=True):
        shape_is(parameter.data, shape, name=name)
        close(parameter.name, name, name=f"the name of {name}")
        close(parameter.decay, expected=name[0] == "W", name=f"{name}.decay")


@check(points=1, exercise="mlp/init")
def test_mlp_has_tanh_by_default(student):
    """MLP takes Tanh where no activation is given (the student's own)."""
    layers = student.backprop.MLP((3, 4, 2)).layers
    x = np.array([[0.5, -2.0, 0.1]])
    close(layers[1].forward(x), np.tanh(x), name="what the activation gives")


@check(points=1, exercise="mlp/init")
def test_mlp_draws_its_weights_from_rng(student, rng):
    """MLP draws all weights from rng: the same again from a seed, no two layers alike.

    Handing the seed itself to every layer makes layers of one size equal.
    """
    hint("Make one generator, backend.as_generator(rng), and hand it to every layer.")
    seed = rng.spawn_seed()

    def weights():
        layers = student.backprop.MLP((4, 4, 4), rng=seed).layers
        return layers[0].weight.data, layers[2].weight.data

    (first, second), again = weights(), weights()
    close(again, (first, second), name="W1, W2 from the same seed", rtol=0, atol=0)
    same = bool(np.array_equal(first, second))
    close(same, expected=False, name="whether W1 and W2 are equal")
    close(bool(np.ptp(first)), expected=True, name="whether W1 is random")


@check(points=1, exercise="mlp/init")
def test_mlp_refuses_impossible_sizes_and_activations(student):
    """MLP refuses impossible sizes, and an activation that gives no Module."""
    hint("errors.check_size for the sizes, check_modules for what activation returns.")
    make = student.backprop.MLP

    def works():
        return make((3, 2))

    raises("ValueError", make, (3,), works=works, when="there is only one size")
    raises("ValueError", make, (3, 0, 2), works=works, when="a size is 0")
    number = student.lend(lambda: 7)
    what = "activation() is a number"
    raises("TypeError", make, (3, 4, 2), number, works=works, when=what)


@check(points=2, exercise="mlp/forward", needs=["mlp/init"])
def test_mlp_forward_goes_through_all_layers(student, rng):
    """MLP.forward hands x through self.layers, first to last."""
    for sizes in ((3, 3, 3, 3), (3, 5, 2), (4, 2)):
        parts, x = blocks(rng, *sizes), rng.normal((5, sizes[0]))
        y = network(student, parts).forward(x)
        expected = x
        for part in parts:
            expected = np.tanh(expected @ part.W)
        close(y, expected, name="y", N=5)


@check(points=1, exercise="mlp/forward", needs=["mlp/init"])
def test_mlp_forward_asks_each_layer_once(student, rng):
    """MLP.forward asks each layer once, and leaves x alone."""
    parts, x = blocks(rng, 3, 3, 3), rng.normal((4, 3))
    placed = student.place(x)
    network(student, parts).forward(placed)
    for i, part in enumerate(parts):
        close(len(part.xs), 1, name=f"calls of layer {i}")
    close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)


def square(rng):
    """Return W1, b1, W2, b2 of a 4-4-4 network, a batch x and its dout.

    All layers are square, so that a wrong way through them gives numbers, too.
    """
    shapes = ((4, 4), (4,), (4, 4), (4,), (5, 4), (5, 4))
    *weights, x, dout = [rng.normal(shape) for shape in shapes]
    return weights, x, dout


def moved(rng, n):
    """Return a permutation that leaves nothing in its place."""
    order, places = rng.permutation(n), np.empty(n, int)
    places[order] = np.roll(order, 1)
    return places


def reordered(arrays, units):
    """Return W1, b1, W2, b2, or their gradients, with the hidden units reordered."""
    W1, b1, W2, b2 = arrays
    return [W1[:, units], b1[units], W2[units], b2]


def strung(student, weights):
    """Return an MLP of the student around these weights, and its parts."""
    W1, b1, W2, b2 = weights
    first, last = Affine(student, W1, b1), Affine(student, W2, b2)
    parts = [first, activations.Tanh(), last]
    return network(student, parts), parts


def passed(student, weights, x, dout):
    """Return dx and the gradients of W1, b1, W2 and b2, none of them all zeros."""
    model, parts = strung(student, weights)
    ready(model, parts, x)
    found = [model.backward(dout)]
    found += [p.grad for part in parts[::2] for p in (part.weight, part.bias)]
    names = ("dx", "dW1", "db1", "dW2", "db2")
    for grad, like, name in zip(found, (x, *weights), names, strict=True):
        shape_is(grad, like.shape, name=name)
        close(bool(np.any(grad)), expected=True, name=f"whether {name} is filled")
    return found[0], found[1:]


@check(points=1, exercise="mlp/forward", needs=["mlp/init"])
def test_mlp_forward_knows_no_order_of_rows_or_units(student, rng):
    """MLP.forward keeps the rows apart, and gives hidden units no order."""
    hint("A layer gets what the one before it returned: all rows, and nothing else.")
    weights, x, _ = square(rng)
    y = strung(student, weights)[0].forward(x)
    shape_is(y, (5, 4), name="y")
    close(bool(np.ptp(y, axis=0).all()), expected=True, name="whether the rows differ")
    rows, units = moved(rng, 5), moved(rng, 4)
    again = strung(student, weights)[0].forward(x[rows])
    close(again, y[rows], name="y of the rows in another order")
    again = strung(student, reordered(weights, units))[0].forward(x)
    close(again, y, name="y with the hidden units in another order")


@check(points=1, exercise="mlp/backward", needs=["mlp/init"])
def test_mlp_backward_goes_last_to_first(student, rng):
    """MLP.backward hands dout back from the last layer to the first, returns dx."""
    parts, x, dout = blocks(rng, 3, 3, 3, 3), rng.normal((4, 3)), rng.normal((4, 3))
    model = network(student, parts)
    ready(model, parts, x)
    dx = model.backward(dout)
    expected = dout
    for part in reversed(parts):
        expected = (expected * part.slopes[-1]) @ part.W.T
    close(dx, expected, name="dx", N=4)


@check(points=1, exercise="mlp/backward", needs=["mlp/init"])
def test_mlp_backward_asks_each_layer_once(student, rng):
    """MLP.backward hands dout to the last layer as it is, and asks each layer once."""
    parts, x, dout = blocks(rng, 3, 3, 3), rng.normal((4, 3)), rng.normal((4, 3))
    model = network(student, parts)
    ready(model, parts, x)
    placed = student.place(dout)
    model.backward(placed)
    for i, part in enumerate(parts):
        close(len(part.douts), 1, name=f"backward calls of layer {i}")
    close(parts[-1].douts[0], dout, name="dout of the last layer")
    close(student.look(placed), dout, name="dout afterwards", rtol=0, atol=0)


def affine_parts(student, sizes, rng, kind):
    """Return affine layers and activations, and the reference's network like them."""
    known = networks.MLP(sizes, activation=kind)
    parts = []
    for k, layer in enumerate(known.layers):
        if k % 2:
            parts.append(kind())
            continue
        layer.weight.data[...] = rng.normal(layer.weight.data.shape)
        layer.bias.data[...] = rng.normal(layer.bias.data.shape)
        parts.append(Affine(student, layer.weight.data, layer.bias.data))
    return parts, known


@check(points=1, exercise="mlp/backward", needs=["mlp/init"])
def test_mlp_backward_fills_every_gradient(student, rng):
    """MLP.backward fills the gradient of every parameter, for several activations."""
    for kind in (activations.Tanh, activations.ReLU, activations.ELU):
        parts, known = affine_parts(student, (3, 4, 4, 1), rng, kind)
        x, dout = rng.normal((5, 3)), rng.normal((5, 1))
        model = network(student, parts)
        ready(model, parts, x)
        dx = model.backward(dout)
        known.forward(x)
        close(dx, known.backward(dout), name="dx", N=5)
        for part, layer in zip(parts[::2], known.layers[::2], strict=True):
            close(part.weight.grad, layer.weight.grad, name="weight.grad", N=5)
            close(part.bias.grad, layer.bias.grad, name="bias.grad", N=5)


@check(points=1, exercise="mlp/backward", needs=["mlp/init"])
def test_mlp_backward_accumulates(student, rng):
    """A second MLP.backward doubles the gradients of the first."""
    hint("Leave it to zero_grad() to begin anew: backward only adds.")
    parts, _ = affine_parts(student, (3, 4, 2), rng, activations.Tanh)
    x, dout = rng.normal((5, 3)), rng.normal((5, 2))
    model = network(student, parts)
    ready(model, parts, x)
    model.backward(dout)
    once = [part.weight.grad for part in parts[::2]]
    model.backward(dout)
    for part, grad in zip(parts[::2], once, strict=True):
        close(bool(np.any(grad)), expected=True, name="whether weight.grad is filled")
        close(part.weight.grad, 2 * grad, name="weight.grad after two passes")


@check(points=1, exercise="mlp/backward", needs=["mlp/init"])
def test_mlp_backward_knows_no_order_of_hidden_units(student, rng):
    """MLP.backward: hidden units that change places take their gradients along.

    dx stays what it was.
    """
    hint("Every layer gets what the one behind it returned, and nothing else.")
    weights, x, dout = square(rng)
    units = moved(rng, 4)
    dx, grads = passed(student, weights, x, dout)
    other_dx, others = passed(student, reordered(weights, units), x, dout)
    close(other_dx, dx, name="dx with the hidden units in another order")
    close(others, reordered(grads, units), name="dW1, db1, dW2, db2 reordered")


@check(points=1, exercise="mlp/backward", needs=["mlp/init"])
def test_mlp_backward_knows_no_order_of_rows(student, rng):
    """MLP.backward of a mean loss: the order of the rows changes no weight's gradient.

    The rows of dx change places with those of x.
    """
    hint("Row n of dout belongs to row n of x, all the way back.")
    weights, x, target = square(rng)
    _, parts = strung(student, weights)
    y = x
    for part in parts:
        y = part.forward(y)
    dout = 2 * (y - target) / y.size  # of the mean squared error
    rows = moved(rng, 5)
    dx, grads = passed(student, weights, x, dout)
    other_dx, others = passed(student, weights, x[rows], dout[rows])
    close(other_dx, dx[rows], name="dx of the rows in another order")
    close(others, grads, name="dW1, db1, dW2, db2 of the rows in another order")


@check(points=1, exercise="mlp/backward", needs=["mlp/init"])
def test_mlp_backward_of_zero_is_zero(student, rng):
    """MLP.backward turns a dout of zeros into zeros, for dx and every parameter."""
    hint("All gradients are products with dout: nothing else is added to them.")
    weights, x, dout = square(rng)
    model, parts = strung(student, weights)
    ready(model, parts, x)
    dx = model.backward(np.zeros((5, 4)))
    close(dx, np.zeros((5, 4)), name="dx", rtol=0, atol=0)
    for part in parts[::2]:
        for p, name in ((part.weight, "weight.grad"), (part.bias, "bias.grad")):
            close(p.grad, np.zeros(p.grad.shape), name=name, rtol=0, atol=0)
    passed(student, weights, x, dout)


@check(points=1, exercise="mlp/backward", needs=["mlp/init"])
def test_mlp_backward_refuses_to_come_first(student, rng):
    """MLP.backward raises RuntimeError before forward: its layers see to that."""
    hint("Hand dout to the layers and let them refuse it: no try, no other way out.")
    dout, x = rng.normal((4, 3)), rng.normal((4, 3))
    parts = blocks(rng, 3, 3, 3)
    model, fresh = network(student, parts), network(student, blocks(rng, 3, 3, 3))

    def works():
        ready(model, parts, x)
        return model.backward(dout)

    raises("RuntimeError", fresh.backward, dout, works=works)


@check(points=1, exercise="xor_relu_network", needs=["mlp/init"])
def test_xor_relu_network_has_the_lectures_weights(student):
    """xor_relu_network has the lecture's W, b, v and c as its parameters."""
    found = [p.data for p in student.backprop.xor_relu_network().parameters()]
    expected = [
        np.ones((2, 2)),
        np.array([0.0, -1.0]),
        np.array([[1.0], [-2.0]]),
        np.array([0.0]),
    ]
    close(found, expected, name="W1, b1, W2, b2")


@check(points=1, exercise="xor_relu_network", needs=["mlp/init"])
def test_xor_relu_network_has_one_relu(student):
    """xor_relu_network has a ReLU (the student's own) between two affine layers."""
    layers = student.backprop.xor_relu_network().layers
    close(len(layers), 3, name="the number of layers")
    z = np.array([[0.5, -1.0], [2.0, -0.25]])
    close(layers[1].forward(z), np.maximum(z, 0), name="what the activation gives")


@check(
    points=1,
    exercise="xor_relu_network",
    needs=["mlp/init", "mlp_forward_goes_through_all_layers"],
)
def test_xor_relu_network_solves_xor(student):
    """xor_relu_network gives 0, 1, 1, 0 (with the student's own Linear and ReLU)."""
    X, y = data.xor()
    found = student.backprop.xor_relu_network().forward(X)
    close(found, y[:, None], name="y", rtol=0, atol=1e-12)


def logistic(student, w, b):
    """Return the student's model with the grader's affine layer inside."""
    model = student.backprop.LogisticRegression(len(w))
    affine = Affine(student, w[:, None], np.array([b]))
    model.linear = affine.module
    return model, affine


@check(points=1, exercise="logistic/forward")
def test_logistic_forward_gives_logits(student, rng):
    """LogisticRegression.forward gives x w + b, no probability."""
    x, w, b = rng.normal((6, 3)), rng.normal(3), float(rng.normal())
    model, _ = logistic(student, w, b)
    y = model.forward(x)
    shape_is(y, (6,), name="z")
    close(y, x @ w + b, name="z")


@check(points=1, exercise="logistic/forward")
def test_logistic_forward_keeps_one_axis(student, rng):
    """LogisticRegression.forward gives one axis, also for a single row."""
    hint("[:, 0] takes the one column; squeeze() takes away the batch of one, too.")
    model, _ = logistic(student, rng.normal(3), 0.5)
    for N in (1, 4):
        shape_is(model.forward(rng.normal((N, 3))), (N,), name="z")


def prepared(model, affine, x):
    """Run forward, and if it does not work yet, at least in the affine layer."""
    with contextlib.suppress(StudentRaised):
        model.forward(x)
    affine.forward(x)


@check(points=1, exercise="logistic/backward", needs=["logistic/forward"])
def test_logistic_backward_returns_dx(student, rng):
    """LogisticRegression.backward returns dx, one row per sample."""
    x, w, dout = rng.normal((6, 3)), rng.normal(3), rng.normal(6)
    model, affine = logistic(student, w, 0.5)
    prepared(model, affine, x)
    close(model.backward(dout), np.outer(dout, w), name="dx", N=6)


@check(points=1, exercise="logistic/backward", needs=["logistic/forward"])
def test_logistic_backward_fills_the_gradients(student, rng):
    """LogisticRegression.backward hands the gradient on to its affine layer, once."""
    x, w, dout = rng.normal((6, 3)), rng.normal(3), rng.normal(6)
    model, affine = logistic(student, w, 0.5)
    prepared(model, affine, x)
    model.backward(dout)
    close(affine.weight.grad, x.T @ dout[:, None], name="linear.weight.grad", N=6)
    close(affine.bias.grad, np.array([dout.sum()]), name="linear.bias.grad", N=6)


@check(points=1, exercise="logistic/backward", needs=["logistic/forward"])
def test_logistic_backward_refuses_what_does_not_fit(student, rng):
    """LogisticRegression.backward raises ValueError for a column, as for any shape.

    Before forward it raises RuntimeError.
    """
    hint("errors.check_cached, then errors.check_shape with the shape of z.")
    x, w, dout = rng.normal((6, 3)), rng.normal(3), rng.normal(6)
    model, affine = logistic(student, w, 0.5)
    fresh, _ = logistic(student, w, 0.5)

    def works():
        prepared(model, affine, x)
        return model.backward(dout)

    backward = model.backward
    column = dout[:, None]
    raises("ValueError", backward, column, works=works, when="dout is a column")
    one = dout[:1]
    raises("ValueError", backward, one, works=works, when="dout has one entry")
    raises("RuntimeError", fresh.backward, dout, works=works)


@check(points=1, exercise="logistic/predict")
def test_logistic_predict_decides_by_the_probability(student, rng):
    """LogisticRegression.predict gives 1 where the probability is above 1/2."""
    x, w, b = rng.normal((40, 3)), rng.normal(3), float(rng.away_from_zero(()))
    x[0] = -b / 2 * w / (w @ w)  # logit b / 2: a wrong threshold shows
    x[1] = (0.75 - b) * w / (w @ w)  # probability 0.68, logit below 1
    model, _ = logistic(student, w, b)
    found = np.asarray(model.predict(x), float)
    close(found, (x @ w + b > 0) * 1.0, name="the class")


@check(points=1, exercise="logistic/predict")
def test_logistic_predict_gives_one_at_a_half(student, rng):
    """LogisticRegression.predict gives 1 at probability 1/2 exactly, as int64 of (N,).

    A perceptron gives 0 there; lecture 002 has both.
    """
    w, b = np.array([2.0, -1.0]), float(rng.integers(1, 5))
    x0 = rng.integers(-8, 9, 6) / 2.0  # halves: no rounding, so the zero is exact
    x = np.stack([x0, 2.0 * x0 + b], axis=1)
    model, _ = logistic(student, w, b)
    close(model.predict(x), np.ones(6, np.int64), name="the class on the boundary")
