"""What an attack can leave behind on the machine, and how it is found.

Members name what they make HOSTILE-MARK, followed by their own slug: files, arguments
or the environment of processes, abstract sockets. Those that try the network call
port 47811 of this machine or the abstract socket HOSTILE-LISTENER.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import os
import pathlib
import selectors
import socket
import threading
from collections.abc import Iterator

MARK = "HOSTILE-MARK"
PORT = 47811
LISTENER = "\0HOSTILE-LISTENER"

_OPEN_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/run/lock")
_SYSV = ("shm", "sem", "msg")


@dataclasses.dataclass(frozen=True)
class Traces:
    """What could be seen at one moment."""

    processes: frozenset[str]
    files: frozenset[str]
    segments: frozenset[str]
    sockets: frozenset[str]
    guarded: dict[str, str]  # path -> digest


def take(*guarded: pathlib.Path) -> Traces:
    """Look at the machine; below the guarded folders, at every byte."""
    return Traces(
        processes=frozenset(_processes()),
        files=frozenset(
            str(path)
            for folder in _OPEN_FOLDERS
            for path in pathlib.Path(folder).glob(f"*{MARK}*")
        ),
        segments=frozenset(_segments()),
        sockets=frozenset(_sockets()),
        guarded={
            str(path): _digest(path)
            for folder in guarded
            for path in sorted(folder.rglob("*"))
        },
    )


def compare(before: Traces, after: Traces) -> list[str]:
    """Return what is new, changed or gone."""
    new = [
        *(f"still running: {each}" for each in after.processes - before.processes),
        *(f"a file: {each}" for each in after.files - before.files),
        *(f"shared memory: {each}" for each in after.segments - before.segments),
        *(f"a socket: {each}" for each in after.sockets - before.sockets),
    ]
    paths = before.guarded.keys() | after.guarded.keys()
    changed = [p for p in paths if before.guarded.get(p) != after.guarded.get(p)]
    return sorted(new) + [f"changed: {path}" for path in sorted(changed)]


def marked(folder: pathlib.Path) -> list[pathlib.Path]:
    """Return the files below a folder whose names carry the mark."""
    return sorted(folder.rglob(f"*{MARK}*"))


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Wait until nobody else on this machine looks for traces: they would be ours."""
    with pathlib.Path("/tmp/hostile.lock").open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def listening() -> Iterator[list[str]]:
    """Note who calls: over TCP, over UDP, over an abstract socket."""
    heard: list[str] = []
    with contextlib.ExitStack() as stack:
        chooser = stack.enter_context(selectors.DefaultSelector())
        for name, sock in _listeners():
            stack.callback(sock.close)
            chooser.register(sock, selectors.EVENT_READ, name)
        stop, stopped = socket.socketpair()
        stack.callback(stop.close)
        stack.callback(stopped.close)
        chooser.register(stopped, selectors.EVENT_READ, "")
        thread = threading.Thread(target=_listen, args=(chooser, heard), daemon=True)
        thread.start()
        yield heard
        stop.send(b"x")
        thread.join()


def _listeners() -> Iterator[tuple[str, socket.socket]]:
    for kind, family, address in (
        (socket.SOCK_STREAM, socket.AF_INET, ("127.0.0.1", PORT)),
        (socket.SOCK_DGRAM, socket.AF_INET, ("127.0.0.1", PORT)),
        (socket.SOCK_STREAM, socket.AF_UNIX, LISTENER),
        (socket.SOCK_DGRAM, socket.AF_UNIX, f"{LISTENER}-DATAGRAM"),
    ):
        sock = socket.socket(family, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        if kind == socket.SOCK_STREAM:
            sock.listen()
        yield f"a call over {family.name} {kind.name}", sock


def _listen(chooser: selectors.BaseSelector, heard: list[str]) -> None:
    while True:
        for key, _ in chooser.select():
            if not key.data:
                return
            sock = key.fileobj
            assert isinstance(sock, socket.socket)
            with contextlib.suppress(OSError):
                if sock.type == socket.SOCK_STREAM:
                    caller, _ = sock.accept()
                    caller.settimeout(0.2)
                    text = caller.recv(100)
                    caller.close()
                else:
                    text = sock.recv(100)
                heard.append(f"{key.data}: {text!r}")


def _processes() -> Iterator[str]:
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        if int(place.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            told = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
            told += (place / "comm").read_bytes()
            if MARK.encode() in told:
                yield f"{place.name}: {told[:200]!r}"


def _segments() -> Iterator[str]:
    for kind in _SYSV:
        with contextlib.suppress(OSError):
            lines = pathlib.Path(f"/proc/sysvipc/{kind}").read_text().splitlines()
            yield from (f"{kind} {' '.join(line.split()[:3])}" for line in lines[1:])


def _sockets() -> Iterator[str]:
    for line in pathlib.Path("/proc/net/unix").read_text().splitlines()[1:]:
        if MARK in line:
            yield line.split()[-1]


def _digest(path: pathlib.Path) -> str:
    if path.is_symlink():
        return f"link to {path.readlink()}"
    if not path.is_file():
        return f"{path.stat().st_mode:o}"
    mode = path.stat().st_mode
    return f"{mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
