"""The corpus takes long, so it is graded only where this folder is asked for."""

import pathlib
import sys

import slow

HERE = pathlib.Path(__file__).resolve().parent
SLOW = ("test_nothing_gets_through", "test_each_protection", "test_what_the_border")

sys.path.insert(0, str(HERE))  # corpus, harness, traces, in_process

collect_ignore = ["course", "members", "ordinary"]


def pytest_collection_modifyitems(config, items):
    """Skip what is slow, unless it is asked for."""
    slow.skip_unless_named(HERE, config, items, "tox run -e hostile", SLOW)


def pytest_terminal_summary(terminalreporter):
    """Print the table of what was tried, and what the border is worth."""
    slow.print_table(terminalreporter, "harness")
