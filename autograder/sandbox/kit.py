"""Our own code that enters a sandbox, in a folder that holds nothing else of ours.

The guest, the wire, and what confines the process before the guest runs. No suite, no
reference, no course is on any path that a guest can read.
"""

from __future__ import annotations

import functools
import hashlib
import pathlib
import py_compile

from autograder.sandbox import cache

START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from autograder.sandbox.bootstrap import main; main(sys.argv[1])"
)
"""What the interpreter of a guest runs, with the folder of our code as argument."""

START_ZYGOTE = (
    "import sys; kit, site, control = sys.argv[1:]; sys.path.insert(0, kit); "
    "from autograder.sandbox.zygote import main; main(kit, site, int(control))"
)
"""What that of a zygote runs: the folder of our code, that of NumPy, its socket."""

_PACKAGE = pathlib.Path(__file__).resolve().parent.parent
_INSIDE = (
    *("bootstrap", "landlock", "limits", "linux", "loopback", "only_numpy", "warden"),
    "zygote",
)
_EMPTY = "sandbox/__init__.py"
"""On the host, this file imports all of the host's side."""


def prepare() -> pathlib.Path:
    """Return a folder from which `autograder.guest` can be imported, little else."""
    sources = _sources()
    key = hashlib.sha256(repr(sorted(sources.items())).encode()).hexdigest()[:16]
    return cache.build(f"kit-{key}", functools.partial(_fill, sources=sources))


def _sources() -> dict[str, bytes]:
    paths = [_PACKAGE / "__init__.py"]
    paths += (_PACKAGE / "wire").glob("*.py")
    paths += (_PACKAGE / "guest").glob("*.py")
    paths += [_PACKAGE / "sandbox" / f"{name}.py" for name in _INSIDE]
    sources = {p.relative_to(_PACKAGE).as_posix(): p.read_bytes() for p in paths}
    return {**sources, _EMPTY: b'"""What runs inside a sandbox."""\n'}


def _fill(folder: pathlib.Path, sources: dict[str, bytes]) -> None:
    for name, source in sources.items():
        path = folder / "autograder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source)
        py_compile.compile(str(path), doraise=True)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
