"""Changes its user, groups and capabilities, and the root of its files."""

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)
_KEEP_CAPS, _SECUREBITS, _AMBIENT, _NO_NEW_PRIVS, _DUMPABLE = 8, 28, 47, 38, 4


def _rise():
    acts = {
        "user 0": lambda: os.setuid(0),
        "group 0": lambda: os.setgid(0),
        "all users": lambda: os.setresuid(0, 0, 0),
        "the groups of root": lambda: os.setgroups([0]),
        "another root": lambda: os.chroot("."),
        "another owner": lambda: os.chown(".", 0, 0),
        "a set-user-ID file": _set_user_id_file,
        "capabilities": lambda: _must(_libc.prctl(_KEEP_CAPS, 1, 0, 0, 0)),
        "secure bits": lambda: _must(_libc.prctl(_SECUREBITS, 1, 0, 0, 0)),
        "ambient capabilities": lambda: _must(_libc.prctl(_AMBIENT, 2, 7, 0, 0)),
        "new privileges": lambda: _must(_libc.prctl(_NO_NEW_PRIVS, 0, 0, 0, 0)),
        "a core dump": lambda: _must(_libc.prctl(_DUMPABLE, 1, 0, 0, 0)),
        "the file system's user": lambda: _must(-(_libc.setfsuid(0) != 0)),
    }
    for name, act in acts.items():
        try:
            act()
        except OSError:
            continue
        print(f"LOOT: {name}")
    if 0 in {os.getuid(), os.geteuid()}:
        print("LOOT: it was root from the beginning")


def _set_user_id_file():
    with open("HOSTILE-MARK-becomes-root", "wb") as file:
        os.fchmod(file.fileno(), 0o4755)


def _must(result):
    if result:
        raise OSError(ctypes.get_errno(), "refused")


_rise()
