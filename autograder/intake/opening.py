"""Files of strangers, read without following a link or waiting on a device.

Each path is an anchor, which belongs to the instructor, and parts below it, which do
not. Below the anchor every part is opened relative to the one before and never
followed, so that it makes no difference when the folder is changed meanwhile.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import pathlib
import stat
import typing
from collections.abc import Iterator

from autograder import machine
from autograder.errors import IntakeError
from autograder.intake import caps
from autograder.messages import clean

Parts = tuple[str, ...]

# Windows has none of these; there, links are refused by looking first.
_NOFOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
_FOLDER: int = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_NONBLOCK: int = getattr(os, "O_NONBLOCK", 0)
_FILE: int = os.O_RDONLY | _NOFOLLOW | _NONBLOCK | getattr(os, "O_BINARY", 0)
_RELATIVE = os.open in os.supports_dir_fd and os.scandir in os.supports_fd

_KINDS = (
    (stat.S_ISREG, "file"),
    (stat.S_ISDIR, "folder"),
    (stat.S_ISLNK, "symbolic link"),
    (stat.S_ISFIFO, "pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)


def kind_of(mode: int) -> str:
    """Return what a mode stands for, such as "folder" or "symbolic link"."""
    return next((kind for test, kind in _KINDS if test(mode)), "special file")


def kind_at(anchor: pathlib.Path, parts: Parts) -> str:
    """Return what is there, a link being a link.

    Raises:
        IntakeError: if nothing is there, or it cannot be looked at.
    """
    with _translated(parts), _folder(anchor, parts[:-1]) as folder:
        return kind_of(_status(folder, parts[-1]).st_mode)


def list_folder(
    anchor: pathlib.Path, parts: Parts, limit: int
) -> list[tuple[str, str]]:
    """Return name and kind of at most `limit` entries of a folder, sorted.

    Raises:
        IntakeError: if it is no folder, or cannot be read.
    """
    with _translated(parts), _folder(anchor, parts) as folder:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in itertools.islice(entries, limit)]
        return [
            (name, kind_of(_status(folder, name).st_mode)) for name in sorted(names)
        ]


def read_file(anchor: pathlib.Path, parts: Parts, limit: int) -> bytes:
    """Return the bytes of a regular file that has at most `limit` of them.

    Raises:
        IntakeError: if it is anything else, is larger, or cannot be read.
    """
    with _regular(anchor, parts) as file:
        size = os.fstat(file.fileno()).st_size
        # One more than allowed, because the file may grow while it is read.
        data = b"" if size > limit else file.read(limit + 1)
    size = max(size, len(data))
    if size > limit:
        raise IntakeError(
            f"{shown(parts)} has {caps.in_words(size)}, at most"
            f" {caps.in_words(limit)} are read."
        )
    return data


def read_head(anchor: pathlib.Path, parts: Parts, count: int) -> bytes:
    """Return the first `count` bytes of a regular file.

    Raises:
        IntakeError: if it is anything else, or cannot be read.
    """
    with _regular(anchor, parts) as file:
        return file.read(count)


def shown(parts: Parts) -> str:
    """Return the path as its author knows it: in quotes, without our part of it."""
    return f"'{clean('/'.join(parts[1:] or parts), 120)}'"


@contextlib.contextmanager
def _regular(anchor: pathlib.Path, parts: Parts) -> Iterator[typing.BinaryIO]:
    with _translated(parts), _folder(anchor, parts[:-1]) as folder:
        # Opening a device can have an effect of its own, so look before that.
        _require_file(parts, _status(folder, parts[-1]).st_mode)
        with os.fdopen(_open(folder, parts[-1]), "rb") as file:
            _require_file(parts, os.fstat(file.fileno()).st_mode)
            yield file


def _require_file(parts: Parts, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise IntakeError(
            f"{shown(parts)} is a {kind_of(mode)}, expected an ordinary file."
        )


@contextlib.contextmanager
def _folder(anchor: pathlib.Path, parts: Parts) -> Iterator[int | str]:
    """Yield the folder as an open descriptor, or as a path where there is no openat."""
    if not _RELATIVE:
        yield _looked_through(anchor, parts)
        return
    folder = os.open(anchor, _FOLDER)
    try:
        for part in parts:
            deeper = os.open(part, _FOLDER | _NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = deeper
        yield folder
    finally:
        os.close(folder)


def _looked_through(anchor: pathlib.Path, parts: Parts) -> str:
    here = anchor
    for part in parts:
        here /= part
        if not stat.S_ISDIR(here.lstat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    return os.fspath(here)


def _status(folder: int | str, name: str) -> os.stat_result:
    if isinstance(folder, int):
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    return pathlib.Path(folder, name).lstat()


def _open(folder: int | str, name: str) -> int:
    if isinstance(folder, int):
        return os.open(name, _FILE, dir_fd=folder)
    return os.open(pathlib.Path(folder, name), _FILE)


@contextlib.contextmanager
def _translated(parts: Parts) -> Iterator[None]:
    """Turn what the system says into a sentence that holds no path of this machine.

    Raises:
        IntakeError: for its author.
        MachineError: for the instructor, where the hand-in has no part in it.
    """
    try:
        with machine.answers_for(shown(parts)):
            yield
    except OSError as exc:
        raise IntakeError(f"{shown(parts)} cannot be read: {_reason(exc)}.") from exc


def _reason(exc: OSError) -> str:
    # O_DIRECTORY together with O_NOFOLLOW reports a link as "not a directory".
    if exc.errno in (errno.ELOOP, errno.EMLINK, errno.ENOTDIR):
        return "a part of its path is a link or no folder, and links are not followed"
    if exc.errno == errno.ENOENT:
        return "it is not there any more"
    return (exc.strerror or type(exc).__name__).lower()
