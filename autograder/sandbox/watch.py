"""The host's eye on a guest: drains what it prints, and adds up what it uses.

Resource limits hold for single processes, and a submission may start several; so the
sums are looked at here, ten times a second, and a guest that is over one is ended.
Between two looks it can exceed a sum by what single processes are allowed.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable

from autograder.records import Limits
from autograder.sandbox import linux, processes, staging

INTERVAL_S = 0.1

_OURS = 3
"""Threads that are no student's: the warden, the guest, bubblewrap if it began both."""


class Watch:
    """Looks after one guest, in a thread of its own, from `begin` to `stop`."""

    def __init__(
        self,
        pid: int,
        output: int,
        limits: Limits,
        *,
        watched: bool,
        user: int | None = None,
    ) -> None:
        self._pid = pid
        self._output = output
        self._limits = limits
        self._watched = watched
        self._user = user
        self._over: Callable[[str], None] = lambda _: None
        self._printed = bytearray()
        self._stopping, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.scratch: staging.Meter | None = None
        self.count_tasks = False
        self.last = processes.Tally()

    def begin(self, over: Callable[[str], None]) -> None:
        """Start looking; `over` is told the limit (see STOPPED) that was exceeded."""
        self._over = over
        self._thread.start()

    def stop(self) -> None:
        """End the watch; whatever was printed has then been read."""
        os.write(self._stop, b"x")
        self._thread.join()
        os.close(self._stopping)
        os.close(self._stop)
        if self.scratch is not None:
            self.scratch.close()

    def printed(self) -> str:
        """Return the beginning of what was printed."""
        return self._printed.decode("utf-8", errors="replace")

    def measure(self) -> processes.Tally:
        """Add up what the guest's processes use now, or did when last seen."""
        tally = processes.tally(processes.family(self._pid))
        if tally.tasks:
            self.last = tally
        return self.last

    def _run(self) -> None:
        if self._user is not None:
            linux.see_as(self._user)
        poll = select.poll()
        poll.register(self._output, select.POLLIN)
        poll.register(self._stopping, select.POLLIN)
        next_look = time.monotonic() + INTERVAL_S
        while True:
            wait_s = max(0.0, next_look - time.monotonic())
            ready = dict(poll.poll(wait_s * 1000))
            if self._output in ready:
                if not self._drain():
                    poll.unregister(self._output)
            elif self._stopping in ready:
                return
            if time.monotonic() >= next_look:
                next_look = time.monotonic() + INTERVAL_S
                if self._watched:
                    self._look()

    def _drain(self) -> bool:
        """Read what is there, keep the beginning; return whether more may come."""
        data = os.read(self._output, 65536)
        room = self._limits.printed_bytes - len(self._printed)
        self._printed += data[: max(room, 0)]
        return bool(data)

    def _look(self) -> None:
        family = processes.family(self._pid)
        tally = processes.tally(family)
        if tally.tasks:
            self.last = tally
            limit = self._exceeded(family, tally)
            if limit:
                self._over(limit)

    def _exceeded(self, family: list[int], tally: processes.Tally) -> str:
        limits = self._limits
        if tally.cpu_s > limits.cpu_s:
            return "cpu"
        if self._hold_too_much(family, tally):
            return "memory"
        if self.count_tasks and tally.tasks > limits.processes + _OURS:
            return "processes"
        if self.scratch is not None:
            size, entries = self.scratch.read(family)
            # One file may be as large as all: its writer was told so by an error.
            if size > 2 * limits.written_bytes or entries > staging.MAX_ENTRIES:
                return "files"
        return ""

    def _hold_too_much(self, family: list[int], tally: processes.Tally) -> bool:
        """Count shared pages once, which takes long, only where a rough sum is high."""
        most = self._limits.memory_bytes
        if tally.resident_bytes <= most:
            return False
        return processes.proportional_bytes(family) > most
