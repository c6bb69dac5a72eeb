"""`gradients_match`: does backward differentiate forward?

Detection is cheap: a few random directions through all inputs and parameters at once,
each one central difference of the student's own forward pass in float64. Only after a
failure are single entries probed, to say which one is worst and what the error is.
"""

from __future__ import annotations

import typing
from collections.abc import Sequence

import numpy as np

from autograder.messages import say
from autograder.suite import explain
from autograder.suite.arrays import Wanted, compare_arrays, joined
from autograder.suite.context import Context, verb
from autograder.suite.failures import CheckFailed
from autograder.suite.passes import Passes, Point
from autograder.suite.rng import CheckRng
from autograder.suite.tolerances import GRADIENT

Array = np.ndarray[typing.Any, np.dtype[typing.Any]]

_DIRECTIONS = 3
_TRIES = 5
_KINK = 1e-3
_JITTER = 1e-2
_GAP = 1e-3


def gradients_match(
    layer: typing.Any,
    *inputs: Array,
    rng: CheckRng,
    reference: typing.Any = None,
    parameters: Sequence[str] = (),
    names: Sequence[str] = (),
    wrt: Sequence[int] | None = None,
    upstream: bool = True,
    h: float = 1e-6,
    **sizes: int,
) -> None:
    """Check that `layer.backward` gives the gradients of `layer.forward`.

    Args:
        layer: anything with forward and backward, usually an object of the student.
        inputs: what forward takes, in float64, away from kinks.
        rng: draws the upstream gradient and the directions.
        reference: the reference's layer; its parameters are set to the student's.
        parameters: names such as "weight", whose `.data` and `.grad` are checked, too.
        names: what to call the inputs, "x" by default.
        wrt: positions of the inputs to differentiate for; all of floats by default.
        upstream: whether backward takes the upstream gradient; False for losses.
        h: step of the central differences.
        sizes: named sizes, N=8, by which a wrong factor is recognised.

    Raises:
        CheckFailed: saying whether backward disagrees with the student's own forward,
            or forward with the reference's.
    """
    with verb() as context:
        passes = Passes(layer, parameters, names, wrt, upstream=upstream)
        point = passes.start(inputs)
        point, agrees = _detect(passes, point, rng, h)
        other = _reference_passes(reference, passes, point)
        forward_right = other is None or _same(point.outputs, other.outputs)
        if not agrees:
            found = explain.worst(passes, point, h, sizes, shown=context.public)
            _fail(point, found, other, forward_right=forward_right)
        elif other is None:
            _refuse_constant(point)
        elif forward_right:
            _compare_gradients(point, other, sizes, context)
        else:
            message = say("forward_only")
            first = point.outputs[0]
            raise CheckFailed(message, actual=first, name="forward", carried=True)


def _detect(
    passes: Passes, point: Point, rng: CheckRng, h: float
) -> tuple[Point, bool]:
    """Return the point, moved off kinks if need be, and whether backward agrees."""
    for _ in range(_TRIES):
        passes.differentiate(point, rng)
        found = [_agrees(passes, point, rng, h) for _ in range(_DIRECTIONS)]
        if None not in found:
            return point, all(found)
        point = passes.start([_moved(x, rng) for x in point.inputs])
    raise CheckFailed(say("rough_forward"), actual=point.outputs[0], name="forward")


def _moved(value: typing.Any, rng: CheckRng) -> typing.Any:
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    away_from_zero = np.where(value < 0, -_GAP, _GAP)
    return value * (1.0 + _JITTER * rng.normal(value.shape)) + away_from_zero


def _agrees(passes: Passes, point: Point, rng: CheckRng, h: float) -> bool | None:
    """Compare one directional derivative; None if a kink lies within the step."""
    values = point.values
    direction = {
        name: rng.sign(value.shape) * rng.uniform(0.5, 1.5, value.shape)
        for name, value in values.items()
    }
    steps = [
        {name: values[name] + step * direction[name] for name in values}
        for step in (h, -h)
    ]
    right, left = (point.loss(passes.outputs(point, step)) for step in steps)
    passes.restore(point)
    numeric = (right - left) / (2 * h)
    parts = [np.sum(point.gradients[name] * direction[name]) for name in values]
    squares = [
        np.sum((point.gradients[name] * direction[name]) ** 2) for name in values
    ]
    scale = max(float(np.sqrt(sum(squares))), abs(numeric))
    margin = GRADIENT.rtol * scale + GRADIENT.atol * point.size
    if abs(numeric - float(sum(parts))) <= margin:
        return True
    middle = point.loss(point.outputs)
    bend = abs((right - middle) - (middle - left)) / h
    kink = bend > _KINK * scale + 10 * GRADIENT.atol * point.size
    return None if kink else False


def _reference_passes(
    reference: typing.Any, passes: Passes, point: Point
) -> Point | None:
    if reference is None:
        return None
    other = passes.of(reference)
    other.set_parameters(point)
    there = other.start(point.inputs)
    there.upstream = point.upstream
    if _same_shapes(point.outputs, there.outputs):
        other.run_backward(there)
    return there


def _same_shapes(first: Sequence[Array], second: Sequence[Array]) -> bool:
    return [a.shape for a in first] == [b.shape for b in second]


def _same(first: Sequence[Array], second: Sequence[Array]) -> bool:
    return _same_shapes(first, second) and all(
        np.allclose(a, b, rtol=1e-9, atol=1e-11 * (np.abs(b).max(initial=0.0) or 1.0))
        for a, b in zip(first, second, strict=True)
    )


def _refuse_constant(point: Point) -> None:
    """A pair of zeros agrees with itself: without a reference, it must not pass."""
    if any(np.any(gradient) for gradient in point.gradients.values()):
        return
    raise CheckFailed(say("constant_output"), actual=point.outputs[0], name="forward")


def _compare_gradients(
    point: Point, other: Point, sizes: dict[str, int], context: Context
) -> None:
    for name, gradient in point.gradients.items():
        title = point.titles[name]
        wanted = Wanted(title, sizes=sizes, shown=context.public)
        compare_arrays(gradient, other.gradients[name], wanted)


def _fail(
    point: Point, found: explain.Found, other: Point | None, *, forward_right: bool
) -> typing.NoReturn:
    verdict = ""
    if other is not None:
        verdict = say("forward_right" if forward_right else "forward_wrong")
    raise CheckFailed(
        joined(found.sentence, verdict, found.reason),
        actual=point.gradients[found.name],
        name=point.titles[found.name],
        error_map=found.error_map,
    )
