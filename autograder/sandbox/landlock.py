"""Landlock: the kernel refuses every file that is not on the list (Linux 5.13).

Imported inside the sandbox by the bootstrap: standard library only.

Landlock alone does not look at stat, chmod, sockets other than TCP, signals before
ABI 6 and truncation before ABI 3; the seccomp filter does.
"""

from __future__ import annotations

import ctypes
import dataclasses
import os
from collections.abc import Sequence

from autograder.sandbox import linux

# The same numbers on every architecture.
_CREATE_RULESET = 444
_ADD_RULE = 445
_RESTRICT_SELF = 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1

_WRITE_FILE = 1 << 1
_READ_FILE = 1 << 2
_READ_DIR = 1 << 3
_REMOVE_DIR = 1 << 4
_REMOVE_FILE = 1 << 5
_MAKE_DIR = 1 << 7
_MAKE_REG = 1 << 8
_REFER = 1 << 13  # rename from one folder into another
_TRUNCATE = 1 << 14

_READ = _READ_FILE | _READ_DIR  # not EXECUTE: nothing is executed after the start
_WRITE = (
    _READ
    | _WRITE_FILE
    | _REMOVE_DIR
    | _REMOVE_FILE
    | _MAKE_DIR
    | _MAKE_REG
    | _REFER
    | _TRUNCATE
)
_DEVICE = _READ_FILE | _WRITE_FILE

# How many kinds of access each ABI knows; those not granted below are refused.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_ALL_TCP = 0b11  # bind, connect
_ALL_SCOPES = 0b11  # abstract sockets, signals


@dataclasses.dataclass(frozen=True, slots=True)
class Paths:
    """What stays open: folders to read, folders to write in, devices."""

    read: Sequence[str]
    write: Sequence[str]
    devices: Sequence[str]


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"  # what _pack_ means, and what later Pythons ask to be told
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def abi() -> int:
    """Return the version of Landlock in this kernel, 0 where there is none."""
    try:
        return linux.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def restrict(paths: Paths) -> None:
    """Close everything but `paths` for this process and all its children, for ever.

    Raises:
        OSError: if the kernel has no Landlock or refuses.
    """
    version = abi()
    if not version:
        raise OSError("Landlock is not in this kernel, or is switched off at boot")
    handled = (1 << _FILE_RIGHTS[min(version, max(_FILE_RIGHTS))]) - 1
    ruleset = _create(version, handled)
    try:
        for names, access in (
            (paths.read, _READ),
            (paths.write, _WRITE),
            (paths.devices, _DEVICE),
        ):
            for name in names:
                _allow(ruleset, name, access & handled)
        linux.syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _create(version: int, handled: int) -> int:
    attributes = _Ruleset(handled, _ALL_TCP, _ALL_SCOPES)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    return linux.syscall(_CREATE_RULESET, ctypes.byref(attributes), size, 0)


def _allow(ruleset: int, name: str, access: int) -> None:
    folder = os.open(name, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(access, folder)
        linux.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(folder)
