"""Starts as many threads as it is given, each of which waits."""

import threading
import time

_MOST = 40


def total(x):
    """Start threads."""
    threads = []
    for _ in range(_MOST):
        thread = threading.Thread(target=time.sleep, args=(20,), daemon=True)
        try:
            thread.start()
        except RuntimeError:
            break
        threads.append(thread)
    time.sleep(0.4)
    if sum(thread.is_alive() for thread in threads) > _MOST // 2:
        print(f"LOOT: {len(threads)} threads at a time")
    return float("nan")
