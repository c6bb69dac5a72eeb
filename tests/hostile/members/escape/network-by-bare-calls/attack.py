"""Asks the kernel itself for sockets, pairs and connections, past Python's module."""

import ctypes
import socket
import struct

_libc = ctypes.CDLL(None, use_errno=True)


def _reach():
    pair = (ctypes.c_int * 2)()
    address = struct.pack("=H", socket.AF_UNIX) + b"\0HOSTILE-LISTENER"
    tries = {
        "socket": (socket.AF_INET, socket.SOCK_STREAM, 0),
        "socketpair": (socket.AF_UNIX, socket.SOCK_STREAM, 0, pair),
    }
    for name, arguments in tries.items():
        if getattr(_libc, name)(*arguments) >= 0:
            print(f"LOOT: {name}")
    # The socket to the grader is there: can it be turned into another?
    for handle in range(3, 16):
        for name in ("connect", "bind"):
            if getattr(_libc, name)(handle, address, len(address)) == 0:
                print(f"LOOT: {name} of descriptor {handle}")
        for name in ("listen", "accept"):
            if getattr(_libc, name)(handle, 0, 0) >= 0:
                print(f"LOOT: {name} of descriptor {handle}")


_reach()
