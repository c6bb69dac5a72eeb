"""Parameter and Module: what every layer of the course has in common."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Iterator

from nabla import backend, errors
from nabla.backend import Array


def _no_attribute(owner: object, name: str) -> AttributeError:
    public = [known for known in dir(owner) if not known.startswith("_")]
    near = difflib.get_close_matches(name, public)
    remedy = f" Did you mean {' or '.join(near)}?" if near else ""
    text = f"{type(owner).__name__} has no attribute {name!r}.{remedy}"
    return AttributeError(text, name="")  # with a name Python would suggest it again


class Parameter:
    """An array that is learnt, and the gradient of the loss with respect to it.

    `data` is a copy of the array given, `grad` begins as zeros of the same shape and
    dtype. Backward passes add to `grad`; an optimizer changes `data` in place.

    Args:
        decay: whether weight decay applies; weights yes, biases no.

    Raises:
        TypeError: if data is not an array of floats.
    """

    def __init__(self, data: Array, name: str = "", decay: bool = True) -> None:
        errors.check_float("Parameter", data=data)
        self.data = data.copy()
        self.grad = backend.array_module(data).zeros_like(self.data)
        self.name = name
        self.decay = decay
        self.requires_grad = True

    def zero_grad(self) -> None:
        """Set the gradient to zero, in place."""
        self.grad[...] = 0

    def __repr__(self) -> str:
        name = f"{self.name!r}, " if self.name else ""
        return f"Parameter({name}shape={self.data.shape}, dtype={self.data.dtype})"

    def __getattr__(self, name: str) -> typing.NoReturn:
        raise _no_attribute(self, name)


class Module:
    """A step of the computation: `forward` computes, `backward` differentiates.

    `forward` keeps in `self.saved` what `backward` needs. `backward` takes the
    gradient of the loss with respect to the output, adds to `grad` of every parameter
    and returns the gradient with respect to the input.
    """

    training: bool = True
    saved: typing.Any = None

    def forward(self, *args: typing.Any) -> typing.Any:
        """Return the output for one or more inputs."""
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def backward(self, *args: typing.Any) -> typing.Any:
        """Return the gradient for the input, given the one for the output."""
        raise NotImplementedError(f"{type(self).__name__} has no backward")

    def backward_parameters(self, *args: typing.Any) -> None:
        """Do for the parameters what `backward` does, and return nothing.

        The first layer of a network gets data, and nobody asks how the loss changes
        with the data. A layer that can leave out that product says so below.
        """
        self._backward_parameters(*args)

    def _backward_parameters(self, *args: typing.Any) -> None:
        self.backward(*args)

    def __call__(self, *args: typing.Any) -> typing.Any:
        """Call `forward`."""
        return self.forward(*args)

    def parameters(self) -> list[Parameter]:
        """Return all parameters, depth-first and in order of creation, each once."""
        return [thing for thing in _walk(self, set()) if isinstance(thing, Parameter)]

    def submodules(self) -> list[Module]:
        """Return this module and all inside it, depth-first, each once."""
        return [thing for thing in _walk(self, set()) if isinstance(thing, Module)]

    def zero_grad(self) -> None:
        """Set the gradients of all parameters to zero."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def train(self, mode: bool = True) -> typing.Self:
        """Switch this module and all inside it to training (or with False, not)."""
        for module in self.submodules():
            module.training = mode
        return self

    def eval(self) -> typing.Self:
        """Switch this module and all inside it to evaluation."""
        return self.train(False)

    def __getattr__(self, name: str) -> typing.Any:
        raise _no_attribute(self, name)


def check_modules(where: str, *modules: object) -> None:
    """Check that every argument is a Module.

    Raises:
        TypeError: naming the first that is none.
    """
    for i, module in enumerate(modules):
        if not isinstance(module, Module):
            kind = type(module).__name__
            raise TypeError(f"{where}: argument {i} is a {kind}, expected a Module.")


def _walk(value: object, seen: set[int]) -> Iterator[Parameter | Module]:
    """Yield all parameters and modules in `value`, each object once."""
    if not isinstance(value, (Parameter, Module, list, tuple, dict)):
        return
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, (Parameter, Module)):
        yield value
    if isinstance(value, Parameter):
        return
    if isinstance(value, Module):
        value = {key: item for key, item in vars(value).items() if key != "saved"}
    for item in value.values() if isinstance(value, dict) else value:
        yield from _walk(item, seen)
