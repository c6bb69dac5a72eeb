"""A seccomp filter: what the kernel does for a guest is a short list.

Built here on the host; inside, `linux.install_filter` puts it in force.

Not on the list, among others: sockets of any kind, execve, ptrace and the memory of
other processes, signals to anyone, pidfd, keyrings, System V and POSIX IPC, new
namespaces, mounts, bpf, io_uring, modules, clocks, users, memfd, file handles, chmod
and other changes to a file's description, links, setsid (a guest stays in its session).

Files may be deleted and renamed: the standard library's `tempfile` and every careful
writer do both. A file that never had a name is refused.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator, Sequence

from autograder.sandbox.syscalls import FIRST_UNIFIED, table

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_AND = 0x54  # BPF_ALU | BPF_AND | BPF_K
_IF_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_IF_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

KILL = 0x80000000  # SECCOMP_RET_KILL_PROCESS
ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | errno.EPERM
UNKNOWN = 0x00050000 | errno.ENOSYS

_NUMBER = 0  # offsets in struct seccomp_data, little-endian
_ARCHITECTURE = 4
_ARGUMENTS = 16
_WHOLE = 0xFFFFFFFF
_X32 = 0x40000000  # calls of the x32 ABI, the same kernel by other numbers

# CLONE_NEW* (namespaces), CLONE_PARENT, CLONE_PTRACE.
_CLONE_FLAGS = 0x7E020000 | 0x8000 | 0x2000
# Before Landlock ABI 3, O_RDONLY | O_TRUNC empties a file that may only be read.
_OPEN_FLAGS = 0o1003  # O_TRUNC | O_ACCMODE
_TRUNCATE_READ_ONLY = 0o1000
_UNNAMED = 0o20000000  # what O_TMPFILE is beside O_DIRECTORY
# Who ignores the end of its children lets the kernel forget what they have computed.
_SIGCHLD = 17
# MADV_COLD, MADV_PAGEOUT: by them memory goes where it counts no longer, into the swap.
_PUT_ASIDE = (20, 21)
# Duplicate, close-on-exec and status flags. Above all not F_SETOWN and F_SETSIG: by
# them a process has the kernel send any signal to any process of its user.
_FCNTL = (0, 1, 2, 3, 4, 1030)
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX.
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# A corner of local sockets that nobody needs and that has let processes out before.
_MSG_OOB = 1
# The name of a thread (set, get) and of an anonymous mapping.
_PRCTL = (15, 16, 0x53564D41)

# Which argument has to be one of which values.
_ONLY = {
    "fcntl": (1, _FCNTL),
    "ioctl": (1, _IOCTL),
    "prctl": (0, _PRCTL),
    "prlimit64": (0, (0,)),  # of the caller itself
}
# Which argument may not, under a mask, have which value.
_NOT = {
    "open": ((1, _OPEN_FLAGS, _TRUNCATE_READ_ONLY), (1, _UNNAMED, _UNNAMED)),
    "openat": ((2, _OPEN_FLAGS, _TRUNCATE_READ_ONLY), (2, _UNNAMED, _UNNAMED)),
    "rt_sigaction": ((0, _WHOLE, _SIGCHLD),),
    "madvise": tuple((2, _WHOLE, advice) for advice in _PUT_ASIDE),
    "sendto": ((3, _MSG_OOB, _MSG_OOB),),
    "recvfrom": ((3, _MSG_OOB, _MSG_OOB),),
}

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, operand


def program(machine: str) -> bytes:
    """Return the filter for `machine` as an array of struct sock_filter.

    Raises:
        KeyError: if there is no table of system calls for that architecture.
    """
    return b"".join(struct.pack("<HBBI", *step) for step in _instructions(machine))


def _instructions(machine: str) -> Iterator[Instruction]:
    calls = table(machine)
    yield _load(_ARCHITECTURE)
    yield from _unless_equal(calls.audit, KILL)
    yield _load(_NUMBER)
    if machine == "x86_64":
        yield (_IF_AT_LEAST, 0, 1, _X32)
        yield (_RETURN, 0, 0, KILL)
    for number in calls.allowed:
        yield from _if_equal(number, ALLOW)
    for name, number in calls.judged.items():
        judgement = list(_judgement(name))
        yield (_IF_EQUAL, 0, len(judgement), number)
        yield from judgement
    yield (_IF_AT_LEAST, 0, 1, FIRST_UNIFIED)
    yield (_RETURN, 0, 0, UNKNOWN)
    yield (_RETURN, 0, 0, REFUSE)


def _judgement(name: str) -> Iterator[Instruction]:
    """Decide by the arguments; their upper halves are ignored by the kernel too."""
    if name == "clone":
        yield _load(_ARGUMENTS)
        yield (_AND, 0, 0, _CLONE_FLAGS)
        yield from _if_equal(0, ALLOW)
        yield (_RETURN, 0, 0, REFUSE)
    elif name in _ONLY:
        yield from _one_of(*_ONLY[name])
    else:
        for argument, mask, value in _NOT[name]:
            yield from _refuse_if(argument, mask, value)
        yield (_RETURN, 0, 0, ALLOW)


def _refuse_if(argument: int, mask: int, value: int) -> Iterator[Instruction]:
    yield _load(_ARGUMENTS + 8 * argument)
    yield (_AND, 0, 0, mask)
    yield from _if_equal(value, REFUSE)


def _one_of(argument: int, values: Sequence[int]) -> Iterator[Instruction]:
    yield _load(_ARGUMENTS + 8 * argument)
    for value in values:
        yield from _if_equal(value, ALLOW)
    yield (_RETURN, 0, 0, REFUSE)


def _load(offset: int) -> Instruction:
    return (_LOAD, 0, 0, offset)


def _if_equal(value: int, result: int) -> Iterator[Instruction]:
    yield (_IF_EQUAL, 0, 1, value)
    yield (_RETURN, 0, 0, result)


def _unless_equal(value: int, result: int) -> Iterator[Instruction]:
    yield (_IF_EQUAL, 1, 0, value)
    yield (_RETURN, 0, 0, result)
