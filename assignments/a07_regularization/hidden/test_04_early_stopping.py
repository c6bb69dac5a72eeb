"""EarlyStopping: when it stops, and what it gives back."""

from __future__ import annotations

import math

import numpy as np

from autograder.suite import check, close, hint, raises


def model_of(student, **arrays):
    """Return a module of the kit with one parameter per array."""
    model = student.module.Module()
    for name, array in arrays.items():
        setattr(model, name, student.module.Parameter(array, name))
    return model


def simulate(losses, patience, min_delta=0.0):
    """Return the answers up to the first True, the best epoch and the best loss."""
    best_epoch, best, answers = -1, math.inf, []
    for epoch, loss in enumerate(losses):
        if loss < best - min_delta:
            best_epoch, best = epoch, loss
        answers.append(epoch - best_epoch >= patience)
        if answers[-1]:
            break
    return answers, best_epoch, best


def losses_of(rng, n=14):
    """Return losses that fall at first, then wander; no two are equal."""
    fall = np.linspace(1.0, 0.4, n) + rng.uniform(-0.15, 0.15, n)
    return [float(loss) for loss in fall]


@check(points=3, exercise="early_stopping/update")
def test_early_stopping_stops_when_patience_runs_out(student, rng):
    """EarlyStopping.update says True after `patience` losses that are not better."""
    model = model_of(student, weight=rng.normal((2, 3)))
    rise, back = [0.5, 0.6, 0.7, 0.8, 0.9], [0.4, 0.9, 0.8, 0.7, 0.6]
    zigzag = [0.9, 0.8, 0.85, 0.7, 0.75, 0.6, 0.65, 0.7]
    for patience in (1, 2, 3):
        for losses in (losses_of(rng), rise, back, zigzag):
            stopping = student.regularization.EarlyStopping(patience)
            expected, _, _ = simulate(losses, patience)
            answers = [bool(stopping.update(loss, model)) for loss in losses]
            found = answers[: len(expected)]
            close(found, expected, name=f"answers (patience={patience})")


@check(points=2, exercise="early_stopping/update")
def test_early_stopping_knows_the_best_epoch(student, rng):
    """EarlyStopping.update records the smallest loss and its epoch, counted from 0."""
    model = model_of(student, weight=rng.normal((2, 3)))
    for losses in (losses_of(rng), [0.5, 0.8, 0.7, 0.3, 0.4]):
        stopping = student.regularization.EarlyStopping(100)
        for i, loss in enumerate(losses):
            stopping.update(loss, model)
            _, best_epoch, best = simulate(losses[: i + 1], 100)
            close(stopping.best_epoch, best_epoch, name="best_epoch")
            close(stopping.best_loss, best, name="best_loss")


@check(points=1, exercise="early_stopping/update")
def test_early_stopping_wants_real_progress(student, rng):
    """EarlyStopping.update counts ties, and gains up to min_delta, as not better."""
    hint("Better means: val_loss < best_loss - min_delta.")
    model = model_of(student, weight=rng.normal((2, 3)))
    for losses, min_delta in (
        ([0.5, 0.5, 0.5, 0.25, 0.25, 0.25], 0.0),
        ([1.0, 0.75, 0.625, 0.5, 0.375, 0.25], 0.25),
    ):
        stopping = student.regularization.EarlyStopping(2, min_delta=min_delta)
        expected, best_epoch, _ = simulate(losses, 2, min_delta)
        used = losses[: len(expected)]
        answers = [bool(stopping.update(loss, model)) for loss in used]
        close(answers, expected, name=f"answers (min_delta={min_delta})")
        close(stopping.best_epoch, best_epoch, name="best_epoch")


@check(points=1, exercise="early_stopping/update")
def test_early_stopping_refuses_nan(student, rng):
    """EarlyStopping.update raises ValueError for a loss that is NaN."""
    hint("Every comparison with NaN is False: ask math.isnan.")
    model = model_of(student, weight=rng.normal((2, 3)))
    stopping = student.regularization.EarlyStopping(3)

    def works():
        return stopping.update(0.5, model)

    update = stopping.update
    raises("ValueError", update, math.nan, model, works=works, when="val_loss is NaN")


NEEDS = ["early_stopping_knows_the_best_epoch"]


@check(points=2, exercise="early_stopping/restore", needs=NEEDS)
def test_early_stopping_restores_the_best_parameters(student, rng):
    """EarlyStopping.restore brings back the parameters of the best epoch.

    Training changes them in place: what was kept must be copies.
    """
    hint("Copy the arrays in update: training goes on and changes them in place.")
    W, b = rng.normal((5, 2, 3)), rng.normal((5, 3))
    model = model_of(student, weight=W[0], bias=b[0])
    weight, bias = student.place(W[0]), student.place(b[0])
    model.weight.data, model.bias.data = weight, bias
    stopping = student.regularization.EarlyStopping(9)
    for epoch, loss in enumerate((0.9, 0.7, 0.4, 0.5, 0.6)):
        student.numpy.copyto(weight, W[epoch])
        student.numpy.copyto(bias, b[epoch])
        stopping.update(loss, model)
    stopping.restore(model)
    close(model.weight.data, W[2], name="weight", rtol=0, atol=0)
    close(model.bias.data, b[2], name="bias", rtol=0, atol=0)


@check(points=1, exercise="early_stopping/restore", needs=NEEDS)
def test_early_stopping_restores_running_statistics(student, rng):
    """EarlyStopping.restore brings back running statistics, too."""
    hint("running_statistics(model) finds them; they are no parameters.")
    mean, var = rng.normal((3, 4)), rng.uniform(0.5, 2.0, (3, 4))
    model = model_of(student, weight=rng.normal((2, 3)))
    inner = model_of(student)
    model.layers = [inner]
    stopping = student.regularization.EarlyStopping(9)
    for epoch, loss in enumerate((0.9, 0.4, 0.6)):
        inner.running_mean, inner.running_var = mean[epoch], var[epoch]
        stopping.update(loss, model)
    stopping.restore(model)
    close(inner.running_mean, mean[1], name="running_mean", rtol=0, atol=0)
    close(inner.running_var, var[1], name="running_var", rtol=0, atol=0)


@check(points=1, exercise="early_stopping/restore", needs=NEEDS)
def test_early_stopping_restores_in_place(student, rng):
    """EarlyStopping.restore writes into the model's own arrays; needs an update first.

    An optimizer may hold the same arrays.
    """
    hint("array[...] = best writes into an array; p.data = best puts another there.")
    W = rng.normal((2, 2, 3))
    model = model_of(student, weight=W[0])
    array = student.place(W[0])
    model.weight.data = array
    stopping = student.regularization.EarlyStopping(9)
    stopping.update(0.5, model)
    student.numpy.copyto(array, W[1])
    stopping.restore(model)
    close(student.look(array), W[0], name="the array of the weight", rtol=0, atol=0)
    hint("Before the first update there is nothing to restore: a RuntimeError.")

    def works():
        return stopping.restore(model)

    fresh = student.regularization.EarlyStopping(9)
    raises("RuntimeError", fresh.restore, model, works=works)
