"""Stand-ins for host functions and host modules: each call goes to the host."""

from __future__ import annotations

import typing
from collections.abc import Callable

from autograder.wire import Handle

Exchange = Callable[
    [Handle, str, tuple[typing.Any, ...], dict[str, typing.Any]], typing.Any
]


class LentFunction:
    """A function that lives on the host."""

    __slots__ = ("_exchange", "_handle")

    def __init__(self, handle: Handle, exchange: Exchange) -> None:
        self._handle = handle
        self._exchange = exchange

    def __call__(self, *args: typing.Any, **kwargs: typing.Any) -> typing.Any:
        """Call the host's function."""
        return self._exchange(self._handle, "__call__", args, kwargs)


def lent_module_class(base: type) -> Callable[[Handle, Exchange], object]:
    """Return a subclass of the student package's Module that lives on the host."""

    class LentModule(base):  # type: ignore[misc]  # the base is known at run time only
        """A module whose forward and backward run on the host."""

        # Not in __dict__, where a Module looks for its parameters.
        __slots__ = ("_exchange", "_handle")

        def __init__(self, handle: Handle, exchange: Exchange) -> None:
            super().__init__()
            object.__setattr__(self, "_handle", handle)
            object.__setattr__(self, "_exchange", exchange)

        def forward(self, *args: typing.Any, **kwargs: typing.Any) -> typing.Any:
            """Run the host's forward."""
            return self._exchange(self._handle, "forward", args, kwargs)

        def backward(self, *args: typing.Any, **kwargs: typing.Any) -> typing.Any:
            """Run the host's backward."""
            return self._exchange(self._handle, "backward", args, kwargs)

    return LentModule
