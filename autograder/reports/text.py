"""Text from submissions made safe to show, and names made safe for files."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from autograder import messages

_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|conin|conout)$")


def clean(text: str, limit: int | None = None) -> str:
    """Return the text, which may have many lines, fit to be shown."""
    limit = len(text) if limit is None else limit
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text  # nearly always: a page has hundreds of such texts
    return messages.clean(text, limit, lines=True)


def one_line(text: str, limit: int = 120) -> str:
    """Return the text on one line, for a name or a label."""
    return messages.clean(text, limit)


def file_stem(name: str) -> str:
    """Return a file name for a submission: safe on every system, and its own.

    A name that had to be changed carries a piece of its hash, so that "Ada" and
    "ada" do not meet on a file system that ignores case.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9_]+", "-", plain.lower()).strip("-")[:60]
    if stem and stem == name and not _RESERVED.match(stem):
        return stem
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{stem or 'submission'}-{digest}"


def file_stems(names: list[str]) -> dict[str, str]:
    """Return a file name for each submission; no two are the same."""
    stems: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(names):
        stem, number = file_stem(name), 2
        while stem in taken:
            stem, number = f"{file_stem(name)}-{number}", number + 1
        taken.add(stem)
        stems[name] = stem
    return stems


def points(value: float) -> str:
    """Return points as people write them: at most two decimals, none when whole."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def seconds(value: float) -> str:
    """Return a duration as people say it."""
    if value >= 90:
        return f"{value / 60:.0f} min"
    return f"{value:.0f} s" if value >= 10 else f"{value:.1f} s"


def percent(share: float) -> str:
    """Return a share as a whole percentage that is 0 or 100 only when it is exact."""
    if 0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1:
        return "99 %"
    return f"{share * 100:.0f} %"
