"""No line of a solution, a hidden check or a wrong solution may reach a student.

A line of code is compared as its sequence of tokens, so layout and comments hide
nothing. A line says something only when it computes: `return x`, `def backward(...)`
or `self.saved = x` stand in any layer and are no secret.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import io
import keyword
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence

from autograder.errors import SkeletonError
from autograder.skeleton.regions import Region, parse

_ARITHMETIC = frozenset(
    {"+", "-", "*", "/", "//", "%", "@", "**"}
    | {"+=", "-=", "*=", "/=", "//=", "%=", "@=", "**="}
)
_COMPARISONS = frozenset({"<", ">", "<=", ">="})
_GUARDS = frozenset({"if", "elif", "while"})
_HEADERS = frozenset({"def", "class", "import", "from", "async", "@", "assert"})
_LAYOUT = frozenset(
    {tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE}
)
_SHORT = 4  # tokens: `return x * y` has as many
_CALL = 10  # tokens of a line without arithmetic: `out = np.maximum(x, 0)` has as many
_LONG = 20  # characters without spaces of two lines that are no coincidence


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """A logical line of code: where it begins and its tokens."""

    number: int
    tokens: tuple[str, ...]

    @property
    def says_something(self) -> bool:
        """Whether the line computes, so that it cannot stand twice by chance."""
        if self.tokens[0] in _HEADERS or self.tokens[0] == "raise":
            return False
        if self.tokens[:2] == ("xp", "=") and "array_module" in self.tokens:
            return False  # NumPy or CuPy: the same line wherever arrays are made
        guard = self.tokens[0] in _GUARDS  # `if n < 1:` checks an argument
        telling = _ARITHMETIC if guard else _ARITHMETIC | _COMPARISONS
        binary = any(
            token in telling and _is_operand(before)
            for before, token in zip(self.tokens, self.tokens[1:], strict=False)
        )
        return len(self.tokens) >= (_SHORT if binary else _CALL)

    @property
    def squeezed(self) -> str:
        """The line without any space."""
        return "".join(self.tokens)


@dataclasses.dataclass(frozen=True, slots=True)
class Secret:
    """Consecutive lines that no student may read, and where they stand."""

    origin: str  # "reference/nabla/layers.py:40 (linear/forward)"
    lines: tuple[Line, ...]


def logical_lines(text: str) -> Iterator[Line]:
    """Yield the logical lines of a module; comments and docstrings are left out."""
    yield from _lines(text)


@functools.lru_cache(maxsize=1024)  # the same files are compared with each other
def _lines(text: str) -> tuple[Line, ...]:
    return tuple(_tokenized(text))


def _tokenized(text: str) -> Iterator[Line]:
    tokens: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NEWLINE:
            if any(each.type != tokenize.STRING for each in tokens):
                yield Line(tokens[0].start[0], _normal(tokens))
            tokens = []
        elif token.type not in _LAYOUT and token.string:
            tokens.append(token)


def region_secrets(text: str, regions: Iterable[Region], where: str) -> list[Secret]:
    """Return what stands between the markers of a module."""
    lines = list(logical_lines(text))
    return [
        Secret(
            f"{where}:{region.first} ({region.exercise})",
            tuple(line for line in lines if region.first < line.number < region.last),
        )
        for region in regions
    ]


def new_lines(text: str, known: str, where: str) -> Secret:
    """Return what a module has beyond another one: a variant beyond the template."""
    familiar = _familiar(known)
    lines = (line for line in logical_lines(text) if line.tokens not in familiar)
    return Secret(where, tuple(lines))


@functools.lru_cache(maxsize=256)
def _familiar(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(line.tokens for line in logical_lines(text))


def check_code(files: Mapping[str, str], secrets: Sequence[Secret]) -> None:
    """Check that no module holds a line of a solution that says something.

    Raises:
        SkeletonError: naming both places.
    """
    known = {
        line.tokens: (secret.origin, line.number)
        for secret in secrets
        for line in secret.lines
        if line.says_something
    }
    for path, text in files.items():
        for line in logical_lines(text):
            if line.tokens in known:
                origin, number = known[line.tokens]
                raise SkeletonError(
                    f"{path}:{line.number}: `{' '.join(line.tokens)}` is also line"
                    f" {number} of the solution at {origin}.",
                    "Put that line into a region as well, or write it differently.",
                )


def check_prose(files: Mapping[str, str], secrets: Sequence[Secret]) -> None:
    """Check that no text shows two consecutive lines of a solution.

    One line alone may stand there: a handout has to write formulas.

    Raises:
        SkeletonError: naming both places.
    """
    for path, text in files.items():
        squeezed = re.sub(r"\s+", "", text)
        for secret in secrets:
            for first, second in zip(secret.lines, secret.lines[1:], strict=False):
                pair = first.squeezed + second.squeezed
                telling = first.says_something or second.says_something
                if telling and len(pair) >= _LONG and pair in squeezed:
                    raise SkeletonError(
                        f"{path}: shows line {first.number} and the next one of"
                        f" {secret.origin}: `{' '.join(first.tokens)}`.",
                        "Say it in words or as a formula.",
                    )


def check_ids(files: Mapping[str, str]) -> list[str]:
    """Return the ids of all checks in the modules given, in the order of the files."""
    ids: list[str] = []
    for path, text in files.items():
        tree = parse(text, path)
        functions = (node for node in tree.body if isinstance(node, ast.FunctionDef))
        ids += [f.name.removeprefix("test_") for f in functions if _is_check(f)]
    return ids


def _is_check(function: ast.FunctionDef) -> bool:
    return function.name.startswith("test_")


def _is_operand(token: str) -> bool:
    if token in {")", "]", "}"}:
        return True
    return (token[0].isalnum() or token[0] == "_") and not keyword.iskeyword(token)


def _normal(tokens: Sequence[tokenize.TokenInfo]) -> tuple[str, ...]:
    """Return the words of a line; a comma before a closing bracket is layout."""
    words = [token.string for token in tokens]
    after = [*words[1:], ""]
    pairs = zip(words, after, strict=True)
    return tuple(word for word, then in pairs if word != "," or then not in ")]}")
