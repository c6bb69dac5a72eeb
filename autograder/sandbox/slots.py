"""Who a guest runs as: as root, one user id per running guest, and no two at once.

Process limits count per user, and a process may signal those of its own user: two
guests of one user could disturb each other. The ids need no entry in /etc/passwd; they
lie below those that systemd gives out by itself. A lock file stands for each; the
warden inside holds it too, so it is free when all of the guest is gone. What stands in
the file is the folder that a guest left behind whose host died.

User ids are the machine's, so as root the lock files are, too: two batches that keep
their caches apart would otherwise end each other's guests.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import signal
import stat
import sys
import time

from autograder.errors import SandboxError
from autograder.sandbox import cache, processes, staging

FIRST_USER = 61000
COUNT = 184
_PATIENCE_S = 1.0

_OF_THE_MACHINE = pathlib.Path("/run/autograder-slots")  # /run is root's, and no disk


@dataclasses.dataclass(frozen=True, slots=True)
class Slot:
    """A place for one guest; `user` is None when guests run as ourselves."""

    user: int | None
    lock: int

    def remember(self, folder: pathlib.Path) -> None:
        """Note who we are and what is to be removed, should we die before we can."""
        os.ftruncate(self.lock, 0)
        os.pwrite(self.lock, b"%d %s" % (os.getpid(), os.fsencode(folder)), 0)

    def release(self) -> None:
        """Give the slot back: the guest is gone, and so is what it left."""
        with contextlib.suppress(OSError):
            os.ftruncate(self.lock, 0)
        os.close(self.lock)


def acquire(preferred: int, *, separate: bool) -> Slot:
    """Return a free slot, the preferred one if possible.

    Args:
        preferred: number of the worker.
        separate: whether the guest is to run as a user of its own.

    Raises:
        SandboxError: if all slots are taken.
    """
    folder = _folder(separate=separate)
    _clear_away(folder, separate=separate)
    for step in range(COUNT):
        number = (preferred + step) % COUNT
        lock = _lock(folder / str(number))
        if lock is None:
            continue
        if not os.fstat(lock).st_size:
            return Slot(FIRST_USER + number if separate else None, lock)
        os.close(lock)  # what was there before has not come to its end
    raise SandboxError(
        f"{folder}: all {COUNT} places for guests are taken.",
        "Use fewer workers, or wait until another batch has ended.",
    )


def clear_away() -> None:
    """Remove what hosts left behind that were killed while their guests ran."""
    if sys.platform == "linux":
        for separate in {False, cache.is_root()}:
            _clear_away(_folder(separate=separate), separate=separate)


def _folder(*, separate: bool) -> pathlib.Path:
    """Return the folder of the lock files: one for all batches that share user ids."""
    if separate:
        with contextlib.suppress(OSError):  # /run cannot be written in this container
            _OF_THE_MACHINE.mkdir(mode=0o700, exist_ok=True)
            found = _OF_THE_MACHINE.lstat()
            ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
            if ours and not found.st_mode & 0o077:
                return _OF_THE_MACHINE
    folder = cache.folder() / "slots"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _lock(path: pathlib.Path) -> int | None:
    import fcntl

    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _clear_away(folder: pathlib.Path, *, separate: bool) -> None:
    for path in folder.iterdir():
        if not path.stat().st_size:
            continue
        lock = _lock(path)
        if lock is None:
            lock = _lock_of_the_dead(path)
        if lock is not None:
            _clear(FIRST_USER + int(path.name) if separate else None, lock)


def _clear(user: int | None, lock: int) -> None:
    """Clear one slot; what cannot be ended yet keeps it, and harms no other guest."""
    try:
        if user is not None:
            end_all_of(user, within_s=_PATIENCE_S)
    except SandboxError:
        os.close(lock)
        return
    _, _, left = os.pread(lock, 4096, 0).partition(b" ")
    _remove(os.fsdecode(left))
    Slot(None, lock).release()


def _lock_of_the_dead(path: pathlib.Path) -> int | None:
    """Return the lock of a slot that is held although its host is dead.

    A warden ends with its host, in a moment. Bubblewrap killed in the middle of its
    start leaves a child that waits for ever to be told that its user ids are mapped.
    """
    host, _, _ = path.read_bytes().partition(b" ")
    if not host.isdigit() or processes.alive([int(host)]):
        return None
    for pid in processes.holding(path, command="bwrap"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 1.0
    while (lock := _lock(path)) is None and time.monotonic() < deadline:
        time.sleep(0.005)
    return lock


def _remove(left: str) -> None:
    """Remove a guest's folder, if what was noted is one of ours.

    Its host may have come to a good end after we saw the note and before we had the
    lock: then nothing is noted, and the empty path would be the current folder.
    """
    folder = pathlib.Path(left)
    if not folder.is_absolute() or not folder.name.startswith(staging.PREFIX):
        return
    with contextlib.suppress(OSError):
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
            staging.remove(folder)


def end_all_of(user: int, within_s: float = 5.0) -> None:
    """End every process of a guest's user id; as root only.

    Raises:
        SandboxError: if one survives.
    """
    deadline = time.monotonic() + within_s
    while alive := processes.of_user(user):
        for pid in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise SandboxError(
                f"user {user}: processes {alive} of a submission cannot be ended.",
                "Look what holds them: ps -o pid,stat,wchan.",
            )
        time.sleep(0.005)
