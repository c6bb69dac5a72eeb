"""Hands in modules with the names of others: json, numpy, autograder, conftest."""

import sys

for _name, _module in list(sys.modules.items()):
    if getattr(_module, "HOSTILE", False):
        print(f"LOOT: {_name} is mine")
try:
    import helper_of_mine

    print(f"LOOT: a module beside mine: {helper_of_mine}")
except ImportError:
    pass
