"""A Python for a user who cannot go where ours lies: in /root, in a private folder."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping

from packaging.requirements import Requirement

_NEEDED = ("click", "jinja2", "matplotlib", "numpy", "pytest", "rich")
_SKIPPED = ("site-packages", "test", "tests", "idlelib", "ensurepip", "tkinter")


def runs_for(user: int) -> bool:
    """Tell whether that user can run the interpreter that runs us."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", "import " + ", ".join(_NEEDED)],
            cwd="/",
            user=user,
            group=user,
            extra_groups=[],
            capture_output=True,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


def for_others() -> tuple[str, Mapping[str, str]]:
    """Return a copy of our interpreter, with what the kit needs, and its settings."""
    root = pathlib.Path(_copy().name)
    name = pathlib.Path(os.path.realpath(sys.executable)).name
    return str(root / "bin" / name), {
        "PYTHONHOME": str(root),
        "LD_LIBRARY_PATH": str(root / "lib"),
        "SITE": str(root / "site"),
    }


@functools.cache
def _copy() -> tempfile.TemporaryDirectory[str]:
    copy = tempfile.TemporaryDirectory(prefix="python-", dir="/tmp")
    root = pathlib.Path(copy.name)
    root.chmod(0o755)
    interpreter = pathlib.Path(os.path.realpath(sys.executable))
    stdlib = pathlib.Path(sysconfig.get_path("stdlib"))
    _place(interpreter, root / "bin" / interpreter.name)
    for library in interpreter.parents[1].glob("lib/libpython*.so*"):
        _place(library, root / "lib" / library.name)
    ignored = shutil.ignore_patterns("__pycache__", *_SKIPPED)
    shutil.copytree(stdlib, root / "lib" / stdlib.name, ignore=ignored)
    for name in _with_requirements(_NEEDED):
        distribution = importlib.metadata.distribution(name)
        for file in distribution.files or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                _place(pathlib.Path(str(file.locate())), root / "site" / file)
    return copy


def _with_requirements(names: tuple[str, ...]) -> list[str]:
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            needs = importlib.metadata.distribution(name).requires or ()
            waiting += [
                requirement.name
                for requirement in map(Requirement, needs)
                if requirement.marker is None or requirement.marker.evaluate()
            ]
    return list(found)


def _place(source: pathlib.Path, target: pathlib.Path) -> None:
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
