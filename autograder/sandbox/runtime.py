"""A Python that holds the standard library and NumPy, and nothing else.

The interpreter that runs us may lie where a guest cannot reach it (/root), and beside
libraries that a guest must not find (site-packages). So a copy is made, once per
interpreter and NumPy: `bin/` the interpreter, `so/` the shared libraries it needs and
the loader that finds them, `lib/` the standard library, `site/` NumPy. It needs no
other file of the system. Files are hard links where that is possible and safe.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator

import numpy as np

from autograder.errors import SandboxError
from autograder.sandbox import cache

FLAGS = ("-P", "-s", "-S", "-B")
"""Not -I: it would ignore PYTHONHASHSEED, and the environment is ours anyway."""

_SCHEMA = 1
_SKIPPED_FOLDERS = {
    *("site-packages", "dist-packages", "test", "tests", "idlelib", "ensurepip"),
    *("tkinter", "turtledemo", "lib2to3", "pydoc_data", "f2py", "include", "distutils"),
    *("_pyinstaller", "__phello__"),
}
_HELPER = "_natype.py"  # in a folder of tests, and imported by numpy.testing
_SKIPPED_ENDINGS = (".pyi", ".pxd", ".a", ".h", ".opt-1.pyc", ".opt-2.pyc", ".exe")
_SKIPPED_EXTENSIONS = (
    *("_ssl", "_sqlite3", "_tkinter", "_curses", "_dbm", "_gdbm", "readline", "nis"),
    *("_test", "_ctypes_test", "_xx", "xx"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Runtime:
    """Where the copy lies and how it is started."""

    root: pathlib.Path
    interpreter: str  # name in bin/
    loader: str  # name in so/, or "" where the interpreter needs none

    def command(self, root: str) -> list[str]:
        """Return the command line when the copy is found at `root`."""
        python = f"{root}/bin/{self.interpreter}"
        if not self.loader:
            return [python, *FLAGS]
        so = f"{root}/so"
        return [f"{so}/{self.loader}", "--library-path", so, python, *FLAGS]

    @property
    def site(self) -> pathlib.Path:
        """The folder that holds numpy."""
        return self.root / "site"


def prepare() -> Runtime:
    """Return the copy for this interpreter and this NumPy; build it if it is not there.

    Raises:
        SandboxError: if it cannot be built or does not start.
    """
    root = cache.build(f"runtime-{_key()}", _build)
    try:
        facts = json.loads((root / "runtime.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise SandboxError(
            f"{root}: the Python for submissions is damaged ({exc}).",
            "Delete that folder; it will be built anew.",
        ) from exc
    return Runtime(root, facts["interpreter"], facts["loader"])


@functools.cache
def _key() -> str:
    """Name everything that the copy depends on."""
    interpreter, numpy_init = _interpreter(), pathlib.Path(str(np.__file__))
    facts = [_SCHEMA, sys.version, np.__version__]
    if hasattr(os, "confstr") and "CS_GNU_LIBC_VERSION" in os.confstr_names:
        facts.append(os.confstr("CS_GNU_LIBC_VERSION"))
    for path in (interpreter, numpy_init, _stdlib()):
        found = path.stat()
        facts += [str(path), found.st_mtime_ns, found.st_size]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _interpreter() -> pathlib.Path:
    base: str = getattr(sys, "_base_executable", sys.executable)
    return pathlib.Path(base).resolve()


def _stdlib() -> pathlib.Path:
    return pathlib.Path(sysconfig.get_path("stdlib")).resolve()


def _build(root: pathlib.Path) -> None:
    interpreter, stdlib = _interpreter(), _stdlib()
    numpy_folder = pathlib.Path(str(np.__file__)).parent
    shared = _shared_libraries(interpreter, numpy_folder.parent)
    _place(interpreter, root / "bin" / interpreter.name)
    for library in shared:
        _place(library, root / "so" / library.name)
    _copy(stdlib, root / sys.platlibdir / stdlib.name)
    _copy(numpy_folder, root / "site" / "numpy")
    bundled = numpy_folder.with_name("numpy.libs")
    if bundled.is_dir():
        _copy(bundled, root / "site" / "numpy.libs")
    loader = next((p.name for p in shared if _is_loader(p.name)), "")
    facts = {"interpreter": interpreter.name, "loader": loader}
    (root / "runtime.json").write_text(json.dumps(facts), encoding="utf-8")
    _warm_up(Runtime(root, interpreter.name, loader))
    _open_to_guests(root)


def _is_loader(name: str) -> bool:
    return name.startswith(("ld-linux", "ld-musl", "ld64", "ld.so"))


def _shared_libraries(
    interpreter: pathlib.Path, site: pathlib.Path
) -> list[pathlib.Path]:
    """Return the libraries outside Python and NumPy that the two have loaded."""
    script = pathlib.Path(__file__).with_name("loaded.py")
    answer = _run([str(interpreter), *FLAGS, str(script), str(site)])
    libraries = [pathlib.Path(name) for name in json.loads(answer)]
    inside = (_stdlib(), site / "numpy", site / "numpy.libs")
    return [
        path
        for path in libraries
        if not any(path.resolve().is_relative_to(folder.resolve()) for folder in inside)
    ]


def _warm_up(runtime: Runtime) -> None:
    """Start the copy once: proof that it works, and it compiles what a guest needs."""
    script = pathlib.Path(__file__).with_name("loaded.py")
    command = [flag for flag in runtime.command(str(runtime.root)) if flag != "-B"]
    _run([*command, str(script), str(runtime.site)])


def _run(command: list[str]) -> str:
    environment = {"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
    if "LD_LIBRARY_PATH" in os.environ:  # the interpreter may depend on it
        environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    run = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise SandboxError(
            f"{command[0]}: no Python for submissions can be built: "
            f"{run.stderr.strip()[-500:]}",
            f"Set {cache.VARIABLE} to a folder on a file system that allows execution.",
        )
    return run.stdout


def _copy(source: pathlib.Path, target: pathlib.Path) -> None:
    for folder, file in _wanted(source):
        _place(folder / file, target / folder.relative_to(source) / file)


def _wanted(source: pathlib.Path) -> Iterator[tuple[pathlib.Path, str]]:
    for folder, folders, files in os.walk(source):
        name = pathlib.Path(folder).name
        if pathlib.Path(folder, "tests", _HELPER).is_file():
            yield pathlib.Path(folder, "tests"), _HELPER
        folders[:] = [f for f in folders if not _is_skipped_folder(f)]
        for file in files:
            extension = name == "lib-dynload" and file.startswith(_SKIPPED_EXTENSIONS)
            if not extension and not file.endswith(_SKIPPED_ENDINGS):
                yield pathlib.Path(folder), file


def _is_skipped_folder(name: str) -> bool:
    return name in _SKIPPED_FOLDERS or name.startswith("config-")


def _place(source: pathlib.Path, target: pathlib.Path) -> None:
    """Put a file there: a hard link if nobody else can change it, else a copy."""
    found = source.stat()
    if not source.is_file():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    ours = found.st_uid == os.geteuid() and not found.st_mode & 0o022
    if ours and found.st_mode & 0o004:
        try:
            os.link(source.resolve(), target)
        except OSError:  # another file system, or links are not allowed here
            pass
        else:
            return
    shutil.copy2(source, target)
    target.chmod(0o755 if found.st_mode & 0o111 else 0o644)


def _open_to_guests(root: pathlib.Path) -> None:
    """Make folders and fresh files readable, whatever our umask is."""
    for folder, _, files in os.walk(root):
        pathlib.Path(folder).chmod(0o755)
        for file in files:
            path = pathlib.Path(folder, file)
            if path.stat().st_nlink == 1:
                path.chmod(path.stat().st_mode | 0o444)
