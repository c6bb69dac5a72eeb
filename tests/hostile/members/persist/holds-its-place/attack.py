"""Keeps its place after its end: locks, open folders, output that is never closed."""

import fcntl
import os
import time


def _hold():
    for number in range(3):
        if os.fork() == 0:
            if os.fork():
                os._exit(0)
            folder = os.open(".", os.O_RDONLY)
            for act in (fcntl.flock, fcntl.lockf):
                for handle in (folder, 0, 1, 2, 3, 4, 5):
                    try:
                        act(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except OSError:
                        continue
                    print("LOOT: a lock")
            os.close(0)
            while number:  # keeps the pipe to the grader's watch busy
                os.write(1, b".")
                time.sleep(0.01)
            time.sleep(60)


_hold()


def total(x):
    """End the guest, but not what it has left."""
    os._exit(0)
