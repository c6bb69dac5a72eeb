"""The few system calls of Linux that Python does not offer, by ctypes.

Imported on the host and, inside the sandbox, by the bootstrap: standard library only.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38

NAMESPACES = {
    "cgroup-namespace": 0x02000000,
    "ipc-namespace": 0x08000000,
    "mnt-namespace": 0x00020000,
    "net-namespace": 0x40000000,
    "pid-namespace": 0x20000000,
    "uts-namespace": 0x04000000,
}
"""Flags of setns, by the names under which bubblewrap tells what it has made."""

USER_NAMESPACE = 0x10000000

_FILTER_MODE = 2  # of PR_SET_SECCOMP
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION_3 = 0x20080522


def prctl(option: int, value: int, pointer: object = 0) -> None:
    """Change something about this process, as the manual page of prctl says.

    Raises:
        OSError: if the kernel refuses.
    """
    zero = ctypes.c_ulong(0)
    address = pointer or zero
    _check(_libc().prctl(option, ctypes.c_ulong(value), address, zero, zero))


def syscall(number: int, *arguments: object) -> int:
    """Make a system call by its number: integers go as longs, the rest as it is.

    Raises:
        OSError: if the kernel refuses.
    """
    longs = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _check(_libc().syscall(ctypes.c_long(number), *longs))


def drop_capabilities() -> None:
    """Give up every capability of this thread: of root, all but the files it owns."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    syscall(_CAPSET[os.uname().machine], header, none)


def drop_bounds() -> None:
    """Keep this thread and its children from ever gaining a capability."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:  # the kernel knows no more of them
            return


def join(process: int, namespaces: int) -> None:
    """Join namespaces of the process that the descriptor stands for.

    Raises:
        OSError: if the kernel refuses, or is older than Linux 5.8.
    """
    _check(_libc().setns(ctypes.c_int(process), ctypes.c_int(namespaces)))


def see_as(user: int) -> None:
    """Let this thread open files as that user would, and with that user's group.

    /proc shows the open files of a process to its own user. Root needs a capability
    for that which containers take away.
    """
    libc = _libc()
    libc.setfsgid(user)  # first: who is no longer root may not change the group
    libc.setfsuid(user)


def install_filter(program: bytes) -> None:
    """Put a seccomp filter in force for this process and its children, for ever.

    Args:
        program: an array of struct sock_filter.

    Raises:
        OSError: if the kernel refuses.
    """
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
    prctl(PR_SET_SECCOMP, _FILTER_MODE, ctypes.c_char_p(header))


def die_with_parent(parent: int | None = None) -> None:
    """End this process when its parent ends; nothing happens where Linux is not.

    The kernel looks at the *thread* that started this process, so that thread has to
    live as long as this process is wanted.

    Args:
        parent: process id of the parent, if it may be gone already.
    """
    if not hasattr(os, "pidfd_open"):  # Linux alone has it
        return
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent is not None and os.getppid() != parent:
        os._exit(1)  # it died before the request was in force


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int) -> int:
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return int(result)
