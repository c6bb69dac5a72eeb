"""Gradescope's "Export submissions": a folder or zip of hand-ins, and who they are of.

    assignment_123_export/submission_metadata.yml
    assignment_123_export/submission_456/…          one folder per submission or group

The folder around both may be missing, and `submission_metadata.yml` is in a form that
Ruby writes: each key begins with a colon.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import pathlib
import typing
import zipfile
from collections.abc import Iterator

from autograder.errors import UsageError
from autograder.intake import caps, names
from autograder.messages import clean

METADATA = "submission_metadata.yml"
_ENTRY_PREFIX = "submission_"
_METADATA_BYTES = 512 * 1024**2
_NAME_CHARACTERS = 60


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One submission of the export."""

    name: str
    path: pathlib.Path
    inside: str
    notes: tuple[str, ...]
    submitted: dt.datetime | None
    attempts_before: int
    best_before: float | None


@dataclasses.dataclass(frozen=True, slots=True)
class Export:
    """Where an export lies: in a folder, or below a folder in a zip."""

    path: pathlib.Path
    below: str  # "" or "assignment_123_export/", in a zip
    text: bytes  # of the metadata


def find_export(path: pathlib.Path) -> Export | None:
    """Return the export at `path`, or None if it is something else."""
    if path.is_dir():
        inner = [one for one in path.glob("assignment_*_export") if one.is_dir()]
        for folder in (path, *(inner if len(inner) == 1 else ())):
            file = folder / METADATA
            if file.is_file() and not file.is_symlink():
                return Export(folder, "", file.read_bytes())
        return None
    if path.suffix.casefold() != ".zip" or not zipfile.is_zipfile(path):
        return None
    try:
        archive = opened(path)
        for name in archive.namelist():
            below, _, last = name.rpartition("/")
            if last == METADATA and "/" not in below and below != "__MACOSX":
                size = archive.getinfo(name).file_size
                if size <= _METADATA_BYTES:
                    below = f"{below}/" if below else ""
                    return Export(path, below, archive.read(name))
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return None  # intake says what is wrong with it
    return None


@functools.lru_cache(maxsize=2)
def opened(path: pathlib.Path) -> zipfile.ZipFile:
    """Return the zip, which is read once for all hand-ins in it."""
    return zipfile.ZipFile(path)


def entries(export: Export) -> list[Entry]:
    """Return the submissions of an export, in the order of their numbers.

    Raises:
        UsageError: if the metadata cannot be read.
    """
    metadata = _read(export)
    known = sorted(key for key in metadata if key.startswith(_ENTRY_PREFIX))
    found = [_entry(export, key, _table(metadata[key])) for key in known]
    if not found:
        raise UsageError(f"{export.path}: its {METADATA} lists no submission.")
    return found


def _read(export: Export) -> dict[str, typing.Any]:
    where = f"{export.path}: {METADATA}"
    try:
        import yaml
    except ImportError as exc:
        raise UsageError(
            f"{where}: PyYAML is needed to read it, and is not installed.",
            "Install it: pip install 'autograder[gradescope]'.",
        ) from exc
    try:
        data = yaml.load(export.text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe, both
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        raise UsageError(
            f"{where}: cannot be read: {clean(str(exc), 200)}.",
            "Export the submissions from Gradescope again.",
        ) from exc
    table = _table(data)
    return {key: value for key, value in table.items() if isinstance(key, str)}


def _entry(export: Export, key: str, about: dict[typing.Any, typing.Any]) -> Entry:
    number = key.removeprefix(_ENTRY_PREFIX)
    people = list(_people(about))
    earlier = [
        _table(one)
        for one in _list(about.get(":history"))
        if str(_table(one).get(":id")) != number
    ]
    scores = [score for one in earlier if (score := _number(one.get(":score")))]
    shown = ", ".join(f"{name} ({sid})" if sid else name for name, sid in people)
    attempt = f", attempt {len(earlier) + 1}" if earlier else ""
    moment = about.get(":created_at")
    joined = names.submission_name(" + ".join(name for name, _ in people) or key)
    in_zip = f"{export.below}{key}/"
    zipped = export.path.is_file()
    return Entry(
        name=f"{joined[:_NAME_CHARACTERS].strip()} {names.submission_name(number)}",
        path=export.path if zipped else export.path / pathlib.PurePath(key).name,
        inside=in_zip if zipped else "",
        notes=(f"Gradescope's submission {clean(number, 40)} by {shown}{attempt}.",),
        submitted=moment if isinstance(moment, dt.datetime) else None,
        attempts_before=len(earlier),
        best_before=max(scores, default=None),
    )


def _people(about: dict[typing.Any, typing.Any]) -> Iterator[tuple[str, str]]:
    for person in map(_table, _list(about.get(":submitters"))):
        name = clean(str(person.get(":name") or ""), caps.NAME_CHARACTERS)
        sid = clean(str(person.get(":sid") or ""), caps.NAME_CHARACTERS)
        yield name or sid or "somebody", sid if name else ""


def _table(value: object) -> dict[typing.Any, typing.Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[typing.Any]:
    return value if isinstance(value, list) else []


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
