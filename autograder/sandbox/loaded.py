"""Print the shared libraries that Python and NumPy load: run by itself, on Linux.

The modules loaded here are those that a student's code is likely to use; what the
interpreter compiles on the way is kept, so that no guest has to compile it.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import pathlib
import sys
import sysconfig

_LIKELY = (
    *("abc", "argparse", "array", "base64", "bisect", "collections.abc", "contextlib"),
    *("copy", "csv", "dataclasses", "datetime", "decimal", "doctest", "enum"),
    "fractions",
    *("functools", "gc", "gzip", "hashlib", "heapq", "importlib.util", "inspect", "io"),
    *("itertools", "json", "logging", "math", "numbers", "operator", "os", "pathlib"),
    *("pickle", "pprint", "queue", "random", "re", "resource", "secrets", "shutil"),
    *("signal", "socket", "statistics", "string", "struct", "tempfile", "textwrap"),
    *("threading", "time", "timeit", "traceback", "types", "typing", "unittest"),
    "uuid",
    *("warnings", "weakref", "zipfile", "zlib", "bz2", "lzma", "_ctypes"),
    *("numpy.random", "numpy.linalg", "numpy.fft", "numpy.polynomial", "numpy.testing"),
    *("numpy.lib.stride_tricks", "numpy.ma", "numpy.typing"),
)


class _Loaded(ctypes.Structure):
    """The beginning of struct dl_phdr_info."""

    _fields_ = (("address", ctypes.c_void_p), ("name", ctypes.c_char_p))


def main(site: str) -> None:
    """Import what a guest may need from here and from `site`, then look around."""
    sys.path.append(site)
    importlib.import_module("numpy")
    for name in _LIKELY:
        try:
            importlib.import_module(name)
        except ImportError:  # a Python built without it, or a copy that leaves it out
            continue
    names = _shared_objects()
    paths = [name for name in names if pathlib.Path(name).is_file()]
    sys.stdout.write(json.dumps(paths))


def _shared_objects() -> list[str]:
    found: list[str] = []

    def note(info: ctypes.Array[_Loaded], size: int, data: object) -> int:
        del size, data
        if info[0].name:
            found.append(info[0].name.decode())
        return 0

    kind = ctypes.CFUNCTYPE(
        ctypes.c_int, ctypes.POINTER(_Loaded), ctypes.c_size_t, ctypes.c_void_p
    )
    ctypes.CDLL(None).dl_iterate_phdr(kind(note), None)
    return found


if __name__ == "__main__":
    sysconfig.get_config_vars()
    main(sys.argv[1])
