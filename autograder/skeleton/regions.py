"""Solution regions of the reference: `# solution: ID` … `# end solution`.

A marker is a comment alone on its line, found by `tokenize`, so that the same words in
a string are no marker. Markers do not nest, and what lies between them are whole
statements of one block.
"""

from __future__ import annotations

import ast
import dataclasses
import io
import re
import tokenize
import typing
from collections.abc import Iterator

from autograder.errors import SkeletonError

_OPEN = re.compile(r"# solution: ([\w./-]+)")
_CLOSE = re.compile(r"# end solution")
_ALIKE = re.compile(
    r"#+\s*(solution\s*:|solution\s*$|end[\s_-]*solution\b)", re.IGNORECASE
)
_FORMS = "Write `# solution: EXERCISE` and `# end solution`, each alone on its line."

_Scope = typing.Literal["module", "class", "function"]
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclasses.dataclass(frozen=True, slots=True)
class Region:
    """Lines from one marker to the other, and the statements between them."""

    exercise: str
    first: int  # line of the opening marker, counted from 1
    last: int  # line of the closing marker
    column: int
    scope: _Scope  # what the statements stand in directly
    owner: str  # qualified name of that function or class, such as "Linear.forward"
    statements: tuple[ast.stmt, ...]
    is_whole_block: bool  # nothing of the block would remain


@dataclasses.dataclass(frozen=True, slots=True)
class _Marks:
    exercise: str
    first: int
    last: int
    columns: tuple[int, int]


@dataclasses.dataclass(frozen=True, slots=True)
class _Block:
    scope: _Scope
    owner: str
    statements: list[ast.stmt]


def find_regions(text: str, where: str) -> tuple[Region, ...]:
    """Return the regions of a module, in the order of its lines.

    Raises:
        SkeletonError: naming the file as `where`, and the line, if the module is not
            valid Python, a marker is misspelt, unbalanced or nested, or a region cuts
            a statement in two.
    """
    tree = parse(text, where)
    return tuple(_region(tree, marks, where) for marks in _pairs(text, where))


def parse(text: str, where: str) -> ast.Module:
    """Return the syntax tree of a module.

    Raises:
        SkeletonError: if it is not valid Python.
    """
    try:
        return ast.parse(text)
    except SyntaxError as exc:
        message = f"{where}:{exc.lineno}: is not valid Python: {exc.msg}."
        raise SkeletonError(message) from exc


def span(statement: ast.stmt) -> tuple[int, int]:
    """Return the first and last line of a statement, its decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(node.lineno for node in decorators)])
    return first, statement.end_lineno or statement.lineno


def _pairs(text: str, where: str) -> Iterator[_Marks]:
    opened: tuple[str, tokenize.TokenInfo] | None = None
    for token in _marker_tokens(text, where):
        line, column = token.start
        start = _OPEN.fullmatch(token.string)
        if start and opened:
            raise SkeletonError(
                f"{where}:{line}: `{token.string}` stands inside the region"
                f" {opened[0]!r} that begins in line {opened[1].start[0]}.",
                "Regions do not nest: close the first with `# end solution`.",
            )
        if start:
            opened = (start[1], token)
            continue
        if opened is None:
            raise SkeletonError(
                f"{where}:{line}: `# end solution` closes no region.", _FORMS
            )
        above = opened[1].start
        yield _Marks(opened[0], above[0], line, (above[1], column))
        opened = None
    if opened:
        raise SkeletonError(
            f"{where}:{opened[1].start[0]}: the region {opened[0]!r} is never closed.",
            "Add `# end solution` after its last statement.",
        )


def _marker_tokens(text: str, where: str) -> Iterator[tokenize.TokenInfo]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT or not _ALIKE.match(token.string):
            continue
        place = f"{where}:{token.start[0]}: `{token.string}`"
        if token.line[: token.start[1]].strip():
            raise SkeletonError(f"{place} stands behind code.", _FORMS)
        if not (_OPEN.fullmatch(token.string) or _CLOSE.fullmatch(token.string)):
            raise SkeletonError(f"{place} looks like a marker but is none.", _FORMS)
        yield token


def _region(tree: ast.Module, marks: _Marks, where: str) -> Region:
    place = f"{where}:{marks.first}: the region {marks.exercise!r}"
    blocks = list(_blocks(tree.body, _Block("module", "", []), marks, place))
    if not blocks:
        raise SkeletonError(f"{place} is empty.", "Remove it, or fill it.")
    if len(blocks) > 1:
        raise SkeletonError(
            f"{place} covers statements of {len(blocks)} different blocks.",
            "Give each block a region of its own.",
        )
    block = blocks[0]
    inside = tuple(s for s in block.statements if _is_inside(s, marks))
    column = inside[0].col_offset
    if set(marks.columns) != {column}:
        raise SkeletonError(
            f"{place} has markers indented by {marks.columns[0]} and"
            f" {marks.columns[1]}, but its statements are indented by {column}.",
            "Indent both markers like the statements between them.",
        )
    whole = len(inside) == len(block.statements)
    first, last = marks.first, marks.last
    return Region(
        marks.exercise, first, last, column, block.scope, block.owner, inside, whole
    )


def _blocks(
    statements: list[ast.stmt], around: _Block, marks: _Marks, place: str
) -> Iterator[_Block]:
    """Yield every block of which the region covers at least one statement."""
    if any(_is_inside(statement, marks) for statement in statements):
        yield dataclasses.replace(around, statements=statements)
    for statement in statements:
        first, last = span(statement)
        if last < marks.first or first > marks.last or _is_inside(statement, marks):
            continue
        below = list(_sub_blocks(statement))
        if first > marks.first or not below:
            raise SkeletonError(
                f"{place} cuts the statement of lines {first} to {last} in two.",
                "Let the markers enclose whole statements.",
            )
        inner = _enter(statement, around)
        for sub_block in below:
            yield from _blocks(sub_block, inner, marks, place)


def _is_inside(statement: ast.stmt, marks: _Marks) -> bool:
    first, last = span(statement)
    return marks.first < first and last < marks.last


def _sub_blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        yield from filter(None, [getattr(statement, name, None)])
    for name in ("handlers", "cases"):
        yield from (part.body for part in getattr(statement, name, []))


def _enter(statement: ast.stmt, around: _Block) -> _Block:
    if not isinstance(statement, _DEFINITIONS):
        return around
    scope: _Scope = "class" if isinstance(statement, ast.ClassDef) else "function"
    return _Block(scope, f"{around.owner}.{statement.name}".lstrip("."), [])
