"""What one hand-in holds, whatever it came in: names, and a way to read each."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Iterator

from autograder.errors import IntakeError
from autograder.intake import archives, bulk, caps, names, opening


@dataclasses.dataclass(frozen=True, slots=True)
class Holding:
    """Names of ordinary files with "/" between parts; noise is left out already."""

    names: tuple[str, ...]
    read: Callable[[str], bytes]
    refused: tuple[tuple[str, str], ...] = ()
    """Names that are there and not looked at, each with the reason."""
    notes: tuple[str, ...] = ()


def open_holding(path: pathlib.Path, inside: str = "") -> Holding:
    """Return what the folder, archive or single Python file at `path` holds.

    With `inside`, `path` is a bulk download and the hand-in is a folder in it.

    Raises:
        IntakeError: if it is none of these, is damaged, or is too large.
    """
    if inside:
        archive = archives.members_of(bulk.opened(path), inside)
        return Holding(archive.names, archive.read, archive.refused, archive.notes)
    anchor, name = path.parent, path.name
    kind = opening.kind_at(anchor, (name,))
    if kind == "folder":
        return _folder_or_archive_in_it(anchor, name)
    if kind != "file":
        raise IntakeError(f"The hand-in is a {kind}, expected a folder or an archive.")
    if name.casefold().endswith(".py"):
        return Holding((name,), lambda _: _read(anchor, (name,)))
    return _archive(anchor, (name,))


def _folder_or_archive_in_it(anchor: pathlib.Path, root: str) -> Holding:
    folder = _folder(anchor, root)
    top = [name for name in folder.names if "/" not in name]
    inside = [name for name in top if names.is_archive_name(name)]
    if any(name.endswith(".py") for name in folder.names) or not inside:
        return folder
    if len(inside) > 1:
        raise IntakeError(
            f"The folder holds {len(inside)} archives and no Python file.",
            "Hand in one archive.",
        )
    return _archive(anchor, (root, inside[0]))


def _archive(anchor: pathlib.Path, parts: opening.Parts) -> Holding:
    data = opening.read_file(anchor, parts, caps.ARCHIVE_BYTES)
    archive = archives.open_archive(data)
    return Holding(archive.names, archive.read, archive.refused, archive.notes)


def _folder(anchor: pathlib.Path, root: str) -> Holding:
    found: list[str] = []
    refused: list[tuple[str, str]] = []
    for name, kind in _walk(anchor, root):
        if kind == "file":
            found.append(name)
        elif kind == "folder" and name.endswith(".py"):
            refused.append((name, "is a folder, expected a file"))
        elif kind != "folder":
            refused.append((name, f"is a {kind}"))
    return Holding(
        tuple(found),
        lambda name: _read(anchor, (root, *name.split("/"))),
        tuple(refused),
    )


def _walk(anchor: pathlib.Path, root: str) -> Iterator[tuple[str, str]]:
    """Yield all entries, the shallow ones first, so that depth cannot hide a count."""
    waiting: list[tuple[str, ...]] = [()]
    seen = 0
    for above in waiting:
        left = caps.MEMBERS + 1 - seen
        for entry, kind in opening.list_folder(anchor, (root, *above), left):
            name = "/".join((*above, entry))
            seen += 1
            archives.require_few(seen, caps.MEMBERS)
            if names.is_noise(entry):
                continue
            if kind == "folder" and len(above) < caps.DEPTH:
                waiting.append((*above, entry))
            yield name, kind


def _read(anchor: pathlib.Path, parts: opening.Parts) -> bytes:
    return opening.read_file(anchor, parts, caps.FILE_BYTES)
