"""Where guests are born: the host's side of the zygote (Linux).

A zygote is started when it is first wanted, and serves the process that has started it
as well as the forks of that process: each message is a whole, and the answer comes on
the guest's own line. It ends when all of them have: then its socket is closed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import threading
import typing

from autograder.errors import SandboxError
from autograder.sandbox import kit, runtime
from autograder.sandbox.environment import environment
from autograder.sandbox.world import World

_START_S = 30.0


@dataclasses.dataclass(frozen=True, slots=True)
class Ancestry:
    """What a zygote has loaded, and by which interpreter."""

    python: tuple[str, ...]
    kit: str
    site: str


class Born:
    """A warden that a zygote has made, in the manner of `subprocess.Popen`.

    Args:
        handle: the descriptor that stands for it.
        world: where it lives, if bubblewrap has made one; it ends with it.
    """

    def __init__(self, handle: int, world: World | None) -> None:
        self.pid = _number(handle)
        self.returncode: int | None = None
        self._handle = handle
        self._world = world

    def kill(self) -> None:
        """End it at once, and everything in its world."""
        if self._world is not None:
            self._world.process.kill()
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and that of its world.

        Raises:
            subprocess.TimeoutExpired: if it does not end in time.
        """
        if self.returncode is None:
            poll = select.poll()
            poll.register(self._handle, select.POLLIN)
            if not poll.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired("a guest", timeout or 0.0)
            self.returncode = 0  # what it was is told to the zygote alone
            os.close(self._handle)
            if self._world is not None:
                self._world.end()
        return self.returncode


class Zygote:
    """One zygote, as its host sees it.

    Raises:
        SandboxError: if it does not start.
    """

    def __init__(self, ancestry: Ancestry) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket = ours
        self._host = os.getpid()
        with theirs:
            self._process = subprocess.Popen(
                [
                    *ancestry.python,
                    *("-c", kit.START_ZYGOTE),
                    *(ancestry.kit, ancestry.site, str(theirs.fileno())),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,  # of the kind that a guest's output will be
                stderr=subprocess.STDOUT,
                pass_fds=(theirs.fileno(),),
                env=environment("/"),
                cwd="/",
                start_new_session=True,
            )
        ours.settimeout(_START_S)
        try:
            ready = ours.recv(16)
        except OSError:
            ready = b""
        if not ready:
            said = self.end().strip()[-500:]
            raise SandboxError(f"no process to fork guests from can be started: {said}")

    def ask(self, settings: dict[str, typing.Any], files: dict[str, int]) -> None:
        """Ask for a guest; the answer comes on its line.

        Raises:
            OSError: if it has been ended.
        """
        message = json.dumps({**settings, "files": list(files)}).encode()
        socket.send_fds(self._socket, [message], list(files.values()))

    def end(self) -> str:
        """Let it go; its parent also waits, and returns what it has printed."""
        self._socket.close()
        if os.getpid() != self._host:
            return ""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        self._process.kill()
        return self._process.communicate()[0].decode(errors="replace")


class Nursery:
    """The zygotes of this process and its ancestors: one for each ancestry."""

    def __init__(self) -> None:
        self._zygotes: dict[Ancestry, Zygote] = {}
        self._turn = threading.Lock()
        self._lost = False  # the last guest has not been heard of

    @property
    def open(self) -> bool:
        """Whether guests can be born here: not where that has failed."""
        return not self._lost and hasattr(os, "pidfd_open")

    def prepare(self, ancestry: Ancestry) -> None:
        """Start a zygote now, for the forks of this process.

        Raises:
            SandboxError: if it does not start.
        """
        with self._turn:
            self._zygote(ancestry)

    def bear(
        self,
        ancestry: Ancestry,
        settings: dict[str, typing.Any],
        files: dict[str, int],
    ) -> None:
        """Have a guest born; a zygote that somebody has killed is replaced.

        Raises:
            SandboxError: if no zygote starts.
        """
        with self._turn:
            self._lost = True  # until it is known to live
            try:
                self._zygote(ancestry).ask(settings, files)
            except OSError:
                self._zygotes.pop(ancestry).end()
                self._zygote(ancestry).ask(settings, files)

    def welcome(self) -> None:
        """Note that the guest lives."""
        self._lost = False

    def _zygote(self, ancestry: Ancestry) -> Zygote:
        if ancestry not in self._zygotes:
            self._zygotes[ancestry] = Zygote(ancestry)
        return self._zygotes[ancestry]

    def inherit(self) -> None:
        """In a fork of this process: nobody here holds the lock."""
        self._turn = threading.Lock()


def _number(handle: int) -> int:
    """Return the process id for which a descriptor stands, as it is called here."""
    text = pathlib.Path(f"/proc/self/fdinfo/{handle}").read_text(encoding="ascii")
    found = re.search(r"^Pid:\s+(-?\d+)$", text, re.MULTILINE)
    if found is None or int(found[1]) <= 0:
        raise SandboxError("the guest has ended before it was ready")
    return int(found[1])


nursery = Nursery()


def prepare() -> None:
    """Start the zygote of the protected sandboxes now, for the forks of this process.

    Without it each fork would start one of its own.
    """
    if not nursery.open:
        return
    with contextlib.suppress(SandboxError):  # who wants a guest is told why
        python = runtime.prepare()
        command = tuple(python.command(str(python.root)))
        nursery.prepare(Ancestry(command, str(kit.prepare()), str(python.site)))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=nursery.inherit)
