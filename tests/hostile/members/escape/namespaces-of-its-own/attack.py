"""Makes namespaces, in which it would be root, and enters those of others."""

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)
_KINDS = {
    "user": 0x10000000,
    "mount": 0x20000,
    "process": 0x20000000,
    "network": 0x40000000,
    "ipc": 0x8000000,
    "uts": 0x4000000,
    "cgroup": 0x2000000,
    "time": 0x80,
}
_CLONE3, _CLONE = 435, {"x86_64": 56, "aarch64": 220}


def _leave():
    for name, flag in _KINDS.items():
        if os.fork() == 0:
            if _libc.unshare(flag) == 0 or _libc.unshare(flag | _KINDS["user"]) == 0:
                print(f"LOOT: a {name} namespace", flush=True)
            os._exit(0)
        os.wait()
        _clone(name, flag)
        for pid in ("self", 1, os.getppid()):
            try:
                handle = os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY)
            except OSError:
                continue
            if _libc.setns(handle, 0) == 0:
                print("LOOT: entered another namespace")


def _clone(name, flag):
    arguments = (ctypes.c_uint64 * 11)(flag, 0, 0, 0, 17)
    ways = [(_CLONE3, ctypes.byref(arguments), 88)]
    if name != "time":  # the old call takes that flag for a part of a signal's number
        number = _CLONE[os.uname().machine]
        ways.append((number, ctypes.c_ulong(flag | 17), 0, 0, 0, 0))
    for way in ways:
        pid = _libc.syscall(*way)
        if pid == 0:
            os._exit(0)
        if pid > 0:
            print(f"LOOT: a child in a {name} namespace")


_leave()
