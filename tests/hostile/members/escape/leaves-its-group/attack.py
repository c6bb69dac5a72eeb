"""Leaves its session and its group, hands itself to another parent, and stays."""

import ctypes
import os
import time

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE = {"x86_64": 56, "aarch64": 220}
_PARENT, _SIGCHLD = 0x8000, 17
_NAME, _SUBREAPER, _DEATH = 15, 36, 1


def _stay():
    for act in (os.setsid, lambda: os.setpgid(0, 0)):
        try:
            act()
        except OSError:
            continue
        print("LOOT: a group of its own")
    for option, value in ((_SUBREAPER, 1), (_DEATH, 0)):
        if _libc.prctl(option, value, 0, 0, 0) == 0:
            print("LOOT: another order of succession")
    flags = ctypes.c_ulong(_PARENT | _SIGCHLD)
    pid = _libc.syscall(_CLONE[os.uname().machine], flags, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    if pid > 0:
        print("LOOT: a sister instead of a child")
    for _ in range(2):
        if os.fork() == 0:
            _libc.prctl(_NAME, b"HOSTILE-MARK", 0, 0, 0)
            os.closerange(0, 64)
            if os.fork():
                os._exit(0)
            time.sleep(600)
            os._exit(0)


_stay()
