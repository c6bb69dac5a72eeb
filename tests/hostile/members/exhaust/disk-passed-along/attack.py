"""Passes deleted files from process to process, each gone before anybody looks."""

import os
import time

_MOST = 12_000_000


def _pass_along(writer, until):
    """Be another process every other millisecond, and hold the same files."""
    held = 0
    try:
        for number in range(20):
            name = f"HOSTILE-MARK-disk-passed-along-{number}"
            handle = os.open(name, os.O_CREAT | os.O_WRONLY)
            os.unlink(name)
            held += os.write(handle, bytes(1_000_000))
    except OSError:
        pass
    while time.monotonic() < until:
        try:
            if os.fork():
                os._exit(0)
        except BlockingIOError:  # its forebears are not buried yet
            continue
    os.write(writer, held.to_bytes(8, "little"))
    os._exit(0)


def total(x):
    """Wait for whoever comes last."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        _pass_along(writer, time.monotonic() + 0.8)
    os.close(writer)
    held = int.from_bytes(os.read(reader, 8), "little")
    if held > _MOST:
        print(f"LOOT: {held} bytes on disk, under no name")
    return float("nan")
