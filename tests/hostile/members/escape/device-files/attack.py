"""Opens the machine's devices, and makes devices and pipes of its own."""

import os
import stat

_DEVICES = (
    *("mem", "kmem", "port", "kmsg", "kvm", "fuse", "loop0", "loop-control", "sda"),
    *("vda", "nvme0n1", "tty", "tty0", "ptmx", "pts/0", "console", "vhost-net"),
    *("net/tun", "uinput", "input/event0", "dri/card0", "nvidia0", "nvidiactl"),
    *("nvidia-uvm", "userfaultfd", "random", "zero", "full", "hwrng", "rtc0", "snd"),
)


def _open_all():
    for name in _DEVICES:
        for mode in (os.O_RDONLY, os.O_RDWR):
            try:
                os.close(os.open(f"/dev/{name}", mode | os.O_NONBLOCK | os.O_NOCTTY))
            except OSError:
                continue
            print(f"LOOT: /dev/{name}")
    for kind, number in (
        (stat.S_IFCHR, (1, 1)),
        (stat.S_IFBLK, (8, 0)),
        (stat.S_IFIFO, (0, 0)),
    ):
        try:
            os.mknod("HOSTILE-MARK-device-files", 0o666 | kind, os.makedev(*number))
        except OSError:
            continue
        print("LOOT: a device of its own")


_open_all()
