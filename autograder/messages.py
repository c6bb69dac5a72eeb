"""Every sentence that a check shows to a student: code -> text, help.

`say` fills a sentence in. Whatever comes from a submission (an exception's text, the
name of a type, a file name) goes through `clean` before it becomes part of one.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata

TEXT_LIMIT = 300
"""Characters of an exception's text that a sentence quotes."""

NAME_LIMIT = 60
"""Characters of a name (of a type, a file, a call) that a sentence quotes."""


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """A sentence with places to fill in, and what may help beyond it."""

    text: str
    help: str = ""


CATALOGUE: dict[str, Message] = {
    # How a check ended.
    "raised": Message(
        "{call} raised {type}{where}{text}",
        "To stop where it happens, put breakpoint() into your code and run `autograder"
        " check` with --in-process.",
    ),
    "not_implemented": Message("Not implemented yet: {what}."),
    "import_failed": Message(
        "{module} cannot be imported: {type}{where}{text}",
        "Nothing in that file can be checked until Python can import it; beside"
        " Python's own modules, only NumPy is there.",
    ),
    "missing_name": Message(
        "{call} is missing{text}", "Was something renamed, moved or deleted?"
    ),
    "timed_out_call": Message(
        "{call} did not return within {limit} s and was stopped.",
        "Look for a loop that never ends, or for Python loops over single numbers.",
    ),
    "timed_out_check": Message(
        "This check took longer than the {limit} s that one check may take;"
        " it was stopped at {call}."
    ),
    "timed_out_submission": Message(
        "The time for the whole submission ({limit} s) was used up before this check"
        " could be finished.",
        "Checks that ran into their time limit before this one used it up.",
    ),
    "timed_out_import": Message(
        "Importing your files did not finish within {limit} s.",
        "Code at the top of a file runs at import: keep only definitions there.",
    ),
    "timed_out_cpu": Message(
        "{call} used up the computing time a submission may take and was stopped."
    ),
    "out_of_memory": Message(
        "{call} asked for more memory than a submission may use ({limit}).",
        "Is an array much larger than it should be, such as (N, N) instead of (N,)?",
    ),
    "crashed": Message(
        "The Python process that ran your code ended during {call}{how}.",
        "Does the code call exit(), os._exit() or kill()?",
    ),
    "crashed_import": Message(
        "The Python process ended while it imported your files{how}.",
        "Code at the top of a file runs at import: keep only definitions there.",
    ),
    "unreadable_answer": Message(
        "{call} gave back something that cannot be read ({reason}).",
        "Return plain numbers, lists, tuples and NumPy arrays of numbers.",
    ),
    "too_many_callbacks": Message(
        "{call} called a function that was handed to it more than {limit} times."
    ),
    "callbacks_too_large": Message(
        "{call} handed more than {limit} to functions that were handed to it."
    ),
    "unusable": Message(
        "Your code returned something this check cannot use: {reason}.",
        "Compare types, shapes and the number of returned values with the handout;"
        " NoneType is what comes from a function without `return`.",
    ),
    "returned_none": Message(
        "{call} returned None, expected {expected}: was `return` forgotten?"
    ),
    "returned_other": Message("{call} returned {got}, expected {expected}."),
    "blocked": Message(
        "Not run: it needs “{title}”, which has not passed yet.",
        "Fix that one first; this check will then be run.",
    ),
    "fault": Message(
        "The kit itself failed in this check, not your code; it costs you nothing."
    ),
    "carried": Message(
        "Your forward pass has a known mistake ({title}); your backward pass is right"
        " for it and earns its points."
    ),
    # Training.
    "diverged": Message(
        "Training with your code diverged: {what} is {got}.",
        "Look at the sign and the size of the step that the parameters take.",
    ),
    "not_converged": Message(
        "Training with your code learns too little: {what} is {got}, asked is {asked}."
        " Over {runs} runs of the reference it was {median} in the middle and {worst}"
        " at worst."
    ),
    # What a value is, against what was expected.
    "is_none": Message("{name} is None, expected {expected}: was `return` forgotten?"),
    "is_nothing": Message("{name} is None, expected {expected}."),
    "wrong_type": Message("{name} is {got}, expected {expected}."),
    "is_a_list": Message(
        "{name} is {got}, expected {expected}: np.array(...) makes one."
    ),
    "wrong_dtype": Message("{name} has dtype {got}, expected {expected}."),
    "integers": Message(
        "{name} has dtype {got}, expected {expected}: an array of integers, as from"
        " np.zeros(..., dtype=int) or np.array([1, 2]), cuts off fractions."
    ),
    "upcast": Message(
        "{name} has dtype {got}, expected {expected}: float32 in must give float32"
        " out; a constant array or np.zeros(...) without dtype may have widened it."
    ),
    "wrong_shape": Message("{name} has shape {got}, expected {expected}."),
    "wrong_length": Message("{name} has {got}, expected {expected}."),
    "wrong_keys": Message("{name} has the keys {got}, expected {expected}."),
    "wrong_value": Message("{name} is {got}, expected {expected}."),
    "wrong_value_hidden": Message("{name}: got {got}, expected something else."),
    "differs": Message(
        "{name} differs in {wrong} of {size} entries; largest difference"
        " {absolute}{relative}."
    ),
    "differs_scalar": Message("{name} is off by {absolute}{relative}."),
    "not_finite": Message(
        "{name} is {what}{entries} where finite numbers are expected: look for a"
        " division by zero, a logarithm of zero or an overflow."
    ),
    "too_finite": Message("{name} has {what} in other places than expected."),
    "all_zero": Message("All of {name} is zero: is the result ever written to it?"),
    "known_mistake": Message("This is what comes out when {title}."),
    # Exceptions that are asked for.
    "no_exception": Message(
        "{call} returned without an exception{when}, expected {expected}."
    ),
    "wrong_exception": Message("{call} raised {got}{when}, expected {expected}."),
    "disguised_exception": Message(
        "{call} raised its own class named {got}{when}, expected Python's {expected}."
    ),
    "wrong_text": Message(
        "{call} raised {got}{when} as expected, but its text does not mention"
        " {expected}."
    ),
    # Gradients.
    "own_forward": Message(
        "backward does not match your own forward: the gradient for {name} differs"
        " from the numerical one."
    ),
    "worst_entry": Message(
        "Worst entry {name}{index}: yours {yours}, numerical {numeric}{ratio}."
    ),
    "worst_entry_hidden": Message("Its worst entry is {name}{index}{ratio}."),
    "forward_right": Message("Your forward itself agrees with the expected one."),
    "forward_wrong": Message("Your forward also differs from the expected one."),
    "forward_only": Message(
        "backward matches your forward, but forward itself is not the expected one,"
        " and not a known mistake either."
    ),
    "constant_output": Message(
        "forward gives the same output whatever its input, so there is no gradient"
        " to check."
    ),
    "rough_forward": Message(
        "forward jumps: changing its input by a millionth changes the output too"
        " much for a derivative to exist."
    ),
}


def say(code: str, **values: object) -> str:
    """Return the sentence of that code, filled in."""
    return CATALOGUE[code].text.format(**values)


def advice(code: str) -> str:
    """Return the help that belongs to the sentence of that code, or ""."""
    return CATALOGUE[code].help


_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b."
)
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})
_MARKS_IN_A_ROW = 2
_CUT = "…"


def clean(text: str, limit: int, *, lines: bool = False) -> str:
    """Return untrusted text without what could disturb or deceive where it is shown.

    Terminal escapes, control and format characters (bidirectional marks, zero-width
    characters, surrogates, U+2028 and U+2029) go, white space becomes single spaces,
    piles of combining marks are cut, and so is the whole to `limit` characters.

    Args:
        text: what came from a submission.
        limit: most characters to keep.
        lines: keep line ends and indentation, as printed text needs.
    """
    text = _ESCAPES.sub("", text[: 8 * limit + 8])
    if lines:
        rows = text.expandtabs(4).splitlines()
        kept = "\n".join(_visible(row).rstrip() for row in rows)
    else:
        kept = " ".join(_visible(" ".join(text.split())).split())
    return kept if len(kept) <= limit else kept[: max(0, limit - 1)] + _CUT


def _visible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in _MARKS else 0
        if category not in _INVISIBLE and marks <= _MARKS_IN_A_ROW:
            kept.append(character)
    return "".join(kept)


_PATH = re.compile(r"(?<![\w/\\.:])(?:[A-Za-z]:)?(?:[/\\][\w.+@~-]+)+[/\\]([\w.+@-]+)")


def hide_paths(text: str) -> str:
    """Return the text with absolute paths cut to their last part."""
    return _PATH.sub(rf"{_CUT}/\1", text)
