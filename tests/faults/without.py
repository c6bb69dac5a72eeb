"""Runs a command on a kernel without Landlock, or where no namespaces are left.

    python without.py landlock [--user UID] -- COMMAND …
    python without.py namespaces [--user UID] -- COMMAND …

The first refuses Landlock's system calls as a kernel does that has none. The second
enters a user namespace in which every id is the same, and allows none below it: what
administrators do to a whole machine with `sysctl user.max_user_namespaces=0`.
"""

import argparse
import ctypes
import errno
import os
import pathlib
import struct

from autograder.sandbox import linux

CLONE_NEWUSER = 0x10000000
EVERY_ID = f"0 0 {2**32 - 1}"
LANDLOCK = (444, 445, 446)  # the same numbers on every architecture
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000


def refuse_landlock():
    """Answer as an old kernel does: there is no such system call."""
    code = [(LOAD, 0, 0, 0)]
    for number in LANDLOCK:
        code += [(EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE | errno.ENOSYS)]
    code += [(RETURN, 0, 0, ALLOW)]
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    linux.install_filter(b"".join(struct.pack("=HBBI", *line) for line in code))


def use_up_namespaces():
    """Enter a user namespace and allow no other; as root only."""
    place = pathlib.Path(f"/proc/{os.getpid()}")
    ready, entered = os.pipe()
    helper = os.fork()
    if not helper:  # only from outside can all ids be mapped
        os.read(ready, 1)
        for name in ("uid_map", "gid_map"):
            (place / name).write_text(EVERY_ID)
        os._exit(0)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "no user namespace to begin with")
    os.write(entered, b"x")
    os.waitpid(helper, 0)
    pathlib.Path("/proc/sys/user/max_user_namespaces").write_text("0")


def main():
    """Take something away and become the command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["landlock", "namespaces"])
    parser.add_argument("--user", type=int)
    parser.add_argument("command", nargs="+")
    asked = parser.parse_args()
    if asked.what == "landlock":
        refuse_landlock()
    else:
        use_up_namespaces()
    if asked.user is not None:
        os.setgroups([])
        os.setgid(asked.user)
        os.setuid(asked.user)
    os.execvp(asked.command[0], asked.command)


if __name__ == "__main__":
    main()
