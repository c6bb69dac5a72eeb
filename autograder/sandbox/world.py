"""The world of a guest in bubblewrap: its files and namespaces, held open to be joined.

Bubblewrap makes a world and starts a program in it. Where a guest is a fork of the
zygote, that program only waits, as the world's first process; the fork joins.
"""

from __future__ import annotations

import dataclasses
import json
import os
import select
import subprocess
import time
import typing
from collections.abc import Sequence

from autograder.sandbox import linux
from autograder.sandbox.environment import environment

_WAIT = "import posix; posix.write(1, b'r'); posix.read(0, 1)"
_FAREWELL_S = 5.0


@dataclasses.dataclass(frozen=True, slots=True)
class World:
    """A running bubblewrap, and what joins its namespaces."""

    process: subprocess.Popen[bytes]
    first: int  # descriptor of the world's first process
    spaces: int  # the namespaces that it has to itself

    def end(self) -> None:
        """End the world and everything in it."""
        assert self.process.stdin is not None
        self.process.stdin.close()  # for that the first process waits
        ended = select.poll()
        ended.register(self.first, select.POLLIN)
        if not ended.poll(_FAREWELL_S * 1000):
            self.process.kill()
        self.process.wait()
        os.close(self.first)


def start(
    command: Sequence[str],
    python: Sequence[str],
    *,
    user: int | None,
    lock: int,
    within_s: float,
) -> World:
    """Return a new world, complete and with nobody in it but its first process.

    Args:
        command: bubblewrap and its arguments, up to and with "--".
        python: the interpreter, as it is found inside.
        user: the user id that owns it, None for ours.
        lock: the lock of the guest's slot, which is free when the world is gone.
        within_s: how long that may take.

    Raises:
        OSError: if there is none in time.
    """
    told, tell = os.pipe2(os.O_CLOEXEC)
    with os.fdopen(told, "rb", buffering=0) as report:
        try:
            process = _run(command, python, tell, user=user, lock=lock)
        finally:
            os.close(tell)
        try:
            _await_first(process, within_s)
            info = _facts(report.read(4096) or b"")
            first = os.pidfd_open(info["child-pid"])
        except BaseException:
            _abandon(process)
            raise
    return World(process, first, _spaces(info))


def _run(
    command: Sequence[str],
    python: Sequence[str],
    tell: int,
    *,
    user: int | None,
    lock: int,
) -> subprocess.Popen[bytes]:
    program, *arguments = command
    return subprocess.Popen(
        [program, "--info-fd", str(tell), *arguments, *python, "-c", _WAIT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(tell, lock),
        env=environment("/"),
        cwd="/",
        start_new_session=True,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )


def _facts(report: bytes) -> dict[str, typing.Any]:
    """Return what bubblewrap says of the world that it has made."""
    try:
        facts: dict[str, typing.Any] = json.loads(report)
    except ValueError as exc:
        raise OSError(f"bubblewrap does not say what it has made: {exc}") from exc
    return facts


def _await_first(process: subprocess.Popen[bytes], within_s: float) -> None:
    """Wait until the first process runs: all has been made before.

    Raises:
        OSError: if it does not, with what bubblewrap has said.
    """
    assert process.stdout is not None
    deadline = time.monotonic() + within_s
    said = b""
    with process.stdout as output:
        ready = select.poll()
        ready.register(output, select.POLLIN)
        while not said.endswith(b"r"):  # a warning, which does no harm, ends in a line
            if not ready.poll(max(deadline - time.monotonic(), 0) * 1000):
                raise OSError(f"no answer within {within_s:g} s")
            chunk = os.read(output.fileno(), 4096)
            if not chunk:
                raise OSError(said.decode(errors="replace").strip()[-500:])
            said += chunk


def _abandon(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    assert process.stdin is not None
    process.stdin.close()


def _spaces(info: dict[str, typing.Any]) -> int:
    spaces = linux.USER_NAMESPACE  # always its own, and not among those told
    for name, flag in linux.NAMESPACES.items():
        spaces |= flag if name in info else 0
    return spaces
