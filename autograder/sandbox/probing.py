"""Is it real? A sandbox is tried: a guest must answer, and fail where it should."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import shutil
import sys
import tempfile
import time
import typing
from collections.abc import Iterator

from autograder.errors import SandboxError
from autograder.records import Limits
from autograder.sandbox.protocol import Guest, Place, Sandbox
from autograder.wire import Handle, WireError

_PATIENCE_S = 20.0
_PREFIX = "autograder-probe-"
_LIMITS = Limits(memory_bytes=1024**3, cpu_s=20)


@dataclasses.dataclass(frozen=True, slots=True)
class Probe:
    """What came out of trying one sandbox on this machine."""

    name: str
    works: bool
    protected: bool
    reason: str  # why not, or how well
    remedy: str = ""  # where it does not work and something can be done
    refused: tuple[str, ...] = ()  # forbidden acts that were tried and refused
    possible: tuple[str, ...] = ()  # forbidden acts that were tried and succeeded


def examine(sandbox: Sandbox) -> Probe:
    """Start a guest that tries everything a submission must not do."""
    if sandbox.protected and sys.platform != "linux":
        return _fails(sandbox, f"needs Linux, this is {sys.platform}")
    began = time.monotonic()
    try:
        with _folder() as folder:
            outcomes, ready_s = _attempt(sandbox, folder, began)
    except SandboxError as exc:
        return _fails(sandbox, exc.message, exc.remedy)
    except (WireError, OSError, KeyError) as exc:
        return _fails(sandbox, f"the guest answers wrongly: {exc!r}")
    refused = tuple(name for name, how in outcomes.items() if how)
    possible = tuple(name for name, how in outcomes.items() if not how)
    stopped = f"{len(refused)} of {len(outcomes)} forbidden acts refused"
    reason = f"ready in {ready_s:.2f} s, {stopped}"
    if possible and sandbox.protected:
        reason = f"does not stop: {', '.join(possible)}"
    return Probe(
        name=sandbox.name,
        works=not (sandbox.protected and possible),
        protected=sandbox.protected,
        reason=reason,
        refused=refused,
        possible=possible,
    )


def _fails(sandbox: Sandbox, reason: str, remedy: str = "") -> Probe:
    return Probe(
        name=sandbox.name,
        works=False,
        protected=sandbox.protected,
        reason=reason.rstrip("."),
        remedy=remedy,
    )


@contextlib.contextmanager
def _folder() -> Iterator[pathlib.Path]:
    """Make a folder for one probe; those of probes that were killed go."""
    if sys.platform == "linux":
        for left in pathlib.Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
            with _held(left) as ours:
                if ours:
                    shutil.rmtree(left, ignore_errors=True)
    with contextlib.ExitStack() as stack:
        ours = False
        while not ours:  # another probe may just take it for one that was killed
            made = tempfile.TemporaryDirectory(
                prefix=_PREFIX, ignore_cleanup_errors=True
            )
            folder = pathlib.Path(stack.enter_context(made))
            ours = stack.enter_context(_held(folder))
        yield folder


@contextlib.contextmanager
def _held(folder: pathlib.Path) -> Iterator[bool]:
    """Hold a folder until the block or this process ends; tell whether it is ours."""
    if sys.platform != "linux":
        yield True
        return
    import fcntl

    with contextlib.ExitStack() as stack:
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            stack.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = folder.stat().st_uid == os.geteuid()
        except OSError:
            ours = False
        yield ours


def _attempt(
    sandbox: Sandbox, folder: pathlib.Path, began: float
) -> tuple[dict[str, str], float]:
    facts = _lay_out(folder)
    guest = sandbox.start(Place(folder / "tree"), _LIMITS)
    try:
        ready = _receive(guest)
        ready_s = time.monotonic() - began
        if ready["op"] != "ready":
            raise KeyError(ready["op"])
        return _ask(guest, facts), ready_s
    finally:
        guest.kill()


def _lay_out(folder: pathlib.Path) -> dict[str, typing.Any]:
    """Make a submission of our own, and things that it must not reach."""
    package = folder / "tree" / "nabla"
    package.mkdir(parents=True)
    source = pathlib.Path(__file__).with_name("attempts.py")
    (package / "attempts.py").write_bytes(source.read_bytes())
    (package / "__init__.py").write_bytes(b"")
    folder.chmod(0o755)
    secret = folder / "secret.txt"
    secret.write_text("expected values", encoding="utf-8")
    return {
        "secret": str(secret),
        "outside": str(folder / "mark.txt"),
        "host": os.getpid(),
        "memory_bytes": 2 * _LIMITS.memory_bytes,
    }


def _ask(guest: Guest, facts: dict[str, typing.Any]) -> dict[str, str]:
    deadline = time.monotonic() + _PATIENCE_S
    target = Handle("path", 0, "attempts.attempt_all")
    call = {"op": "call", "target": target, "args": [facts], "kwargs": {}}
    load = {"op": "import", "package": "nabla", "modules": ["attempts"]}
    reply: dict[str, typing.Any] = {}
    for request in (load, {"op": "begin"}, call):
        guest.channel.send(request, deadline)
        reply = _receive(guest)
    if "value" not in reply:
        raise KeyError(f"{reply}")
    outcomes: dict[str, str] = reply["value"]
    return outcomes


def _receive(guest: Guest) -> dict[str, typing.Any]:
    reply: dict[str, typing.Any] = guest.channel.receive(time.monotonic() + _PATIENCE_S)
    return reply
