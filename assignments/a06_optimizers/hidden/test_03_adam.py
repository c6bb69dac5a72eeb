"""Adam, AMSGrad and AdamW: explicit gradients, chosen so that each detail shows."""

from __future__ import annotations

import numpy as np

import nabla.module
import nabla.optimizers
from autograder.suite import check, close, hint

SHAPES = ((3, 2), (2,))  # a weight and a bias


def draw(rng, steps=6, scale=1.0):
    """Return first values, and gradients that differ in size from entry to entry."""
    starts = [rng.normal(shape) for shape in SHAPES]
    gradients = [
        [
            scale * rng.normal(shape) * 10.0 ** rng.uniform(-2, 1, shape)
            for shape in SHAPES
        ]
        for _ in range(steps)
    ]
    return starts, gradients


def walk(side, name, starts, gradients, **options):
    """Return the parameters after every step; all but the first are biases."""
    parameters = [
        side.module.Parameter(start, decay=not i) for i, start in enumerate(starts)
    ]
    optimizer = getattr(side.optimizers, name)(parameters, **options)
    path = []
    for of_step in gradients:
        for parameter, g in zip(parameters, of_step, strict=True):
            parameter.grad = g.copy()
        optimizer.step()
        path.append([parameter.data.copy() for parameter in parameters])
    return path


def compare(found, wanted):
    """Compare two ways, step by step."""
    for k, (here, there) in enumerate(zip(found, wanted, strict=True), start=1):
        for i, (data, expected) in enumerate(zip(here, there, strict=True)):
            kind = ("weight", "bias")[i] if len(there) == 2 else f"parameter {i}"
            close(data, expected, name=f"{kind}.data after step {k}")


def follows(student, name, starts, gradients, **options):
    """Compare the student's way with ours."""
    wanted = walk(nabla, name, starts, gradients, **options)
    compare(walk(student, name, starts, gradients, **options), wanted)


@check(points=3, exercise="adam")
def test_adam_moves_by_its_formula(student, rng):
    """Adam moves a parameter by its corrected averages, with the default settings."""
    starts, gradients = draw(rng)
    follows(student, "Adam", starts[:1], [g[:1] for g in gradients])


@check(points=2, exercise="adam")
def test_adam_first_step_has_length_lr(student, rng):
    """Adam's first step is lr in every entry, however large the gradient."""
    hint("Both averages begin at zero; the correction makes up for that.")
    x, sign = rng.uniform(1, 2, 5), rng.sign(5)
    g = sign * 10.0 ** rng.uniform(0, 3, 5)
    found = walk(student, "Adam", [x], [[g]], lr=0.1)[0][0]
    close(found, x - 0.1 * sign, name="data after step 1", rtol=1e-6)


@check(points=2, exercise="adam")
def test_adam_uses_each_beta_where_it_belongs(student, rng):
    """Adam averages gradients with the first beta, squares with the second."""
    starts, gradients = draw(rng)
    one = [g[:1] for g in gradients]
    follows(student, "Adam", starts[:1], one, lr=0.1, betas=(0.7, 0.95))
    follows(student, "Adam", starts[:1], one, lr=0.1, betas=(0.0, 0.9))


@check(points=2, exercise="adam")
def test_adam_adds_eps_to_the_root(student, rng):
    """Adam adds eps to the corrected root: it shows where gradients are tiny."""
    hint(
        "sqrt(v / (1 - beta2^t)) + eps: correct, take the root, add eps, in this order."
    )
    starts, gradients = draw(rng, scale=1e-5)
    follows(student, "Adam", starts[:1], [g[:1] for g in gradients], lr=0.1)


@check(points=2, exercise="adam")
def test_adam_counts_a_step_once(student, rng):
    """Adam's t goes up by one per step, however many parameters there are."""
    hint("t belongs to the step, or to each parameter; it must not go up for each.")
    starts = [rng.normal(3) for _ in range(3)]
    gradients = [[rng.normal(3) for _ in range(3)] for _ in range(4)]
    follows(student, "Adam", starts, gradients, lr=0.1, betas=(0.9, 0.99))


@check(points=2, exercise="adam")
def test_adam_amsgrad_keeps_the_largest_average(student, rng):
    """With amsgrad, Adam divides by the largest average of squares so far."""
    hint("The average itself goes on as before; the largest one stands under the root.")
    starts, gradients = draw(rng)
    gradients[1] = [30.0 * g for g in gradients[1]]  # a spike, then small ones
    one = [g[:1] for g in gradients]
    options = {"lr": 0.1, "betas": (0.9, 0.8), "amsgrad": True}
    follows(student, "Adam", starts[:1], one, **options)


@check(points=1, exercise="adam")
def test_adam_weight_decay_is_part_of_the_gradient(student, rng):
    """Adam adds weight_decay * p to the gradient before it averages."""
    starts, gradients = draw(rng)
    one = [g[:1] for g in gradients]
    follows(student, "Adam", starts[:1], one, lr=0.1, weight_decay=0.3)


@check(points=1, exercise="adam")
def test_adam_decays_no_biases(student, rng):
    """Adam's weight decay leaves parameters alone that do not decay."""
    hint("Look at p.decay.")
    starts, gradients = draw(rng)
    found = walk(student, "Adam", starts, gradients, lr=0.1, weight_decay=0.3)
    wanted = walk(nabla, "Adam", starts, gradients, lr=0.1, weight_decay=0.3)
    for k, (here, there) in enumerate(zip(found, wanted, strict=True), start=1):
        close(here[1], there[1], name=f"bias.data after step {k}")


@check(points=1, exercise="adam")
def test_adam_changes_in_place_what_is_trainable(student, rng):
    """Adam changes p.data in place, leaves grad alone, and skips frozen ones."""
    hint(
        "p.data -= ... changes the array itself; p.grad stays as it is;"
        " self.trainable() yields each parameter once, frozen ones not at all."
    )
    x, gradients = rng.normal((3, 2)), [rng.normal((3, 2)) for _ in range(3)]
    p, frozen = student.module.Parameter(x), student.module.Parameter(x)
    frozen.requires_grad = False
    shared, grad = student.place(x), student.place(np.zeros((3, 2)))
    p.data, p.grad = shared, grad
    optimizer = student.optimizers.Adam([p, frozen, p], lr=0.1, weight_decay=0.3)
    for g in gradients:
        student.numpy.copyto(grad, g)
        optimizer.step()
        close(student.look(grad), g, name="grad after the step", rtol=0, atol=0)
    several = [[g] for g in gradients]
    wanted = walk(nabla, "Adam", [x], several, lr=0.1, weight_decay=0.3)[-1][0]
    close(student.look(shared), wanted, name="the array p.data after three steps")
    close(frozen.data, x, name="data of the frozen parameter")


@check(points=1, exercise="adam")
def test_adam_keeps_averages_apart(student, rng):
    """Every parameter of every Adam has averages of its own, and a t of its own."""
    x, gradients = rng.normal(4), [rng.normal(4) for _ in range(3)]
    early, late = student.module.Parameter(x), student.module.Parameter(x)
    first = student.optimizers.Adam([early], lr=0.1)
    early.grad = rng.normal(4)
    first.step()
    second = student.optimizers.Adam([late], lr=0.1)
    for g in gradients:
        early.grad = rng.normal(4)
        late.grad = g
        first.step()
        second.step()
    wanted = walk(nabla, "Adam", [x], [[g] for g in gradients], lr=0.1)[-1][0]
    close(late.data, wanted, name="data of the second optimizer's parameter")


@check(points=1, exercise="adam")
def test_adam_keeps_float32(student, rng):
    """Adam keeps float32 parameters in float32, with amsgrad, too."""
    x = rng.normal((3, 2)).astype(np.float32)
    g = rng.away_from_zero((3, 2), 0.5).astype(np.float32)  # eps is nothing beside it
    for amsgrad in (False, True):
        options = {"lr": 0.1, "amsgrad": amsgrad}
        found = walk(student, "Adam", [x], [[g], [g]], **options)[-1][0]
        wanted = walk(nabla, "Adam", [x], [[g], [g]], **options)[-1][0]
        close(found, wanted, name="data of float32")


@check(points=1, exercise="adamw")
def test_adamw_shrinks_without_a_gradient(student, rng):
    """Where the gradient is zero, AdamW takes lr * weight_decay of every weight."""
    hint("p - lr * weight_decay * p: decoupled from the gradient, but not from lr.")
    x = rng.normal((3, 2))
    options = {"lr": 0.05, "weight_decay": 0.4}
    path = walk(student, "AdamW", [x], [[np.zeros((3, 2))]] * 3, **options)
    for k, (data,) in enumerate(path, start=1):
        close(data, x * (1 - 0.05 * 0.4) ** k, name=f"weight.data after step {k}")


@check(points=2, exercise="adamw")
def test_adamw_is_adam_on_top_of_shrinking(student, rng):
    """AdamW shrinks the weights, then takes the step of Adam without weight decay."""
    hint("m and v never see the decay. Your own Adam is the measure here.")
    starts, gradients = draw(rng)
    weights, one = starts[:1], [g[:1] for g in gradients]
    plain = walk(student, "Adam", weights, one, lr=0.05)
    steps = np.diff([weights[0], *[data for (data,) in plain]], axis=0)
    x, wanted = weights[0], []
    for step in steps:
        x = x * (1 - 0.05 * 0.4) + step
        wanted.append([x])
    found = walk(student, "AdamW", weights, one, lr=0.05, weight_decay=0.4)
    compare(found, wanted)


@check(points=1, exercise="adamw")
def test_adamw_decays_no_biases(student, rng):
    """AdamW leaves parameters alone that do not decay, and frozen ones."""
    hint("Look at p.decay; self.trainable() leaves out what is frozen.")
    x = rng.normal((2, 3))
    bias = student.module.Parameter(x, decay=False)
    frozen = student.module.Parameter(x)
    frozen.requires_grad = False
    weight = student.module.Parameter(x)
    parameters = [bias, frozen, weight]
    student.optimizers.AdamW(parameters, lr=0.1, weight_decay=0.5).step()
    close(weight.data, 0.95 * x, name="weight.data")
    close(bias.data, x, name="bias.data")
    close(frozen.data, x, name="data of the frozen weight")


@check(points=1, exercise="adamw")
def test_adamw_shrinks_the_array_itself(student, rng):
    """AdamW changes p.data in place; without a word, weight_decay is 0.01."""
    hint("p.data *= ... changes the array itself.")
    x = rng.normal((2, 3))
    p, shared = student.module.Parameter(x), student.place(x)
    p.data = shared
    student.optimizers.AdamW([p], lr=0.5).step()
    close(student.look(shared), 0.995 * x, name="the array p.data")
