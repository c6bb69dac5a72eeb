"""Runs a program that was never in any file: memfd, then execveat."""

import os
import sys


def _run():
    try:
        handle = os.memfd_create("HOSTILE-MARK-program-in-memory", 0)
    except OSError:
        handle = os.open(
            "HOSTILE-MARK-program-in-memory", os.O_RDWR | os.O_CREAT, 0o700
        )
    try:
        with open(sys.executable, "rb") as file:
            os.write(handle, file.read())
    except OSError:
        os.write(handle, b"#!/bin/sh\necho LOOT: a program from memory\n")
    if os.fork() == 0:
        try:
            os.execve(handle, ["python", "-c", "print('LOOT: a program')"], {})
        finally:
            os._exit(1)
    os.wait()
    os.close(handle)


try:
    _run()
except OSError:
    pass
