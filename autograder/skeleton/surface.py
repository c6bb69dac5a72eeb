"""What the template must keep of the reference, and what it must not keep."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from autograder.errors import SkeletonError
from autograder.skeleton.stubs import bound_names, is_private

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)

Trees = Mapping[str, ast.Module]
"""Syntax trees by path, such as "nabla/layers.py"."""


def check_surface(reference: ast.Module, template: ast.Module, where: str) -> None:
    """Check that public names, signatures and docstrings are those of the reference.

    Raises:
        SkeletonError: naming the first thing that was lost, added or changed.
    """
    expected, got = surface(reference), surface(template)
    for name in [*expected, *got]:
        if expected.get(name) != got.get(name):
            raise SkeletonError(
                f"{where}: the template changes {name or 'the docstring'}: expected\n"
                f"{expected.get(name, 'nothing')}\ngot\n{got.get(name, 'nothing')}",
                "Keep docstrings and signatures outside of solution regions.",
            )


def surface(tree: ast.Module) -> dict[str, str]:
    """Return signature and docstring of each public name, by qualified name."""
    return dict(_surface(tree, ""))


def _surface(node: ast.AST, prefix: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, (ast.Module, ast.ClassDef)):
        yield prefix.rstrip("."), f"{_head(node)}\n{ast.get_docstring(node) or ''}"
    for child in _statements(node):
        if isinstance(child, ast.ClassDef) and not is_private(child.name):
            yield from _surface(child, f"{prefix}{child.name}.")
        elif isinstance(child, _FUNCTIONS) and not is_private(child.name):
            docstring = ast.get_docstring(child) or ""
            yield f"{prefix}{child.name}", f"{_head(child)}\n{docstring}"
        elif isinstance(child, (ast.Assign, ast.AnnAssign)):
            for name in bound_names(child):
                if not is_private(name):
                    yield f"{prefix}{name}", ast.unparse(child)


def _head(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
) -> str:
    if isinstance(node, ast.Module):
        return "module"
    decorators = "".join(f"@{ast.unparse(each)}\n" for each in node.decorator_list)
    if isinstance(node, ast.ClassDef):
        bases = [ast.unparse(each) for each in (*node.bases, *node.keywords)]
        return f"{decorators}class {node.name}({', '.join(bases)})"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    return f"{decorators}{kind} {node.name}({ast.unparse(node.args)}){returns}"


def check_helpers(reference: Trees, template: Trees) -> None:
    """Check that no helper is missing where it is used, or left where it is not.

    A private helper outside of the regions that the template never uses would puzzle
    students or give a solution away; with a docstring it is there on purpose. Imports
    may stay unused: students need them.

    Raises:
        SkeletonError: naming the helper, its file and its line.
    """
    used = set().union(*(_used(tree) for tree in template.values()))
    known = {name for tree in template.values() for name, _, _ in _helpers(tree)}
    for path, tree in reference.items():
        for name, line, _ in _helpers(tree):
            if name in used and name not in known:
                raise SkeletonError(
                    f"{path}:{line}: the template uses {name!r}, but its definition"
                    " stands inside a solution region.",
                    "Take the definition out, or move its use into the region.",
                )
    before = set().union(*(_used(tree) for tree in reference.values()))
    for path, tree in template.items():
        for name, line, documented in _helpers(tree):
            if name in before - used and not documented:
                raise SkeletonError(
                    f"{path}:{line} (of the template): {name!r} is used by solutions"
                    " alone and has no docstring.",
                    "Put it between markers; or if it is given to students, document"
                    " it.",
                )


def _helpers(tree: ast.Module) -> Iterator[tuple[str, int, bool]]:
    """Yield name, line and "is documented" of each private name of module or class."""
    for owner in ast.walk(tree):
        if not isinstance(owner, (ast.Module, ast.ClassDef)):
            continue
        statements = list(_statements(owner))
        for statement, below in zip(statements, [*statements[1:], None], strict=True):
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                continue
            documented = (
                ast.get_docstring(statement) is not None
                if isinstance(statement, _DEFINITIONS)
                else _is_text(below)
            )
            for name in bound_names(statement):
                if is_private(name):
                    yield name, statement.lineno, documented


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements of a module or class, those below an `if` or `try` too."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        if isinstance(child, (ast.If, ast.Try, ast.ExceptHandler)):
            yield from _statements(child)


def _is_text(statement: ast.stmt | None) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _used(tree: ast.Module) -> set[str]:
    """Return every name that is read, as a variable, an attribute or an import."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            names.update(alias.name for alias in node.names)
    return names
