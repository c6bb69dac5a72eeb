"""A stand-in for CuPy on a machine without a GPU: arrays that refuse to mix.

An `Array` keeps its numbers to itself, as a GPU does. It computes with other `Array`s
and with numbers; whoever hands it a NumPy array, or hands it to a NumPy function, gets
a TypeError. The module offers NumPy's functions for `Array`s, `asarray` as the way in
and `asnumpy` as the way out. Register it with `nabla.backend.register`.
"""

import operator
import sys

import numpy as np


def _refuse(what):
    raise TypeError(f"strict_array: {what}; on a GPU this would fail, too.")


def _open(value):
    """Return the NumPy value behind an argument, for our own use only."""
    if isinstance(value, Array):
        return value._numbers
    if isinstance(value, np.ndarray):
        _refuse("a NumPy array was mixed with device arrays")
    if isinstance(value, (list, tuple)):
        return type(value)(_open(item) for item in value)
    if isinstance(value, dict):
        return {key: _open(item) for key, item in value.items()}
    return value


def _close(value):
    """Wrap every array of a result, 0-d ones too: a GPU returns no numbers."""
    if isinstance(value, (np.ndarray, np.generic)):
        return Array(np.asarray(value))
    if isinstance(value, tuple) and type(value) is not tuple:  # named tuples of linalg
        return type(value)(*map(_close, value))
    if isinstance(value, (list, tuple)):
        return type(value)(_close(item) for item in value)
    return value


def _guarded(function):
    def call(*args, **kwargs):
        return _close(function(*_open(args), **_open(kwargs)))

    return call


class Array:
    """Numbers on the pretended device."""

    __hash__ = None

    def __init__(self, numbers):
        self._numbers = numbers

    def __array__(self, *args, **kwargs):
        _refuse("NumPy asked for the values of a device array")

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        _refuse(f"numpy.{ufunc.__name__} was called with a device array")

    def __array_function__(self, function, types, args, kwargs):
        _refuse(f"numpy.{function.__name__} was called with a device array")

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        value = getattr(self._numbers, name)
        return _guarded(value) if callable(value) else _close(value)

    def __repr__(self):
        return f"strict_array.Array({self._numbers!r})"

    def __len__(self):
        return len(self._numbers)

    def __iter__(self):
        return (_close(item) for item in self._numbers)

    def __getitem__(self, key):
        return _close(self._numbers[_open(key)])

    def __setitem__(self, key, value):
        self._numbers[_open(key)] = _open(value)

    def __bool__(self):
        return bool(self._numbers)

    def __int__(self):
        return int(self._numbers)

    def __float__(self):
        return float(self._numbers)


def _binary(function):
    return lambda self, other: _close(function(self._numbers, _open(other)))


def _reflected(function):
    return lambda self, other: _close(function(_open(other), self._numbers))


def _in_place(function):
    def apply(self, other):
        self._numbers = function(self._numbers, _open(other))
        return self

    return apply


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
    _function = getattr(operator, _name)
    setattr(Array, f"__{_name}__", _binary(_function))
    setattr(Array, f"__r{_name}__", _reflected(_function))
    setattr(Array, f"__i{_name}__", _in_place(getattr(operator, f"i{_name}")))
for _name in ("and_", "or_", "xor"):
    _function = getattr(operator, _name)
    setattr(Array, f"__{_name.strip('_')}__", _binary(_function))
    setattr(Array, f"__r{_name.strip('_')}__", _reflected(_function))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Array, f"__{_name}__", _binary(getattr(operator, _name)))
for _name in ("neg", "pos", "abs", "invert"):
    _function = getattr(operator, _name)
    setattr(Array, f"__{_name}__", lambda self, f=_function: _close(f(self._numbers)))


def asarray(value, dtype=None):
    """Move numbers to the pretended device: the only way in."""
    if isinstance(value, Array):
        return value if dtype is None else value.astype(dtype)
    return Array(np.array(value, dtype=dtype))


def asnumpy(array):
    """Move numbers back: the only way out."""
    return array._numbers.copy()


array = asarray
ndarray = Array


class _Part:
    """A part of NumPy, such as numpy.linalg, for device arrays."""

    def __init__(self, part):
        self._part = part

    def __getattr__(self, name):
        return _lookup(self._part, name)


def _lookup(part, name):
    if name in {"random", "testing"} or name.startswith("__"):
        raise AttributeError(
            f"strict_array has no {name!r}: random numbers are drawn"
            " by NumPy on the CPU and moved"
        )
    value = getattr(part, name)
    if isinstance(value, type(sys)):
        return _Part(value)
    return value if isinstance(value, type) or not callable(value) else _guarded(value)


def __getattr__(name):
    return _lookup(np, name)
