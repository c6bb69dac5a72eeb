"""`raises`: the exception that is asked for, proved by exact name and family."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Sequence

import numpy as np

from autograder.errors import SuiteError
from autograder.messages import TEXT_LIMIT, clean, hide_paths, say
from autograder.suite.context import verb
from autograder.suite.failures import CheckFailed, StudentRaised

_CLASSES: tuple[type[Exception], ...] = (
    ArithmeticError,
    AttributeError,
    FloatingPointError,
    IndexError,
    KeyError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
    ZeroDivisionError,
    np.linalg.LinAlgError,
)
_FAMILIES = {
    cls.__name__: tuple(base.__name__ for base in cls.__mro__ if base is not object)
    for cls in _CLASSES
}


def raises(
    expected: str | Sequence[str],
    call: Callable[..., object],
    *args: object,
    works: Callable[[], object],
    match: str | None = None,
    name: str = "",
    when: str = "",
    **kwargs: object,
) -> None:
    """Check that a call raises an exception of that very class.

    A subclass will not do: NotImplementedError is a RuntimeError, and one class can
    inherit from every error there is.

    Args:
        call: what must raise.
        args: its arguments.
        expected: "ValueError", or several names of which one must be met.
        works: a similar call that must succeed; it is made first.
        match: regular expression that must be found in the exception's text.
        kwargs: its named arguments.
        name: what the call is called in messages, if its own name will not do.
        when: which input it is, as a clause for messages: "x holds integers".

    Raises:
        CheckFailed: if nothing is raised, or something else.
        StudentError: if the working call fails.
    """
    names = (expected,) if isinstance(expected, str) else tuple(expected)
    for wanted in names:
        if wanted not in _FAMILIES:
            known = ", ".join(sorted(_FAMILIES))
            raise SuiteError(f"raises: {wanted!r} is not one of {known}.")
    with verb():
        works()
        label = name or getattr(call, "_label", "") or "the call"
        try:
            call(*args, **kwargs)
        except StudentRaised as exc:
            _judge(exc, names, match, _Called(name or exc.call, _clause(when)))
            return
        choice = " or ".join(names)
        called = _Called(label, _clause(when))._asdict()
        raise CheckFailed(say("no_exception", expected=choice, **called), name=label)


class _Called(typing.NamedTuple):
    """The call and its input in a sentence."""

    call: str
    when: str


def _clause(when: str) -> str:
    return f" when {when}" if when else ""


def _judge(
    exc: StudentRaised, names: tuple[str, ...], match: str | None, called: _Called
) -> None:
    if exc.type == "NotImplementedError" or exc.module:
        raise exc  # nothing is there yet that could raise the right one
    choice = " or ".join(names)
    label = called.call
    values: dict[str, typing.Any] = {**called._asdict(), "got": exc.type}
    if exc.type not in names:
        text = clean(hide_paths(exc.text), TEXT_LIMIT)
        values["got"] = f"{exc.type} ({text})" if text else exc.type
        message = say("wrong_exception", expected=choice, **values)
        raise CheckFailed(message, name=label) from None
    if exc.mro != _FAMILIES[exc.type]:
        message = say("disguised_exception", expected=exc.type, **values)
        raise CheckFailed(message, name=label) from None
    if match is not None and not re.search(match, exc.text):
        message = say("wrong_text", expected=f"“{match}”", **values)
        raise CheckFailed(message, name=label) from None
