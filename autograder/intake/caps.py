"""How much of a hand-in is looked at, before anything is read or unpacked."""

from __future__ import annotations

MEMBERS = 5_000
"""Files of one hand-in; more than that is not a package of a few modules."""

HEADERS = 20_000
"""Entries of an archive, noise such as `.git` included."""

FILE_BYTES = 1024**2
"""Bytes of one source file."""

ARCHIVE_BYTES = 64 * 1024**2
"""Bytes of an archive as it was handed in."""

UNPACKED_BYTES = 32 * 1024**2
"""Bytes that one archive may become while it is decompressed."""

STREAMS = 64
"""Compressed streams one after another, as parallel compressors write them."""

NAME_CHARACTERS = 80
"""Characters of a person's name."""

DEPTH = 12
"""Folders within folders."""


def in_words(count: int) -> str:
    """Return a number of bytes as a person writes it, such as "1.5 MiB"."""
    size = float(count)
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
