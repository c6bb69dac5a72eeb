"""SGD and zero_grad: explicit gradients, put in from here, and where they lead."""

from __future__ import annotations

import numpy as np

import nabla.module
import nabla.optimizers
from autograder.suite import check, close, hint, raises

SHAPES = ((3, 2), (2,))  # a weight and a bias


def draw(rng, steps=6):
    """Return first values, and gradients of very different size for each step.

    One of them is zero: that is a gradient like any other.
    """
    starts = [rng.normal(shape) for shape in SHAPES]
    gradients = [[rng.normal(shape) for shape in SHAPES] for _ in range(steps)]
    gradients[1] = [10.0 * g for g in gradients[1]]
    gradients[-2] = [0.0 * g for g in gradients[-2]]
    return starts, gradients


def walk(side, starts, gradients, *, rates=None, **options):
    """Return the parameters after every step, with the student's SGD or with ours."""
    weight = side.module.Parameter(starts[0], "weight")
    bias = side.module.Parameter(starts[1], "bias", decay=False)
    optimizer = side.optimizers.SGD([weight, bias], **options)
    path = []
    for k, (of_weight, of_bias) in enumerate(gradients):
        if rates:
            optimizer.lr = rates[k]
        weight.grad, bias.grad = of_weight.copy(), of_bias.copy()
        optimizer.step()
        path.append((weight.data.copy(), bias.data.copy()))
    return path


def follows(student, starts, gradients, **options):
    """Compare the student's way with ours, step by step."""
    found = walk(student, starts, gradients, **options)
    wanted = walk(nabla, starts, gradients, **options)
    for k, (here, there) in enumerate(zip(found, wanted, strict=True), start=1):
        names = f"weight.data after step {k}, bias.data after step {k}"
        close(here, there, name=names)


@check(points=2, exercise="sgd")
def test_sgd_goes_against_the_gradient(student, rng):
    """SGD subtracts lr times the gradient from every parameter."""
    starts, gradients = draw(rng)
    follows(student, starts, gradients, lr=0.03)


@check(points=2, exercise="sgd")
def test_sgd_momentum_collects_gradients(student, rng):
    """With momentum, SGD goes on along the gradients of earlier steps."""
    starts, gradients = draw(rng)
    follows(student, starts, gradients, lr=0.03, momentum=0.9)


@check(points=1, exercise="sgd")
def test_sgd_does_not_dampen_the_first_gradient(student, rng):
    """Dampening weakens every gradient but the first."""
    hint("At the first step v is the gradient itself, whatever dampening is.")
    starts, gradients = draw(rng)
    follows(student, starts, gradients, lr=0.03, momentum=0.8, dampening=0.3)


@check(points=1, exercise="sgd")
def test_sgd_nesterov_looks_ahead(student, rng):
    """With nesterov=True, SGD moves along g + momentum * v."""
    starts, gradients = draw(rng)
    follows(student, starts, gradients, lr=0.03, momentum=0.9, nesterov=True)


@check(points=1, exercise="sgd")
def test_sgd_weight_decay_pulls_weights_not_biases(student, rng):
    """Weight decay adds weight_decay * p to the gradient, only where p.decay is set."""
    hint("The bias here is a Parameter(..., decay=False).")
    starts, gradients = draw(rng)
    follows(student, starts, gradients, lr=0.03, weight_decay=0.4)


@check(points=1, exercise="sgd")
def test_sgd_weight_decay_goes_through_the_velocity(student, rng):
    """With momentum, weight decay is part of the gradient that is collected."""
    starts, gradients = draw(rng)
    follows(student, starts, gradients, lr=0.03, momentum=0.9, weight_decay=0.4)


@check(points=1, exercise="sgd")
def test_sgd_follows_a_new_rate_at_once(student, rng):
    """A new lr holds for the whole velocity, not only for new gradients."""
    hint("The velocity collects gradients; lr comes in where p changes: p - lr * v.")
    starts, gradients = draw(rng)
    rates = (0.1, 0.1, 0.01, 0.01, 0.05, 0.05)
    follows(student, starts, gradients, lr=0.1, momentum=0.9, rates=rates)


@check(points=1, exercise="sgd")
def test_sgd_keeps_velocities_apart(student, rng):
    """Every parameter of every optimizer has a velocity of its own."""
    starts = [rng.normal(4) for _ in range(3)]
    gradients = [[rng.normal(4) for _ in range(3)] for _ in range(3)]
    parameters = [student.module.Parameter(start) for start in starts]
    make = student.optimizers.SGD
    both = make(parameters[:2], 0.1, momentum=0.9), make(parameters[2:], 0.1, 0.9)
    velocities = [np.zeros(4)] * 3
    for of_step in gradients:
        for parameter, g in zip(parameters, of_step, strict=True):
            parameter.grad = g
        for optimizer in both:
            optimizer.step()
        velocities = [0.9 * v + g for v, g in zip(velocities, of_step, strict=True)]
        starts = [x - 0.1 * v for x, v in zip(starts, velocities, strict=True)]
    for i, (parameter, x) in enumerate(zip(parameters, starts, strict=True)):
        close(parameter.data, x, name=f"data of parameter {i} after three steps")


@check(points=1, exercise="sgd")
def test_sgd_changes_parameters_in_place(student, rng):
    """SGD changes the array p.data itself: whoever shares it sees the new numbers."""
    hint("p.data -= ... changes the array; p.data = p.data - ... makes another one.")
    x, g, shared = rng.normal((3, 2)), rng.normal((3, 2)), None
    for options in ({}, {"momentum": 0.9}):
        p = student.module.Parameter(x)
        shared = student.place(x)
        p.data, p.grad = shared, g
        student.optimizers.SGD([p], 0.1, **options).step()
        close(student.look(shared), x - 0.1 * g, name="the shared array")


@check(points=1, exercise="sgd")
def test_sgd_steps_once_for_each_trainable_parameter(student, rng):
    """A parameter that is listed twice steps once; a frozen one stays."""
    hint("self.trainable() yields each parameter once, frozen ones not at all.")
    x, g = rng.normal((2, 3)), rng.normal((2, 3))
    p, frozen = student.module.Parameter(x), student.module.Parameter(x)
    frozen.requires_grad = False
    optimizer = student.optimizers.SGD([p, frozen, p], 0.1)
    p.grad = frozen.grad = g
    optimizer.step()
    close(p.data, x - 0.1 * g, name="data of the parameter that is listed twice")
    close(frozen.data, x, name="data of the frozen parameter")


@check(points=1, exercise="sgd")
def test_sgd_copies_the_first_gradient(student, rng):
    """Gradients are written into one array again and again; the velocity is not it."""
    hint("v = p.grad is the gradient's own array: the next gradient overwrites it.")
    x, gradients = rng.normal(4), [rng.normal(4) for _ in range(3)]
    p, placed = student.module.Parameter(x), student.place(np.zeros(4))
    p.grad = placed
    optimizer = student.optimizers.SGD([p], 0.1, momentum=0.9)
    v = np.zeros(4)
    for k, g in enumerate(gradients, start=1):
        student.numpy.copyto(placed, g)
        optimizer.step()
        v = 0.9 * v + g
        x = x - 0.1 * v
        close(p.data, x, name=f"data after step {k}")


@check(points=1, exercise="sgd")
def test_sgd_leaves_the_gradient_alone(student, rng):
    """SGD.step does not change the gradient, and does not clear it."""
    hint("zero_grad() is called by whoever trains; g += ... would change p.grad.")
    x, g = rng.normal(4), rng.normal(4)
    options = {"momentum": 0.9, "nesterov": True, "weight_decay": 0.2}
    for keys in ((), ("weight_decay",), tuple(options)):
        p, placed = student.module.Parameter(x), student.place(g)
        p.grad = placed
        chosen = {key: options[key] for key in keys}
        optimizer = student.optimizers.SGD([p], 0.1, **chosen)
        optimizer.step()
        optimizer.step()
        moved = bool(np.array_equal(p.data, x))
        close(moved, expected=False, name="whether data is still what it was")
        close(student.look(placed), g, name="grad afterwards", rtol=0, atol=0)


@check(points=1, exercise="sgd")
def test_sgd_keeps_float32(student, rng):
    """SGD keeps float32 parameters in float32, whatever their memory layout."""
    x, g = (rng.normal((3, 4)).astype(np.float32) for _ in range(2))
    options = {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}
    p, strided = student.module.Parameter(x), student.module.Parameter(x)
    strided.data = student.place(x, layout="strided")
    optimizer = student.optimizers.SGD([p, strided], 0.1, **options)
    p.grad = strided.grad = g
    optimizer.step()
    expected = x - np.float32(0.19) * (g + np.float32(0.1) * x)
    close(p.data, expected, name="data")
    close(strided.data, expected, name="data of the strided parameter")


@check(points=1, exercise="sgd")
def test_sgd_refuses_nesterov_without_momentum(student, rng):
    """SGD raises ValueError for nesterov without momentum, or with dampening."""
    p = student.module.Parameter(rng.normal(3))
    make = student.optimizers.SGD

    def works():
        return make([p], 0.1, momentum=0.9, nesterov=True)

    raises(
        "ValueError",
        make,
        [p],
        0.1,
        nesterov=True,
        works=works,
        when="nesterov=True and momentum=0",
    )
    raises(
        "ValueError",
        make,
        [p],
        0.1,
        momentum=0.9,
        dampening=0.1,
        nesterov=True,
        works=works,
        when="nesterov=True and dampening=0.1",
    )


@check(points=1, exercise="zero_grad")
def test_zero_grad_reaches_every_parameter(student, rng):
    """zero_grad sets the gradients of all parameters to zero."""
    parameters = [student.module.Parameter(rng.normal(shape)) for shape in SHAPES]
    parameters[1].requires_grad = False
    optimizer = student.optimizers.Optimizer(parameters, 0.1)
    for parameter, shape in zip(parameters, SHAPES, strict=True):
        parameter.grad = rng.normal(shape)
    optimizer.zero_grad()
    for i, shape in enumerate(SHAPES):
        close(parameters[i].grad, np.zeros(shape), name=f"grad of parameter {i}")


@check(points=1, exercise="zero_grad")
def test_zero_grad_keeps_the_array(student, rng):
    """zero_grad writes zeros into the gradient's array and leaves the data alone."""
    hint("Layers add to grad: it has to stay an array, and the same one.")
    x = rng.normal((2, 3))
    p, placed = student.module.Parameter(x), student.place(rng.normal((2, 3)))
    p.grad = placed
    student.optimizers.Optimizer([p], 0.1).zero_grad()
    close(student.look(placed), np.zeros((2, 3)), name="grad")
    close(p.data, x, name="data", rtol=0, atol=0)
