"""Leaves a segment of shared memory with a name, for whoever comes next."""

import mmap
import os
import pathlib


def _share():
    for folder in ("/dev/shm", "/run/shm", "/tmp", "/var/tmp", "/dev/mqueue"):
        try:
            pathlib.Path(folder, "HOSTILE-MARK-shared-memory-of-posix").write_bytes(
                b"for the next one"
            )
        except OSError:
            continue
        print(f"LOOT: a file in {folder}")
    try:
        from multiprocessing import shared_memory

        block = shared_memory.SharedMemory(
            "HOSTILE-MARK-shared-memory-of-posix", create=True, size=4096
        )
        block.buf[:4] = b"mark"
        print("LOOT: shared memory with a name")
    except (OSError, ImportError):
        pass
    try:
        handle = os.memfd_create("HOSTILE-MARK-shared-memory-of-posix")
        os.ftruncate(handle, 4096)
        mmap.mmap(handle, 4096)[:4] = b"mark"
        print("LOOT: memory that is a file")
    except OSError:
        pass


_share()
