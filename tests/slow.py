"""What takes minutes is skipped, unless its folder is named; tables come at the end."""

import sys

import pytest


def skip_unless_named(folder, config, items, command, beginnings=""):
    """Skip the tests of a folder whose names begin so.

    They run when the command line of pytest names the folder, or a file in it.
    """
    start = config.invocation_params.dir
    named = [start / arg.partition("::")[0] for arg in config.invocation_params.args]
    if any(folder in (path.resolve(), *path.resolve().parents) for path in named):
        return
    for item in items:
        if item.path.parent == folder and item.name.startswith(beginnings):
            item.add_marker(pytest.mark.skip(reason=f"run it with: {command}"))


def print_table(reporter, module):
    """Print the lines that a module has gathered in its TABLE, if it was imported."""
    for line in getattr(sys.modules.get(module), "TABLE", ()):
        reporter.write_line(line)
