"""The environment is searched for anything that is not the guest's own."""

import os

_own = {"HOME", "LANG", "LC_CTYPE", "PWD", "PYTHONDONTWRITEBYTECODE"}
_own |= {"PYTHONHASHSEED", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}
for _name, _value in os.environ.items():
    if _name not in _own:
        print("LOOT: environment:", _name, "=", _value)
import ctypes

try:
    _environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    _place = 0
    while _environ[_place]:
        _name = _environ[_place].split(b"=")[0].decode()
        if _name not in _own:
            print("LOOT: environment:", _environ[_place])
        _place += 1
except (OSError, ValueError):
    pass
