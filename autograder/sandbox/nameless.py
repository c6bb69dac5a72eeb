"""Files that were deleted while a process held them: they fill the disk all the same.

A look into a folder does not find them, so they are looked for where they are held: in
the open files of each thread (threads may have tables of their own, and outlive the
first one), and in what is mapped into memory.

The kernel shows both to root with all rights and to the user whom the process runs as:
see `linux.see_as`. What it does not show counts nothing.
"""

# ruff: noqa: PTH208, PTH116, PTH123 - ten times a second for each guest: pathlib is slow

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator

_DELETED = " (deleted)\n"
_BLOCK = 512  # st_blocks counts in these, whatever the file system does


def held_bytes(pids: Iterable[int], folder: str, largest: int) -> int:
    """Return how much disk the processes hold under no name.

    Args:
        pids: the processes.
        folder: where they may write.
        largest: how large a file may be. What is mapped and no longer open counts as
            much, because its true size is shown to nobody.
    """
    open_files: dict[tuple[int, int], int] = {}
    mapped: set[int] = set()
    for pid in pids:
        for place in _threads(pid):
            open_files.update(_open(place))
        mapped.update(_mapped(pid, folder))
    known = {inode for _, inode in open_files}
    return sum(open_files.values()) + largest * len(mapped - known)


def _threads(pid: int) -> list[str]:
    folder = f"/proc/{pid}/task"
    with contextlib.suppress(OSError):
        return [f"{folder}/{thread}" for thread in os.listdir(folder)]
    return []


def _open(place: str) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield device, inode and bytes of each file that has no name."""
    handles: list[str] = []
    with contextlib.suppress(OSError):  # it has ended, or is not shown to us
        handles = os.listdir(f"{place}/fd")
    for handle in handles:
        with contextlib.suppress(OSError):
            found = os.stat(f"{place}/fd/{handle}")
            if not found.st_nlink and not stat.S_ISFIFO(found.st_mode):
                yield (found.st_dev, found.st_ino), found.st_blocks * _BLOCK


def _mapped(pid: int, folder: str) -> Iterator[int]:
    """Yield the inodes of deleted files of the folder that are mapped."""
    for place in _threads(pid):  # the first may have ended: they share one memory
        lines: list[str] = []
        shown = contextlib.suppress(OSError)
        with shown, open(f"{place}/maps", encoding="utf-8", errors="replace") as file:
            lines = file.readlines()
        for line in lines:
            if line.endswith(_DELETED) and f" {folder}/" in line:
                yield int(line.split(maxsplit=5)[4])
        if lines:
            return
