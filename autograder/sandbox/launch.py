"""Starting a guest on Linux: folders, sockets, a process, the wait for its answer.

The process is a fork of the zygote, or a program of its own: for the unprotected
sandbox, which keeps to no Python in particular, and where no zygote can be had.
"""

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
from autograder.sandbox.nursery import Ancestry, Born, nursery
from autograder.sandbox.protocol import Place
from autograder.sandbox.running import Process, RunningGuest
from autograder.sandbox.watch import Watch
from autograder.sandbox.world import start as start_world
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
    python: Sequence[str]  # the interpreter and its flags
    kit: str  # our code
    settings: dict[str, typing.Any]  # see bootstrap.py; the sockets are added here
    watched: bool = True  # whether the host adds up what all processes use
    count_tasks: bool = False  # where no resource limit counts them alone
    world: Sequence[str] = ()  # bubblewrap and its arguments
    forked: bool = True  # from a zygote


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
        ends = _connect(plan, stack)
        with ends.theirs:
            process = _spawn(plan, ends)
        watch = Watch(
            process.pid,
            ends.output,
            plan.limits,
            watched=plan.watched,
            user=plan.home.slot.user,
        )
        stack.callback(watch.stop)
        running = RunningGuest(
            process,
            Channel(ends.host),
            ends.line,
            watch,
            user=plan.home.slot.user,
            belongings=stack.pop_all(),
        )
    try:
        _await_ready(ends.host, plan, running)
        if isinstance(process, Born):
            nursery.welcome()
        watch.count_tasks = plan.count_tasks
        watch.scratch = _scratch_meter(plan, ends.line)
    except BaseException:
        running.kill()
        raise
    return running


@dataclasses.dataclass(frozen=True, slots=True)
class _Ends:
    """What connects us and a guest: our ends, and those that it gets."""

    host: socket.socket
    line: socket.socket
    output: int
    files: dict[str, int]
    theirs: contextlib.ExitStack  # closes on our side what is in `files`


def _connect(plan: Plan, stack: contextlib.ExitStack) -> _Ends:
    """Return new ends; ours are closed by the stack."""
    with contextlib.ExitStack() as theirs:
        host, guest = map(stack.enter_context, socket.socketpair())
        line, warden = map(stack.enter_context, socket.socketpair())
        output, inside = os.pipe2(os.O_CLOEXEC)
        stack.callback(os.close, output)
        theirs.callback(os.close, inside)
        theirs.callback(guest.close)
        theirs.callback(warden.close)
        files = {
            "channel": guest.fileno(),
            "line": warden.fileno(),
            "lock": plan.home.slot.lock,
            "output": inside,
        }
        return _Ends(host, line, output, files, theirs.pop_all())


def _spawn(plan: Plan, ends: _Ends) -> Process:
    """Return the process that becomes the warden."""
    try:
        if plan.forked and nursery.open:
            return _fork(plan, ends)
        return _run(plan, ends.files)
    except (OSError, subprocess.SubprocessError) as exc:
        raise _failure(plan.name, str(exc)) from exc


def _run(plan: Plan, files: dict[str, int]) -> subprocess.Popen[bytes]:
    """Start an interpreter, and tell it its settings."""
    user = plan.home.slot.user
    output = files["output"]
    process = subprocess.Popen(
        [*plan.world, *plan.python, "-c", kit.START, plan.kit],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        pass_fds=[files["channel"], files["line"], files["lock"]],
        env=environment(plan.settings["scratch"]),
        cwd="/",
        start_new_session=True,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    assert process.stdin is not None
    settings = {
        **plan.settings,
        "channel": files["channel"],
        "line": files["line"],
        "close": [files["lock"]],
    }
    with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
        pipe.write(json.dumps(settings).encode())  # it died: the wait will tell
    return process


def _fork(plan: Plan, ends: _Ends) -> Born:
    """Have a zygote fork, into a new world if there is to be one."""
    user = plan.home.slot.user
    ancestry = Ancestry(tuple(plan.python), plan.kit, plan.settings["site"])
    settings = {**plan.settings, "user": user}
    files, world = ends.files, None
    if plan.world:
        world = start_world(
            plan.world,
            plan.python,
            user=user,
            lock=plan.home.slot.lock,
            within_s=READY_S,
        )
        files = {**files, "world": world.first}
        settings["spaces"] = world.spaces
    try:
        nursery.bear(ancestry, settings, files)
        ends.theirs.close()  # else we would wait for a zygote that has been killed
        return Born(_announced(plan, ends), world)
    except BaseException:
        if world is not None:
            world.end()
        raise


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


def _announced(plan: Plan, ends: _Ends) -> int:
    """Return the descriptor by which a fork of the zygote says that it is there."""
    poll = select.poll()
    poll.register(ends.line, select.POLLIN)
    if not poll.poll(READY_S * 1000):
        raise _failure(plan.name, f"no answer within {READY_S:g} s")
    _, handles, _, _ = socket.recv_fds(ends.line, 1, 1)
    if handles:
        return handles[0]
    os.set_blocking(ends.output, False)
    said = b"the process has ended at once"
    with contextlib.suppress(BlockingIOError):  # it has said nothing
        said = os.read(ends.output, 65536) or said
    raise _failure(plan.name, said.decode(errors="replace"))


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
