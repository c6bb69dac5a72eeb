"""The student's package and objects, as a check sees them.

Every attribute, call, item or length is one request over the transport. Numbers,
arrays, lists, tuples, dicts and texts come back as copies, all else as RemoteObject.
"""

# ruff: noqa: SLF001 - public names of a proxy would hide those of the student's object

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator

import numpy as np

from autograder.suite.failures import StudentDied
from autograder.suite.line import Lent, Line, Remote, label_of, relabel
from autograder.wire import Handle

Array = np.ndarray[typing.Any, np.dtype[typing.Any]]


_METHODS = frozenset(
    [
        "forward",
        "backward",
        "zero_grad",
        "parameters",
        "train",
        "eval",
        "state_dict",
        "load_state_dict",
        "step",
        "update",
        "predict",
        "fit",
        "train_step",
        "train_epoch",
        "evaluate",
        "restore",
    ]
)
"""Methods by convention: called by name, in one request instead of two."""


class RemoteObject(Remote):
    """An object that stays with the student's code; it lives as long as its check."""

    __slots__ = ()

    def __getattr__(self, name: str) -> typing.Any:
        if name.startswith("__"):  # Python's own questions, such as those of copy
            raise AttributeError(name)
        if name in _METHODS:
            return RemoteMethod(self, name)
        value = self._ask("get", name, name=name)
        if isinstance(value, RemoteObject):
            relabel(value, f"{self._label}.{name}")
        return value

    def __setattr__(self, name: str, value: object) -> None:
        self._ask("set", name, name=name, value=value)

    def __call__(self, *args: object, **kwargs: object) -> typing.Any:
        """Call it on the student's side and return a copy of the result."""
        return self._ask("call", "", args=list(args), kwargs=kwargs)

    def __getitem__(self, key: object) -> typing.Any:
        return self._ask("item", f"[{_key(key)}]", key=_travelling(key))

    def __setitem__(self, key: object, value: object) -> None:
        self._method("__setitem__", key, value)

    def __len__(self) -> int:
        length = self._ask("length", "__len__")
        if type(length) is not int or length < 0:
            reason = "a length that is no length"
            raise StudentDied("unreadable_answer", call=self._label, reason=reason)
        return length

    def __iter__(self) -> Iterator[typing.Any]:
        return iter(self._ask("iterate", "__iter__"))

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<{self._label} of the student>"

    def __enter__(self) -> typing.Any:
        return self._method("__enter__")

    def __exit__(self, *_: object) -> None:
        self._method("__exit__", None, None, None)

    __array_ufunc__ = None  # lets `array @ remote` come to __rmatmul__

    def __array__(self, *_: object, **__: object) -> typing.NoReturn:
        raise TypeError(f"{self._label} is an object of the student, not an array")

    def _method(self, name: str, *args: object) -> typing.Any:
        return RemoteMethod(self, name)(*args)


def _operator(name: str) -> Callable[..., typing.Any]:
    def operate(self: RemoteObject, *others: object) -> typing.Any:
        result = self._method(name, *others)
        declined = isinstance(result, RemoteObject) and (
            label_of(result) == "NotImplementedType"
        )
        return NotImplemented if declined else result

    operate.__name__ = name
    return operate


for _name in ("add", "sub", "mul", "truediv", "pow", "matmul"):
    setattr(RemoteObject, f"__{_name}__", _operator(f"__{_name}__"))
    setattr(RemoteObject, f"__r{_name}__", _operator(f"__r{_name}__"))
for _name in ("neg", "abs"):
    setattr(RemoteObject, f"__{_name}__", _operator(f"__{_name}__"))


class RemoteMethod(Remote):
    """A method that is looked up only when it is called or handed on."""

    __slots__ = ("_name", "_owner")

    _name: str
    _owner: RemoteObject

    def __init__(self, owner: RemoteObject, name: str) -> None:
        object.__setattr__(self, "_line", owner._line)
        object.__setattr__(self, "_label", f"{owner._label}.{name}")
        object.__setattr__(self, "_owner", owner)
        object.__setattr__(self, "_name", name)

    @property
    def _handle(self) -> Handle:  # type: ignore[override]  # asked for, not kept
        value = self._owner._ask("get", self._name, name=self._name)
        if not isinstance(value, RemoteObject):
            raise TypeError(f"{self._label} is not a method")
        return value._handle

    def __call__(self, *args: object, **kwargs: object) -> typing.Any:
        """Call it on the student's side and return a copy of the result."""
        keys = {"args": list(args), "kwargs": kwargs}
        return self._owner._ask("call", self._name, method=self._name, **keys)

    def __repr__(self) -> str:
        return f"<{self._label} of the student>"


class RemotePath(Remote):
    """A dotted name, "layers.Linear", looked up only when it is called or read."""

    __slots__ = ()

    def __getattr__(self, name: str) -> RemotePath:
        """Return the path to a name below this one; nothing is asked yet."""
        if name.startswith("__"):
            raise AttributeError(name)
        kind, before = self._handle.kind, self._handle.name
        path = f"{before}.{name}" if before else name
        # Students know the classes of a module without the module's name before them.
        label = path if kind == "numpy" else path.partition(".")[2]
        return RemotePath(self._line, Handle(kind, 0, path), label)

    def __setattr__(self, name: str, value: object) -> None:
        self._ask("set", name, name=name, value=value)

    def __call__(self, *args: object, **kwargs: object) -> typing.Any:
        """Call it on the student's side and return a copy of the result."""
        return self._ask("call", "", args=list(args), kwargs=kwargs)

    def __repr__(self) -> str:
        return f"<{self._handle.name} of the student>"


class Student:
    """The student's package: `student.layers.Linear(4, 3)` and what else is needed."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def __getattr__(self, name: str) -> RemotePath:
        """Return the path to a name below this one; nothing is asked yet."""
        if name.startswith("_"):
            raise AttributeError(name)
        return RemotePath(self._line, Handle("path", 0, name), name)

    @property
    def numpy(self) -> RemotePath:
        """NumPy beside the student's code: `student.numpy.copyto(placed, zeros)`."""
        return RemotePath(self._line, Handle("numpy", 0, ""), "numpy")

    def place(self, array: Array, layout: str = "C") -> RemoteObject:
        """Put an array beside the student's code, to be looked at after the call.

        Args:
            array: is copied.
            layout: "C", "F", "strided", "reversed" or "readonly".
        """
        placed = self._line.ask("place", "place", value=array, layout=layout)
        return typing.cast(RemoteObject, placed)

    def look(self, thing: Remote) -> typing.Any:
        """Return a copy of what a placed array, an object or a name stands for now."""
        return self._line.ask("look", "look", target=thing)

    def names(self, thing: Remote) -> list[str]:
        """Return the public names of an object or a module."""
        return typing.cast("list[str]", self._line.ask("dir", "names", target=thing))

    def shares_memory(self, first: Remote, second: Remote) -> bool:
        """Return whether two arrays share memory, as far as the student's side says."""
        shared = self._line.ask("shares_memory", "shares", first=first, second=second)
        return shared is True

    def same(self, first: Remote, second: Remote) -> bool:
        """Return whether two objects are one, as far as the student's side says."""
        return self._line.ask("is", "same", first=first, second=second) is True

    def generator(self, seed: int) -> RemoteObject:
        """Return a numpy.random.Generator that lives beside the student's code."""
        made = self.numpy.random.default_rng(seed)
        return typing.cast(RemoteObject, made)

    def lend(self, function: Callable[..., typing.Any]) -> Lent:
        """Return what the student's code may call like `function`, which stays here."""
        return self._line.lend(function, "function")

    def lend_module(self, module: object) -> Lent:
        """Return a Module for the student's code; its forward and backward run here."""
        return self._line.lend(module, "module")


def _key(key: object) -> str:
    """Return a key as one writes it between brackets."""
    if isinstance(key, tuple):
        return ", ".join(map(_key, key))
    if isinstance(key, slice):
        start, stop, step = (_bound(end) for end in (key.start, key.stop, key.step))
        return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"
    return "..." if key is Ellipsis else repr(key)


def _bound(end: object) -> str:
    return "" if end is None else str(end)


def _travelling(key: object) -> object:
    """Return a key in values of the wire; no key is a dict, so that one can tell."""
    if isinstance(key, tuple):
        return tuple(_travelling(part) for part in key)
    if isinstance(key, slice):
        return {"slice": [key.start, key.stop, key.step]}
    return {"ellipsis": None} if key is Ellipsis else key
