"""Regions out: a stub in place of each, or nothing where a helper stood.

Inside a function a region becomes one `raise NotImplementedError` that names the
exercise. Outside of functions a region holds what only the solution needs, private
definitions and imports, and vanishes.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator

from autograder.errors import SkeletonError
from autograder.skeleton.regions import Region, find_regions

_WIDTH = 88

Fill = Callable[[Region], str | None]
"""The statements to put in place of a region, unindented; None keeps its own."""


def without_solutions(text: str, where: str) -> str:
    """Return the module with every solution replaced by its stub.

    Raises:
        SkeletonError: naming file and line, if a region is badly placed.
    """
    return fill(text, where, stub)


def without_markers(text: str, where: str) -> str:
    """Return the module with its solutions, as it is given out once they are public."""
    return fill(text, where, lambda _: None)


def fill(text: str, where: str, filling: Fill) -> str:
    """Return the module with each region replaced by what `filling` says.

    A region outside of functions, whose replacement is not None, vanishes.

    Raises:
        SkeletonError: naming file and line, if a region is badly placed.
    """
    lines = text.split("\n")  # as Python counts lines, unlike splitlines
    for region in reversed(find_regions(text, where)):
        _check_removable(region, where)
        inside = lines[region.first : region.last - 1]
        body = filling(region)
        if body is None:
            lines[region.first - 1 : region.last] = inside
        elif region.scope == "function":
            lines[region.first - 1 : region.last] = _indent(body, region.column)
        else:
            _vanish(lines, region)
    return "\n".join(lines).rstrip() + "\n"


def stub(region: Region) -> str:
    """Return the statement that a student finds in place of the solution."""
    sentence = f"exercise {region.exercise}: write {region.owner}"
    literal = json.dumps(sentence, ensure_ascii=False)
    line = f"raise NotImplementedError({literal})"
    if region.column + len(line) <= _WIDTH:
        return line
    return f"raise NotImplementedError(\n    {literal}\n)"


def is_private(name: str) -> bool:
    """Return whether a name is no part of the public surface; dunders are."""
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def bound_names(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a definition or an assignment binds in its block."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(statement, ast.Assign):
        for node in (node for each in statement.targets for node in ast.walk(each)):
            if isinstance(node, ast.Name):
                yield node.id
    elif isinstance(statement, ast.AnnAssign) and isinstance(
        statement.target, ast.Name
    ):
        yield statement.target.id


def _check_removable(region: Region, where: str) -> None:
    if region.scope == "function":
        return
    place = f"{where}:{region.first}: the region {region.exercise!r}"
    for statement in region.statements:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            continue
        names = list(bound_names(statement))
        public = [name for name in names if not is_private(name)]
        if public:
            raise SkeletonError(
                f"{place} covers the public name {public[0]!r} (line"
                f" {statement.lineno}), which students need.",
                "Put the markers inside its body.",
            )
        if not names:
            raise SkeletonError(
                f"{place} stands outside of functions and covers a statement that is"
                f" no definition and no import (line {statement.lineno}).",
                "Only private definitions and imports may vanish there.",
            )
    if region.is_whole_block:
        raise SkeletonError(
            f"{place} is all that {region.owner or 'the module'} holds.",
            "Leave a docstring outside of the region.",
        )


def _indent(body: str, column: int) -> list[str]:
    return [" " * column + line if line else line for line in body.splitlines()]


def _vanish(lines: list[str], region: Region) -> None:
    """Remove the region, and of the blank lines around it the smaller number."""
    before, after = region.first - 1, region.last
    while before > 0 and not lines[before - 1].strip():
        before -= 1
    while after < len(lines) and not lines[after].strip():
        after += 1
    blank = max(region.first - 1 - before, after - region.last) if before else 0
    lines[before:after] = [""] * blank
