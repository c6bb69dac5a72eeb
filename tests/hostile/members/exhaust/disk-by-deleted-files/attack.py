"""Writes large files that have no name any more, but are still open."""

import os
import time

_MOST = 24_000_000


def total(x):
    """Write, delete, keep open, in several processes."""
    reader, writer = os.pipe()
    for child in range(2):
        if os.fork() == 0:
            written = 0
            try:
                for number in range(40):
                    name = f"HOSTILE-MARK-disk-by-deleted-files-{child}-{number}"
                    handle = os.open(name, os.O_CREAT | os.O_WRONLY)
                    os.unlink(name)
                    written += os.write(handle, bytes(1_000_000))
            except OSError:
                pass
            os.write(writer, written.to_bytes(8, "little"))
            time.sleep(20)
    both = sum(int.from_bytes(os.read(reader, 8), "little") for _ in range(2))
    time.sleep(0.6)
    if both > _MOST:
        print(f"LOOT: {both} bytes on disk, under no name")
    return float("nan")
