"""The check itself raised over what the student returned: what may be told of it.

An exception of ours can hold expected values in its text; of a hidden check only those
texts are shown that are about types, shapes and names.
"""

from __future__ import annotations

import dis
import pathlib
import re
import traceback

import numpy as np

from autograder.messages import TEXT_LIMIT, advice, clean, hide_paths, say
from autograder.suite import describe
from autograder.suite.attempt import Attempt
from autograder.suite.line import Reply
from autograder.suite.stage import Check

_HARMLESS = (TypeError, IndexError, AttributeError)
_ABOUT_SHAPES = re.compile(
    r"operands could not be broadcast|could not broadcast|non-broadcastable|matmul: "
    r"|shapes .* not aligned|shape mismatch|cannot reshape|axes don't match"
    r"|all the input array|setting an array element|(too many|not enough) values"
)
_UNPACKED = re.compile(r"(?:too many|not enough) values to unpack \(expected (\d+)")
_NOT_ITERABLE = re.compile(r"cannot unpack non-iterable ([\w.]+) object")
_INDICES = re.compile(r"(list|tuple) indices must be integers or slices, not (\w+)")
_INDEXED = {"str": "a dict", "tuple": "an array"}


def told(check: Check, tried: Attempt) -> tuple[str, str]:
    """Return the sentence about a check that raised, and what helps beyond it."""
    error = tried.error
    sentence = _about_reply(error, tried.last)
    if sentence:
        return sentence, tried.hint
    text = _text(error, check)
    if isinstance(error, AssertionError) and text:
        return f"{text}.", tried.hint
    message = say("unusable", reason=text or type(error).__name__)
    return message, tried.hint or advice("unusable")


def _about_reply(error: Exception | None, last: Reply | None) -> str:
    """Say what was returned, if the exception fits what came last; "" if not."""
    if last is None or last.op != "call":
        return ""
    text, sort = str(error), type(last.value).__name__
    if isinstance(error, TypeError):
        if (found := _NOT_ITERABLE.match(text)) and found[1] in {sort, f"numpy.{sort}"}:
            return _returned(last, _wanted(error))
        found = _INDICES.match(text)
        if found and found[1] == sort and found[2] in _INDEXED:
            return _returned(last, _INDEXED[found[2]])
    found = _UNPACKED.match(text) if isinstance(error, ValueError) else None
    if found and _differs(last.value, int(found[1]), more=text.startswith("too many")):
        return _returned(last, describe.count(int(found[1]), "value"))
    return ""


def _returned(last: Reply, expected: str) -> str:
    if last.value is None:
        return say("returned_none", call=last.call, expected=expected)
    got = describe.kind(last.value)
    if isinstance(last.value, (list, tuple)) and "value" in expected:
        number = expected.partition(" ")[0]
        got, expected = describe.count(len(last.value), "value"), number
    return say("returned_other", call=last.call, got=got, expected=expected)


def _differs(value: object, wanted: int, *, more: bool) -> bool:
    if isinstance(value, np.ndarray) and not value.ndim:
        return False
    if not isinstance(value, (list, tuple, np.ndarray)):
        return False
    return len(value) > wanted if more else len(value) < wanted


def _wanted(error: TypeError) -> str:
    """Return how many values were to be unpacked, which the text does not say."""
    innermost = error.__traceback__
    while innermost is not None and innermost.tb_next is not None:
        innermost = innermost.tb_next
    if innermost is not None:
        for step in dis.get_instructions(innermost.tb_frame.f_code):
            if step.offset == innermost.tb_lasti and step.opname == "UNPACK_SEQUENCE":
                return describe.count(int(step.argval), "value")
    return "several values"


def _text(error: Exception | None, check: Check) -> str:
    """Return what may be shown of an exception's text; "" if that is nothing."""
    text = str(error)
    if check.hidden:
        text = _without_values(error, text, check)
    return clean(hide_paths(text), TEXT_LIMIT).rstrip(".")


def _without_values(error: Exception | None, text: str, check: Check) -> str:
    if isinstance(error, AssertionError):
        # pytest writes the two sides of a comparison below the author's own message.
        own = "" if text.startswith("assert ") else text.partition("\nassert ")[0]
        return own if _raised_by(error, check) else ""
    if isinstance(error, KeyError):
        return text if all(type(key) is str for key in error.args) else ""
    if isinstance(error, _HARMLESS):
        return text
    about_shapes = isinstance(error, ValueError) and _ABOUT_SHAPES.search(text)
    return text if about_shapes else ""


def _raised_by(error: Exception, check: Check) -> bool:
    """Return whether the stage itself raised, and not NumPy's assert_allclose."""
    stage = check.path.parent.parent.resolve()
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and stage in pathlib.Path(frames[-1].filename).resolve().parents
