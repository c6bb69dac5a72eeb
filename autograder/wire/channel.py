"""Whole frames over a socket: a version byte, a length, the payload, a deadline."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
import typing
from collections.abc import Iterator

import numpy as np

from autograder.wire.decode import decode_owned
from autograder.wire.encode import encode_parts
from autograder.wire.errors import (
    BadVersion,
    ChannelClosed,
    ChannelTimeout,
    TooLarge,
)
from autograder.wire.values import Caps

VERSION = 1

_HEADER = struct.Struct("<BQ")
_CHUNK_BYTES = 4 * 1024**2


class Channel:
    """Sends and receives values; one thread, and frames taken strictly in turn.

    A deadline is an instant of `time.monotonic()`, None waits for ever. After a
    ChannelTimeout, a BadVersion or a TooLarge of a whole frame the two ends are out
    of step and the channel is of no further use.
    """

    def __init__(self, sock: socket.socket, caps: Caps | None = None) -> None:
        self._sock = sock
        self._caps = caps or Caps()

    def send(self, value: object, deadline: float | None = None) -> None:
        """Send one value; nothing has been sent when encoding fails.

        Raises:
            WireError: what `encode` raises, ChannelClosed or ChannelTimeout.
        """
        parts = encode_parts(value, self._caps)
        size = sum(len(part) for part in parts)
        first = _HEADER.pack(VERSION, size) + parts[0]
        with _translated("send"):
            for part in (first, *parts[1:]):
                if part:
                    self._sock.settimeout(_remaining(deadline))
                    self._sock.sendall(part)

    def receive(self, deadline: float | None = None) -> typing.Any:
        """Return the next value.

        Raises:
            WireError: what `decode` raises, BadVersion, ChannelClosed or
                ChannelTimeout.
        """
        version, size = _HEADER.unpack(self._read(_HEADER.size, deadline))
        if version != VERSION:
            raise BadVersion(f"frame of version {version}, expected {VERSION}")
        cap = self._caps.frame_bytes
        if size > cap:
            raise TooLarge(f"frame of {size} bytes announced, allowed are {cap}")
        try:
            return decode_owned(self._read(size, deadline), self._caps)
        except MemoryError as exc:
            raise TooLarge(f"no memory for a frame of {size} bytes") from exc

    def close(self) -> None:
        """Close this end."""
        self._sock.close()

    def fileno(self) -> int:
        """Return the socket's file descriptor."""
        return self._sock.fileno()

    def _read(self, size: int, deadline: float | None) -> memoryview:
        """Return the next bytes in memory that nobody else uses.

        The buffer doubles with what has arrived: an announced length alone does not
        allocate it. It comes from numpy, which does not fill it with zeros first.
        """
        buffer = np.empty(min(size, _CHUNK_BYTES), np.uint8)
        filled = 0
        with _translated("receive"):
            while filled < size:
                if filled == len(buffer):
                    buffer = np.concatenate((buffer, np.empty_like(buffer)))
                self._sock.settimeout(_remaining(deadline))
                got = self._sock.recv_into(buffer.data[filled:size])
                if not got:
                    raise ChannelClosed(f"closed after {filled} of {size} bytes")
                filled += got
        return buffer.data[:size]


def _remaining(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining


@contextlib.contextmanager
def _translated(doing: str) -> Iterator[None]:
    try:
        yield
    except TimeoutError as exc:
        raise ChannelTimeout(f"the deadline passed during {doing}") from exc
    except OSError as exc:
        raise ChannelClosed(f"{doing} failed: {exc.strerror or exc}") from exc
