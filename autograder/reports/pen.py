"""Prints in any terminal: plain text, never markup, in characters that it has."""

from __future__ import annotations

import re
import typing

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from autograder.reports.text import clean

_ASCII = str.maketrans(
    {
        "…": "...",
        "–": "-",
        "—": "-",
        "×": "x",
        "→": "->",
        "·": "|",
        "’": "'",
        "“": '"',
        "”": '"',
    }
)

# What a CI system obeys in its log: GitHub's "::error::" where a line begins, which
# wrapping may bring about, and "##[error]" or Azure's "##vso[...]" anywhere.
_GITHUB = "add-|debug|echo|end|error|group|internal-|notice|remove-|save-|set-|stop-"
_COMMAND = re.compile(rf"::(?:{_GITHUB}|warn)|##\w*\[", re.IGNORECASE)


class Pen:
    """Writes plain text, never markup, in characters the terminal has."""

    def __init__(self, console: Console | None) -> None:
        self.console = console or Console(highlight=False, markup=False, emoji=False)
        encoding = getattr(self.console.file, "encoding", None)
        self._encoding = encoding or self.console.encoding or "ascii"
        self.unicode = self._encoding.lower().replace("-", "").startswith("utf")

    def text(self, words_: str, style: str = "") -> Text:
        """Return the text as it can be printed here."""
        words_ = _COMMAND.sub(_broken, clean(words_))
        if not self.unicode:
            words_ = words_.translate(_ASCII)
            raw = words_.encode(self._encoding, "backslashreplace")
            words_ = raw.decode(self._encoding)
        return Text(words_, style=style, overflow="fold")

    def sign(self, sign: str, plain: str) -> str:
        """Return the sign, or its plain word where there are no signs."""
        return sign if self.unicode else plain

    def line(self, words_: str, style: str = "") -> None:
        """Print one paragraph."""
        self.print(self.text(words_, style))

    def print(self, *things: typing.Any, sep: str = " ") -> None:
        """Print as rich does, but without any interpretation of text."""
        self.console.print(*things, sep=sep, markup=False, highlight=False, emoji=False)

    def box(self) -> box.Box:
        """Return the frame of a table."""
        return box.SIMPLE_HEAD if self.unicode else box.ASCII2

    def panel(self, title: str, body: Text, style: str) -> Panel:
        """Return a block that cannot be overlooked."""
        frame = box.HEAVY if self.unicode else box.ASCII2
        return Panel(
            body, title=self.text(f" {title} "), border_style=style, box=frame,
            title_align="left",
        )  # fmt: skip


def _broken(command: re.Match[str]) -> str:
    return f"{command[0][:1]} {command[0][1:]}"
