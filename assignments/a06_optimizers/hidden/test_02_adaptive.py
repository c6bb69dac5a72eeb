"""Adagrad, RMSprop, Adadelta: a rate of its own for every entry."""

from __future__ import annotations

import numpy as np

import nabla.module
import nabla.optimizers
from autograder.suite import check, close, hint

SHAPES = ((3, 2), (2,))


def draw(rng, steps=6):
    """Return first values, and gradients that differ in size from entry to entry."""
    starts = [rng.normal(shape) for shape in SHAPES]
    gradients = [
        [rng.normal(shape) * 10.0 ** rng.uniform(-2, 1, shape) for shape in SHAPES]
        for _ in range(steps)
    ]
    return starts, gradients


def walk(side, name, starts, gradients, **options):
    """Return the parameters after every step, with the student's code or with ours."""
    parameters = [side.module.Parameter(start) for start in starts]
    optimizer = getattr(side.optimizers, name)(parameters, **options)
    path = []
    for of_step in gradients:
        for parameter, g in zip(parameters, of_step, strict=True):
            parameter.grad = g.copy()
        optimizer.step()
        path.append([parameter.data.copy() for parameter in parameters])
    return path


def follows(student, name, starts, gradients, **options):
    """Compare the student's way with ours, step by step."""
    found = walk(student, name, starts, gradients, **options)
    wanted = walk(nabla, name, starts, gradients, **options)
    for k, (here, there) in enumerate(zip(found, wanted, strict=True), start=1):
        for i, (data, expected) in enumerate(zip(here, there, strict=True)):
            close(data, expected, name=f"data of parameter {i} after step {k}")


def keeps_house(student, rng, name, least=0.0, **options):
    """Check what has nothing to do with the formula.

    Where all gradients are at least 1, it does not matter where a tiny eps stands.
    """
    hint(
        "p.data -= ... changes the array itself; p.grad stays as it is;"
        " self.trainable() yields each parameter once, frozen ones not at all."
    )
    x = rng.normal((3, 2))
    gradients = [rng.away_from_zero((3, 2), least) for _ in range(3)]
    p, frozen, other = (student.module.Parameter(x) for _ in range(3))
    frozen.requires_grad = False
    shared, grad = student.place(x), student.place(np.zeros((3, 2)))
    p.data, p.grad, other.grad = shared, grad, grad
    make = getattr(student.optimizers, name)
    optimizer, another = make([p, frozen, p], **options), make([other], **options)
    for g in gradients:
        student.numpy.copyto(grad, g)
        optimizer.step()
        another.step()
        close(student.look(grad), g, name="grad after the step", rtol=0, atol=0)
    wanted = walk(nabla, name, [x], [[g] for g in gradients], **options)[-1][0]
    close(student.look(shared), wanted, name="the array p.data after three steps")
    close(other.data, wanted, name="data of the other optimizer's parameter")
    close(frozen.data, x, name="data of the frozen parameter")


def keeps_float32(student, rng, name, **options):
    """Check that float32 stays float32; eps is nothing beside these gradients."""
    x = rng.normal((3, 2)).astype(np.float32)
    g = rng.away_from_zero((3, 2), 0.5).astype(np.float32)
    found = walk(student, name, [x], [[g], [g]], **options)[-1][0]
    wanted = walk(nabla, name, [x], [[g], [g]], **options)[-1][0]
    close(found, wanted, name="data of float32")


@check(points=3, exercise="adagrad")
def test_adagrad_divides_by_all_it_has_seen(student, rng):
    """Adagrad divides the gradient by the root of the sum of all squares so far."""
    follows(student, "Adagrad", *draw(rng), lr=0.1)


@check(points=1, exercise="adagrad")
def test_adagrad_adds_eps_to_the_root(student, rng):
    """Adagrad adds eps to the root, not to what stands under it."""
    hint("g / (sqrt(s) + eps)")
    starts, gradients = draw(rng)
    gradients = [[1e-3 * g for g in of_step] for of_step in gradients]
    follows(student, "Adagrad", starts, gradients, lr=0.1, eps=1e-3)


@check(points=2, exercise="adagrad")
def test_adagrad_changes_in_place_what_is_trainable(student, rng):
    """Adagrad changes p.data in place, leaves grad alone, and skips frozen ones."""
    keeps_house(student, rng, "Adagrad", least=1.0, lr=0.01)
    keeps_float32(student, rng, "Adagrad", lr=0.1)


@check(points=3, exercise="rmsprop")
def test_rmsprop_divides_by_a_running_average(student, rng):
    """RMSprop divides the gradient by the root of a running average of its square."""
    follows(student, "RMSprop", *draw(rng), lr=0.1, alpha=0.8)


@check(points=1, exercise="rmsprop")
def test_rmsprop_forgets_with_alpha(student, rng):
    """RMSprop keeps the share alpha of the old average, 0.99 if nothing is said."""
    follows(student, "RMSprop", *draw(rng))
    follows(student, "RMSprop", *draw(rng), lr=0.1, alpha=0.3)


@check(points=1, exercise="rmsprop")
def test_rmsprop_adds_eps_to_the_root(student, rng):
    """RMSprop adds eps to the root, not to what stands under it."""
    hint("g / (sqrt(v) + eps)")
    starts, gradients = draw(rng)
    gradients = [[1e-4 * g for g in of_step] for of_step in gradients]
    follows(student, "RMSprop", starts, gradients, lr=0.1, alpha=0.9)


@check(points=1, exercise="rmsprop")
def test_rmsprop_changes_in_place_what_is_trainable(student, rng):
    """RMSprop changes p.data in place, leaves grad alone, and skips frozen ones."""
    keeps_house(student, rng, "RMSprop", lr=0.1, alpha=0.8)


@check(points=1, exercise="rmsprop")
def test_rmsprop_keeps_float32(student, rng):
    """RMSprop keeps float32 parameters in float32."""
    keeps_float32(student, rng, "RMSprop", lr=0.1)


@check(points=3, exercise="adadelta")
def test_adadelta_steps_by_the_size_of_its_updates(student, rng):
    """Adadelta scales the gradient by the size of earlier updates over that of g."""
    hint("The updates' average changes after it was used: the first step needs eps.")
    follows(student, "Adadelta", *draw(rng), eps=1e-3)
    follows(student, "Adadelta", *draw(rng), rho=0.7)


@check(points=1, exercise="adadelta")
def test_adadelta_multiplies_by_lr_last(student, rng):
    """Adadelta's lr scales what is subtracted, not what is remembered."""
    hint("u averages d^2; lr * d is what p loses.")
    follows(student, "Adadelta", *draw(rng), lr=0.3, eps=1e-2)


@check(points=1, exercise="adadelta")
def test_adadelta_changes_in_place_what_is_trainable(student, rng):
    """Adadelta changes p.data in place, leaves grad alone, and skips frozen ones."""
    keeps_house(student, rng, "Adadelta", eps=1e-3)
    keeps_float32(student, rng, "Adadelta", eps=1e-3)
