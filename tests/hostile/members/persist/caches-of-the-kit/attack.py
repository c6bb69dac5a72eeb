"""Changes what the kit keeps for later: its runtime, its own code, its marks."""

import os
import pathlib
import sys

import autograder.guest


def _change():
    own = pathlib.Path(autograder.guest.__file__).resolve()
    above = {*pathlib.Path(sys.executable).resolve().parents, *own.parents}
    above |= {path / "slots" for path in above} | {path / "cache" for path in above}
    for folder in sorted(above):
        for name in (
            "HOSTILE-MARK-caches-of-the-kit",
            "runtime.json",
            "gradebook.sqlite",
        ):
            for mode in ("x", "a", "r+"):
                try:
                    with (folder / name).open(mode) as file:
                        file.write(" ")
                except OSError:
                    continue
                print(f"LOOT: {folder / name}")
        for act in (os.rmdir, lambda path: os.rename(path, f"{path}-old")):
            try:
                act(folder)
            except OSError:
                continue
            print(f"LOOT: {folder} is gone")


_change()
