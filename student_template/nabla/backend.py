"""One door to the arrays: NumPy on the CPU, CuPy on a CUDA GPU.

A layer asks for the module that its arrays belong to and computes with that:

    xp = backend.array_module(x, W)
    y = xp.maximum(x @ W, 0)

Nothing else in the package imports cupy, and cupy is imported only when it is used.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import importlib
import types
import typing
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Array: typing.TypeAlias = npt.NDArray[typing.Any]
"""An array of any module: `numpy.ndarray` or `cupy.ndarray`."""

Seed: typing.TypeAlias = np.random.Generator | int | None
"""What every `rng` argument accepts."""

_modules: dict[str, types.ModuleType] = {"numpy": np}
_in_use = contextvars.ContextVar("nabla_array_module", default="numpy")


def module_name(array: object) -> str | None:
    """Return "numpy" or "cupy" for an array, None for everything else."""
    if isinstance(array, np.ndarray):
        return "numpy"
    name = type(array).__module__.partition(".")[0]
    is_array = hasattr(array, "dtype") and hasattr(array, "ndim")
    return name if is_array and name in ({"cupy", *_modules} - {"numpy"}) else None


def array_module(*arrays: object, **named: object) -> typing.Any:
    """Return the module (numpy or cupy) that all given arrays belong to.

    Numbers and None belong to no module; without any array it is the module in use.

    Raises:
        TypeError: if they belong to different modules; it says which is which.
    """
    everything = {**{f"argument {i}": a for i, a in enumerate(arrays)}, **named}
    found = {name: module_name(value) for name, value in everything.items()}
    sides = {name: side for name, side in found.items() if side is not None}
    if len(set(sides.values())) > 1:
        listed = ", ".join(f"{name} is a {side} array" for name, side in sides.items())
        raise TypeError(
            f"array_module: {listed}; expected all of one kind. Move some of them with"
            " backend.to_numpy(array) or backend.asarray(array)."
        )
    return _load(next(iter(sides.values()), _in_use.get()))


get_array_module = array_module


def to_numpy(array: Array) -> Array:
    """Return the array's values as a NumPy array; a NumPy array comes back itself."""
    xp = array_module(array)
    return array if xp is np else typing.cast(Array, xp.asnumpy(array))


def asarray(array: Array, like: object = None) -> Array:
    """Move an array to the side of `like`, or without it to the module in use."""
    xp = array_module(like)
    if module_name(array) not in (None, "numpy") and xp is np:
        return to_numpy(array)
    return typing.cast(Array, xp.asarray(array))


@functools.cache
def _why_no_cupy() -> str:
    try:
        cupy = importlib.import_module("cupy")
        count = cupy.cuda.runtime.getDeviceCount()
    except (ImportError, OSError, RuntimeError) as exc:  # CUDA's are RuntimeErrors
        return f"{type(exc).__name__}: {exc}"
    return "" if count else "no CUDA device was found"


def available() -> tuple[str, ...]:
    """Return the names that `use` accepts on this machine."""
    return (*_modules, *(["cupy"] if not _why_no_cupy() else []))


def _load(name: str) -> types.ModuleType:
    # cupy stays out of `_modules`, so that `available` does not name it twice.
    return _modules[name] if name in _modules else importlib.import_module(name)


@contextlib.contextmanager
def use(name: str) -> Iterator[typing.Any]:
    """Create new parameters with "numpy" or "cupy" inside a `with` block.

    Raises:
        ValueError: if this machine has no such module; it says why.
    """
    if name not in available():
        reason = f" ({_why_no_cupy()})" if name == "cupy" else ""
        raise ValueError(
            f"backend.use: {name!r} is not available here{reason}; expected one of"
            f" {', '.join(available())}."
        )
    token = _in_use.set(name)
    try:
        yield _load(name)
    finally:
        _in_use.reset(token)


def cache_size(array: Array) -> int:
    """Return how many numbers like those of the array to work on at a time.

    On a CPU, what is worked on piece by piece is still in the cache when it is needed
    again. A GPU wants large pieces, and the bound is there to save its memory.
    """
    size = 2**20 if array_module(array) is np else 2**29
    return size // array.dtype.itemsize


def register(module: types.ModuleType) -> None:
    """Let another array module in: its arrays' type must be defined in `module`.

    It has to offer NumPy's functions and `asnumpy`, as cupy does. The kit's own tests
    register a strict stand-in for a GPU here.
    """
    _modules[module.__name__.partition(".")[0]] = module


def as_generator(rng: Seed = None) -> np.random.Generator:
    """Return the generator itself, a new one from a seed, or a fresh one for None.

    Random numbers are drawn by NumPy on the CPU and moved afterwards, so one seed
    means the same numbers everywhere.

    Raises:
        TypeError: if `rng` is none of these.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    is_seed = isinstance(rng, (int, np.integer)) and not isinstance(rng, bool)
    if rng is None or is_seed:
        return np.random.default_rng(rng)
    raise TypeError(
        f"rng is of type {type(rng).__name__}, expected a numpy.random.Generator,"
        " a seed (int) or None; make one with numpy.random.default_rng(7)."
    )


def draw_uniform(
    rng: Seed, low: float, high: float, shape: tuple[int, ...], dtype: typing.Any
) -> Array:
    """Draw from U(low, high) on the CPU; return it in the module in use."""
    values = as_generator(rng).uniform(low, high, shape)
    return asarray(values.astype(_float_dtype(dtype)))


def draw_normal(
    rng: Seed, scale: float, shape: tuple[int, ...], dtype: typing.Any
) -> Array:
    """Draw from N(0, scale²) on the CPU; return it in the module in use."""
    values = as_generator(rng).normal(0.0, scale, shape)
    return asarray(values.astype(_float_dtype(dtype)))


def _float_dtype(dtype: typing.Any) -> np.dtype[typing.Any]:
    found: np.dtype[typing.Any] = np.dtype(dtype)
    if found.kind != "f":
        raise TypeError(f"dtype is {found}, expected a float type such as float32.")
    return found
