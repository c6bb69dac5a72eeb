"""Whole frames over a socket: a version byte, a length, the payload, a deadline."""

from __future__ import annotations

import socket
import struct
import time
import typing

import numpy as np

from autograder.wire.decode import decode_owned
from autograder.wire.encode import encode_parts
from autograder.wire.errors import (
    BadVersion,
    ChannelClosed,
    ChannelTimeout,
    TooLarge,
    WireError,
)
from autograder.wire.values import Caps

VERSION = 1

_HEADER = struct.Struct("<BQ")
_Bytes = np.ndarray[typing.Any, np.dtype[np.uint8]]
_CHUNK_BYTES = 4 * 1024**2
_SMALL_BYTES = 64 * 1024  # most frames: header and payload come with one system call


class Channel:
    """Sends and receives values; one thread, and frames taken strictly in turn.

    A deadline is an instant of `time.monotonic()`, None waits for ever. After a
    ChannelTimeout, a BadVersion or an announced size beyond the cap the two ends are
    out of step and the channel is of no further use.

    Attributes:
        received_bytes: size of all frames that have been received.
    """

    received_bytes = 0

    def __init__(self, sock: socket.socket, caps: Caps | None = None) -> None:
        self._sock = sock
        self._caps = caps or Caps()
        self._space = memoryview(bytearray(_SMALL_BYTES))
        self._ahead = bytearray()  # received, but not yet taken

    def send(self, value: object, deadline: float | None = None) -> None:
        """Send one value; nothing has been sent when encoding fails.

        Raises:
            WireError: what `encode` raises, ChannelClosed or ChannelTimeout.
        """
        parts = encode_parts(value, self._caps)
        size = sum(len(part) for part in parts)
        first = _HEADER.pack(VERSION, size) + parts[0]
        try:
            for part in (first, *parts[1:]):
                self._sock.settimeout(_remaining(deadline))
                self._sock.sendall(part)
        except OSError as exc:
            raise _translated("send", exc) from exc

    def receive(self, deadline: float | None = None) -> typing.Any:
        """Return the next value.

        Raises:
            WireError: what `decode` raises, BadVersion, ChannelClosed or
                ChannelTimeout.
        """
        version, size = _HEADER.unpack(self._read_small(_HEADER.size, deadline))
        if version != VERSION:
            raise BadVersion(f"frame of version {version}, expected {VERSION}")
        cap = self._caps.frame_bytes
        if size > cap:
            raise TooLarge(f"frame of {size} bytes announced, allowed are {cap}")
        try:
            read = self._read_small if size <= _SMALL_BYTES else self._read_large
            payload = read(size, deadline)
            self.received_bytes += size
            return decode_owned(payload, self._caps)
        except MemoryError as exc:
            raise TooLarge(f"no memory for a frame of {size} bytes") from exc

    def close(self) -> None:
        """Close this end."""
        self._sock.close()

    def fileno(self) -> int:
        """Return the socket's file descriptor."""
        return self._sock.fileno()

    def _read_small(self, size: int, deadline: float | None) -> memoryview:
        """Return the next bytes in memory that nobody else uses."""
        while len(self._ahead) < size:
            self._ahead += self._space[: self._read_some(self._space, deadline)]
        taken = self._ahead[:size]
        del self._ahead[:size]
        return memoryview(taken)

    def _read_large(self, size: int, deadline: float | None) -> memoryview:
        """Return the next bytes in memory that nobody else uses.

        The buffer doubles with what has arrived: an announced length alone does not
        allocate it. It comes from numpy, which does not fill it with zeros first.
        """
        buffer = np.empty(min(size, _CHUNK_BYTES), np.uint8)
        filled = len(self._ahead)
        buffer.data[:filled] = self._read_small(filled, deadline)
        while filled < size:
            if filled == len(buffer):
                buffer = self._doubled(buffer, size, deadline)
            filled += self._read_some(buffer.data[filled:size], deadline)
        return buffer.data[:size]

    def _doubled(self, buffer: _Bytes, size: int, deadline: float | None) -> _Bytes:
        try:
            return np.concatenate((buffer, np.empty_like(buffer)))
        except MemoryError:
            left = size - len(buffer)  # read on, so that the ends stay in step
            while left:
                left -= self._read_some(buffer.data[:left], deadline)
            raise

    def _read_some(self, space: memoryview, deadline: float | None) -> int:
        try:
            self._sock.settimeout(_remaining(deadline))
            got = self._sock.recv_into(space)
        except OSError as exc:
            raise _translated("receive", exc) from exc
        if not got:
            raise ChannelClosed("the peer closed its end, or died")
        return got


def _remaining(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining


def _translated(doing: str, exc: OSError) -> WireError:
    if isinstance(exc, TimeoutError):
        return ChannelTimeout(f"the deadline passed during {doing}")
    return ChannelClosed(f"{doing} failed: {exc.strerror or exc}")
