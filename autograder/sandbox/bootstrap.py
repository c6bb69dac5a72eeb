"""The first code inside: it closes every door behind itself, then starts the guest.

Trusted, because it runs before anything of the submission; standard library only, and
of ours only what stands beside it. It runs in a fork of the zygote, or as the program
of an interpreter of its own: then it reads its settings, one JSON object, from stdin.

| key           | meaning                                                           |
|---------------|-------------------------------------------------------------------|
| root          | folder that holds the submission's package                        |
| scratch       | working folder of the guest                                       |
| site          | folder that holds numpy                                           |
| only_numpy    | whether `site` holds other packages, which must not be found      |
| channel       | descriptor of the socket to the host, or [port, token]            |
| line          | descriptor of the socket to the host's side of the warden, or null |
| close         | further descriptors that the warden holds and the guest must not  |
| parent        | process id of the host, 0 where it cannot be seen                 |
| exclusive     | whether every process that the warden can see belongs to it       |
| lend_scratch  | whether the host wants a descriptor of the scratch folder         |
| strict        | whether a resource limit that cannot be set is an error           |
| limits        | resource limits: name -> [soft, hard]                             |
| confine       | whether to give up privileges                                     |
| landlock      | null, or the paths that stay open: read, write, devices           |
| seccomp       | null, or the filter in hexadecimal digits                         |
"""

# ruff: noqa: PTH123 - pathlib would cost each start of a guest 7 ms

from __future__ import annotations

import json
import os
import socket
import sys
import typing

from autograder.sandbox import landlock, limits, linux, warden

Settings = dict[str, typing.Any]


def main(kit: str) -> None:
    """Confine this process and serve the host; `kit` is where our own code lies."""
    sys.path.remove(kit)  # it was first, so that the bootstrap could be found
    settings = json.loads(sys.stdin.buffer.read())
    _close_input()
    _set_up_imports(kit, settings)
    begin(settings)


def begin(settings: Settings) -> None:
    """Confine this process, which can import everything, and serve the host."""
    if settings["lend_scratch"]:
        _lend(settings["line"], settings["scratch"])
    if settings["line"] is not None:
        _start_warden(settings)
    _confine(settings)
    _serve(settings)


def _close_input() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _set_up_imports(kit: str, settings: Settings) -> None:
    if settings["only_numpy"]:
        from autograder.sandbox.only_numpy import OnlyNumpy

        sys.meta_path.append(OnlyNumpy(settings["site"]))
        sys.path.append(kit)
    else:
        sys.path += [settings["site"], kit]


def _lend(line: int, folder: str) -> None:
    """Give the host a descriptor, by which it sees how full the folder is."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    with socket.socket(fileno=os.dup(line)) as sock:
        socket.send_fds(sock, [b"s"], [handle])
    os.close(handle)


def _start_warden(settings: Settings) -> None:
    """Split in two: the parent becomes the warden, the child will be the guest."""
    if settings["confine"]:
        go_first_when_memory_is_short()
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        linux.prctl(linux.PR_SET_DUMPABLE, 0)  # no debugger at the warden
    line, channel = settings["line"], settings["channel"]
    above = os.getpid()
    guest = os.fork()
    if guest:
        os.close(channel)  # so that the host sees when the guest is gone
        warden.Warden(
            guest,
            socket.socket(fileno=line),
            parent=settings["parent"],
            exclusive=settings["exclusive"],
        ).stand_guard()
    if settings["confine"]:
        linux.prctl(linux.PR_SET_DUMPABLE, 1)  # the host looks at its open files
    os.setpgid(0, 0)  # a group of its own, which the warden can end in one stroke
    for handle in (line, *settings["close"]):
        os.close(handle)
    linux.die_with_parent(above)


def go_first_when_memory_is_short() -> None:
    """Have the kernel end us rather than the grader, if it must end somebody."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")
    except OSError:  # there is no /proc in here
        return


def _confine(settings: Settings) -> None:
    os.chdir(settings["scratch"])
    os.umask(0o077)
    if settings["confine"]:
        linux.drop_capabilities()
    limits.apply(settings["limits"], strict=settings["strict"])
    if settings["landlock"] is not None:
        landlock.restrict(landlock.Paths(**settings["landlock"]))
    if settings["seccomp"] is not None:
        linux.install_filter(bytes.fromhex(settings["seccomp"]))


def _serve(settings: Settings) -> None:
    import autograder.guest.light_imports  # noqa: F401 - before any other import
    from autograder.guest.main import serve

    channel = settings["channel"]
    if not isinstance(channel, int):
        from autograder.sandbox.loopback import connect

        channel = connect(*channel).detach()
    serve(channel, settings["root"])
    os._exit(0)  # no exit handlers of student code
