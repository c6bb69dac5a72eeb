"""Listens on a socket that has no file, and calls those of the machine."""

import socket

_NAMES = (
    "\0HOSTILE-MARK-abstract-sockets",
    "\0/tmp/.X11-unix/X0",
    "\0/tmp/dbus-session",
    "\0HOSTILE-LISTENER",
)


def _listen():
    for name in _NAMES:
        for act in ("bind", "connect"):
            try:
                sock = socket.socket(socket.AF_UNIX)
                getattr(sock, act)(name)
            except OSError:
                continue
            globals().setdefault("_kept", []).append(sock)  # it lives on with us
            print(f"LOOT: {act} of an abstract socket")


_listen()
