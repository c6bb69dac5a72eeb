"""l2_penalty, l1_penalty, add_penalty_grads."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises

BIASES = "Only parameters whose decay is True count: biases are left out."


def parameter(student, array, *, decay=True):
    """Return a parameter beside the student's code."""
    return student.module.Parameter(array, "weight" if decay else "bias", decay=decay)


@check(points=2, exercise="l2_penalty")
def test_l2_penalty_is_half_the_sum_of_squares(student, rng):
    """l2_penalty returns (lam / 2) times the sum of w^2, as a float."""
    for shapes in (((3, 4),), ((2, 5), (5, 1)), ((1, 1),)):
        Ws, lam = [rng.normal(shape) for shape in shapes], float(rng.uniform(0.1, 3))
        found = student.regularization.l2_penalty(
            [parameter(student, W) for W in Ws], lam
        )
        total = float(sum((W**2).sum() for W in Ws))
        wrong = {
            "the factor 1/2 is missing": lam * total,
            "the square root of the sum of squares is taken": lam / 2 * total**0.5,
        }
        close(found, lam / 2 * total, name="penalty", alternatives=wrong)


@check(points=1, exercise="l2_penalty")
def test_l2_penalty_leaves_biases_out(student, rng):
    """l2_penalty counts only parameters with decay: no biases."""
    hint(BIASES)
    W, b = rng.normal((3, 4)), rng.away_from_zero(4, 1.0)
    params = [parameter(student, W), parameter(student, b, decay=False)]
    found = student.regularization.l2_penalty(params, 0.3)
    close(found, 0.15 * float((W**2).sum()), name="penalty")


@check(points=1, exercise="l2_penalty")
def test_l2_penalty_refuses_a_negative_lam(student, rng):
    """l2_penalty raises ValueError for a negative lam; nothing to decay costs 0."""
    penalty, W = student.regularization.l2_penalty, rng.normal((3, 4))
    params = [parameter(student, W.astype(np.float32))]
    close(penalty(params, 0.0), 0.0, name="penalty for lam = 0")
    close(penalty([], 0.5), 0.0, name="penalty without parameters")

    def works():
        return penalty(params, 0.1)

    raises("ValueError", penalty, params, -0.1, works=works, when="lam is negative")


@check(points=1, exercise="l1_penalty")
def test_l1_penalty_is_the_sum_of_absolute_values(student, rng):
    """l1_penalty returns lam times the sum of |w|, as a float."""
    for shapes in (((3, 4),), ((2, 5), (5, 1)), ((1, 1),)):
        Ws, lam = [rng.normal(shape) for shape in shapes], float(rng.uniform(0.1, 3))
        found = student.regularization.l1_penalty(
            [parameter(student, W) for W in Ws], lam
        )
        total = float(sum(abs(W).sum() for W in Ws))
        close(found, lam * total, name="penalty")


@check(points=1, exercise="l1_penalty")
def test_l1_penalty_leaves_biases_out(student, rng):
    """l1_penalty counts only parameters with decay: no biases."""
    hint(BIASES)
    W, b = rng.normal((3, 4)), rng.away_from_zero(4, 1.0)
    params = [parameter(student, b, decay=False), parameter(student, W)]
    found = student.regularization.l1_penalty(params, 0.3)
    close(found, 0.3 * float(abs(W).sum()), name="penalty")


@check(points=1, exercise="l1_penalty")
def test_l1_penalty_refuses_a_negative_lam(student, rng):
    """l1_penalty raises ValueError for a negative lam; nothing to decay costs 0."""
    penalty, W = student.regularization.l1_penalty, rng.normal((3, 4))
    params = [parameter(student, W.astype(np.float32))]
    close(penalty([], 0.5), 0.0, name="penalty without parameters")

    def works():
        return penalty(params, 0.1)

    raises("ValueError", penalty, params, -0.1, works=works, when="lam is negative")


def with_grad(student, W, grad, *, decay=True):
    made = parameter(student, W, decay=decay)
    made.grad = grad
    return made


@check(points=2, exercise="add_penalty_grads")
def test_add_penalty_grads_adds_l2_times_w(student, rng):
    """add_penalty_grads adds l2 w to what the gradients hold already."""
    Ws, grads = ([rng.normal(s) for s in ((3, 4), (4, 2))] for _ in range(2))
    params = [with_grad(student, W, g) for W, g in zip(Ws, grads, strict=True)]
    student.regularization.add_penalty_grads(params, l2=0.7)
    for i, (W, grad) in enumerate(zip(Ws, grads, strict=True)):
        wrong = {
            "the factor 2 of the square is there, but not the 1/2 before it": (
                grad + 1.4 * W
            ),
            "grad is overwritten": 0.7 * W,
            "the penalty is subtracted": grad - 0.7 * W,
        }
        close(params[i].grad, grad + 0.7 * W, name=f"grad {i}", alternatives=wrong)


@check(points=2, exercise="add_penalty_grads")
def test_add_penalty_grads_adds_l1_times_sign(student, rng):
    """add_penalty_grads adds l1 sign(w), which is 0 where w is 0."""
    W, grad = rng.away_from_zero((5, 4)), rng.normal((5, 4))
    W[1, :2] = 0.0
    made = with_grad(student, W, grad)
    student.regularization.add_penalty_grads([made], l1=0.3)
    close(made.grad, grad + 0.3 * np.sign(W), name="grad")
    close(made.data, W, name="data afterwards", rtol=0, atol=0)


@check(points=1, exercise="add_penalty_grads")
def test_add_penalty_grads_leaves_biases_alone(student, rng):
    """add_penalty_grads leaves parameters without decay alone."""
    hint(BIASES)
    b, grad = rng.away_from_zero(4, 1.0), rng.normal(4)
    made = with_grad(student, b, grad, decay=False)
    student.regularization.add_penalty_grads([made], l1=0.3, l2=0.7)
    close(made.grad, grad, name="grad of the bias")


@check(points=1, exercise="add_penalty_grads")
def test_add_penalty_grads_takes_both_and_refuses_negative_ones(student, rng):
    """add_penalty_grads does both at once, also in float32; refuses negative ones."""
    add = student.regularization.add_penalty_grads
    W = rng.away_from_zero((3, 4)).astype(np.float32)
    made = parameter(student, W)
    for passes in (1, 2):
        add([made], l1=0.25, l2=0.5)
        expected = passes * (0.5 * W + 0.25 * np.sign(W)).astype(np.float32)
        close(made.grad, expected, name=f"grad after {passes} calls")

    def works():
        return add([made], l1=0.1, l2=0.1)

    raises("ValueError", add, [made], l1=-0.1, works=works, when="l1 is negative")
    raises("ValueError", add, [made], l2=-0.1, works=works, when="l2 is negative")
