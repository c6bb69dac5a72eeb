"""LinearDecay, CosineAnnealing, clip_grad_norm, state_dict."""

from __future__ import annotations

import math

import numpy as np

from autograder.suite import check, close, hint, raises


def optimizer_of(student, lr):
    """Return an optimizer that has a learning rate and nothing to do."""
    p = student.module.Parameter(np.zeros(2))
    return student.optimizers.Optimizer([p], lr)


def rates(student, name, lr, lr_end, total_steps, *, steps):
    """Return what a schedule's first steps return; lr has to be the same."""
    optimizer = optimizer_of(student, lr)
    schedule = getattr(student.schedules, name)(optimizer, lr_end, total_steps)
    found = []
    for k in range(1, steps + 1):
        rate = schedule.step()
        close(optimizer.lr, rate, name=f"optimizer.lr after step {k}")
        found.append(rate)
    return np.array(found)


def line(lr, lr_end, total_steps, steps):
    a = np.minimum(np.arange(1, steps + 1) / total_steps, 1.0)
    return (1 - a) * lr + a * lr_end


@check(points=2, exercise="linear_decay")
def test_linear_decay_falls_along_a_line(student, rng):
    """LinearDecay takes the same amount off the rate at every step."""
    lr, lr_end = float(rng.uniform(0.5, 1.0)), float(rng.uniform(0.1, 0.2))
    found = rates(student, "LinearDecay", lr, lr_end, 8, steps=7)
    close(found, line(lr, lr_end, 8, 7), name="rates of steps 1 to 7")


@check(points=1, exercise="linear_decay")
def test_linear_decay_stays_at_its_end(student, rng):
    """LinearDecay reaches lr_end at step total_steps and keeps it."""
    hint("k / total_steps is at most 1.")
    lr, lr_end = float(rng.uniform(0.5, 1.0)), float(rng.uniform(0.1, 0.2))
    found = rates(student, "LinearDecay", lr, lr_end, 5, steps=9)
    close(found[4:], np.full(5, lr_end), name="rates of steps 5 to 9")


@check(points=1, exercise="linear_decay")
def test_linear_decay_waits_for_its_first_step(student, rng):
    """LinearDecay begins with the optimizer's rate, and changes it only in step."""
    hint("The first step is that of k = 1; making the schedule changes nothing.")
    lr = float(rng.uniform(0.5, 1.0))
    optimizer = optimizer_of(student, lr)
    schedule = student.schedules.LinearDecay(optimizer, 0.1, 4)
    close(optimizer.lr, lr, name="optimizer.lr before the first step")
    schedule.step()
    close(optimizer.lr, 0.75 * lr + 0.25 * 0.1, name="optimizer.lr after step 1")


@check(points=1, exercise="linear_decay")
def test_linear_decay_remembers_where_it_began(student, rng):
    """LinearDecay reckons from the rate at construction, whatever lr becomes."""
    hint("Keep lr_0 when the schedule is made; every rate follows from it and k.")
    lr = float(rng.uniform(0.5, 1.0))
    optimizer = optimizer_of(student, lr)
    schedule = student.schedules.LinearDecay(optimizer, 0.1, 4)
    schedule.step()
    optimizer.lr = 7.0
    close(schedule.step(), 0.5 * lr + 0.5 * 0.1, name="the rate of step 2")


@check(points=1, exercise="linear_decay")
def test_linear_decay_can_rise(student, rng):
    """LinearDecay also leads up to a larger rate, as for a warm-up, or down to 0."""
    lr_end = float(rng.uniform(0.5, 1.0))
    found = rates(student, "LinearDecay", 0.1, lr_end, 4, steps=6)
    close(found, line(0.1, lr_end, 4, 6), name="rates on the way up")
    found = rates(student, "LinearDecay", lr_end, 0.0, 4, steps=6)
    close(found, line(lr_end, 0.0, 4, 6), name="rates on the way to 0")


@check(points=1, exercise="linear_decay")
def test_linear_decay_refuses_impossible_steps(student):
    """LinearDecay raises ValueError if total_steps is below 1 or lr_end negative."""
    hint("errors.check_size checks counts.")
    make, optimizer = student.schedules.LinearDecay, optimizer_of(student, 0.1)

    def works():
        return make(optimizer, 0.01, 1)

    raises("ValueError", make, optimizer, 0.01, 0, works=works, when="total_steps is 0")
    raises("ValueError", make, optimizer, -0.1, 5, works=works, when="lr_end is -0.1")


def wave(lr, lr_end, total_steps, steps):
    a = np.minimum(np.arange(1, steps + 1) / total_steps, 1.0)
    return lr_end + (lr - lr_end) * (1 + np.cos(np.pi * a)) / 2


@check(points=1, exercise="cosine_annealing")
def test_cosine_annealing_falls_along_half_a_wave(student, rng):
    """CosineAnnealing follows the cosine from the optimizer's rate to lr_end."""
    lr, lr_end = float(rng.uniform(0.5, 1.0)), float(rng.uniform(0.1, 0.2))
    found = rates(student, "CosineAnnealing", lr, lr_end, 8, steps=7)
    close(found, wave(lr, lr_end, 8, 7), name="rates of steps 1 to 7")


@check(points=1, exercise="cosine_annealing")
def test_cosine_annealing_stays_at_its_end(student, rng):
    """CosineAnnealing keeps lr_end after step total_steps; it may be 0."""
    hint("k / total_steps is at most 1: the cosine must not rise again.")
    lr = float(rng.uniform(0.5, 1.0))
    for lr_end in (0.125, 0.0):
        found = rates(student, "CosineAnnealing", lr, lr_end, 3, steps=7)
        close(found[2:], np.full(5, lr_end), name="rates of steps 3 to 7", atol=1e-9)


@check(points=1, exercise="cosine_annealing")
def test_cosine_annealing_refuses_impossible_steps(student):
    """CosineAnnealing raises ValueError if total_steps is below 1."""
    hint("errors.check_size checks counts.")
    make, optimizer = student.schedules.CosineAnnealing, optimizer_of(student, 0.1)

    def works():
        return make(optimizer, 0.01, 1)

    raises("ValueError", make, optimizer, 0.01, 0, works=works, when="total_steps is 0")


def with_gradients(student, rng, scale):
    """Return two parameters of the student, their gradients, and their length."""
    gradients = [scale * rng.normal((3, 2)), scale * rng.normal(4)]
    parameters = [student.module.Parameter(np.zeros(g.shape)) for g in gradients]
    for parameter, g in zip(parameters, gradients, strict=True):
        parameter.grad = g
    return parameters, gradients, math.sqrt(sum((g**2).sum() for g in gradients))


@check(points=1, exercise="clip_grad_norm")
def test_clip_grad_norm_shortens_all_gradients_alike(student, rng):
    """clip_grad_norm shortens the gradients of all parameters by one factor."""
    hint("There is one length: that of all gradients together.")
    parameters, gradients, length = with_gradients(student, rng, 3.0)
    found = student.optimizers.clip_grad_norm(parameters, 0.5)
    close(found, length, name="the length before")
    for i, (parameter, g) in enumerate(zip(parameters, gradients, strict=True)):
        close(parameter.grad, g * 0.5 / (length + 1e-6), name=f"gradient {i}")


@check(points=1, exercise="clip_grad_norm")
def test_clip_grad_norm_leaves_short_gradients_alone(student, rng):
    """clip_grad_norm returns the length and changes nothing if it is small enough."""
    hint("The factor is at most 1; whether it is 1 depends on all gradients together.")
    parameters, gradients, length = with_gradients(student, rng, 0.1)
    found = student.optimizers.clip_grad_norm(parameters, 1.1 * length)
    close(found, length, name="the length before")
    for i, (parameter, g) in enumerate(zip(parameters, gradients, strict=True)):
        close(parameter.grad, g, name=f"gradient {i}", rtol=0, atol=0)


@check(points=1, exercise="clip_grad_norm")
def test_clip_grad_norm_refuses_a_length_that_is_not_positive(student, rng):
    """clip_grad_norm raises ValueError if max_norm is 0 or negative."""
    hint("A factor of 0 would stop the training, a negative one send it uphill.")
    parameters, _, _ = with_gradients(student, rng, 1.0)
    call = student.optimizers.clip_grad_norm

    def works():
        return call(parameters, 10.0)

    for value in (0.0, -0.5):
        when = f"max_norm is {value:g}"
        raises("ValueError", call, parameters, value, works=works, when=when)


STATEFUL = (
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("Adam", {"lr": 0.1, "betas": (0.8, 0.9), "amsgrad": True}),
)


def with_history(student, rng, name, options):
    """Return the student's parameter and optimizer after two steps."""
    p = student.module.Parameter(rng.normal(4))
    optimizer = getattr(student.optimizers, name)([p], **options)
    for _ in range(2):
        p.grad = rng.normal(4)
        optimizer.step()
    return p, optimizer


OWN = ["sgd_momentum_collects_gradients", "adam_amsgrad_keeps_the_largest_average"]


@check(points=2, exercise="state_dict", needs=OWN)
def test_state_dict_goes_on_where_it_stopped(student, rng):
    """An optimizer that loads a state goes on as the one that saved it."""
    hint("lr, and for each parameter everything that later steps depend on.")
    for name, options in STATEFUL:
        p, optimizer = with_history(student, rng, name, options)
        optimizer.lr = 0.05
        q = student.module.Parameter(p.data)
        other = getattr(student.optimizers, name)([q], **options)
        other.load_state_dict(optimizer.state_dict())
        g = rng.normal(4)
        p.grad, q.grad = g, g
        optimizer.step()
        other.step()
        close(q.data, p.data, name=f"data after {name}'s step")


def planted(student, value, arrays):
    """Return the value with each array in it placed beside the student's code."""
    if isinstance(value, np.ndarray):
        arrays.append(student.place(value))
        return arrays[-1]
    if isinstance(value, dict):
        return {name: planted(student, item, arrays) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(planted(student, item, arrays) for item in value)
    return value


@check(points=1, exercise="state_dict", needs=OWN)
def test_state_dict_is_copied_when_it_is_loaded(student, rng):
    """What happens to a saved state after loading does not change the optimizer."""
    hint("Copy the arrays: two optimizers that load the same state must not share it.")
    name, options = STATEFUL[0]
    p, optimizer = with_history(student, rng, name, options)
    q, g, arrays = student.module.Parameter(p.data), rng.normal(4), []
    other = student.optimizers.SGD([q], **options)
    other.load_state_dict(planted(student, optimizer.state_dict(), arrays))
    for array in arrays:
        student.numpy.multiply(array, 0.0, out=array)
    p.grad, q.grad = g, g
    optimizer.step()
    other.step()
    close(q.data, p.data, name="data after a step from what was loaded")


@check(points=1, exercise="state_dict")
def test_state_dict_refuses_another_number_of_parameters(student, rng):
    """load_state_dict raises ValueError for the state of more or fewer parameters."""
    make, p = student.optimizers.Optimizer, student.module.Parameter(rng.normal(4))
    q = student.module.Parameter(rng.normal(4))
    one, two = make([p], 0.1), make([p, q], 0.1)
    saved = one.state_dict()
    raises(
        "ValueError",
        two.load_state_dict,
        saved,
        works=lambda: one.load_state_dict(saved),
        name="load_state_dict",
        when="the state is that of one parameter and there are two",
    )
