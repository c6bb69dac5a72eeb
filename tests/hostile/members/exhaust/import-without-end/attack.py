"""Never finishes to be imported."""

import time

while True:
    try:
        time.sleep(0.01)
    except BaseException:  # noqa: BLE001, S112 - that is the attack
        continue
