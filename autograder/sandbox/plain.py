"""A guest as an ordinary subprocess, for systems that are not Linux."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import typing
from collections.abc import Sequence

from autograder.errors import SandboxError
from autograder.records import Limits
from autograder.sandbox.environment import environment
from autograder.sandbox.loopback import Listener
from autograder.sandbox.protocol import Usage
from autograder.wire import Channel

_READY_S = 60.0
_FAREWELL_S = 5.0


class PlainGuest:
    """A subprocess that can be talked to and killed; what it uses is not known.

    Ended are the process and, where there are process groups, those that have stayed
    in its group.
    """

    channel: Channel

    def __init__(
        self, command: Sequence[str], settings: dict[str, typing.Any], limits: Limits
    ) -> None:
        self._cap = limits.printed_bytes
        self._printed = bytearray()
        self._ended = False
        self._scratch = tempfile.mkdtemp(prefix="autograder-")
        self._settings = {**settings, "scratch": self._scratch, "line": None}
        self._process = self._spawn(command)
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()
        try:
            self.channel = Channel(self._connect())
        except BaseException:
            self._end()
            raise

    def kill(self) -> None:
        """End the guest; see `Guest`."""
        self.channel.close()
        self._end()

    def usage(self) -> Usage:
        """Return how the guest has ended; see `Guest`."""
        return Usage(cpu_s=0.0, peak_bytes=0, exit_status=self._process.poll())

    def printed(self) -> str:
        """Return the beginning of what the guest has printed; see `Guest`."""
        return self._printed.decode("utf-8", errors="replace")

    def _spawn(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(self._scratch),
            start_new_session=True,
        )

    def _connect(self) -> socket.socket:
        """Tell the guest where to call, and wait until it is ready."""
        listener = Listener()
        with contextlib.closing(listener):
            settings = {**self._settings, "channel": listener.address}
            stdin = self._process.stdin
            assert stdin is not None
            with contextlib.suppress(OSError), stdin:  # it died: the wait will tell
                stdin.write(json.dumps(settings).encode())
            sock = self._accept(listener)
        arrived, _, _ = select.select([sock], [], [], _READY_S)
        if arrived and sock.recv(1, socket.MSG_PEEK):
            return sock
        sock.close()
        raise self._failure()

    def _accept(self, listener: Listener) -> socket.socket:
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(TimeoutError):
                return listener.accept(time.monotonic() + 0.1)
        raise self._failure()

    def _failure(self) -> SandboxError:
        self._end()
        return SandboxError(
            f"unprotected: the guest could not be started: {self.printed()[-500:]}",
            "Look whether this Python can import numpy: python -c 'import numpy'.",
        )

    def _end(self) -> None:
        if self._ended:
            return
        self._ended = True
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait(_FAREWELL_S)
        self._reader.join(_FAREWELL_S)
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _drain(self) -> None:
        output = self._process.stdout
        assert output is not None
        with output:
            while data := os.read(output.fileno(), 65536):
                self._printed += data[: max(self._cap - len(self._printed), 0)]
