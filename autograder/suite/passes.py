"""Forward and backward passes of one layer; parameters are moved like inputs."""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Mapping, Sequence

import numpy as np

from autograder.errors import SuiteError
from autograder.messages import say
from autograder.suite import describe
from autograder.suite.compare import wrong_type
from autograder.suite.failures import CheckFailed
from autograder.suite.rng import CheckRng

Array = np.ndarray[typing.Any, np.dtype[typing.Any]]
Values = Mapping[str, Array]


@dataclasses.dataclass(slots=True)
class Point:
    """Where a layer is differentiated, and what its passes gave there."""

    inputs: list[typing.Any]
    values: dict[str, Array]  # the inputs and parameters that are moved
    titles: dict[str, str]  # what the gradient of each is called
    outputs: list[Array]
    upstream: list[Array] = dataclasses.field(default_factory=list)
    gradients: dict[str, Array] = dataclasses.field(default_factory=dict)

    def loss(self, outputs: Sequence[Array]) -> float:
        """Return the number that is differentiated: outputs times upstream, summed."""
        pairs = zip(outputs, self.upstream, strict=True)
        return float(sum(np.sum(out * dout) for out, dout in pairs))

    @property
    def size(self) -> float:
        """How large the terms of the loss are, by which its rounding is judged."""
        pairs = zip(self.outputs, self.upstream, strict=True)
        return float(sum(np.sum(np.abs(out * dout)) for out, dout in pairs))


class Passes:
    """Runs one layer, the student's or the reference's."""

    def __init__(
        self,
        layer: typing.Any,
        parameters: Sequence[str],
        names: Sequence[str],
        wrt: Sequence[int] | None,
        *,
        upstream: bool,
    ) -> None:
        self._layer = layer
        self._names = tuple(parameters)
        self._input_names = tuple(names)
        self._wrt = wrt
        self._takes_upstream = upstream
        self._parameters = {name: _find(layer, name) for name in parameters}

    def of(self, layer: typing.Any) -> Passes:
        """Return the same passes for another layer."""
        takes = self._takes_upstream
        return Passes(layer, self._names, self._input_names, self._wrt, upstream=takes)

    def start(self, inputs: Sequence[typing.Any]) -> Point:
        """Run forward once.

        Raises:
            CheckFailed: if it does not give finite arrays.
        """
        values: dict[str, Array] = {}
        titles: dict[str, str] = {}
        for name, position in self._moving(inputs).items():
            values[name], titles[name] = inputs[position], f"d{name}"
        for name, parameter in self._parameters.items():
            values[name] = _array(parameter.data, f"{name}.data")
            titles[name] = f"{name}.grad"
        outputs = self._forward(inputs)
        return Point(list(inputs), values, titles, outputs)

    def differentiate(self, point: Point, rng: CheckRng) -> None:
        """Draw an upstream gradient and run backward."""
        if self._takes_upstream:
            point.upstream = [rng.normal(out.shape) for out in point.outputs]
        else:
            point.upstream = [np.ones(out.shape) for out in point.outputs]
        self.run_backward(point)

    def run_backward(self, point: Point) -> None:
        """Run forward and backward at the point, with its upstream gradient."""
        if self._parameters:
            self._layer.zero_grad()
        self._layer.forward(*point.inputs)
        upstream = point.upstream if self._takes_upstream else []
        returned = self._layer.backward(*upstream)
        moving = self._moving(point.inputs)
        for name, gradient in zip(moving, _listed(returned, moving), strict=True):
            self._keep(point, name, gradient)
        for name, parameter in self._parameters.items():
            self._keep(point, name, parameter.grad)

    def outputs(self, point: Point, values: Values) -> list[Array]:
        """Return what forward gives for other values of inputs and parameters."""
        inputs = list(point.inputs)
        for name, position in self._moving(inputs).items():
            inputs[position] = values[name]
        for name, parameter in self._parameters.items():
            parameter.data = values[name]
        outputs = self._forward(inputs)
        for out, before in zip(outputs, point.outputs, strict=True):
            if out.shape != before.shape:
                message = say(
                    "wrong_shape", name="forward", got=out.shape, expected=before.shape
                )
                raise CheckFailed(message, name="forward")
        return outputs

    def restore(self, point: Point) -> None:
        """Give the parameters their values of the point again."""
        for name, parameter in self._parameters.items():
            parameter.data = point.values[name].copy()

    def set_parameters(self, point: Point) -> None:
        """Take the parameters of another layer's point.

        Raises:
            CheckFailed: if one has another shape than here.
        """
        for name, parameter in self._parameters.items():
            shape, got = parameter.data.shape, point.values[name].shape
            if got != shape:
                title = f"{name}.data"
                message = say("wrong_shape", name=title, got=got, expected=shape)
                raise CheckFailed(message, actual=point.values[name], name=title)
        self.restore(point)

    def _moving(self, inputs: Sequence[typing.Any]) -> dict[str, int]:
        positions = self._wrt
        if positions is None:
            positions = [i for i, value in enumerate(inputs) if _is_float(value)]
        return {self._name(i, len(positions)): i for i in positions}

    def _name(self, position: int, count: int) -> str:
        if position < len(self._input_names):
            return self._input_names[position]
        return "x" if count == 1 else f"x{position + 1}"

    def _forward(self, inputs: Sequence[typing.Any]) -> list[Array]:
        out = self._layer.forward(*inputs)
        outputs = list(out) if isinstance(out, (tuple, list)) else [out]
        arrays = [_array(item, "the output of forward") for item in outputs]
        for array in arrays:
            if not np.isfinite(array).all():
                message = say(
                    "not_finite",
                    name="the output of forward",
                    what="NaN or infinite",
                    entries="",
                )
                raise CheckFailed(message, actual=array, name="forward")
        return arrays

    def _keep(self, point: Point, name: str, gradient: typing.Any) -> None:
        title, shape = point.titles[name], point.values[name].shape
        array = _array(gradient, title)
        if array.shape != shape:
            message = say("wrong_shape", name=title, got=array.shape, expected=shape)
            raise CheckFailed(message, actual=array, name=title)
        point.gradients[name] = array


def _find(layer: typing.Any, name: str) -> typing.Any:
    found = functools.reduce(getattr, name.split("."), layer)
    if found is None:
        raise wrong_type(f"layer.{name}", None, "a Parameter")
    return found


def _is_float(value: object) -> bool:
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return False
    if value.dtype != np.float64:
        raise SuiteError(
            f"gradients_match: an input has dtype {value.dtype}, expected float64.",
            "A step of 1e-6 is lost in float32: convert with .astype(float).",
        )
    return True


def _array(value: typing.Any, name: str) -> Array:
    """Return the value as an array of floats.

    Raises:
        CheckFailed: if it is something else.
    """
    if isinstance(value, (float, np.floating)):
        value = np.asarray(value)
    if not isinstance(value, np.ndarray):
        raise wrong_type(name, value, "an array")
    if value.dtype.kind != "f":
        code = "integers" if value.dtype.kind in "iu" else "wrong_dtype"
        message = say(code, name=name, got=value.dtype, expected="float64")
        raise CheckFailed(message, actual=value, name=name)
    return value


def _listed(returned: typing.Any, moving: Mapping[str, int]) -> Sequence[typing.Any]:
    """Return the input gradients as a list, one per input.

    Raises:
        CheckFailed: if there are more or fewer.
    """
    if len(moving) == 1 and not isinstance(returned, (tuple, list)):
        return [returned]
    wanted = describe.count(len(moving), "gradient")
    if not isinstance(returned, (tuple, list)):
        raise wrong_type("what backward returns", returned, wanted)
    if len(returned) != len(moving):
        got = describe.count(len(returned), "value")
        message = say(
            "wrong_length", name="what backward returns", got=got, expected=wanted
        )
        raise CheckFailed(message, name="backward")
    return returned
