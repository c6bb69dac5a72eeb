"""Linear: construction, forward pass, backward pass.

Its arithmetic is checked with parameters put in from here, so that a mistake in the
initialisation costs no points of forward and backward.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, gradients_match, hint, raises, shape_is
from nabla import layers

LAYOUTS = ("F", "strided", "reversed")


def linear(student, W, b=None):
    """Return the student's layer with the given weight and bias."""
    layer = student.layers.Linear(*W.shape, bias=b is not None, init="zeros")
    layer.weight = student.module.Parameter(W, "weight")
    if b is not None:
        layer.bias = student.module.Parameter(b, "bias", decay=False)
    return layer


@check(points=2, exercise="linear/init")
def test_linear_has_a_weight_and_zero_biases(student):
    """Linear has a weight of shape (in, out) and one bias per output, zero at first."""
    layer = student.layers.Linear(4, 3, init="zeros")
    shape_is(layer.weight.data, (4, 3), name="weight")
    close(layer.bias.data, np.zeros(3), name="bias")


@check(points=1, exercise="linear/init")
def test_linear_lists_its_parameters_and_what_decays(student):
    """Linear lists weight and bias; the weight decays, the bias does not."""
    hint("Parameter(..., decay=False) for the bias, True (the default) for the weight.")
    layer = student.layers.Linear(4, 3, init="zeros")
    found = layer.parameters()
    close(len(found), 2, name="number of parameters")
    close(
        student.same(found[0], layer.weight),
        expected=True,
        name="whether the first is the weight",
    )
    close(layer.weight.decay, expected=True, name="weight.decay")
    close(layer.bias.decay, expected=False, name="bias.decay")


@check(points=1, exercise="linear/init")
def test_linear_without_bias_has_none(student):
    """Linear with bias=False has bias None and one parameter."""
    layer = student.layers.Linear(4, 3, bias=False, init="zeros")
    close(layer.bias, None, name="bias")
    close(len(layer.parameters()), 1, name="number of parameters")


@check(
    points=1,
    exercise="linear/init",
    needs=["glorot_uniform_keeps_bound_and_variance", "glorot_uniform_obeys_rng"],
)
def test_linear_draws_its_weight_from_rng(student, rng):
    """Linear draws its weight from rng, by default with Glorot's bound."""
    hint("Hand rng on to the initialiser: the same seed gives the same layer.")
    seed = rng.spawn_seed()
    make = student.layers.Linear
    first, again = (make(200, 100, rng=seed).weight.data for _ in range(2))
    close(again, first, name="weight from the same seed", rtol=0, atol=0)
    generator = student.generator(seed)
    one, two = (make(200, 100, rng=generator).weight.data for _ in range(2))
    same = bool(np.array_equal(one, two))
    close(same, expected=False, name="whether two layers from one generator are equal")
    close(np.abs(first).max(), np.sqrt(6 / 300), name="largest weight", rtol=5e-3)


@check(points=1, exercise="linear/init")
def test_linear_obeys_init_and_dtype(student):
    """Linear obeys init and dtype."""
    hint("INITIALIZERS[init] is the function asked for; both parameters have dtype.")
    layer = student.layers.Linear(4, 3, init="zeros", dtype=np.float32)
    close(layer.weight.data, np.zeros((4, 3), np.float32), name="weight")
    close(layer.bias.data, np.zeros(3, np.float32), name="bias")


@check(points=1, exercise="linear/init")
def test_linear_refuses_impossible_sizes(student):
    """Linear raises ValueError for a size below 1 and an unknown init."""
    hint("errors.check_size checks sizes; INITIALIZERS knows the names of init.")
    make = student.layers.Linear

    def works():
        return make(4, 3, init="zeros")

    raises("ValueError", make, 0, 3, init="zeros", works=works)
    raises("ValueError", make, 4, -1, init="zeros", works=works)
    raises("ValueError", make, 4, 3, init="nonsense", works=works)


@check(points=2, exercise="linear/forward")
def test_linear_forward_gives_x_w_plus_b(student, rng):
    """Linear.forward computes x W + b."""
    x, W, b = rng.normal((6, 4)), rng.normal((4, 3)), rng.normal(3)
    y = linear(student, W, b).forward(x)
    close(y, x @ W + b, name="y", N=6, in_features=4, out_features=3)


@check(points=1, exercise="linear/forward")
def test_linear_forward_works_without_bias(student, rng):
    """Linear.forward computes x W if there is no bias."""
    x, W = rng.normal((6, 4)), rng.normal((4, 3))
    close(linear(student, W).forward(x), x @ W, name="y", N=6)


@check(points=1, exercise="linear/forward")
def test_linear_forward_takes_every_batch_size(student, rng):
    """Linear.forward adds one bias per output, also for one sample and N = out."""
    W, b = rng.normal((5, 4)), rng.normal(4)
    layer = linear(student, W, b)
    for N in (4, 1):
        x = rng.normal((N, 5))
        close(layer.forward(x), x @ W + b, name="y", in_features=5, out_features=4)


@check(points=1, exercise="linear/forward")
def test_linear_forward_keeps_the_dtype_of_x(student, rng):
    """Linear.forward returns x's dtype, and takes any memory layout."""
    x, W, b = rng.normal((6, 4)), rng.normal((4, 3)), rng.normal(3)
    layer = linear(student, W, b)
    for layout in LAYOUTS:
        placed = student.place(x, layout=layout)
        close(layer.forward(placed), x @ W + b, name="y")
        close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)
    small = x.astype(np.float32)
    close(layer.forward(small), (x @ W + b).astype(np.float32), name="y of float32")


@check(points=1, exercise="linear/forward")
def test_linear_forward_refuses_what_does_not_fit(student, rng):
    """Linear.forward raises TypeError for integers, ValueError for wrong shapes."""
    hint("errors.check_float and errors.check_shape, before anything is computed.")
    x, W, b = rng.normal((6, 4)), rng.normal((4, 3)), rng.normal(3)
    layer = linear(student, W, b)

    def works():
        return layer.forward(x)

    raises("TypeError", layer.forward, rng.integers(0, 9, (6, 4)), works=works)
    raises("ValueError", layer.forward, rng.normal((6, 5)), works=works)
    raises("ValueError", layer.forward, x[0], works=works)
    raises("ValueError", layer.forward, x[:0], works=works)


# In what follows batch, input and output are of one size: then a forgotten transpose,
# or a bias turned the wrong way in forward, gives a number and no exception, and costs
# only the check that is about it. Other shapes come with the central differences.


def square(student, rng):
    """Return a layer, its weight, an input and an upstream gradient, all 3 x 3."""
    W, x, dout = (rng.normal((3, 3)) for _ in range(3))
    return linear(student, W, rng.normal(3)), W, x, dout


def filled(array, name):
    """Check that a gradient is there at all: zeros agree with every law."""
    close(bool(np.any(array)), expected=True, name=f"whether {name} is filled")


@check(points=2, exercise="linear/backward")
def test_linear_backward_returns_dx(student, rng):
    """Linear.backward returns dx = dout W^T."""
    layer, W, x, dout = square(student, rng)
    layer.forward(x)
    close(layer.backward(dout), dout @ W.T, name="dx", N=3)


@check(points=2, exercise="linear/backward")
def test_linear_backward_adds_dw(student, rng):
    """Linear.backward adds x^T dout to weight.grad."""
    layer, _, x, dout = square(student, rng)
    layer.forward(x)
    layer.backward(dout)
    close(layer.weight.grad, x.T @ dout, name="weight.grad", N=3)


@check(points=1, exercise="linear/backward")
def test_linear_backward_sums_db_over_the_batch(student, rng):
    """Linear.backward adds up the bias gradient over the batch."""
    layer, _, x, dout = square(student, rng)
    layer.forward(x)
    layer.backward(dout)
    close(layer.bias.grad, dout.sum(axis=0), name="bias.grad", N=3)


@check(points=1, exercise="linear/backward")
def test_linear_backward_accumulates(student, rng):
    """A second Linear.backward doubles the gradients of the first."""
    hint("Add to grad, +=, and leave it to zero_grad() to begin anew.")
    layer, _, x, dout = square(student, rng)
    layer.forward(x)
    layer.backward(dout)
    once = layer.weight.grad, layer.bias.grad
    layer.backward(dout)
    for i, name in enumerate(("weight", "bias")):
        filled(once[i], f"{name}.grad")
        grad = getattr(layer, name).grad
        close(grad, 2 * once[i], name=f"{name}.grad after two passes")


@check(
    points=1,
    exercise="linear/backward",
    needs=[
        "linear_forward_gives_x_w_plus_b",
        "linear_forward_works_without_bias",
        "linear_forward_takes_every_batch_size",
        "linear_forward_keeps_the_dtype_of_x",
    ],
)
def test_linear_backward_is_the_gradient_of_forward(student, rng):
    """Linear.backward agrees with central differences, with a bias and without."""
    for N, b in ((5, rng.normal(3)), (1, rng.normal(3)), (5, None)):
        layer = linear(student, rng.normal((4, 3)), b)
        reference = layers.Linear(4, 3, bias=b is not None)
        parameters = ("weight",) if b is None else ("weight", "bias")
        gradients_match(
            layer,
            rng.normal((N, 4)),
            rng=rng,
            reference=reference,
            parameters=parameters,
            N=N,
        )


@check(points=1, exercise="linear/backward")
def test_linear_keeps_a_copy_of_x(student, rng):
    """What happens to x after Linear.forward does not change Linear.backward."""
    hint("Forward saves x.copy(): the caller may reuse its array.")
    W, b, dout = rng.normal((3, 3)), rng.normal(3), rng.normal((3, 3))
    placed = student.place(rng.normal((3, 3)))
    calm, disturbed = linear(student, W, b), linear(student, W, b)
    calm.forward(placed)
    disturbed.forward(placed)
    calm.backward(dout)
    expected = calm.weight.grad
    filled(expected, "weight.grad")
    student.numpy.copyto(placed, rng.normal((3, 3)))
    disturbed.backward(dout)
    close(disturbed.weight.grad, expected, name="weight.grad", N=3)


@check(points=1, exercise="linear/backward")
def test_linear_keeps_the_weights_of_forward(student, rng):
    """An update of the weights after Linear.forward does not change dx."""
    hint("Forward saves a copy of the weights: an optimizer changes them in place.")
    layer, W, x, dout = square(student, rng)
    placed = student.place(W)
    layer.weight.data = placed
    layer.forward(x)
    before = layer.backward(dout)
    filled(before, "dx")
    student.numpy.copyto(placed, rng.normal((3, 3)))
    close(layer.backward(dout), before, name="dx", N=3)


@check(points=1, exercise="linear/backward")
def test_linear_backward_keeps_the_dtype_of_x(student, rng):
    """Linear.backward returns float32 for float32, and leaves dout alone."""
    W, b, x, dout = (
        rng.normal(shape).astype(np.float32) for shape in ((3, 3), 3, (3, 3), (3, 3))
    )
    small, large = (
        linear(student, W, b),
        linear(student, W.astype(float), b.astype(float)),
    )
    large.forward(x.astype(float))
    expected = large.backward(dout.astype(float))
    filled(expected, "dx")
    small.forward(x)
    placed = student.place(dout, layout="strided")
    close(small.backward(placed), expected.astype(np.float32), name="dx of float32")
    close(student.look(placed), dout, name="dout afterwards", rtol=0, atol=0)


@check(points=1, exercise="linear/backward")
def test_linear_backward_refuses_what_does_not_fit(student, rng):
    """Linear.backward raises RuntimeError before forward, ValueError for a wrong shape.

    A wrong shape is most dangerous where NumPy would stretch it silently.
    """
    hint("Begin with errors.check_cached and errors.check_shape.")
    layer, W, x, dout = square(student, rng)
    fresh = linear(student, W, rng.normal(3))

    def works():
        layer.forward(x)
        return layer.backward(dout)

    raises("RuntimeError", fresh.backward, dout, works=works)
    raises("ValueError", layer.backward, dout[:, :1], works=works)
    raises("ValueError", layer.backward, dout[:1], works=works)
