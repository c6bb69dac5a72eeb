"""Starting a guest on Linux: folders, sockets, a process, the wait for its answer."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import select
import socket
import subprocess
import typing
from collections.abc import Sequence

from autograder.errors import SandboxError
from autograder.records import Limits
from autograder.sandbox import kit, slots, staging
from autograder.sandbox.environment import environment
from autograder.sandbox.protocol import Place
from autograder.sandbox.running import RunningGuest
from autograder.sandbox.watch import Watch
from autograder.wire import Channel

READY_S = 30.0
"""Time for a guest to become ready: some hundred times what it takes."""


@dataclasses.dataclass(frozen=True, slots=True)
class Home:
    """What one guest has to itself on the host: a slot, and a private folder."""

    slot: slots.Slot
    base: pathlib.Path

    @property
    def tree(self) -> str:
        """The submission, to be read."""
        return str(self.base / "tree")

    @property
    def scratch(self) -> str:
        """The folder to write in."""
        return str(self.base / "scratch")


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What a sandbox decides before anything runs."""

    name: str
    home: Home
    limits: Limits
    command: Sequence[str]  # up to and with the interpreter's flags
    kit: str  # our code, as the guest sees it
    settings: dict[str, typing.Any]  # see bootstrap.py; the sockets are added here
    watched: bool = True  # whether the host adds up what all processes use
    count_tasks: bool = False  # where no resource limit counts them alone


def make_home(place: Place, *, separate: bool) -> Home:
    """Return a home for a guest, `separate`: under a user id of its own.

    Raises:
        SandboxError: if there is no slot, or the submission cannot be staged.
    """
    slot = slots.acquire(place.slot, separate=separate)
    with contextlib.ExitStack() as stack:
        stack.callback(slot.release)
        base = staging.reserve(place.scratch, slot.remember)
        stack.callback(staging.remove, base)
        staging.fill(base, place.tree, slot.user)
        stack.pop_all()  # from here on, both are taken care of by the guest
    return Home(slot, base)


def start(plan: Plan) -> RunningGuest:
    """Start the guest; when this returns it is ready, and takes care of its home.

    Raises:
        SandboxError: if it does not become ready.
    """
    with contextlib.ExitStack() as stack:
        stack.callback(plan.home.slot.release)
        stack.callback(staging.remove, plan.home.base)
        host, guest = _pair(stack)
        line, warden = _pair(stack)
        with guest, warden:
            process, output = _spawn(plan, guest, warden, stack)
            watch = Watch(
                process.pid,
                output,
                plan.limits,
                watched=plan.watched,
                user=plan.home.slot.user,
            )
            settings = {"channel": guest.fileno(), "line": warden.fileno()}
        stack.callback(watch.stop)
        running = RunningGuest(
            process,
            Channel(host),
            line,
            watch,
            user=plan.home.slot.user,
            belongings=stack.pop_all(),
        )
    try:
        _tell(process, {**plan.settings, **settings, "close": [plan.home.slot.lock]})
        _await_ready(host, plan, running)
        watch.count_tasks = plan.count_tasks
        watch.scratch = _scratch_meter(plan, line)
    except BaseException:
        running.kill()
        raise
    return running


def _pair(stack: contextlib.ExitStack) -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair()
    stack.callback(ours.close)
    return ours, theirs


def _spawn(
    plan: Plan,
    guest: socket.socket,
    warden: socket.socket,
    stack: contextlib.ExitStack,
) -> tuple[subprocess.Popen[bytes], int]:
    user = plan.home.slot.user
    output, inside = os.pipe2(os.O_CLOEXEC)
    stack.callback(os.close, output)
    try:
        process = subprocess.Popen(
            [*plan.command, "-c", kit.START, plan.kit],
            stdin=subprocess.PIPE,
            stdout=inside,
            stderr=inside,
            pass_fds=(guest.fileno(), warden.fileno(), plan.home.slot.lock),
            env=environment(plan.settings["scratch"]),
            cwd="/",
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    except (OSError, subprocess.SubprocessError) as exc:
        raise _failure(plan.name, str(exc)) from exc
    finally:
        os.close(inside)
    return process, output


def _tell(process: subprocess.Popen[bytes], settings: dict[str, typing.Any]) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
        pipe.write(json.dumps(settings).encode())  # it died: the wait will tell


def _await_ready(host: socket.socket, plan: Plan, running: RunningGuest) -> None:
    """Wait until the first message has begun to arrive, and leave it where it is."""
    poll = select.poll()  # select() cannot take descriptors above 1023
    poll.register(host, select.POLLIN)
    arrived = poll.poll(READY_S * 1000)
    if arrived and host.recv(1, socket.MSG_PEEK):
        return
    if not arrived:
        raise _failure(plan.name, f"no answer within {READY_S:g} s")
    running.kill()  # after it, all that was printed is there
    raise _failure(plan.name, running.printed())


def _failure(name: str, detail: str) -> SandboxError:
    return SandboxError(
        f"{name}: the guest could not be started: {detail.strip()[-500:]}",
        "`autograder doctor` tries each sandbox and says what this machine lacks.",
    )


def _scratch_meter(plan: Plan, line: socket.socket) -> staging.Meter:
    if plan.settings["lend_scratch"]:
        _, (folder,), _, _ = socket.recv_fds(line, 1, 1)
        return staging.FileSystemMeter(folder)
    scratch = plan.home.base / "scratch"
    return staging.FolderMeter(scratch, plan.limits.written_bytes)
