"""Catches every exception and every signal by which it could be ended."""

import signal
import time

for _number in signal.valid_signals():
    try:
        signal.signal(_number, lambda *_: None)
    except (OSError, ValueError):
        continue
try:
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
except OSError:
    pass


def total(x):
    """Go on, whatever is raised."""
    while True:
        try:
            time.sleep(1)
        except BaseException:  # noqa: BLE001, S112 - that is the attack
            continue
