"""Types commands into the grader's terminal, as if the instructor had."""

import ctypes
import fcntl
import os
import termios

_TIOCLINUX, _TIOCSTI = 0x541C, 0x5412


def _type():
    handles = list(range(4))
    for name in (
        "/dev/tty",
        "/dev/console",
        "/dev/pts/0",
        "/dev/pts/1",
        "/proc/self/fd/2",
    ):
        try:
            handles.append(os.open(name, os.O_RDWR | os.O_NOCTTY))
        except OSError:
            continue
    for handle in handles:
        for letter in b"touch HOSTILE-MARK-types-into-the-terminal\n":
            try:
                fcntl.ioctl(handle, _TIOCSTI, bytes([letter]))
            except OSError:
                break
            print("LOOT: a key was pressed")
        for request in (_TIOCLINUX, termios.TIOCSCTTY, termios.TIOCNOTTY):
            if ctypes.CDLL(None).ioctl(handle, request, 0) == 0:
                print("LOOT: the terminal listens")


_type()
