"""The bank of known mistakes: mutants/<slug>.toml, small changes of the reference.

| key        | type                | meaning                                         |
|------------|---------------------|-------------------------------------------------|
| title      | str                 | completes "This is what comes out when …"       |
| hint       | str                 | what the student reads next                     |
| exercise   | str                 | the exercise in which the mistake is made       |
| fails      | list of str         | ids of the checks that must fail                |
| blocks     | list of str         | ids of the checks that are BLOCKED then         |
| [[change]] | file, find, replace | `find` stands exactly once in that file         |

`hint` and `blocks` may be left out.
"""

from __future__ import annotations

import atexit
import dataclasses
import functools
import os
import pathlib
import shutil
import tempfile
import tomllib
import typing

from autograder.errors import SuiteError
from autograder.manifest import GIVEN_DATA, Assignment

PACKAGE = "nabla"

_TYPES = {
    "title": str,
    "hint": str,
    "exercise": str,
    "fails": list,
    "blocks": list,
    "change": list,
}
_OPTIONAL = {"blocks", "hint"}
_CHANGE_KEYS = {"file", "find", "replace"}


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One replacement in one file of the reference."""

    file: str
    find: str
    replace: str


@dataclasses.dataclass(frozen=True, slots=True)
class Mutant:
    """One known mistake, and the checks that must notice it."""

    slug: str
    title: str
    hint: str
    exercise: str
    fails: tuple[str, ...]
    blocks: tuple[str, ...]
    changes: tuple[Change, ...]
    path: pathlib.Path


def load_mutants(assignment: Assignment) -> tuple[Mutant, ...]:
    """Return all mutants of the stage, by name; none if it has no such folder.

    Raises:
        SuiteError: naming the file, what is wrong and what to do.
    """
    paths = sorted((assignment.folder / "mutants").glob("*.toml"))
    return tuple(load_mutant(path) for path in paths)


def load_mutant(path: pathlib.Path) -> Mutant:
    """Read and validate one mutant.

    Raises:
        SuiteError: naming the file, what is wrong and what to do.
    """
    return _load(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=512)
def _load(path: pathlib.Path, _modified_ns: int) -> Mutant:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise SuiteError(f"{path}: is not valid TOML: {exc}.") from exc
    _check_keys(path, data)
    return Mutant(
        slug=path.stem,
        title=data["title"],
        hint=data.get("hint", ""),
        exercise=data["exercise"],
        fails=tuple(data["fails"]),
        blocks=tuple(data.get("blocks", ())),
        changes=tuple(_change(path, entry) for entry in data["change"]),
        path=path,
    )


def _check_keys(path: pathlib.Path, data: dict[str, typing.Any]) -> None:
    for key, value in data.items():
        wanted = _TYPES.get(key)
        if wanted is None:
            raise SuiteError(
                f"{path}: unknown key {key!r}.", f"Known keys: {', '.join(_TYPES)}."
            )
        if not isinstance(value, wanted):
            got = type(value).__name__
            raise SuiteError(
                f"{path}: {key!r} must be of type {wanted.__name__}, got {got}."
            )
    for key in _TYPES:
        if not data.get(key) and key not in _OPTIONAL:
            raise SuiteError(f"{path}: the key {key!r} is missing or empty.")


def _change(path: pathlib.Path, entry: typing.Any) -> Change:
    if not isinstance(entry, dict) or set(entry) != _CHANGE_KEYS:
        raise SuiteError(
            f"{path}: a [[change]] has the keys {sorted(entry)}.",
            "It must have exactly file, find and replace.",
        )
    if entry["find"] == entry["replace"]:
        raise SuiteError(f"{path}: find and replace are the same text.")
    return Change(entry["file"], entry["find"], entry["replace"])


def apply(mutant: Mutant, reference: pathlib.Path) -> dict[str, str]:
    """Return the changed files, by their path relative to the reference.

    Raises:
        SuiteError: if a text to find does not stand exactly once in its file.
    """
    texts: dict[str, str] = {}
    for change in mutant.changes:
        source = reference / change.file
        if change.file not in texts:
            if not source.is_file():
                raise SuiteError(f"{mutant.path}: {source} does not exist.")
            texts[change.file] = source.read_text(encoding="utf-8")
        found = texts[change.file].count(change.find)
        if found != 1:
            first = change.find.strip().partition("\n")[0]
            raise SuiteError(
                f"{mutant.path}: the text that begins with {first!r} stands {found}"
                f" times in {source}, expected once.",
                "Adapt `find` to the reference; longer texts are rarer.",
            )
        texts[change.file] = texts[change.file].replace(change.find, change.replace)
    return texts


def materialise(mutant: Mutant, reference: pathlib.Path) -> pathlib.Path:
    """Return a folder that holds the mutant's package, written once per process.

    Raises:
        SuiteError: if the mutant does not fit the reference.
    """
    stamp = tuple(
        (reference / change.file).stat().st_mtime_ns
        for change in mutant.changes
        if (reference / change.file).is_file()
    )
    return _written(mutant, reference, stamp)


@functools.lru_cache(maxsize=512)
def _written(
    mutant: Mutant, reference: pathlib.Path, _stamp: tuple[int, ...]
) -> pathlib.Path:
    texts = apply(mutant, reference)
    root = pathlib.Path(tempfile.mkdtemp(dir=_workplace(os.getpid())))
    write_tree(reference / PACKAGE, root / PACKAGE)
    for name, text in texts.items():
        (root / name).unlink(missing_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def write_tree(source: pathlib.Path, target: pathlib.Path) -> None:
    """Copy a package and its data, without bytecode; existing files stay."""
    data = [source / name for name in GIVEN_DATA if (source / name).is_file()]
    for path in (*sorted(source.rglob("*.py")), *data):
        copy = target / path.relative_to(source)
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


@functools.lru_cache(maxsize=2)
def _workplace(pid: int) -> pathlib.Path:
    from multiprocessing import util

    # A batch removes that folder, also after its worker was killed.
    shared = util.get_temp_dir()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="autograder-mutants-", dir=shared))

    def remove() -> None:
        if os.getpid() == pid:  # a forked child leaves its parent's folder alone
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    _remove_in_workers(remove)
    return folder


def _remove_in_workers(remove: typing.Callable[[], None]) -> None:
    """Register the removal where worker processes, too, look when they end."""
    from multiprocessing import util

    util.Finalize(None, remove, exitpriority=0)
