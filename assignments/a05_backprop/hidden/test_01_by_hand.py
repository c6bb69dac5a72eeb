"""What is worked with bare arrays and numbers: no layer, no module, no loss object."""

from __future__ import annotations

import math

import numpy as np

from autograder.suite import check, close, hint, raises, shape_is
from nabla import backprop

LAYOUTS = ("F", "strided", "reversed")


def linear_net(rng, N=3, d=3, h=3, k=3):
    """Return x, y, Wh and Wo; all square, so that a wrong product gives a number."""
    return (
        rng.normal((N, d)),
        rng.normal((N, k)),
        rng.normal((d, h)),
        rng.normal((h, k)),
    )


@check(points=2, exercise="mlp_backprop")
def test_mlp_backprop_gives_the_loss(student, rng):
    """mlp_backprop returns half the squared error, summed over the whole batch."""
    x, y, Wh, Wo = linear_net(rng)
    loss = student.backprop.mlp_backprop(x, y, Wh, Wo)[0]
    expected = 0.5 * float(((x @ Wh @ Wo - y) ** 2).sum())
    close(loss, expected, name="the loss", N=3)


@check(points=2, exercise="mlp_backprop")
def test_mlp_backprop_gives_dwo(student, rng):
    """mlp_backprop returns dWo = h^T (yhat - y)."""
    x, y, Wh, Wo = linear_net(rng)
    dWo = student.backprop.mlp_backprop(x, y, Wh, Wo)[2]
    h = x @ Wh
    close(dWo, h.T @ (h @ Wo - y), name="dWo", N=3)


@check(points=3, exercise="mlp_backprop")
def test_mlp_backprop_gives_dwh(student, rng):
    """mlp_backprop returns dWh = x^T Eh, and Eh comes back through Wo."""
    hint("Eh = Eo Wo^T, and the gradient of a weight is its input times its error.")
    x, y, Wh, Wo = linear_net(rng)
    dWh = student.backprop.mlp_backprop(x, y, Wh, Wo)[1]
    Eh = (x @ Wh @ Wo - y) @ Wo.T
    listing = {"dWh = Eh * x is taken over from the listing": Eh * x}
    close(dWh, x.T @ Eh, name="dWh", N=3, alternatives=listing)


@check(points=1, exercise="mlp_backprop")
def test_mlp_backprop_takes_every_size(student, rng):
    """mlp_backprop takes one sample or many, and layers of any width."""
    for sizes in ((5, 4, 3, 2), (1, 2, 4, 1), (4, 1, 1, 3)):
        x, y, Wh, Wo = linear_net(rng, *sizes)
        _, dWh, dWo = student.backprop.mlp_backprop(x, y, Wh, Wo)
        shape_is(dWh, Wh.shape, name="dWh")
        shape_is(dWo, Wo.shape, name="dWo")


@check(points=1, exercise="mlp_backprop")
def test_mlp_backprop_of_a_batch_is_the_sum_of_its_samples(student, rng):
    """mlp_backprop of a batch is the sum over its samples, each alone."""
    hint("Nobody divides by N here: the loss is a sum, and so are its gradients.")
    x, y, Wh, Wo = linear_net(rng, N=4)
    run = student.backprop.mlp_backprop
    alone = [run(x[i : i + 1], y[i : i + 1], Wh, Wo) for i in range(4)]
    for i, name in enumerate(("the loss", "dWh", "dWo")):
        whole = run(x, y, Wh, Wo)[i]
        close(bool(np.any(whole)), expected=True, name=f"whether {name} is not zero")
        close(whole, sum(part[i] for part in alone), name=name, N=4)


@check(points=1, exercise="mlp_backprop")
def test_mlp_backprop_leaves_its_arguments_alone(student, rng):
    """mlp_backprop changes none of its arguments: it computes, it does not learn."""
    hint("The listing's Wh -= lr * dWh writes into the caller's array.")
    arrays = linear_net(rng, N=4)
    placed = [student.place(array) for array in arrays]
    _, dWh, _ = student.backprop.mlp_backprop(*placed)
    shape_is(dWh, (3, 3), name="dWh")
    for name, before, after in zip(("x", "y", "Wh", "Wo"), arrays, placed, strict=True):
        close(student.look(after), before, name=f"{name} afterwards", rtol=0, atol=0)


@check(points=1, exercise="mlp_backprop")
def test_mlp_backprop_takes_every_layout_and_dtype(student, rng):
    """mlp_backprop takes any memory layout, and returns float32 for float32."""
    arrays = linear_net(rng)
    run = student.backprop.mlp_backprop
    plain = run(*arrays)
    for layout in LAYOUTS:
        placed = [student.place(array, layout=layout) for array in arrays]
        close(run(*placed), plain, name="the loss, dWh, dWo")
    small = [array.astype(np.float32) for array in arrays]
    wide = run(*[array.astype(float) for array in small])
    _, dWh, dWo = run(*small)
    close(dWh, wide[1].astype(np.float32), name="dWh of float32")
    close(dWo, wide[2].astype(np.float32), name="dWo of float32")


@check(points=1, exercise="mlp_backprop")
def test_mlp_backprop_refuses_what_does_not_fit(student, rng):
    """mlp_backprop raises TypeError for integers, ValueError for wrong shapes.

    A vector y is the most dangerous: NumPy would turn (N, 1) - (N,) into (N, N).
    """
    hint("errors.check_float and errors.check_shape, before anything is computed.")
    x, y, Wh, Wo = linear_net(rng, 4, 3, 2, 1)
    run = student.backprop.mlp_backprop

    def works():
        return run(x, y, Wh, Wo)

    integers = rng.integers(0, 5, (4, 3))
    raises("TypeError", run, integers, y, Wh, Wo, works=works, when="x holds integers")
    vector = y[:, 0]
    raises("ValueError", run, x, vector, Wh, Wo, works=works, when="y has one axis")
    one = y[:1]
    raises("ValueError", run, x, one, Wh, Wo, works=works, when="y has one row only")
    raises("ValueError", run, x[0], y, Wh, Wo, works=works, when="x has one axis")
    none = x[:0], y[:0]
    raises("ValueError", run, *none, Wh, Wo, works=works, when="the batch is empty")


def chain(rng):
    """Return five numbers and all that the two neurons make of them."""
    x, a, b, c, d = (float(rng.uniform(0.5, 1.5) * rng.sign()) for _ in range(5))
    y = 1 / (1 + math.exp(-(a * x + b)))
    z = 1 / (1 + math.exp(-(c * y + d)))
    return (x, a, b, c, d), y, z


@check(points=1, exercise="two_sigmoid_chain")
def test_two_sigmoid_chain_value(student, rng):
    """two_sigmoid_chain returns z = s(c s(a x + b) + d)."""
    numbers, _, z = chain(rng)
    close(student.backprop.two_sigmoid_chain(*numbers)[0], z, name="z")


@check(points=1, exercise="two_sigmoid_chain")
def test_two_sigmoid_chain_derivative_for_d(student, rng):
    """two_sigmoid_chain returns dz/dd, the slope of the second sigmoid."""
    numbers, _, z = chain(rng)
    grad = student.backprop.two_sigmoid_chain(*numbers)[1]
    close(grad["d"], z * (1 - z), name='grad["d"]')


@check(points=1, exercise="two_sigmoid_chain")
def test_two_sigmoid_chain_derivative_for_c(student, rng):
    """two_sigmoid_chain returns dz/dc: the slope times what c is multiplied by."""
    numbers, y, z = chain(rng)
    grad = student.backprop.two_sigmoid_chain(*numbers)[1]
    close(grad["c"], z * (1 - z) * y, name='grad["c"]')


@check(points=2, exercise="two_sigmoid_chain")
def test_two_sigmoid_chain_derivative_for_b(student, rng):
    """two_sigmoid_chain returns dz/db, through c and both slopes."""
    numbers, y, z = chain(rng)
    c = numbers[3]
    grad = student.backprop.two_sigmoid_chain(*numbers)[1]
    s = 1 / (1 + math.exp(-y))
    late = {
        "the first slope is taken at y instead of a x + b": np.array(
            z * (1 - z) * c * s * (1 - s)
        )
    }
    expected = z * (1 - z) * c * y * (1 - y)
    close(grad["b"], expected, name='grad["b"]', alternatives=late)


@check(points=2, exercise="two_sigmoid_chain")
def test_two_sigmoid_chain_derivative_for_a(student, rng):
    """two_sigmoid_chain returns dz/da, which has one factor more than dz/db."""
    numbers, y, z = chain(rng)
    x, c = numbers[0], numbers[3]
    grad = student.backprop.two_sigmoid_chain(*numbers)[1]
    close(grad["a"], z * (1 - z) * c * y * (1 - y) * x, name='grad["a"]')


@check(points=1, exercise="two_sigmoid_chain")
def test_two_sigmoid_chain_derivative_for_x(student, rng):
    """two_sigmoid_chain returns dz/dx, which an earlier layer would be handed."""
    numbers, y, z = chain(rng)
    a, c = numbers[1], numbers[3]
    grad = student.backprop.two_sigmoid_chain(*numbers)[1]
    close(grad["x"], z * (1 - z) * c * y * (1 - y) * a, name='grad["x"]')


def some_arrays(rng):
    """Return parameters of several shapes, and a gradient for each."""
    shapes = ((4, 3), (3,), (3, 1), (2, 3, 2))
    return [rng.normal(shape) for shape in shapes], [rng.normal(s) for s in shapes]


@check(points=2, exercise="sgd_update")
def test_sgd_update_steps_downhill(student, rng):
    """sgd_update returns p - lr g for every parameter."""
    params, grads = some_arrays(rng)
    lr = float(rng.uniform(0.05, 0.4))
    new = student.backprop.sgd_update(params, grads, lr)
    expected = [p - lr * g for p, g in zip(params, grads, strict=True)]
    close(new, expected, name="the new parameters")


@check(points=1, exercise="sgd_update")
def test_sgd_update_returns_new_arrays(student, rng):
    """sgd_update leaves the parameters and gradients that it is given as they are."""
    hint("p -= lr * g writes into the caller's array: compute p - lr * g.")
    params, grads = some_arrays(rng)
    placed = [[student.place(a) for a in arrays] for arrays in (params, grads)]
    new = student.backprop.sgd_update(*placed, 0.1)
    shape_is(new[0], (4, 3), name="the first new parameter")
    names = ("p afterwards", "g afterwards")
    for arrays, there, name in zip((params, grads), placed, names, strict=True):
        for array, handle in zip(arrays, there, strict=True):
            close(
                student.look(handle), array, name=f"{name} afterwards", rtol=0, atol=0
            )


@check(points=1, exercise="sgd_update")
def test_sgd_update_keeps_the_dtype(student, rng):
    """sgd_update returns float32 for float32."""
    p, g = (rng.normal((3, 2)).astype(np.float32) for _ in range(2))
    new = student.backprop.sgd_update([p], [g], 0.25)
    close(new[0], p - np.float32(0.25) * g, name="the new parameter")


@check(points=1, exercise="sgd_update")
def test_sgd_update_refuses_what_does_not_fit(student, rng):
    """sgd_update refuses a missing gradient, wrong shapes, integers and lr = 0.

    A gradient that NumPy would stretch is the most dangerous.
    """
    hint("Compare the numbers and the shapes before anything is computed.")
    update = student.backprop.sgd_update
    p, g = rng.normal((4, 3)), rng.normal((4, 3))

    def works():
        return update([p, p], [g, g], 0.1)

    few = "a gradient is missing"
    raises("ValueError", update, [p, p], [g], 0.1, works=works, when=few)
    row = [g[0]]
    raises("ValueError", update, [p], row, 0.1, works=works, when="g is one row")
    raises("ValueError", update, [p], [g], 0.0, works=works, when="lr is 0")
    whole = [rng.integers(0, 5, (4, 3))]
    raises("TypeError", update, whole, [g], 0.1, works=works, when="p holds integers")


def network(rng):
    """Return x, W0, b1, W1 and b2 of a 3-2-1 network."""
    return {
        "x": rng.normal(3),
        "W0": rng.normal((3, 2)),
        "b1": rng.normal(2),
        "W1": rng.normal(2),
        "b2": float(rng.normal()),
    }


@check(points=1, exercise="three_two_one")
def test_three_two_one_forward_gives_the_corrected_lecture(student):
    """three_two_one() gives 0.78 and 0.66 and, at the end, 0.7500798843."""
    found = student.backprop.three_two_one()
    close(found["a1"], np.array([0.78, 0.66]), name="a1")
    close(found["out"], 0.7500798843241387, name="out")


@check(points=2, exercise="three_two_one")
def test_three_two_one_forward(student, rng):
    """three_two_one gives a1, h, a2 and out for any numbers."""
    given = network(rng)
    found = student.backprop.three_two_one(**given)
    expected = backprop.three_two_one(**given)
    for name in ("a1", "h", "a2", "out"):
        close(found[name], expected[name], name=name)


@check(points=2, exercise="three_two_one")
def test_three_two_one_output_layer(student, rng):
    """three_two_one gives dW1 and db2 of the output itself."""
    given = network(rng)
    found = student.backprop.three_two_one(**given)
    expected = backprop.three_two_one(**given)
    close(found["loss"], expected["out"], name="loss without a loss, which is out")
    for name in ("dW1", "db2"):
        close(found[name], expected[name], name=name)


@check(points=2, exercise="three_two_one")
def test_three_two_one_hidden_layer(student, rng):
    """three_two_one gives dW0, db1 and dx of the output itself."""
    given = network(rng)
    found = student.backprop.three_two_one(**given)
    expected = backprop.three_two_one(**given)
    for name in ("dW0", "db1", "dx"):
        close(found[name], expected[name], name=name)


@check(points=1, exercise="three_two_one")
def test_three_two_one_with_the_half_squared_error(student, rng):
    """three_two_one with loss="half" differentiates 1/2 (out - y)^2."""
    given = {**network(rng), "loss": "half", "y": float(rng.uniform(0.1, 0.9))}
    found = student.backprop.three_two_one(**given)
    expected = backprop.three_two_one(**given)
    close(found["loss"], expected["loss"], name="loss")
    # db2 is dL/da2: where the loss comes in, whatever becomes of it farther back.
    close(found["db2"], expected["db2"], name="db2")


@check(points=1, exercise="three_two_one")
def test_three_two_one_with_binary_cross_entropy(student, rng):
    """three_two_one with loss="bce" differentiates binary cross-entropy, for any y."""
    hint(
        "Behind a sigmoid, cross-entropy has the derivative out - y: no slope is left."
    )
    given = {**network(rng), "loss": "bce", "y": float(rng.uniform(0.1, 0.9))}
    found = student.backprop.three_two_one(**given)
    expected = backprop.three_two_one(**given)
    close(found["loss"], expected["loss"], name="loss")
    close(found["db2"], expected["db2"], name="db2")


@check(points=1, exercise="three_two_one")
def test_three_two_one_refuses_what_does_not_fit(student, rng):
    """three_two_one refuses an unknown loss, wrong shapes and integers."""
    hint(
        "errors.check_float and errors.check_shape; then a loss that is none of three."
    )
    run, given = student.backprop.three_two_one, network(rng)

    def works():
        return run(**given)

    unknown = {**given, "loss": "mse"}
    raises("ValueError", run, works=works, when="loss is 'mse'", **unknown)
    turned = {**given, "W0": rng.normal((2, 3))}
    raises("ValueError", run, works=works, when="W0 is transposed", **turned)
    row = {**given, "b1": rng.normal((1, 2))}
    raises("ValueError", run, works=works, when="b1 has two axes", **row)
    integers = {**given, "x": np.array([1, 2, 3])}
    raises("TypeError", run, works=works, when="x holds integers", **integers)
