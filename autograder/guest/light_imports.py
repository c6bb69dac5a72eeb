"""Imports NumPy and its generators without what would cost a guest time.

`random` draws a new seed in each fork, and `threading` forgets the threads it had: a
third of what a fork costs. A fork of the guest wants neither, for its draws have to
repeat in a regrade, and it is made by the only thread there is.

`numpy.random` takes one function from `secrets`, which for others of its functions
loads OpenSSL: a tenth of the guest's start, and libraries that each fork has to map.
"""

import os
import sys
import types

if hasattr(os, "register_at_fork"):
    _register = os.register_at_fork
    os.register_at_fork = lambda **_hooks: None
    try:
        import random
        import threading
    finally:
        os.register_at_fork = _register
    del threading
else:
    import random

_stand_in = types.ModuleType("secrets")
_stand_in.randbits = random.SystemRandom().getrandbits  # type: ignore[attr-defined]
sys.modules["secrets"] = _stand_in
try:
    import numpy.random  # lazily loaded by NumPy, else once in each check's fork
finally:
    del sys.modules["secrets"]  # student code gets the real one

del numpy, random
