"""Text of strangers, made harmless for where it goes: one function per target.

All of them expect text that `messages.clean` has been over, and hold without it.
"""

from __future__ import annotations

import html as _html
import re

# All ASCII punctuation may be escaped, and what means nothing loses nothing by it.
_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FULL_WIDTH = ("\uff1d", "\uff0b", "\uff0d", "\uff20")  # start formulas as well
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *_FULL_WIDTH)


def html(text: str) -> str:
    """Return text for an HTML page, in an element or in a quoted attribute."""
    return _html.escape(xml(text), quote=True)


def markdown(text: str) -> str:
    """Return text for Markdown: nothing in it formats, links or starts a block."""
    lines = (" ".join(line.split()) for line in xml(text).splitlines())
    return "  \n".join(_MARKDOWN.sub(r"\\\1", line) for line in lines)


def workflow_data(text: str) -> str:
    """Return text for the message of a GitHub workflow command, on one line."""
    text = text.replace("%", "%25").replace("\r", "%0D")
    return re.sub(r"[\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", "%0A", text)


def workflow_property(text: str) -> str:
    """Return text for a property of a GitHub workflow command, such as `title=`."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


def cell(text: str) -> str:
    """Return text for a cell of a table that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def xml(text: str) -> str:
    """Return text without the characters that XML 1.0 has no way to write."""
    return _NOT_XML.sub("", text)
