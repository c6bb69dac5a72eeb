"""Starts a shell: by subprocess, by exec in a child, by spawn and by the C library."""

import ctypes
import os
import subprocess
import sys

_MARK = "HOSTILE-MARK-other-programs"


def _start_all():
    command = ["sh", "-c", f"echo LOOT: a shell; sleep 60 # {_MARK}"]
    for program in ("/bin/sh", "/usr/bin/sh", sys.executable, "/bin/busybox"):
        _attempt(
            lambda program=program: os.spawnv(os.P_WAIT, program, ["sh", "-c", ""])
        )
        _attempt(lambda program=program: os.posix_spawn(program, command, {}))
    _attempt(lambda: subprocess.run(command, timeout=0.2, check=False))
    ctypes.CDLL(None).system(b"echo LOOT: system")
    for name in (sys.executable, "/bin/true"):
        _attempt(lambda name=name: _execute_open_file(name))


def _execute_open_file(name):
    handle = os.open(name, os.O_RDONLY)
    if os.fork() == 0:
        try:
            os.execve(handle, ["python", "-c", "print('LOOT: execveat')"], {})
        finally:
            os._exit(1)
    os.wait()


def _attempt(act):
    try:
        found = act()
    except (OSError, subprocess.SubprocessError):
        return
    if found == 0:
        print("LOOT: another program ran")


_start_all()
