"""What a machine does to a program, told apart from what a call or a hand-in does.

A hand-in that is not there is its author's affair, a disk that fails is not.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
from collections.abc import Iterator

from autograder.errors import MachineError

_AGAIN = "then make the same call again: it goes on where it stopped."
_REMEDIES = {
    "ENOSPC": f"Make room on that disk, {_AGAIN}",
    "EDQUOT": f"Make room within your quota, {_AGAIN}",
    "EFBIG": f"Allow larger files (ulimit -f), {_AGAIN}",
    "EROFS": f"Mount it so that it can be written, or name another folder, {_AGAIN}",
    "EMFILE": f"Allow more open files (ulimit -n) or use fewer workers, {_AGAIN}",
    "ENFILE": f"End other programs that hold files open, {_AGAIN}",
    "ENOMEM": f"End other programs or use fewer workers, {_AGAIN}",
    "EIO": f"See to the disk, {_AGAIN}",
    "ENXIO": f"See to the disk, {_AGAIN}",
    "ENODEV": f"See to the disk, {_AGAIN}",
    "ESTALE": f"Mount the network drive again, {_AGAIN}",
    "ETIMEDOUT": f"See to the network drive, {_AGAIN}",
}
_BY_NUMBER = {
    getattr(errno, name): remedy
    for name, remedy in _REMEDIES.items()
    if hasattr(errno, name)
}


def failed(exc: OSError) -> bool:
    """Return whether it was the machine that failed."""
    return exc.errno in _BY_NUMBER


@contextlib.contextmanager
def answers_for(where: pathlib.Path | str) -> Iterator[None]:
    """Turn what the machine does wrong within the block into a sentence and a remedy.

    Args:
        where: what the block reads or writes, where the error itself does not say.

    Raises:
        MachineError: for errors of the machine; others pass.
    """
    try:
        yield
    except OSError as exc:
        if not failed(exc):
            raise
        what = os.fspath(where) if exc.filename is None else os.fsdecode(exc.filename)
        told = exc.strerror or type(exc).__name__
        raise MachineError(f"{what}: {told}.", _BY_NUMBER[exc.errno or 0]) from exc
