"""Which submissions a list of paths holds, each with a name of its own."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import pathlib
from collections.abc import Iterator, Mapping, Sequence

from autograder.errors import IntakeError, UsageError
from autograder.intake import archives, bulk, names, opening
from autograder.manifest import Assignment
from autograder.messages import clean

_HEAD_BYTES = 512
_ENTRIES = 1_000_000  # of an inbox, which the instructor fills


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """A submission that nobody has opened yet, and what its system knows about it."""

    name: str
    path: pathlib.Path
    notes: tuple[str, ...] = ()
    inside: str = ""  # the folder within the archive at `path`, for a bulk download
    submitted: dt.datetime | None = None
    due: dt.datetime | None = None  # for these authors; else the manifest's
    attempts_before: int = 0
    best_before: float | None = None

    def lateness_s(self, due: dt.datetime | None) -> float:
        """Return how long after the due date it was handed in, 0 for in time."""
        due = self.due or due
        if self.submitted is None or due is None:
            return 0.0
        return max(0.0, (aware(self.submitted) - aware(due)).total_seconds())


def aware(moment: dt.datetime) -> dt.datetime:
    """Return the moment with a time zone: this machine's where it has none."""
    return moment if moment.tzinfo else moment.astimezone()


def find(paths: Sequence[pathlib.Path], assignment: Assignment) -> list[Source]:
    """Return the submissions at `paths`, sorted by place and name of file.

    Each path is a submission (a folder that holds `nabla/` or the files asked for, or
    an archive), Gradescope's export of all submissions (a folder or its zip), or an
    inbox whose entries are submissions. A folder that is neither
    for certain is an inbox when it is the only path; among several, it is an inbox
    when it holds more than one folder or archive.

    Raises:
        UsageError: if a path does not exist, or there is no submission at all.
    """
    alone = len(paths) == 1
    found: dict[pathlib.Path, None] = {}
    exported: dict[str, Source] = {}
    for path in paths:
        place = _place(path, alone=alone)
        if not os.path.lexists(place):
            raise UsageError(
                f"{path}: no such file or folder.",
                "Name a submission, or a folder of submissions.",
            )
        # Only where it is all there is to grade: among the zips of a class, one that
        # looks like an export would let its author hand in for others.
        export = bulk.find_export(place) if alone else None
        if export is not None:
            exported.update(
                (entry.name, Source(**dataclasses.asdict(entry)))
                for entry in bulk.entries(export)
            )
            continue
        found.update(dict.fromkeys(_submissions(place, assignment, alone=alone)))
    if not found and not exported:
        shown = ", ".join(str(path) for path in paths) or "no path"
        raise UsageError(
            f"{shown}: no submission is there.",
            "A submission is a folder that holds nabla/, or a zip or tar of it.",
        )
    return [*exported.values(), *_named(sorted(found), exported)]


def _place(path: pathlib.Path, *, alone: bool) -> pathlib.Path:
    """Follow the instructor's own links, but none that a glob may have picked up."""
    if alone or path.name in ("", ".."):
        return pathlib.Path(os.path.realpath(path))
    return pathlib.Path(os.path.realpath(path.parent), path.name)


def _submissions(
    path: pathlib.Path, assignment: Assignment, *, alone: bool
) -> Iterator[pathlib.Path]:
    if path.is_symlink() or not path.is_dir():
        yield path
        return
    entries = _entries(path)
    parcels = [
        name
        for name, kind in entries
        if kind == "folder" or names.is_archive_name(name)
    ]
    if _is_submission(entries, assignment) or (not alone and len(parcels) <= 1):
        yield path
    else:
        handed_in = (name for name, kind in entries if _handed_in(path, name, kind))
        yield from (path / name for name in handed_in)


def _entries(path: pathlib.Path) -> list[tuple[str, str]]:
    try:
        entries = opening.list_folder(path, (), _ENTRIES)
    except IntakeError as exc:
        raise UsageError(f"{path}: {exc}", "Name a folder that you may read.") from exc
    return [entry for entry in entries if not names.is_noise(entry[0])]


def _is_submission(entries: list[tuple[str, str]], assignment: Assignment) -> bool:
    modules = {pathlib.PurePosixPath(name).name for name in assignment.files}
    return ("nabla", "folder") in entries or any(
        kind == "file" and name in modules for name, kind in entries
    )


def _handed_in(inbox: pathlib.Path, name: str, kind: str) -> bool:
    """Tell whether an entry of an inbox is a hand-in, readable or not."""
    if kind != "file" or not names.is_inbox_paperwork(name):
        return True
    try:  # a roster is no hand-in, an archive with the wrong ending is
        head = opening.read_head(inbox, (name,), _HEAD_BYTES)
    except IntakeError:
        return False
    return archives.looks_like(head)


def _named(
    paths: Sequence[pathlib.Path], exported: Mapping[str, Source]
) -> list[Source]:
    """Give each path a name; where two would share one, the later gets a number.

    Names also differ when upper and lower case do not count, because pages are named
    after them and some file systems fold case.
    """
    taken = {name.casefold(): source.path for name, source in exported.items()}
    second: list[pathlib.Path] = []
    sources: dict[pathlib.Path, Source] = {}
    for path in paths:
        name = names.submission_name(path.name)
        if taken.setdefault(name.casefold(), path) is path:
            sources[path] = Source(name, path)
        else:
            second.append(path)
    for path in second:
        sources[path] = _numbered(path, taken)
    return [sources[path] for path in paths]


def _numbered(path: pathlib.Path, taken: dict[str, pathlib.Path]) -> Source:
    stem = names.submission_name(path.name)
    number = 2
    while (name := f"{stem}-{number}").casefold() in taken:
        number += 1
    taken[name.casefold()] = path
    other = clean(taken[stem.casefold()].name, 80)
    note = (
        f"The hand-in {clean(path.name, 80)!r} is listed as {name!r}, because"
        f" {other!r} has the name {stem!r} already."
    )
    return Source(name, path, (note,))
