"""The bytes between trusted and untrusted: a closed set of values, and caps.

A frame is a version byte, the length of the payload (8 bytes) and the payload: a tag
and what belongs to it. All numbers are little-endian.

| tag  | value           | after the tag                                          |
|------|-----------------|--------------------------------------------------------|
| NTF  | None, True, False | nothing                                              |
| i, I | int             | 8 bytes; length (4 bytes) and two's complement         |
| f    | float           | 8 bytes                                                |
| s, b | str, bytes      | length (4 bytes) and UTF-8 or raw bytes                |
| l, t | list, tuple     | count (4 bytes) and the items                          |
| d    | dict, str keys  | count (4 bytes) and keys (as text without tag), items  |
| a    | ndarray         | dtype code, rank (1 byte each), shape (8 bytes each),  |
|      |                 | number of zero bytes (1 byte) and these, C order       |
| n    | numpy scalar    | dtype code, raw bytes                                  |
| y    | dtype           | dtype code                                             |
| h    | Handle          | kind (1 byte), id (8 bytes), name                      |

Types are exact: a subclass does not travel, and text with a lone surrogate does not
either. Importing this package loads the standard library and numpy, nothing else.
"""

from autograder.wire.channel import Channel
from autograder.wire.decode import decode
from autograder.wire.encode import encode
from autograder.wire.errors import (
    BadVersion,
    ChannelClosed,
    ChannelTimeout,
    Malformed,
    TooLarge,
    Truncated,
    UnknownTag,
    Unsupported,
    WireError,
)
from autograder.wire.values import Caps, Handle

__all__ = [
    "BadVersion",
    "Caps",
    "Channel",
    "ChannelClosed",
    "ChannelTimeout",
    "Handle",
    "Malformed",
    "TooLarge",
    "Truncated",
    "UnknownTag",
    "Unsupported",
    "WireError",
    "decode",
    "encode",
]
