"""Hands in files whose names are HTML, escapes, commands, options and other paths."""

raise ImportError(
    "cannot import name '<b class=hostile>'", name="=HOSTILE", path="/root/x"
)
