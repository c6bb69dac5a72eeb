"""The warden: a trusted process beside the guest that leaves nothing of it behind.

It is the guest's parent and the one to which every orphan in the sandbox is handed; it
waits for the guest to end, for the host to ask, or for the host to die, then
ends all processes, reports what they have used, and ends itself. It runs no code of the
submission. For Linux; standard library only.

Why nothing escapes: an orphan becomes the warden's child (PR_SET_CHILD_SUBREAPER, or
process 1 of its own namespace), so "no children left" means that nothing is left. Where
the user id or the process namespace is the guest's alone, one kill(-1) reaches all
processes at once; elsewhere the guest's process group is killed at once (the seccomp
filter lets nobody leave it), then whatever is handed up.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
import typing

from autograder.sandbox import linux

_CHILDREN = "/proc/thread-self/children"
_LOOK_UP_S = 1.0  # how often it looks whether the host is still there


class Warden:
    """Stands guard over one guest and everything that descends from it."""

    def __init__(
        self, guest: int, line: socket.socket, *, parent: int, exclusive: bool
    ) -> None:
        self._guest = guest
        self._line = line
        self._parent = parent
        # As root outside a namespace, kill(-1) would end the machine.
        self._exclusive = exclusive and (os.getuid() != 0 or os.getpid() == 1)
        self._status: int | None = None

    def stand_guard(self) -> typing.NoReturn:
        """Wait for the end, bring it about, report, and exit."""
        _let_go_of_output()
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
        self._wait()
        self._sweep()
        self._report()
        os._exit(0)

    def _wait(self) -> None:
        wakes, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        poll = select.poll()
        poll.register(self._line, select.POLLIN | select.POLLHUP)
        poll.register(wakes, select.POLLIN)
        while not self._reap() and not self._abandoned():
            ready = dict(poll.poll(_LOOK_UP_S * 1000))
            if self._line.fileno() in ready:
                return  # the host asks for the end, or is gone
            if wakes in ready:
                os.read(wakes, 512)

    def _abandoned(self) -> bool:
        return bool(self._parent) and os.getppid() != self._parent

    def _reap(self) -> bool:
        """Collect the dead; return whether the guest itself is among them.

        The guest stays a zombie, so that its number, which names its process group,
        is not given to anyone else.
        """
        while True:
            try:
                dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return True
            if dead is None:
                return False
            if dead.si_pid == self._guest:
                return True
            os.waitpid(dead.si_pid, 0)

    def _sweep(self) -> None:
        while True:
            self._strike()
            if self._bury():
                return
            time.sleep(0.001)

    def _strike(self) -> None:
        """Send SIGKILL to all that can be named from here."""
        if self._exclusive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
            return
        if self._status is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._guest, signal.SIGKILL)
        for child in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    def _bury(self) -> bool:
        """Collect the dead; return whether nobody is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return True
            if pid == 0:
                return False
            if pid == self._guest:
                self._status = status

    def _report(self) -> None:
        import resource

        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        status = self._status
        report = {
            "cpu_s": used.ru_utime + used.ru_stime,
            "peak_bytes": used.ru_maxrss * 1024,
            "exit_status": None
            if status is None
            else os.waitstatus_to_exitcode(status),
        }
        with contextlib.suppress(OSError):  # the host may be gone
            self._line.sendall(json.dumps(report).encode())


def _children() -> list[int]:
    try:
        with open(_CHILDREN, encoding="ascii") as file:  # noqa: PTH123 - slow to load
            return [int(pid) for pid in file.read().split()]
    except OSError:  # no /proc
        return []


def _let_go_of_output() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1, 2):
        os.dup2(nothing, handle)
    os.close(nothing)
