"""A folder for what guests read and nobody but us may write: built once, then shared.

The first of these that can be used: `$AUTOGRADER_CACHE`, /var/cache/autograder (root)
or ~/.cache/autograder, one in the temporary directory, one for this process alone.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import pathlib
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

from autograder.errors import SandboxError

_KEPT_S = 30 * 86400
_SYSTEM = pathlib.Path("/var/cache/autograder")
VARIABLE = "AUTOGRADER_CACHE"


def is_root() -> bool:
    """Return whether guests can run, and must run, as another user than we."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def folder() -> pathlib.Path:
    """Return the folder; every folder on the way to it can be trusted.

    Raises:
        SandboxError: if the one that the environment names cannot be used.
    """
    if os.environ.get(VARIABLE):
        chosen = pathlib.Path(os.environ[VARIABLE])
        if not _is_usable(chosen):
            raise SandboxError(
                f"{VARIABLE}={chosen}: cannot be used as a folder for the sandbox.",
                "Name one that is yours, that nobody else can write to or replace and, "
                "if you are root, that every user can go through.",
            )
        return chosen
    return next(filter(_is_usable, _candidates()), None) or _own_folder()


def build(name: str, make: Callable[[pathlib.Path], None]) -> pathlib.Path:
    """Return the folder `name`; if it is not there, have `make` fill it first.

    Two builders do not disturb each other: each fills a folder of its own, and the
    first to finish gives it the name.
    """
    if not is_root() and (_SYSTEM / name).is_dir() and is_trusted(_SYSTEM / name):
        return _SYSTEM / name  # built by root, for all
    final = folder() / name
    if final.is_dir():
        _mark_as_used(final)
        return final
    _forget_old(final)
    draft = pathlib.Path(tempfile.mkdtemp(prefix=f".{name}.", dir=final.parent))
    try:
        make(draft)
        draft.chmod(0o755)
        with contextlib.suppress(OSError):  # somebody else was faster
            draft.rename(final)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return final


def _mark_as_used(path: pathlib.Path) -> None:
    with contextlib.suppress(OSError):
        os.utime(path)


def _forget_old(wanted: pathlib.Path) -> None:
    """Remove what stands for the same thing and has not been used for a month."""
    kind = wanted.name.partition("-")[0]
    for other in wanted.parent.glob(f"{kind}-*"):
        with contextlib.suppress(OSError):
            if time.time() - other.stat().st_mtime > _KEPT_S:
                shutil.rmtree(other, ignore_errors=True)


def is_trusted(path: pathlib.Path) -> bool:
    """Return whether nobody but us and root can change `path` or what leads to it.

    As root, it has to be readable for the users whom guests run as, too.
    """
    if sys.platform == "win32":
        return True
    path = path.absolute()
    return all(map(_is_safe_step, (path, *path.parents)))


def leads_through(path: pathlib.Path) -> bool:
    """Return whether any user can reach what lies in `path`."""
    steps = (path.absolute(), *path.absolute().parents)
    return all(step.stat().st_mode & stat.S_IXOTH for step in steps)


def _is_usable(path: pathlib.Path) -> bool:
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o755)
        return is_trusted(path) and os.access(path, os.W_OK)
    except OSError:
        return False


def _is_safe_step(path: pathlib.Path) -> bool:
    found = path.lstat()
    ours = found.st_uid in {0, os.geteuid()}
    if stat.S_ISLNK(found.st_mode):  # /tmp -> private/tmp; who owns it, points it
        return ours and _is_safe_step(path.resolve())
    shared = found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX
    passable = not is_root() or bool(found.st_mode & stat.S_IXOTH)
    return ours and not shared and passable and stat.S_ISDIR(found.st_mode)


def _candidates() -> Iterator[pathlib.Path]:
    if is_root():
        yield _SYSTEM
    else:
        home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path("~/.cache").expanduser()
        yield pathlib.Path(home) / "autograder"
    owner = os.geteuid() if hasattr(os, "geteuid") else "user"
    yield pathlib.Path(tempfile.gettempdir()) / f"autograder-cache-{owner}"


@functools.cache
def _own_folder() -> pathlib.Path:
    path = pathlib.Path(tempfile.mkdtemp(prefix="autograder-cache-"))
    path.chmod(0o755)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path
