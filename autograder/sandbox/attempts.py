"""What no submission may do, tried from inside: the module that a probe has held.

It enters a sandbox as if it were a student's, so it uses the standard library alone.
Each attempt raises when it is refused, and returns when it is not.
"""

from __future__ import annotations

import ctypes
import importlib
import mmap
import os
import pathlib
import socket
import typing
from collections.abc import Callable


def attempt_all(facts: dict[str, typing.Any]) -> dict[str, str]:
    """Try everything; return for each attempt how it was refused, or ""."""
    return {name: _outcome(act, facts) for name, act in _ATTEMPTS.items()}


def _outcome(act: Callable[[dict[str, typing.Any]], object], facts: typing.Any) -> str:
    try:
        act(facts)
    except (OSError, MemoryError, ImportError) as exc:
        return type(exc).__name__
    return ""


def _read_secret(facts: dict[str, typing.Any]) -> None:
    pathlib.Path(facts["secret"]).read_text(encoding="utf-8")


def _list_files(facts: dict[str, typing.Any]) -> None:
    list(pathlib.Path(facts["secret"]).parent.iterdir())


def _write_outside(facts: dict[str, typing.Any]) -> None:
    pathlib.Path(facts["outside"]).write_text("was here", encoding="utf-8")


def _change_own_files(facts: dict[str, typing.Any]) -> None:
    del facts
    pathlib.Path(__file__).write_text("", encoding="utf-8")


def _open_socket(facts: dict[str, typing.Any]) -> None:
    del facts
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()


def _open_local_socket(facts: dict[str, typing.Any]) -> None:
    del facts
    socket.socket(socket.AF_UNIX).close()


def _run_program(facts: dict[str, typing.Any]) -> None:
    del facts
    pid = os.fork()
    if not pid:
        try:
            os.execv("/bin/true", ["true"])  # noqa: S606 - that is the attempt
        finally:
            os._exit(1)
    if os.waitpid(pid, 0)[1]:
        raise PermissionError


def _signal_host(facts: dict[str, typing.Any]) -> None:
    os.kill(facts["host"], 0)


def _look_at_host(facts: dict[str, typing.Any]) -> None:
    pathlib.Path(f"/proc/{facts['host']}/status").read_text(encoding="utf-8")


def _new_namespace(facts: dict[str, typing.Any]) -> None:
    del facts
    _call("unshare", 0x10000000)  # CLONE_NEWUSER


def _shared_memory(facts: dict[str, typing.Any]) -> None:
    del facts
    segment = _call("shmget", 0, 4096, 0o1600)  # IPC_PRIVATE, IPC_CREAT
    _call("shmctl", segment, 0, None)  # IPC_RMID


def _too_much_memory(facts: dict[str, typing.Any]) -> None:
    mmap.mmap(-1, facts["memory_bytes"]).close()


def _import_suite(facts: dict[str, typing.Any]) -> None:
    del facts
    importlib.import_module("pytest")


def _call(name: str, *arguments: object) -> int:
    result: int = getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments)
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result


_ATTEMPTS: dict[str, Callable[[dict[str, typing.Any]], object]] = {
    "read a file of the host": _read_secret,
    "list a folder of the host": _list_files,
    "write outside its folder": _write_outside,
    "change its own files": _change_own_files,
    "open a network socket": _open_socket,
    "open a local socket": _open_local_socket,
    "run a program": _run_program,
    "signal the grader": _signal_host,
    "look at the grader's process": _look_at_host,
    "make a namespace": _new_namespace,
    "make shared memory": _shared_memory,
    "take more memory than allowed": _too_much_memory,
    "import another package": _import_suite,
}
