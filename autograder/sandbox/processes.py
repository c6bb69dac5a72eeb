"""What /proc tells about processes: who is whose child, and what they use."""

# ruff: noqa: PTH208, PTH123 - read ten times a second for each guest: pathlib is slow

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
from collections.abc import Iterator

_PROC = pathlib.Path("/proc")


@dataclasses.dataclass(frozen=True, slots=True)
class Tally:
    """Sums over some processes."""

    cpu_s: float = 0.0  # theirs and that of children they have waited for
    resident_bytes: int = 0  # pages shared between them count for each
    tasks: int = 0  # threads, too
    largest_bytes: int = 0


def family(pid: int) -> list[int]:
    """Return `pid` and all that descend from it."""
    found = [pid]
    for parent in found:  # grows while it is read
        found += _children(parent)
    return found


def tally(pids: list[int]) -> Tally:
    """Add up what the processes use; those that have ended meanwhile count nothing."""
    tick, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    cpu = resident = tasks = largest = 0
    for pid in pids:
        fields = _stat(pid)
        if fields is not None:
            cpu += sum(int(field) for field in fields[11:15])
            pages = int(fields[21])
            resident += pages
            largest = max(largest, pages)
            tasks += int(fields[17])
    return Tally(cpu / tick, resident * page, tasks, largest * page)


def proportional_bytes(pids: list[int]) -> int:
    """Return the memory of the processes, shared pages counted once.

    Where that is not shown, as for the warden, all that a process has counts.
    """
    return sum(map(_proportional_bytes, pids))


def _proportional_bytes(pid: int) -> int:
    rollup = _read(pid, "smaps_rollup")
    if rollup is None:
        return tally([pid]).resident_bytes
    lines = [line.split() for line in rollup.splitlines() if line.startswith("Pss:")]
    return sum(int(fields[1]) for fields in lines) * 1024


def alive(pids: list[int]) -> list[int]:
    """Return those that still run; a zombie does not."""
    return [pid for pid in pids if (fields := _stat(pid)) and fields[0] != "Z"]


def of_user(user: int) -> list[int]:
    """Return the processes with that real user id, zombies left out."""
    return [pid for pid, owner, _ in _owners() if owner == user]


def tasks_of_user(user: int) -> int:
    """Return how many threads count against the user's RLIMIT_NPROC."""
    return sum(threads for _, owner, threads in _owners() if owner == user)


def of_session(session: int) -> list[int]:
    """Return the processes of a session, zombies left out."""
    return [
        pid
        for pid in _all()
        if (fields := _stat(pid)) and int(fields[3]) == session and fields[0] != "Z"
    ]


def holding(path: pathlib.Path, command: str) -> list[int]:
    """Return the processes of that command name that have the file open."""
    return [
        pid
        for pid in _all()
        if (_read(pid, "comm") or "").strip() == command and _holds(pid, path)
    ]


def _holds(pid: int, path: pathlib.Path) -> bool:
    folder = _PROC / str(pid) / "fd"
    with contextlib.suppress(OSError):  # it has ended, or is not shown to us
        for handle in os.listdir(folder):
            with contextlib.suppress(OSError):
                if (folder / handle).samefile(path):
                    return True
    return False


def _all() -> Iterator[int]:
    with contextlib.suppress(OSError):
        yield from (int(name) for name in os.listdir(_PROC) if name.isdigit())


def _owners() -> Iterator[tuple[int, int, int]]:
    for pid in _all():
        status = _read(pid, "status")
        if status is None:
            continue
        facts = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if facts["State"].split()[0] not in {"Z", "X"}:
            yield pid, int(facts["Uid"].split()[0]), int(facts["Threads"])


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(_PROC / str(pid) / "task"):
            text = _read(pid, f"task/{task}/children")
            if text is None:
                continue
            found += map(int, text.split())
    return found


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat from the state (field 3) on."""
    text = _read(pid, "stat")
    return text.rpartition(")")[2].split() if text else None


def _read(pid: int, name: str) -> str | None:
    try:
        with open(f"/proc/{pid}/{name}", encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return None
