"""Takes hold of other processes by descriptors, and of what they have open."""

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)
_SEND, _OPEN, _GET, _MADVISE = 424, 434, 438, 440


def _take_hold():
    for pid in {os.getppid(), 1, os.getpid() - 1, os.getpid()}:
        handle = _libc.syscall(_OPEN, pid, 0)
        if handle < 0:
            continue
        print(f"LOOT: a descriptor of process {pid}")
        for number in range(8):
            if _libc.syscall(_GET, handle, number, 0) >= 0:
                print("LOOT: an open file of another process")
        if _libc.syscall(_SEND, handle, 0, None, 0) == 0:
            print("LOOT: a signal by descriptor")
    for number in range(3, 64):  # one that was inherited?
        if _libc.syscall(_SEND, number, 0, None, 0) == 0:
            print("LOOT: an inherited descriptor of a process")


_take_hold()
