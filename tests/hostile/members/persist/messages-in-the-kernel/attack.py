"""Looks for what others have left in the kernel, and leaves something for the next."""

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)
_KEY = 0x4057114
_NUMBERS = {"x86_64": (248, 249, 240), "aarch64": (217, 218, 180)}


def _look_and_leave():
    add, request, open_queue = _NUMBERS[os.uname().machine]
    room = ctypes.create_string_buffer(64)
    if _libc.shmget(_KEY, 0, 0) >= 0 or _libc.msgget(_KEY, 0) >= 0:
        print("LOOT: what somebody left in System V's memory")
    if _libc.syscall(request, b"user", b"HOSTILE-MARK-k", None, 0) > 0:
        print("LOOT: what somebody left in a keyring")
    if _libc.syscall(open_queue, b"HOSTILE-MARK-q", os.O_RDWR, 0, None) >= 0:
        print("LOOT: what somebody left in a queue")
    if _libc.prctl(16, room, 0, 0, 0) == 0 and b"HOSTILE" in room.value:
        print("LOOT: a name that somebody gave this process")
    _libc.prctl(15, b"HOSTILE-MARK-n", 0, 0, 0)
    _libc.shmget(_KEY, 64, 0o1666)
    _libc.msgget(_KEY, 0o1666)
    _libc.syscall(add, b"user", b"HOSTILE-MARK-k", b"x", 1, -4)
    _libc.syscall(open_queue, b"HOSTILE-MARK-q", os.O_RDWR | os.O_CREAT, 0o666, None)


_look_and_leave()
