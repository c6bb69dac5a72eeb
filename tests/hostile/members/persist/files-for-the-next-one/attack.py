"""Leaves files in every folder of the machine, and looks for those of others."""

import os
import pathlib
import sys

_OWN = "HOSTILE-MARK-files-for-the-next-one"
_FOLDERS = (
    *(".", "~", "/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock", "/scratch", "/"),
    *("/home", "/root", "/var/cache/autograder", "/run/autograder-slots", "/mnt"),
    *("~/.cache/autograder", "~/.config", "..", "../..", sys.prefix, sys.path[-1]),
)


def _leave():
    folders = {os.path.realpath(os.path.expanduser(name)) for name in _FOLDERS}
    for folder in sorted(folders):
        try:
            found = os.listdir(folder)
        except OSError:
            found = []
        for name in found:
            if "HOSTILE-MARK" in name or name.startswith("autograder-"):
                print(f"LOOT: {name} in {folder}")
    for folder in folders - {os.getcwd()}:
        try:
            pathlib.Path(folder, _OWN).touch()
        except OSError:
            continue
        print(f"LOOT: a file in {folder}")
    pathlib.Path(_OWN).write_text("for the next one")


_leave()
