"""How a check can end other than by passing; each carries what its reader needs.

CheckFailed          a verb found the student's values wrong
StudentError       the student's code did not get as far as giving values
├── StudentRaised    it raised an exception
├── StudentTimedOut  it did not return in time
└── StudentDied      its process ended, or answered what cannot be read
"""

# ruff: noqa: N818 - these are ways to end; most are no errors of ours

from __future__ import annotations

import typing
from collections.abc import Mapping

from autograder import messages
from autograder.messages import NAME_LIMIT, TEXT_LIMIT, clean, say
from autograder.records import ErrorMap, Outcome


class CheckFailed(AssertionError):
    """A verb found the student's values wrong.

    Args:
        actual: the student's value, by which a known mistake can be recognised.
        carried: the value is right for a wrong forward pass; a known mistake there
            earns the points all the same.
    """

    def __init__(
        self,
        message: str,
        *,
        actual: typing.Any = None,
        name: str = "",
        error_map: ErrorMap | None = None,
        hint: str = "",
        carried: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.actual = actual
        self.name = name
        self.error_map = error_map
        self.hint = hint
        self.carried = carried
        self.verbs = 0  # how many verbs this check had called before


class StudentError(Exception):
    """The student's code did not get as far as giving values."""

    def __init__(self, message: str, outcome: Outcome, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.outcome = outcome
        self.hint = hint


class Told(typing.NamedTuple):
    """What the guest tells of an exception: texts, each of which may be a lie."""

    type: str
    mro: tuple[str, ...] = ()
    text: str = ""
    where: str = ""


class StudentRaised(StudentError):
    """The student's code raised an exception; type and text are not to be trusted."""

    def __init__(self, call: str, told: Told, module: str = "") -> None:
        self.call = call
        self.type = clean(told.type, NAME_LIMIT) or "an exception"
        self.mro = tuple(name for name in told.mro if name != "object")
        self.text = told.text
        self.where = clean(told.where, 2 * NAME_LIMIT)
        self.module = module
        super().__init__(*self._described())

    def _described(self) -> tuple[str, Outcome, str]:
        text = clean(messages.hide_paths(self.text), TEXT_LIMIT)
        if self.type == "MemoryError":
            sentence = f"{self.call} raised MemoryError: it asked for too much memory."
            return sentence, Outcome.OUT_OF_MEMORY, messages.advice("out_of_memory")
        if self.type == "NotImplementedError":
            what = (text or self.call).rstrip(".")
            for opening in ("not implemented yet: ", "not implemented: "):
                if what.lower().startswith(opening):
                    what = what[len(opening) :]
            return say("not_implemented", what=what), Outcome.ERRORED, ""
        code = "import_failed" if self.module else "raised"
        if self.type == "AttributeError" and text and not self.where:
            code = "missing_name"  # looked for by the check, not by the student's code
        sentence = say(
            code,
            call=self.call,
            module=self.module,
            type=self.type,
            where=f" in {self.where}" if self.where else "",
            text=f": {text}" if text else ".",
        )
        return sentence, Outcome.ERRORED, messages.advice(code)


class _StudentTypeError(StudentRaised, TypeError):
    """Python asks `len` before it iterates, and goes on only after a TypeError."""


class _StudentAttributeError(StudentRaised, AttributeError):
    """`hasattr` and `getattr` with a default go on only after an AttributeError."""


_CLASSES: dict[str, type[StudentRaised]] = {
    "TypeError": _StudentTypeError,
    "AttributeError": _StudentAttributeError,
}


def student_raised(
    call: str, reply: Mapping[str, typing.Any], module: str = ""
) -> StudentRaised:
    """Return the exception for a "raised" reply, whatever is missing in it."""

    def text(key: str) -> str:
        value = reply.get(key)
        return value if type(value) is str else ""

    mro = reply.get("mro")
    names = [name for name in mro if type(name) is str] if type(mro) is list else []
    cls = _CLASSES.get(text("type"), StudentRaised)
    told = Told(text("type"), tuple(names), text("text"), text("where"))
    return cls(call, told, module)


class StudentTimedOut(StudentError):
    """The student's code did not return in time; `which` names the clock."""

    def __init__(self, which: str, call: str, limit_s: float) -> None:
        self.which = which
        code = f"timed_out_{which}"
        sentence = say(code, call=call, limit=f"{limit_s:g}")
        super().__init__(sentence, Outcome.TIMED_OUT, messages.advice(code))


class StudentDied(StudentError):
    """The process with the student's code ended, or gave an unreadable answer."""

    def __init__(
        self, code: str, outcome: Outcome = Outcome.CRASHED, **values: object
    ) -> None:
        super().__init__(say(code, **values), outcome, messages.advice(code))
