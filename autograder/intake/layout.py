"""Where in a hand-in the files of the course are, however it was wrapped up."""

from __future__ import annotations

import collections
import dataclasses
import difflib
import pathlib
from collections.abc import Collection, Iterable, Sequence

from autograder.errors import IntakeError
from autograder.messages import clean

PACKAGE = "nabla/"
_NEAR_MISS = 0.7
_COMPARED = 500
_COMPARED_CHARACTERS = 60
_SHOWN = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """Where each file of the course was found, and the folder that it all lies in."""

    root: str  # "" or "project/src/"
    where: dict[str, str]  # "nabla/gates.py" -> name in the hand-in
    notes: tuple[str, ...] = ()


def locate(names: Sequence[str], graded: Sequence[str], known: Sequence[str]) -> Layout:
    """Find the package, and for each known file the name that holds it.

    `graded` are the files asked for, `known` are all files of the course. The package
    may lie below other folders; files asked for may lie beside it or without it.

    Raises:
        IntakeError: if nothing is found, or more than one package that could be meant.
    """
    roots = _roots(names, known)
    if not roots:
        return _without_package(names, graded)
    root = _choose(roots, graded)
    where = {name: root + name for name in roots[root]}
    notes = []
    if root.count("/") > 1:
        notes.append(f"The package was found in {quoted(root)}.")
    others = sorted(set(roots) - {root})
    if others:
        notes.append(f"{quoted(root + PACKAGE)} was taken, not {_listed(others)}.")
    for name in graded:
        beside = root + name.removeprefix(PACKAGE)
        if name not in where and beside in names:
            where[name] = beside
            notes.append(_moved(beside, name))
    return Layout(root, where, tuple(notes))


def near_miss(name: str, names: Iterable[str], known: Collection[str]) -> str:
    """Return the file probably meant to be `name`, such as "Gates.py", or ""."""
    wanted = _last(name)
    usual = {_last(other) for other in known} - {wanted}
    candidates = collections.defaultdict(list)
    for other in list(names)[:_COMPARED]:
        last = _last(other)
        if last not in usual and len(last) <= _COMPARED_CHARACTERS:
            candidates[last.casefold()].append(other)
    found = difflib.get_close_matches(wanted, candidates, n=1, cutoff=_NEAR_MISS)
    return candidates[found[0]][0] if found else ""


def quoted(name: str) -> str:
    """Return a name of the hand-in as it is shown."""
    return f"'{clean(name, 120)}'"


def _roots(names: Iterable[str], known: Iterable[str]) -> dict[str, set[str]]:
    """Return each folder that holds a package, with the files of the course in it."""
    by_last = collections.defaultdict(list)
    for file in known:
        by_last[_last(file)].append(file)
    roots: dict[str, set[str]] = collections.defaultdict(set)
    for name in names:
        for file in by_last.get(_last(name), ()):
            if f"/{name}".endswith(f"/{file}"):
                roots[name.removesuffix(file)].add(file)
    return dict(roots)


def _choose(roots: dict[str, set[str]], graded: Sequence[str]) -> str:
    with_work = [root for root in roots if roots[root].intersection(graded)]
    pool = sorted(with_work or roots, key=lambda root: (len(root), root))
    first = pool[0]
    # A package beside a backup of it is clear; two side by side are not.
    if all(root.startswith(first) for root in pool):
        return first
    raise IntakeError(
        f"The hand-in holds the package more than once: {_listed(pool)}.",
        "Hand in one folder nabla/.",
    )


def _without_package(names: Sequence[str], graded: Sequence[str]) -> Layout:
    """Accept the files asked for where they lie together without their package."""
    folders: dict[str, dict[str, str]] = collections.defaultdict(dict)
    for name in names:
        for file in graded:
            inside = file.removeprefix(PACKAGE)
            if f"/{name}".endswith(f"/{inside}"):
                folders[name.removesuffix(inside)][file] = name
    if not folders:
        raise _nothing(names, graded)
    if len(folders) > 1 and "" not in folders:
        raise IntakeError(
            f"The hand-in holds the files asked for more than once:"
            f" {_listed(sorted(folders))}.",
            "Hand in one folder nabla/.",
        )
    root = "" if "" in folders else next(iter(folders))
    where = folders[root]
    return Layout(root, where, tuple(_moved(where[file], file) for file in where))


def _nothing(names: Sequence[str], graded: Sequence[str]) -> IntakeError:
    asked = ", ".join(graded)
    if not names:
        return IntakeError(f"The hand-in holds no file, expected {asked}.")
    found = _listed(sorted(names, key=lambda name: (name.count("/"), name)))
    meant = (near_miss(file, names, ()) for file in graded)
    renames = [
        f"Rename {quoted(miss)} to {file} and hand in again."
        for file, miss in zip(graded, meant, strict=True)
        if miss
    ]
    if PACKAGE.rstrip("/") in names:
        renames.append("'nabla' is a file, expected a folder.")
    return IntakeError(
        f"The hand-in holds no {asked}. Found: {found}.", " ".join(renames)
    )


def _moved(found: str, name: str) -> str:
    return f"{quoted(found)} was found outside of nabla/ and taken as {name}."


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _SHOWN
    shown = ", ".join(quoted(name or "./") for name in names[:_SHOWN])
    return f"{shown} and {rest} more" if rest > 0 else shown


def _last(name: str) -> str:
    return pathlib.PurePosixPath(name).name
