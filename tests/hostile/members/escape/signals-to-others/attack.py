"""Sends signals to every process whose number it can guess, in every way there is."""

import ctypes
import fcntl
import os
import signal

_libc = ctypes.CDLL(None, use_errno=True)
_F_SETSIG = 10


def _signal_all():
    own = os.getpid()
    others = {os.getppid(), 1, -1, *range(2, 200), *range(own - 50, own + 50)} - {own}
    for pid in others:
        _attempt("kill", lambda pid=pid: os.kill(pid, 0))
    _attempt("killpg", lambda: os.killpg(0, 0))
    # Have the kernel send it: the owner of a descriptor is told when data arrive.
    reader, _ = os.pipe()
    for pid in (os.getppid(), -os.getppid()):
        _attempt("owner", lambda pid=pid: fcntl.fcntl(reader, fcntl.F_SETOWN, pid))
    _attempt("signal", lambda: fcntl.fcntl(reader, _F_SETSIG, signal.SIGKILL))
    room = ctypes.create_string_buffer(128)
    for name, number in {"tgkill": 234, "tkill": 200, "rt_sigqueueinfo": 129}.items():
        given = (
            (os.getppid(), os.getppid(), 0)
            if name == "tgkill"
            else (os.getppid(), 0, room)
        )
        if os.uname().machine == "x86_64" and _libc.syscall(number, *given) == 0:
            print(f"LOOT: {name}")


def _attempt(what, act):
    try:
        act()
    except OSError:
        return
    print(f"LOOT: {what}")


_signal_all()
