"""The wire's own error tree; it travels into the sandbox, so it stands alone.

WireError            the bytes, or the peer that sent them, are not what they must be
├── BadVersion       the frame begins with another version of the protocol
├── UnknownTag       a tag, dtype code or handle kind that no table lists
├── TooLarge         beyond a cap; raised before anything of that size is allocated
├── Truncated        the frame ends inside a value
├── Malformed        trailing bytes, bad UTF-8, nested too deeply, a doubled key
├── Unsupported      encode of a type that may not travel
├── ChannelClosed    the peer has closed its end or has died
└── ChannelTimeout   the deadline passed; the channel is out of step afterwards
"""

# ruff: noqa: N818 - the names say what is wrong; WireError says that it is an error

from __future__ import annotations


class WireError(Exception):
    """Something that must not pass the border, told in a sentence."""


class BadVersion(WireError):
    """The frame begins with another version of the protocol."""


class UnknownTag(WireError):
    """A tag, dtype code or handle kind that no table lists."""


class TooLarge(WireError):
    """A length, count or shape beyond its cap."""


class Truncated(WireError):
    """The frame ends inside a value."""


class Malformed(WireError):
    """The bytes are there, but no value has this form."""


class Unsupported(WireError):
    """A value of this type may not travel."""


class ChannelClosed(WireError):
    """The peer has closed its end or has died."""


class ChannelTimeout(WireError):
    """The deadline passed before a whole frame was sent or received."""
