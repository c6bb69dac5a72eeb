"""Exceptions of student code -> text, trusting nothing about them."""

# ruff: noqa: PTH119, PTH120 - pathlib would cost each start of a guest 7 ms

from __future__ import annotations

import builtins
import os
import typing

_TEXT_CHARACTERS = 2000
_NAME_CHARACTERS = 100
_MRO_CLASSES = 50

_name_of = type.__dict__["__name__"].__get__  # past what a metaclass may say
_mro_of = type.__dict__["__mro__"].__get__

Reply = dict[str, typing.Any]


class ImportFailedError(Exception):
    """A module that could not be imported is used; carries the reply to give."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply["text"])
        self.reply = reply


def describe(exc: BaseException, folder: str) -> Reply:
    """Return the "raised" reply for `exc`; `folder` is the student's package."""
    if isinstance(exc, ImportFailedError):
        return exc.reply
    names = [_class_name(cls) for cls in _mro_of(type(exc))[:_MRO_CLASSES]]
    return {
        "op": "raised",
        "type": names[0],
        "mro": [name for name in names if name != "object"],
        "text": _message(exc, os.path.dirname(folder)),
        "where": _where(exc, folder) if folder else "",
    }


def rebuild(reply: Reply) -> Exception:
    """Return the exception that a lent function raised on the host."""
    cls = getattr(builtins, str(reply["type"]), None)
    if isinstance(cls, type) and issubclass(cls, Exception):
        try:
            return cls(reply["text"])
        except TypeError:  # UnicodeError and its like want more arguments
            pass
    return RuntimeError(f"{reply['type']}: {reply['text']}")


def type_name(value: object) -> str:
    """Return the name of a value's type."""
    return _class_name(type(value))


def plain_text(text: str, characters: int | None = None) -> str:
    """Return an exact `str`, cut, with lone surrogates (which may not travel) spelt."""
    cut = str.__getitem__(text, slice(0, characters))
    return cut.encode("utf-8", "backslashreplace").decode()


def _class_name(cls: type) -> str:
    return plain_text(_name_of(cls), _NAME_CHARACTERS)


def _message(exc: BaseException, root: str) -> str:
    try:
        # The file and line that str() adds to a SyntaxError are told by `_where`.
        told = exc.msg if isinstance(exc, SyntaxError) else exc
        text = plain_text(str(told), _TEXT_CHARACTERS)
    except BaseException as broken:  # noqa: BLE001 - __str__ is student code, too
        return f"(no message: its __str__ raised {type_name(broken)})"
    return text.replace(root + os.sep, "") if root else text


def _where(exc: BaseException, folder: str) -> str:
    """Name the innermost line inside the student's package, "" if there is none."""
    inside = folder + os.sep
    where = ""
    if isinstance(exc, SyntaxError) and str(exc.filename).startswith(inside):
        where = f"{os.path.basename(str(exc.filename))}, line {exc.lineno}"
    trace = exc.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename.startswith(inside):
            file = os.path.basename(code.co_filename)
            name = code.co_qualname.partition(".<locals>")[0]
            within = "" if name == "<module>" else f", in {name}"
            where = f"{file}, line {trace.tb_lineno}{within}"
        trace = trace.tb_next
    return plain_text(where, _TEXT_CHARACTERS)
