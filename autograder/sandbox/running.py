"""A guest that runs, as seen from the host (Linux)."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
import typing

from autograder.errors import SandboxError
from autograder.sandbox import processes, slots
from autograder.sandbox.protocol import Usage
from autograder.sandbox.watch import Watch
from autograder.wire import Channel

_FAREWELL_S = 5.0
_REPORTED = {"cpu_s", "peak_bytes", "exit_status"}


class Process(typing.Protocol):
    """What this needs of `subprocess.Popen`."""

    pid: int
    returncode: typing.Any

    def kill(self) -> None:
        """End it at once."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""


class RunningGuest:
    """A guest under a warden.

    The thread that starts it must live as long as it is wanted: where bubblewrap is
    told to die with its parent, the kernel looks at the thread.
    """

    channel: Channel

    def __init__(
        self,
        process: Process,
        channel: Channel,
        line: socket.socket,
        watch: Watch,
        *,
        user: int | None,
        belongings: contextlib.ExitStack,
    ) -> None:
        self.channel = channel
        self._process = process
        self._line = line
        self._watch = watch
        self._user = user
        self._belongings = belongings
        self._lock = threading.Lock()
        self._gone = False
        self._stopped = ""
        self._said = b""
        self._report: dict[str, float | int | None] | None = None
        watch.begin(self._over)

    def kill(self) -> None:
        """End all processes of the guest and remove its folders; see `Guest`."""
        with self._lock:
            if self._gone:
                return
            self._gone = True
            with self._belongings:
                self._ask_for_the_end()
                self._read_report(within_s=_FAREWELL_S)
                if self._report is None or not self._has_left():
                    self._end_by_force()
                self._process.wait()

    def usage(self) -> Usage:
        """Return what the guest has used; see `Guest`."""
        with self._lock:
            if not self._gone:
                self._read_report(within_s=0)
        if self._report is not None:
            return Usage(
                cpu_s=float(self._report["cpu_s"] or 0),
                peak_bytes=int(self._report["peak_bytes"] or 0),
                exit_status=_whole(self._report["exit_status"]),
                stopped=self._stopped,
            )
        tally = self._watch.last if self._gone else self._watch.measure()
        status = self._process.returncode
        return Usage(tally.cpu_s, tally.largest_bytes, status, self._stopped)

    def printed(self) -> str:
        """Return the beginning of what the guest has printed; see `Guest`."""
        return self._watch.printed()

    def _over(self, limit: str) -> None:
        """Called by the watch: the guest as a whole has exceeded a limit."""
        self._stopped = self._stopped or limit
        self._ask_for_the_end()

    def _ask_for_the_end(self) -> None:
        with contextlib.suppress(OSError):  # the warden is gone
            self._line.shutdown(socket.SHUT_WR)

    def _read_report(self, within_s: float) -> None:
        """Read what the warden says last; it says it when nobody else is left."""
        deadline = time.monotonic() + within_s
        while self._report is None:
            self._line.settimeout(max(deadline - time.monotonic(), 0))
            try:
                chunk = self._line.recv(4096)
            except OSError:  # nothing in time
                return
            if not chunk:
                self._report = _parsed(self._said)
                return
            self._said += chunk

    def _has_left(self) -> bool:
        """Wait for the end of the process that we started: it should be at hand."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_FAREWELL_S)
        return self._process.returncode is not None

    def _end_by_force(self) -> None:
        """The warden did not answer: kill whatever can be found.

        Raises:
            SandboxError: if a process survives.
        """
        family = processes.family(self._process.pid)
        self._process.kill()
        deadline = time.monotonic() + _FAREWELL_S
        # Our own child is a zombie until it is waited for: its number is not reused.
        while alive := [
            *processes.alive(family),
            *processes.of_session(self._process.pid),
        ]:
            for pid in alive:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if time.monotonic() > deadline:
                raise SandboxError(
                    f"processes {alive} of a submission cannot be ended.",
                    "Look what holds them: ps -o pid,stat,wchan.",
                )
            time.sleep(0.005)
        if self._user is not None:
            slots.end_all_of(self._user)


def _parsed(said: bytes) -> dict[str, float | int | None] | None:
    """Return the warden's report, or None if an interrupt has cut it off."""
    try:
        report = json.loads(said)
    except ValueError:
        return None
    whole = isinstance(report, dict) and set(report) >= _REPORTED
    return report if whole else None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
