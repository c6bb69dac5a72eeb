"""The two folders of a guest: the submission to read, and one to write in.

Below one private folder: `tree/`, a copy of the submission that the guest's user can
read (it belongs to us, so that not even its modes can be changed), and `scratch/`. A
copy, because the submission itself may lie where that user cannot go.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import pathlib
import secrets
import shutil
import stat
import tempfile
import typing
from collections.abc import Callable, Iterator, Sequence

from autograder.errors import SandboxError
from autograder.sandbox import cache, nameless

PREFIX = "autograder-"
"""How the name of a guest's private folder begins."""

MAX_ENTRIES = 1000
"""Files and folders that a guest may have in its scratch folder at a time."""


def reserve(
    parent: pathlib.Path | None,
    remember: Callable[[pathlib.Path], None] | None = None,
) -> pathlib.Path:
    """Return a new private folder; None stands for the system's temporary folder.

    Args:
        parent: where it shall lie.
        remember: is told its name before it is there, should we be killed in between.

    Raises:
        SandboxError: if it cannot be made.
    """
    folder = _root(parent) / f"{PREFIX}{secrets.token_hex(8)}"
    try:
        if remember is not None:
            remember(folder)
        folder.mkdir(mode=0o700)
    except OSError as exc:
        raise SandboxError(
            f"no folder for a submission can be made ({exc}).",
            "Make room, or set TMPDIR to a folder that you may write to.",
        ) from exc
    return folder


def fill(base: pathlib.Path, tree: pathlib.Path, user: int | None) -> None:
    """Copy the submission into `base`, and make an empty scratch folder beside it.

    Args:
        base: what `reserve` returned.
        tree: the submission.
        user: user id of the guest, None if it is ours.

    Raises:
        SandboxError: if something cannot be read or written.
    """
    try:
        _copy(tree, base / "tree", user)
        scratch = base / "scratch"
        scratch.mkdir(mode=0o700)
        if user is not None:
            base.chmod(0o711)
            os.chown(scratch, user, user)
    except OSError as exc:
        raise SandboxError(
            f"{tree}: cannot be staged for the sandbox ({exc}).",
            "See whether it is still there, and whether the disk is full.",
        ) from exc


class Meter(typing.Protocol):
    """Tells how full a scratch folder is."""

    def read(self, pids: Sequence[int]) -> tuple[int, int]:
        """Return bytes and entries in it; `pids` are all processes that write there."""

    def close(self) -> None:
        """Let go of the folder."""


@dataclasses.dataclass(frozen=True, slots=True)
class FolderMeter:
    """Counts the entries of a folder, and gives up where they are too many anyway.

    Files that have been deleted and are still open count, too.
    """

    folder: pathlib.Path
    largest: int  # bytes that a single file may have

    def read(self, pids: Sequence[int]) -> tuple[int, int]:
        """Return bytes and entries in it."""
        size, entries = nameless.held_bytes(pids, str(self.folder), self.largest), 0
        try:
            for entry in _entries(self.folder):
                entries += 1
                with contextlib.suppress(FileNotFoundError):
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                if entries > MAX_ENTRIES:
                    break
        except OSError:  # nested so deeply that a path becomes too long
            return size, MAX_ENTRIES + 1
        return size, entries

    def close(self) -> None:
        """Nothing is held."""


@dataclasses.dataclass(frozen=True, slots=True)
class FileSystemMeter:
    """Asks a file system that holds nothing but the folder, by an open descriptor.

    Its size is limited by itself; how many entries it has is not.
    """

    descriptor: int

    def read(self, pids: Sequence[int]) -> tuple[int, int]:
        """Return no bytes, and the entries in it."""
        del pids
        facts = os.fstatvfs(self.descriptor)
        return 0, facts.f_files - facts.f_ffree

    def close(self) -> None:
        """Let go of the folder, and with it of the file system."""
        os.close(self.descriptor)


def remove(folder: pathlib.Path) -> None:
    """Remove a folder that no process uses any more, however deep it is nested.

    Neither recursion nor a path as long as the nesting is deep: what lies two levels
    down is first moved up. No link is followed. An interrupt has to wait for the end.
    """
    try:
        _remove(folder)
    except (KeyboardInterrupt, SystemExit):
        _remove(folder)
        raise


def _remove(folder: pathlib.Path) -> None:
    names = (f".{secrets.token_hex(8)}.{number}" for number in itertools.count())
    with contextlib.suppress(FileNotFoundError):
        while level := [e.name for e in os.scandir(folder) if _unlink(e)]:
            for name in level:
                _empty_into(folder, folder / name, names)
        folder.rmdir()


def _unlink(entry: os.DirEntry[str]) -> bool:
    """Remove what is no folder; return whether it is one."""
    if entry.is_dir(follow_symlinks=False):
        return True
    pathlib.Path(entry.path).unlink()
    return False


def _empty_into(
    folder: pathlib.Path, child: pathlib.Path, names: Iterator[str]
) -> None:
    child.chmod(0o700)
    for entry in list(os.scandir(child)):
        if _unlink(entry):
            inner = pathlib.Path(entry.path)
            inner.chmod(0o700)
            inner.rename(folder / next(names))
    child.rmdir()


def _entries(folder: pathlib.Path) -> Iterator[os.DirEntry[str]]:
    waiting = [str(folder)]
    while waiting:
        # What a guest removes meanwhile may not end the count of all the rest.
        gone = contextlib.suppress(FileNotFoundError)
        with gone, os.scandir(waiting.pop()) as entries:
            for entry in entries:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def _root(parent: pathlib.Path | None) -> pathlib.Path:
    """Return a folder for temporary files that a guest's user can go through."""
    first = parent or pathlib.Path(tempfile.gettempdir())
    if not cache.is_root() or cache.leads_through(first):
        return first
    for name in ("/tmp", "/var/tmp", "/dev/shm"):  # noqa: S108 - of a name that nobody can guess
        if os.access(name, os.W_OK) and cache.leads_through(pathlib.Path(name)):
            return pathlib.Path(name)
    return first


def _copy(source: pathlib.Path, target: pathlib.Path, user: int | None) -> None:
    """Copy folders and regular files; links and devices stay behind."""
    target.mkdir(mode=0o700)
    for entry in os.scandir(source):
        if entry.is_dir(follow_symlinks=False):
            _copy(pathlib.Path(entry.path), target / entry.name, user)
        elif entry.is_file(follow_symlinks=False):
            copy = target / entry.name
            shutil.copyfile(entry.path, copy, follow_symlinks=False)
            _hand_over(copy, 0o640, user)
    _hand_over(target, 0o750, user)


def _hand_over(path: pathlib.Path, mode: int, user: int | None) -> None:
    """Let the guest's group read it, and nobody change it but us."""
    if user is not None:
        os.chown(path, -1, user)
    path.chmod(mode if user is not None else mode & stat.S_IRWXU)
