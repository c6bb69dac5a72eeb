"""Leaves a message in a POSIX queue, and listens at those of others."""

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)
_NUMBERS = {"x86_64": (240, 241), "aarch64": (180, 181)}


def _leave_message():
    create, unlink = _NUMBERS[os.uname().machine]
    flags = os.O_RDWR | os.O_CREAT | os.O_NONBLOCK
    if _libc.syscall(create, b"HOSTILE-MARK-message-queues", flags, 0o666, None) >= 0:
        print("LOOT: a message queue")
        _libc.syscall(unlink, b"HOSTILE-MARK-message-queues")
    try:
        print(f"LOOT: {os.listdir('/dev/mqueue')}")
    except OSError:
        pass


_leave_message()
