"""Imports what would run Python code of its own in every fork, without that code.

`random` draws a new seed in each fork, and `threading` forgets the threads it had: a
third of what a fork costs. A fork of the guest wants neither, for its draws have to
repeat in a regrade, and it is made by the only thread there is.
"""

import os

if hasattr(os, "register_at_fork"):
    _register = os.register_at_fork
    os.register_at_fork = lambda **_hooks: None
    try:
        import random
        import threading
    finally:
        os.register_at_fork = _register
    del random, threading
