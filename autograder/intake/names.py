"""Names that come from a hand-in: what is noise, what is unsafe, what is shown."""

from __future__ import annotations

import re
import unicodedata

ARCHIVE_SUFFIXES = (
    ".tar.gz",
    ".tar.bz2",
    ".tar.xz",
    ".tgz",
    ".tbz2",
    ".txz",
    ".tar",
    ".zip",
    ".rar",
    ".7z",
)
"""Endings of archives; those that cannot be opened get a sentence of their own."""

_NOISE = frozenset(
    {"__macosx", "__pycache__", "thumbs.db", "desktop.ini", "venv", "node_modules"}
)
_NOT_HANDED_IN = (".csv", ".yml", ".yaml", ".json", ".md", ".toml", ".log")
# Windows takes superscript digits for digits here, and ignores spaces before a dot.
_RESERVED = re.compile(
    r"(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]) *(\..*)?", re.IGNORECASE
)
_NAME_CHARACTERS = 80
_NAME_BYTES = 200  # leaves room for an ending within the 255 bytes of a file name


def is_noise(name: str) -> bool:
    """Tell whether a system, an editor or Python left this behind.

    Everything that begins with a dot is noise: `.git`, `.DS_Store`, `._gates.py`.
    """
    parts = name.split("/")
    dotted = any(part.startswith(".") and part != ".." for part in parts)
    known = any(part.casefold() in _NOISE for part in parts)
    return dotted or known or name.endswith((".pyc", ".pyo"))


def is_archive_name(name: str) -> bool:
    """Tell whether a file of that name says that it is an archive."""
    return name.casefold().endswith(ARCHIVE_SUFFIXES)


def is_inbox_paperwork(name: str) -> bool:
    """Tell whether a file beside the hand-ins is the instructor's, such as a roster."""
    return name.casefold().endswith(_NOT_HANDED_IN)


def member_name(raw: str) -> tuple[str, str]:
    """Return an archive member's name in one spelling, and why it is refused.

    The reason is "" when the name is fine. A backslash is a separator, because that
    is what it is on the machine that wrote it.
    """
    text = raw.replace("\\", "/")
    parts = [part for part in text.split("/") if part not in ("", ".")]
    name = "/".join(parts)
    if text.startswith("/") or re.match(r"[A-Za-z]:", text):
        return name, "is an absolute path"
    if ".." in parts:
        return name, "climbs out of the archive"
    return name, ""


def submission_name(filename: str) -> str:
    """Return a name for people, tables and file names, derived from a file's name.

    Letters and digits of every script stay; control characters, bidirectional marks
    and everything that a shell, a path or a spreadsheet could misread go.
    """
    stem = filename
    for suffix in (*ARCHIVE_SUFFIXES, ".py"):
        if filename.casefold().endswith(suffix):
            stem = filename[: -len(suffix)]
            break
    kept = "".join(_kept(char) for char in unicodedata.normalize("NFC", stem))
    name = re.sub(r"\s+", " ", kept).strip(" ._-+@")[:_NAME_CHARACTERS]
    name = name.encode()[:_NAME_BYTES].decode(errors="ignore").strip(" ._-+@")
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    return name or "submission"


def _kept(char: str) -> str:
    category = unicodedata.category(char)
    if category[0] in "LN" or category in ("Mn", "Mc") or char in " ._-+@":
        return char
    return "" if category == "Cf" else "_"
