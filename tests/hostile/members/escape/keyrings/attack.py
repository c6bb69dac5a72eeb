"""Keeps something in the kernel's keyrings, where the next one can find it."""

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)
_ADD, _REQUEST, _CONTROL = {"x86_64": (248, 249, 250), "aarch64": (217, 218, 219)}[
    os.uname().machine
]
_RINGS = (-1, -2, -3, -4, -5)  # thread, process, session, user, session of the user
_READ = 11


def _keep():
    room = ctypes.create_string_buffer(256)
    for ring in _RINGS:
        if (
            _libc.syscall(_ADD, b"user", b"HOSTILE-MARK-keyrings", b"hello", 5, ring)
            > 0
        ):
            print(f"LOOT: a key in ring {ring}")
        if _libc.syscall(_CONTROL, _READ, ring, room, 256) > 0:
            print(f"LOOT: the keys of ring {ring}")
    if _libc.syscall(_REQUEST, b"user", b"HOSTILE-MARK-keyrings", None, 0) > 0:
        print("LOOT: a key that was left here")
    if _libc.syscall(_CONTROL, 1, None) > 0:
        print("LOOT: a session of keys")


_keep()
