"""What every layer of the course keeps to; a layer is one line, `Case(...)`.

CASES = [Case("linear", lambda: Linear(4, 3, rng=1), [(5, 4)], lambda m, x: ...)]

@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("clause", contract.CLAUSES, ids=contract.name_of)
def test_layers_keep_the_contract(case, clause, xp):
    clause(case, xp)
"""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from nabla import backend

H = 1e-6
RTOL, ATOL = 1e-6, 1e-8  # central differences with H in float64


@dataclasses.dataclass(frozen=True)
class Case:
    """One layer.

    Args:
        make: builds it; the same numbers every time.
        inputs: a shape per input (random numbers), or an array (used as it is).
        expected: (layer, *inputs) -> output, in NumPy and independent of the layer.
    """

    name: str
    make: Callable
    inputs: Sequence
    expected: Callable

    def __str__(self):
        return self.name

    def draw(self, dtype=np.float64, seed=1):
        """Return the inputs as NumPy arrays; those that are not floats stay."""
        rng = np.random.default_rng(seed)
        drawn = [
            rng.normal(size=given) if isinstance(given, tuple) else np.array(given)
            for given in self.inputs
        ]
        return [x.astype(dtype) if x.dtype.kind == "f" else x for x in drawn]


def name_of(clause):
    """Return a clause's name for pytest."""
    return clause.__name__


def _seed_gradient(y, seed=2):
    """Return a random gradient for an output, as NumPy array: never all ones."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=y.shape).astype(backend.to_numpy(y).dtype)


def _run(layer, inputs, xp):
    """Run forward and backward; return output and input gradients in NumPy."""
    y = layer.forward(*[xp.asarray(x) for x in inputs])
    dxs = layer.backward(xp.asarray(_seed_gradient(y)))
    dxs = dxs if isinstance(dxs, tuple) else (dxs,)
    return backend.to_numpy(y), [backend.to_numpy(dx) for dx in dxs]


def _gradients(layer):
    return [backend.to_numpy(parameter.grad).copy() for parameter in layer.parameters()]


def output_is_as_expected(case, xp):
    layer, inputs = case.make(), case.draw()
    y = layer.forward(*[xp.asarray(x) for x in inputs])

    assert backend.array_module(y) is xp
    np.testing.assert_allclose(
        backend.to_numpy(y), case.expected(layer, *inputs), rtol=1e-12, atol=1e-14
    )


def backward_agrees_with_central_differences(case, xp):
    layer, inputs = case.make(), case.draw()
    _, dxs = _run(layer, inputs, xp)
    parameters = [backend.to_numpy(p.data).copy() for p in layer.parameters()]
    found = [*dxs, *_gradients(layer)]
    floats = [x for x in inputs if x.dtype.kind == "f"]

    def loss():
        probe = case.make()
        for parameter, numbers in zip(probe.parameters(), parameters, strict=True):
            parameter.data[...] = xp.asarray(numbers)
        y = backend.to_numpy(probe.forward(*[xp.asarray(x) for x in inputs]))
        return float((y * _seed_gradient(y)).sum())

    for numbers, gradient in zip([*floats, *parameters], found, strict=True):
        assert gradient.shape == numbers.shape
        np.testing.assert_allclose(
            gradient, _central_differences(loss, numbers), rtol=RTOL, atol=ATOL
        )


def _central_differences(loss, numbers):
    gradient = np.zeros_like(numbers)
    for index in np.ndindex(*numbers.shape):
        kept = numbers[index]
        numbers[index] = kept + H
        above = loss()
        numbers[index] = kept - H
        gradient[index] = (above - loss()) / (2 * H)
        numbers[index] = kept
    return gradient


def float32_stays_float32(case, xp):
    layer, inputs = case.make(), case.draw(np.float32)
    y, dxs = _run(layer, inputs, xp)

    assert {array.dtype for array in (y, *dxs)} == {np.dtype(np.float32)}


def memory_layout_does_not_matter(case, xp):
    inputs = case.draw()
    y, dxs = _run(case.make(), inputs, xp)
    fortran = [np.asfortranarray(x) for x in inputs]
    strided = [np.repeat(x, 2, axis=-1)[..., ::2] for x in inputs]
    for others in (fortran, strided):
        y_other, dxs_other = _run(case.make(), others, xp)

        np.testing.assert_allclose(y_other, y, rtol=1e-12, atol=1e-14)
        for dx_other, dx in zip(dxs_other, dxs, strict=True):
            np.testing.assert_allclose(dx_other, dx, rtol=1e-12, atol=1e-14)


def arguments_are_left_alone(case, xp):
    layer, inputs = case.make(), [xp.asarray(x) for x in case.draw()]
    y = layer.forward(*inputs)
    dout = xp.asarray(_seed_gradient(y))
    layer.backward(dout)
    for given, before in zip(inputs, case.draw(), strict=True):
        np.testing.assert_array_equal(backend.to_numpy(given), before)

    np.testing.assert_array_equal(backend.to_numpy(dout), _seed_gradient(y))


def results_share_no_memory_with_arguments(case, xp):
    layer, inputs = case.make(), [xp.asarray(x) for x in case.draw()]
    y = layer.forward(*inputs)
    dout = xp.asarray(_seed_gradient(y))
    dxs = layer.backward(dout)
    results = [y, *(dxs if isinstance(dxs, tuple) else (dxs,))]
    for result in results:
        for given in (*inputs, dout):
            assert not _share(result, given)


def _share(first, second):
    if isinstance(first, np.ndarray):
        return np.shares_memory(first, second)
    return first is second


def what_forward_saved_is_a_copy(case, xp):
    calm, _ = _run(case.make(), case.draw(), xp)
    layer, inputs = case.make(), [xp.asarray(x) for x in case.draw()]
    _, expected = _run(case.make(), case.draw(), xp)
    layer.forward(*inputs)
    for x in inputs:
        if x.dtype.kind == "f":
            x[...] = 7.0
    for parameter in layer.parameters():
        parameter.data[...] = 7.0
    dxs = layer.backward(xp.asarray(_seed_gradient(calm)))
    for dx, wanted in zip(
        dxs if isinstance(dxs, tuple) else (dxs,), expected, strict=True
    ):
        np.testing.assert_allclose(backend.to_numpy(dx), wanted, rtol=1e-12)


def a_second_call_remembers_nothing(case, xp):
    layer = case.make()
    _run(layer, case.draw(seed=3), xp)
    layer.zero_grad()
    y, dxs = _run(layer, case.draw(), xp)
    fresh = case.make()
    y_fresh, dxs_fresh = _run(fresh, case.draw(), xp)
    pairs = [(y, y_fresh), *zip(dxs, dxs_fresh, strict=True)]
    pairs += zip(_gradients(layer), _gradients(fresh), strict=True)
    for again, first in pairs:
        np.testing.assert_array_equal(again, first)


def parameter_gradients_accumulate(case, xp):
    layer = case.make()
    _run(layer, case.draw(), xp)
    once = _gradients(layer)
    _run(layer, case.draw(), xp)
    for twice, first in zip(_gradients(layer), once, strict=True):
        np.testing.assert_allclose(twice, 2 * first, rtol=1e-12)


def parameters_learn_the_same_when_nobody_asks_for_dx(case, xp):
    layer, other = case.make(), case.make()
    _run(layer, case.draw(), xp)
    y = other.forward(*[xp.asarray(x) for x in case.draw()])

    assert other.backward_parameters(xp.asarray(_seed_gradient(y))) is None
    for found, expected in zip(_gradients(other), _gradients(layer), strict=True):
        np.testing.assert_array_equal(found, expected)


def backward_before_forward_is_refused(case, xp):
    layer = case.make()
    y = case.make().forward(*[xp.asarray(x) for x in case.draw()])

    with pytest.raises(RuntimeError, match="before forward"):
        layer.backward(xp.asarray(_seed_gradient(y)))


def integers_and_lists_are_refused(case, xp):
    inputs = case.draw()
    for wrong in (xp.asarray(np.ones(inputs[0].shape, dtype=int)), inputs[0].tolist()):
        with pytest.raises(TypeError, match=r"expected (float32|an array)"):
            case.make().forward(wrong, *[xp.asarray(x) for x in inputs[1:]])


def a_gradient_of_the_wrong_shape_is_refused(case, xp):
    layer = case.make()
    y = layer.forward(*[xp.asarray(x) for x in case.draw()])
    wrong = np.ones((*y.shape[:-1], y.shape[-1] + 1))

    with pytest.raises(ValueError, match=r"dout has shape .* expected"):
        layer.backward(xp.asarray(wrong))


CLAUSES = (
    output_is_as_expected,
    backward_agrees_with_central_differences,
    float32_stays_float32,
    memory_layout_does_not_matter,
    arguments_are_left_alone,
    results_share_no_memory_with_arguments,
    what_forward_saved_is_a_copy,
    a_second_call_remembers_nothing,
    parameter_gradients_accumulate,
    parameters_learn_the_same_when_nobody_asks_for_dx,
    backward_before_forward_is_refused,
    integers_and_lists_are_refused,
    a_gradient_of_the_wrong_shape_is_refused,
)
