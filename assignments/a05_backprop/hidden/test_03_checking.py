"""Losses through networks: loss_and_grads, gradient_check, layer_errors.

The networks and losses belong to the grader: their parameters lie beside the student's
code, where it can move them, but forward and backward run here. So their gradients are
known to be right, or wrong where a check has made them so.
"""

from __future__ import annotations

import contextlib
import itertools

import numpy as np

from autograder.suite import check, close, hint, raises
from nabla import activations, layers


class HalfSquare:
    """A loss: factor / 2 times the sum of squares. It remembers what it was asked."""

    def __init__(self, factor=1.0):
        self.factor = factor
        self.asked, self.backwards = [], 0

    def forward(self, pred, target):
        """Return the loss."""
        self.asked.append((pred, target))
        self.rest = pred - target
        return self.factor * 0.5 * float((self.rest**2).sum())

    def backward(self):
        """Return its gradient for pred."""
        self.backwards += 1
        return self.factor * self.rest


class Net:
    """tanh(x W1 + b) W2.

    Args:
        spoil: takes and returns the list of gradients of W1, b and W2; the place for a
            bug.
    """

    NAMES = ("W1", "b", "W2")

    def __init__(self, student, arrays, spoil=lambda grads: grads):
        self.arrays, self.spoil = arrays, spoil
        self.module = student.module.Module()
        self.parameters = []
        for name, array in zip(self.NAMES, arrays, strict=True):
            self.parameters.append(student.module.Parameter(array, name))
            setattr(self.module, name, self.parameters[-1])
        self.module.forward = student.lend(self.forward)
        self.module.backward = student.lend(self.backward)
        self.xs, self.douts = [], []

    def forward(self, x):
        """Return tanh(x W1 + b) W2."""
        W1, b, self.W2 = (parameter.data for parameter in self.parameters)
        self.xs.append(x)
        self.h = np.tanh(x @ W1 + b)
        return self.h @ self.W2

    def backward(self, dout):
        """Add to the gradients; dx is of no use here."""
        self.douts.append(dout)
        da = dout @ self.W2.T * (1 - self.h**2)
        grads = [self.xs[-1].T @ da, da.sum(0), self.h.T @ dout]
        for parameter, grad in zip(self.parameters, self.spoil(grads), strict=True):
            parameter.grad = parameter.grad + grad
        return dout


def gradients(arrays, x, y, factor=1.0):
    """Return the loss, and the gradients of W1, b and W2 as they should be."""
    W1, b, W2 = arrays
    h = np.tanh(x @ W1 + b)
    rest = h @ W2 - y
    dout = factor * rest
    da = dout @ W2.T * (1 - h**2)
    loss = factor * 0.5 * float((rest**2).sum())
    return loss, [x.T @ da, da.sum(0), h.T @ dout]


def draw(rng, sizes=(1, 2, 1), N=3):
    """Return arrays, x and y, drawn until no gradient is small.

    Central differences have absolute errors, so that relative ones say little where
    a gradient all but vanishes.
    """
    n_in, n_hidden, n_out = sizes
    shapes = ((n_in, n_hidden), (n_hidden,), (n_hidden, n_out))
    while True:
        arrays = [rng.normal(shape) for shape in shapes]
        x, y = rng.normal((N, n_in)), rng.normal((N, n_out))
        if min(abs(g).min() for g in gradients(arrays, x, y)[1]) > 0.05:
            return arrays, x, y


@check(points=2, exercise="loss_and_grads")
def test_loss_and_grads_returns_the_loss(student, rng):
    """loss_and_grads returns the loss of the model's output as a number."""
    arrays, x, y = draw(rng, (3, 3, 2), N=5)
    net, loss = Net(student, arrays), student.lend_module(HalfSquare())
    value = student.backprop.loss_and_grads(net.module, loss, x, y)[0]
    close(value, gradients(arrays, x, y)[0], name="the loss")


@check(points=3, exercise="loss_and_grads")
def test_loss_and_grads_returns_all_gradients(student, rng):
    """loss_and_grads returns the gradients in the order of model.parameters()."""
    arrays, x, y = draw(rng, (3, 3, 2), N=5)
    net, loss = Net(student, arrays), student.lend_module(HalfSquare())
    grads = student.backprop.loss_and_grads(net.module, loss, x, y)[1]
    close(grads, gradients(arrays, x, y)[1], name="dW1, db, dW2", N=5)


@check(points=1, exercise="loss_and_grads")
def test_loss_and_grads_begins_with_zero_gradients(student, rng):
    """loss_and_grads returns the gradients of this batch alone."""
    hint("Gradients accumulate: begin with model.zero_grad().")
    arrays, x, y = draw(rng, N=5)
    net, loss = Net(student, arrays), student.lend_module(HalfSquare())
    run = student.backprop.loss_and_grads
    run(net.module, loss, x, y)
    grads = run(net.module, loss, x[:2], y[:2])[1]
    expected = gradients(arrays, x[:2], y[:2])[1]
    close(grads, expected, name="dW1, db, dW2")


@check(points=1, exercise="loss_and_grads")
def test_loss_and_grads_returns_copies(student, rng):
    """What loss_and_grads has returned stays as it is when gradients change later."""
    hint("Return parameter.grad.copy(): the array itself will be used again.")
    arrays, x, y = draw(rng)
    net, loss = Net(student, arrays), student.lend_module(HalfSquare())
    expected = gradients(arrays, x, y)[1]
    # An array of objects holds what was returned over there, where it can still change.
    run = student.numpy.vectorize(
        student.backprop.loss_and_grads, otypes="OO", excluded=[1, 2, 3]
    )
    cell = student.numpy.array([net.module], dtype="O")
    _, grads = run(cell, loss, x, y)
    close(grads[0], expected, name="dW1, db, dW2")
    for parameter in net.parameters:
        parameter.zero_grad()
    close(grads[0], expected, name="dW1, db, dW2 after zero_grad()")


@check(points=1, exercise="loss_and_grads")
def test_loss_and_grads_goes_each_way_once(student, rng):
    """loss_and_grads asks model and loss once, forward and backward."""
    arrays, x, y = draw(rng)
    net, loss = Net(student, arrays), HalfSquare()
    student.backprop.loss_and_grads(net.module, student.lend_module(loss), x, y)
    close(len(net.xs), 1, name="the number of calls of model.forward")
    close(len(loss.asked), 1, name="the number of calls of loss.forward")
    close(loss.backwards, 1, name="the number of calls of loss.backward")
    close(len(net.douts), 1, name="the number of calls of model.backward")
    close(net.douts[0], loss.rest, name="what model.backward was given")


@check(points=1, exercise="loss_and_grads")
def test_loss_and_grads_changes_nothing_else(student, rng):
    """loss_and_grads leaves x, y and the parameters alone: it does not learn."""
    arrays, x, y = draw(rng)
    net, loss = Net(student, arrays), student.lend_module(HalfSquare())
    placed = student.place(x), student.place(y)
    student.backprop.loss_and_grads(net.module, loss, *placed)
    pairs = [(student.look(there), a) for there, a in zip(placed, (x, y), strict=True)]
    pairs += [(p.data, a) for p, a in zip(net.parameters, arrays, strict=True)]
    names = ("x", "y", *Net.NAMES)
    for (found, before), name in zip(pairs, names, strict=True):
        close(found, before, name=f"{name} afterwards", rtol=0, atol=0)


@contextlib.contextmanager
def passes(student, net, loss):
    """Let a loss_and_grads of the grader stand in for the student's, if it is used."""
    own = None
    if "loss_and_grads" in student.names(student.checking):
        own = student.look(student.checking.loss_and_grads)

    def known(_model, _loss, x, y):
        for parameter in net.parameters:
            parameter.zero_grad()
        value = loss.forward(net.forward(x), y)
        net.backward(loss.backward())
        return value, [parameter.grad for parameter in net.parameters]

    student.checking.loss_and_grads = student.lend(known)
    try:
        yield
    finally:
        if own is not None:
            student.checking.loss_and_grads = own


def report(student, net, x, y, factor=1.0, **options):
    """Return what the student's gradient_check says about the network."""
    loss = HalfSquare(factor)
    with passes(student, net, loss):
        lent = student.lend_module(loss)
        return student.backprop.gradient_check(net.module, lent, x, y, **options)


def scaled(places, factor):
    """Return a bug that multiplies single entries, given as (parameter, index)."""

    def spoil(grads):
        for k, index in places:
            grads[k][index] *= factor
        return grads

    return spoil


@check(points=1, exercise="gradient_check")
def test_gradient_check_passes_a_right_network(student, rng):
    """gradient_check finds a right network ok, and compares every entry."""
    arrays, x, y = draw(rng)
    found = report(student, Net(student, arrays), x, y, tol=1e-3)
    close(found.ok, expected=True, name="ok")
    close(found.checked, 6, name="checked")
    small = bool(found.worst <= 1e-3)
    close(small, expected=True, name="whether worst is at most tol")


@check(points=2, exercise="gradient_check")
def test_gradient_check_finds_one_wrong_entry(student, rng):
    """gradient_check finds a single wrong entry, in whichever parameter it is."""
    arrays, x, y = draw(rng)
    for place in ((0, (0, 1)), (1, (1,)), (2, (1, 0))):
        net = Net(student, arrays, scaled([place], 1.5))
        found = report(student, net, x, y)
        close(found.ok, expected=False, name=f"ok with a bug in {Net.NAMES[place[0]]}")


@check(points=1, exercise="gradient_check", needs=["gradient_check"])
def test_gradient_check_names_the_worst_entry(student, rng):
    """gradient_check says where the worst entry is, and how bad: |g-n| / (|g|+|n|)."""
    arrays, x, y = draw(rng)
    small, large = (2, (1, 0)), (0, (0, 1))
    spoils = scaled([small], 1.1), scaled([large], 3.0)
    net = Net(student, arrays, lambda grads: spoils[1](spoils[0](grads)))
    found = report(student, net, x, y)
    close(found.name, "W1", name="name")
    close(found.index, (0, 1), name="index")
    close(found.worst, 0.5, name="worst", rtol=1e-5)


@check(points=1, exercise="gradient_check")
def test_gradient_check_passes_gradients_of_zero(student, rng):
    """gradient_check passes a right network in which some gradients are 0.

    There |g| + |n| is 0, and the floor takes its place.
    """
    hint("0 / 0 is no error: divide by max(|g| + |n|, floor).")
    arrays, x, y = draw(rng, (2, 2, 1))
    x[:, 0] = 0.0  # nothing that the first row of W1 does reaches the loss
    found = report(student, Net(student, arrays), x, y, tol=1e-3)
    close(found.checked, 8, name="checked")
    close(found.ok, expected=True, name="ok")


@check(points=1, exercise="gradient_check")
def test_gradient_check_counts_parameters_that_share_a_name(student, rng):
    """gradient_check says parameters()[2] where the third has no name of its own."""
    hint('Two layers may both have a "weight": then the place in the list says which.')
    arrays, x, y = draw(rng)
    for names in (("weight", "bias", "weight"), ("", "", "")):
        net = Net(student, arrays, scaled([(2, (1, 0))], 3.0))
        for parameter, name in zip(net.parameters, names, strict=True):
            parameter.name = name
        found = report(student, net, x, y)
        close(found.name, "parameters()[2]", name="name")


@check(points=1, exercise="gradient_check")
def test_gradient_check_is_strict_with_small_gradients(student, rng):
    """gradient_check finds a wrong entry where all gradients are tiny.

    An absolute tolerance lets it pass.
    """
    hint("Divide by the size of both gradients: the error is relative.")
    arrays, x, y = draw(rng)
    net = Net(student, arrays, scaled([(2, (0, 0))], 1.5))
    found = report(student, net, x, y, factor=1e-8)
    close(found.ok, expected=False, name="ok")


@check(points=1, exercise="gradient_check")
def test_gradient_check_restores_the_parameters(student, rng):
    """gradient_check leaves the parameters as they were, to the last bit."""
    arrays, x, y = draw(rng, (3, 3, 2))
    net = Net(student, arrays)
    found = report(student, net, x, y, h=0.1)  # going there and back leaves rounding
    moved = len(net.xs) > 2
    close(moved, expected=True, name="whether the network was run with moved entries")
    close(found.checked > 0, expected=True, name="whether something was compared")
    for parameter, before, name in zip(net.parameters, arrays, Net.NAMES, strict=True):
        close(parameter.data, before, name=f"{name} afterwards", rtol=0, atol=0)


@check(points=1, exercise="gradient_check")
def test_gradient_check_restores_the_parameters_after_an_error(student, rng):
    """gradient_check restores the parameters also when the network raises meanwhile."""
    hint("Put the old value back in a finally block.")
    arrays, x, y = draw(rng)
    net, calls = Net(student, arrays), itertools.count()
    last = 2 * rng.integers(2, 4)  # in the middle of a pair of steps
    whole = net.forward

    def fragile(x):
        if next(calls) == last:
            raise ValueError("the network does not want to")
        return whole(x)

    net.module.forward = student.lend(fragile)

    def works():
        return report(student, Net(student, arrays), x, y)

    def breaks():
        return report(student, net, x, y)

    raises("ValueError", breaks, works=works, name="gradient_check")
    for parameter, before, name in zip(net.parameters, arrays, Net.NAMES, strict=True):
        close(parameter.data, before, name=f"{name} afterwards", rtol=0, atol=0)


@check(points=1, exercise="gradient_check")
def test_gradient_check_compares_no_more_than_asked(student, rng):
    """gradient_check compares at most max_entries of each parameter, but of each."""
    hint("max_entries is per parameter; one with fewer entries is compared whole.")
    arrays, x, y = draw(rng)
    for most, expected in ((1, 3), (50, 6)):
        found = report(student, Net(student, arrays), x, y, max_entries=most)
        close(found.checked, expected, name=f"checked with max_entries={most}")
    net = Net(student, arrays, lambda grads: [*grads[:2], 2 * grads[2]])
    found = report(student, net, x, y, max_entries=1)
    close(found.ok, expected=False, name="ok with a bug in W2 and max_entries=1")


@check(points=1, exercise="gradient_check")
def test_gradient_check_is_not_fooled_by_nan(student, rng):
    """gradient_check does not call a gradient ok that is not a number."""
    hint("NaN is neither larger nor smaller than anything: ask for <= tol, not > tol.")
    arrays, x, y = draw(rng)
    for place in ((0, (0, 0)), (2, (1, 0))):
        net = Net(student, arrays, scaled([place], np.nan))
        found = report(student, net, x, y)
        close(found.ok, expected=False, name="ok with a gradient that is NaN")


@check(points=1, exercise="gradient_check")
def test_gradient_check_obeys_tol(student, rng):
    """gradient_check calls ok what is within tol, and nothing else."""
    arrays, x, y = draw(rng)
    net = Net(student, arrays, scaled([(0, (0, 0))], 1.02))  # an error of 0.0099
    for tol, expected in ((0.02, True), (0.005, False)):
        found = report(student, net, x, y, factor=100.0, tol=tol)
        close(found.ok, expected=expected, name=f"ok with tol={tol}")


def difference_errors(arrays, x, y, h):
    """Return the relative errors of central and of forward differences."""
    found = [[], []]
    here, grads = gradients(arrays, x, y)
    for array, grad in zip(arrays, grads, strict=True):
        for index in np.ndindex(array.shape):
            kept = array[index]
            array[index] = kept + h
            above = gradients(arrays, x, y)[0]
            array[index] = kept - h
            below = gradients(arrays, x, y)[0]
            array[index] = kept
            both = (above - below) / (2 * h), (above - here) / h
            for errors, n in zip(found, both, strict=True):
                g = grad[index]
                errors.append(abs(g - n) / (abs(g) + abs(n)))
    return found


@check(points=1, exercise="gradient_check")
def test_gradient_check_takes_central_differences_with_h(student, rng):
    """gradient_check takes central differences with the step h."""
    hint("(L(p + h) - L(p - h)) / (2 h): the error is of order h squared.")
    first, central, forward = 1.0, 1.0, 0.0
    while not (1.5 * first < central > 3e-6 and 20 * central < forward):
        arrays, x, y = draw(rng)
        errors = difference_errors(arrays, x, y, 1e-3)
        central, forward = map(max, errors)
        first = max(errors[0][: arrays[0].size])  # the worst is farther back
    tol = float(np.sqrt(central * forward))
    found = report(student, Net(student, arrays), x, y, h=1e-3, tol=tol)
    close(found.ok, expected=True, name="ok with a step of 0.001")
    found = report(student, Net(student, arrays), x, y, h=1e-3)
    close(found.worst, central, name="worst with a step of 0.001", rtol=1e-2)


@check(points=1, exercise="gradient_check")
def test_gradient_check_refuses_what_says_nothing(student, rng):
    """gradient_check raises TypeError for float32, ValueError for h or tol of 0."""
    hint("In float32 a step of 1e-6 is lost in rounding, whatever comes out.")
    arrays, x, y = draw(rng)
    single = [array.astype(np.float32) for array in arrays]

    def run(arrays=arrays, x=x, **options):
        options = {"max_entries": 1, **options}
        return report(student, Net(student, arrays), x, y, **options)

    def refuses(error, when, **given):
        raises(error, run, works=run, name="gradient_check", when=when, **given)

    refuses("TypeError", "x is float32", x=x.astype(np.float32))
    refuses("TypeError", "parameters are float32", arrays=single)
    refuses("ValueError", "h is 0", h=0.0)
    refuses("ValueError", "tol is 0", tol=0.0)
    refuses("ValueError", "max_entries is 0", max_entries=0)


class Layer(layers.Linear):
    """An affine layer of the grader behind the face of the student's Linear."""

    def face(self, student):
        """Return a Linear of the student whose passes run here."""
        face = student.layers.Linear(*self.weight.data.shape, init="zeros")
        face.weight = student.module.Parameter(self.weight.data, "weight")
        face.bias = student.module.Parameter(self.bias.data, "bias", decay=False)
        face.forward = student.lend(self.forward)
        face.backward = student.lend(self.backward)
        return face


def deep(student, rng, sizes, output=None):
    """Return a network of the grader, its host layers and its face."""
    parts = []
    for pair in itertools.pairwise(sizes):
        if parts:
            parts.append(activations.Tanh())
        layer = Layer(*pair, rng=rng.generator)
        layer.bias.data[...] = rng.normal(pair[1])
        parts.append(layer)
    if output is not None:
        parts.append(output)
    model = student.module.Module()
    model.layers = [
        part.face(student) if isinstance(part, Layer) else student.lend_module(part)
        for part in parts
    ]

    def forward(x):
        for part in parts:
            x = part.forward(x)
        return x

    def backward(dout):
        for part in reversed(parts):
            dout = part.backward(dout)
        return dout

    model.forward, model.backward = student.lend(forward), student.lend(backward)
    return model, parts, forward


def recursion(parts, dout):
    """Return E_k of every affine layer, first layer first."""
    found = []
    for part in reversed(parts):
        if isinstance(part, Layer):
            found.insert(0, dout)
        dout = part.backward(dout)
    return found


def errors_of(student, rng, sizes, N, output=None):
    """Return the student's errors, and the right ones."""
    model, parts, forward = deep(student, rng, sizes, output)
    x, y = rng.normal((N, sizes[0])), rng.normal((N, sizes[-1]))
    loss = student.lend_module(HalfSquare())
    found = student.backprop.layer_errors(model, loss, x, y)
    return found, recursion(parts, forward(x) - y)


@check(points=3, exercise="layer_errors")
def test_layer_errors_follow_the_recursion(student, rng):
    """layer_errors returns E_k of every affine layer, first layer first."""
    found, expected = errors_of(student, rng, (3, 3, 3, 3), N=3)
    close(found, expected, name="E1, E2, E3", N=3)


@check(points=1, exercise="layer_errors")
def test_layer_errors_take_every_size(student, rng):
    """layer_errors has one row per sample and one column per unit, for any size."""
    for sizes, N in (((4, 3, 2), 5), ((3, 2), 1)):
        found, expected = errors_of(student, rng, sizes, N=N)
        close([E.shape for E in found], [E.shape for E in expected], name="the shapes")


@check(points=1, exercise="layer_errors")
def test_layer_errors_pass_through_the_output(student, rng):
    """layer_errors of the last affine layer counts the slope of what follows it."""
    output = activations.Sigmoid()
    found, expected = errors_of(student, rng, (3, 3, 3), N=3, output=output)
    close(found[-1], expected[-1], name="E2")


@check(points=1, exercise="layer_errors")
def test_layer_errors_repeat(student, rng):
    """layer_errors gives the same a second time, and leaves x and the weights alone."""
    model, parts, forward = deep(student, rng, (3, 3, 3))
    x, y = rng.normal((4, 3)), rng.normal((4, 3))
    loss = student.lend_module(HalfSquare())
    placed = student.place(x)
    first = student.backprop.layer_errors(model, loss, placed, y)
    again = student.backprop.layer_errors(model, loss, placed, y)
    last = forward(x) - y
    close(bool(np.any(last)), expected=True, name="whether the last error is filled")
    close(again, first, name="E1, E2 a second time")
    close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)
    for part, face in zip(parts[::2], list(model.layers)[::2], strict=True):
        W = part.weight.data
        close(face.weight.data, W, name="a weight afterwards", rtol=0, atol=0)
