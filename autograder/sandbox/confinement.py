"""What the two protected sandboxes have in common."""

from __future__ import annotations

import os
import pathlib
import re
import typing

from autograder.errors import SandboxError
from autograder.records import Limits
from autograder.sandbox import cache, limits, processes, seccomp, slots

PROTECTIONS = {
    "user": "a user id of its own (as root)",
    "files": "only its own files: mount namespace, or Landlock",
    "system calls": "a seccomp filter: no sockets, programs, signals, tracing",
    "limits": "resource limits, and the host's sums over all processes",
}
"""What can be taken away in a test, to prove that it is needed."""

_NEEDED = 1 << 0 | 1 << 5 | 1 << 6 | 1 << 7  # CAP_CHOWN, KILL, SETGID, SETUID
_OURS = 3  # processes that are no student's: a world's first, the warden, the guest
_SLACK = 256
"""What else a user may start meanwhile, where processes count per user."""


def separate_user(without: frozenset[str]) -> bool:
    """Return whether guests run under user ids of their own: always, as root.

    Raises:
        SandboxError: if we are root, but of a kind that may not change its user.
    """
    if not cache.is_root() or "user" in without:
        return False
    if not _may_change_user():
        raise SandboxError(
            "root may not start programs as another user here, and processes of root "
            "cannot be limited",
            "Run as an ordinary user, or give the container the capabilities CHOWN, "
            f"KILL, SETGID and SETUID and the user ids from {slots.FIRST_USER} on.",
        )
    return True


def _may_change_user() -> bool:
    status = pathlib.Path("/proc/self/status").read_text(encoding="ascii")
    held = int(re.findall(r"^CapEff:\s+(\w+)$", status, re.MULTILINE)[0], 16)
    known = pathlib.Path("/proc/self/uid_map").read_text(encoding="ascii")
    ranges = [[int(field) for field in line.split()] for line in known.splitlines()]
    last = slots.FIRST_USER + slots.COUNT - 1
    mapped = any(
        first <= slots.FIRST_USER and last < first + n for first, _, n in ranges
    )
    return held & _NEEDED == _NEEDED and mapped


def settings(
    place_limits: Limits, without: frozenset[str], *, counted_alone: bool
) -> dict[str, typing.Any]:
    """Return the part of the bootstrap's settings that both sandboxes share.

    Raises:
        SandboxError: if there is no filter for this processor.
    """
    processes_allowed = place_limits.processes + _OURS
    if not counted_alone:
        processes_allowed += _SLACK + processes.tasks_of_user(os.getuid())
    return {
        "confine": True,
        "strict": True,
        "only_numpy": False,
        "limits": {}
        if "limits" in without
        else limits.settings(place_limits, processes_allowed),
        "seccomp": None if "system calls" in without else _filter(),
    }


def check(without: frozenset[str]) -> None:
    """Refuse names that stand for nothing.

    Raises:
        ValueError: if a name is not in PROTECTIONS.
    """
    unknown = without - PROTECTIONS.keys()
    if unknown:
        raise ValueError(f"without: {sorted(unknown)}, known: {sorted(PROTECTIONS)}")


def _filter() -> str:
    machine = os.uname().machine
    try:
        return seccomp.program(machine).hex()
    except KeyError as exc:
        raise SandboxError(
            f"no filter of system calls is known for processors of type {machine}.",
            "Grade on x86_64 or aarch64.",
        ) from exc
