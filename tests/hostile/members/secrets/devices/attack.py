"""Devices that show the machine are opened: memory, disks, terminals, the log."""

import glob
import os

_names = ["/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/tty", "/dev/ptmx"]
_names += ["/dev/sda", "/dev/vda", "/dev/nvme0n1", "/dev/fuse", "/dev/console"]
_names += ["/proc/kcore", "/proc/kallsyms", "/proc/config.gz", "/sys/kernel/notes"]
_names += glob.glob("/dev/*") + glob.glob("/dev/pts/*") + glob.glob("/dev/shm/*")
for _name in _names:
    if _name in ("/dev/null", "/dev/urandom"):
        continue
    try:
        _fd = os.open(_name, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        continue
    print("LOOT: opened", _name)
    os.close(_fd)
