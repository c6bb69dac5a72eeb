"""The zygote: a trusted process that has loaded NumPy, and whose forks become guests.

An interpreter with NumPy costs a tenth of a second of a core, a fork milliseconds. The
zygote never runs code of a submission and is told nothing about any: what it gets
from the host it hands to a fork unread. For Linux; standard library and our own code.

For each guest the host sends one message: open files, and a JSON object with the
settings of bootstrap.py and

| key    | meaning                                                                   |
|--------|---------------------------------------------------------------------------|
| files  | names of the files, in order: channel, line, output, lock, perhaps world  |
| user   | the user id that the guest runs as, or null for ours                      |
| spaces | which namespaces to join of the process that `world` stands for           |

The fork answers on the guest's line: with a file that stands for the warden's process.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
import typing

from autograder.sandbox import bootstrap, linux

_MESSAGE_BYTES = 1 << 17
_FILES = 8


def main(kit: str, site: str, control: int) -> typing.NoReturn:
    """Load everything, say so on the socket `control`, and serve until it is closed."""
    sys.path.remove(kit)  # it was first, so that we could be found
    sys.path += [site, kit]
    import autograder.guest.light_imports  # noqa: F401 - before any other import
    from autograder.guest.main import warm_up

    warm_up()
    linux.prctl(linux.PR_SET_DUMPABLE, 0)  # no debugger at the zygote
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)  # wardens in namespaces are handed up
    gc.collect()
    gc.freeze()  # else collections in a guest would copy every page
    host = socket.socket(fileno=control)
    host.send(b"ready")
    _serve(host)


def _serve(host: socket.socket) -> typing.NoReturn:
    wakes, wake = os.pipe()
    os.set_blocking(wakes, False)
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    poll = select.poll()
    poll.register(host, select.POLLIN)
    poll.register(wakes, select.POLLIN)
    while True:
        ready = dict(poll.poll())
        if wakes in ready:
            os.read(wakes, 512)
            _reap()
        if host.fileno() in ready:
            message, files, _, _ = socket.recv_fds(host, _MESSAGE_BYTES, _FILES)
            if not message:  # the host has ended
                os._exit(0)
            _fork(message, files)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return


def _fork(message: bytes, files: list[int]) -> None:
    """Have a fork become the guest; without one, the host sees the files closed."""
    try:
        if not os.fork():
            _become_guest(message, files)
    except OSError:
        pass
    finally:
        for file in files:
            os.close(file)


def _become_guest(message: bytes, files: list[int]) -> typing.NoReturn:
    try:
        settings = json.loads(message)
        named = dict(zip(settings["files"], files, strict=True))
        _leave_the_zygote(named)
        _become(settings["user"])
        if "world" in named:
            _enter(named["world"], settings["spaces"])
        elif settings["parent"]:
            settings["parent"] = os.getppid()
        _announce(named["line"])
        _begin(settings, named)
    except BaseException:  # noqa: BLE001 - whatever it is, the host reads it
        traceback.print_exc()
    finally:
        os._exit(1)


def _leave_the_zygote(named: dict[str, int]) -> None:
    """Keep nothing of the zygote's: no files, no session, no handlers."""
    os.dup2(named["output"], 1)
    os.dup2(named["output"], 2)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    kept = sorted({0, 1, 2, *named.values()} - {named.pop("output")})
    for below, above in zip(kept, [*kept[1:], os.sysconf("SC_OPEN_MAX")], strict=True):
        os.closerange(below + 1, above)


def _become(user: int | None) -> None:
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    linux.prctl(linux.PR_SET_DUMPABLE, 1)  # a new program would be, too


def _enter(world: int, spaces: int) -> None:
    """Join the namespaces of a world, with all rights there, and keep none of them."""
    bootstrap.go_first_when_memory_is_short()  # inside there is no /proc
    linux.join(world, spaces)
    linux.drop_bounds()
    linux.drop_capabilities()
    if os.fork():  # only a child is in the new process namespace
        os._exit(0)
    os.setsid()


def _announce(line: int) -> None:
    """Tell the host who we are by a file: our number is another one where it is."""
    handle = os.pidfd_open(os.getpid())
    with socket.socket(fileno=os.dup(line)) as sock:
        socket.send_fds(sock, [b"p"], [handle])
    os.close(handle)


def _begin(settings: dict[str, typing.Any], named: dict[str, int]) -> None:
    if "world" in named:
        os.close(named["world"])
    os.environ["HOME"] = settings["scratch"]
    bootstrap.begin(
        {
            **settings,
            "channel": named["channel"],
            "line": named["line"],
            "close": [named["lock"]],
        }
    )
