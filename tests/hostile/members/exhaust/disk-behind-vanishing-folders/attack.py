"""Hides a full disk behind folders that come and go while somebody counts."""

import os
import time

_MOST = 12_000_000


def total(x):
    """Fill one folder while others disappear under the eyes of the counter."""
    os.makedirs("HOSTILE-MARK-disk-behind-vanishing-folders", exist_ok=True)
    for child in range(3):
        if os.fork() == 0:
            while True:
                for number in range(50):
                    os.mkdir(f"{child}-{number}")
                for number in range(50):
                    os.rmdir(f"{child}-{number}")
    written = 0
    try:
        for number in range(30):
            name = f"HOSTILE-MARK-disk-behind-vanishing-folders/{number}"
            with open(name, "wb") as file:
                written += file.write(bytes(1_000_000))
    except OSError:
        pass
    time.sleep(0.5)
    if written > _MOST:
        print(f"LOOT: {written} bytes on disk")
    return float("nan")
