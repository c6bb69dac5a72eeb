"""Writes the files that Python runs when it starts, for the next interpreter."""

import os
import pathlib
import site
import sys

_NAMES = (
    "sitecustomize.py",
    "usercustomize.py",
    "hostile.pth",
    "pyvenv.cfg",
    "_hostile.py",
)
_TEXT = "import sys; print('LOOT: code that runs at the start')\n"


def _write():
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    folders = {
        *(os.getcwd(), os.path.dirname(__file__), os.path.dirname(sys.executable)),
        *(f"{os.getcwd()}/.local/lib/{version}/site-packages", sys.prefix),
        *(f"{sys.prefix}/lib/{version}/site-packages", *sys.path),
        *(site.getusersitepackages() or "", os.path.expanduser("~")),
    }
    for folder in folders:
        inside = os.path.realpath(folder or ".").startswith(os.getcwd())
        for name in _NAMES:
            path = pathlib.Path(folder, name)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(_TEXT)
            except OSError:
                continue
            if not inside:
                print(f"LOOT: {path}")


for _name in ("sitecustomize", "usercustomize", "_hostile"):
    if _name in sys.modules:
        print(f"LOOT: {_name} was there at the start")
_write()


def total(x):
    """End this interpreter, so that the next one starts."""
    os._exit(1)
