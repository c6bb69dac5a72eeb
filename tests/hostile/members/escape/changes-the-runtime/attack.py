"""Writes to its own files, to NumPy, to the standard library and to the kit."""

import json
import os
import pathlib
import sys

import autograder.guest
import numpy

_FILES = (
    __file__,
    numpy.__file__,
    json.__file__,
    sys.executable,
    autograder.guest.__file__,
)


def _change_all():
    for name in map(pathlib.Path, _FILES):
        acts = {
            "append": lambda name=name: name.open("ab").write(
                b"\n# HOSTILE-MARK-changes-the-runtime\n"
            ),
            "empty": lambda name=name: os.close(
                os.open(name, os.O_RDONLY | os.O_TRUNC)
            ),
            "cut": lambda name=name: os.truncate(name, 0),
            "mode": lambda name=name: name.chmod(0o777),
            "time": lambda name=name: os.utime(name),
            "remove": lambda name=name: name.unlink(),
            "rename": lambda name=name: name.rename(name.with_suffix(".old")),
            "take away": lambda name=name: name.rename(
                "HOSTILE-MARK-changes-the-runtime"
            ),
            "beside it": lambda name=name: name.with_name(
                "HOSTILE-MARK-changes-the-runtime.py"
            ).touch(),
            "a folder": lambda name=name: name.with_name(
                "HOSTILE-MARK-changes-the-runtime"
            ).mkdir(),
            "replace": lambda name=name: _replace(name),
            "attribute": lambda name=name: os.setxattr(name, "user.mark", b"1"),
        }
        for what, act in acts.items():
            try:
                act()
            except OSError:
                continue
            print(f"LOOT: {what}: {name.name}")


def _replace(name):
    pathlib.Path("HOSTILE-MARK-changes-the-runtime").write_text(
        "print('LOOT: replaced')"
    )
    os.replace("HOSTILE-MARK-changes-the-runtime", name)


_change_all()
