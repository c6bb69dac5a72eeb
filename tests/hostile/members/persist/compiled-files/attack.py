"""Puts compiled code beside its source, its neighbours' and the library's."""

import importlib.util
import json
import marshal
import os
import pathlib
import sys

import autograder.guest.main
import numpy

sys.dont_write_bytecode = False


def _poison():
    code = compile("print('LOOT: compiled code of mine')", "x", "exec")
    for source in (
        __file__,
        numpy.__file__,
        json.__file__,
        autograder.guest.main.__file__,
    ):
        cached = pathlib.Path(importlib.util.cache_from_source(source))
        found = os.stat(source)
        head = importlib.util.MAGIC_NUMBER + bytes(4)
        head += int(found.st_mtime).to_bytes(4, "little")
        head += (found.st_size & 0xFFFFFFFF).to_bytes(4, "little")
        try:
            cached.parent.mkdir(exist_ok=True)
            cached.write_bytes(head + marshal.dumps(code))
        except OSError:
            continue
        print(f"LOOT: {cached.name}")


_poison()
sys.pycache_prefix = f"{os.getcwd()}/HOSTILE-MARK-compiled-files"
