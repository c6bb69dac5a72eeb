"""The row of the wire: a round trip of 1 MB, against the bytes over a plain socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import numpy as np
from clocks import median_wall_s
from table import Row, judged


def wire() -> Iterator[Row]:
    """A round trip of 1 MB over the channel."""
    from autograder.wire import Channel

    array = np.random.default_rng(0).normal(size=131072)

    def echo_channel(end: socket.socket) -> None:
        channel = Channel(end)
        while (value := channel.receive(None)) is not None:
            channel.send(value, None)

    def echo_bytes(end: socket.socket) -> None:
        while data := _receive_exactly(end, array.nbytes):
            end.sendall(data)

    near, far = socket.socketpair()
    threading.Thread(target=echo_channel, args=(far,), daemon=True).start()
    channel = Channel(near)

    def typed() -> None:
        channel.send(array, None)
        channel.receive(None)

    plain_near, plain_far = socket.socketpair()
    threading.Thread(target=echo_bytes, args=(plain_far,), daemon=True).start()
    raw = array.tobytes()

    def plain() -> None:
        plain_near.sendall(raw)
        _receive_exactly(plain_near, len(raw))

    plain_s, wire_s = median_wall_s(plain), median_wall_s(typed)
    against = ("plain socket", plain_s)
    yield judged("wire", "wire round trip, 1 MB array", wire_s, against, most=1.5)
    channel.send(None, None)
    plain_near.close()


def _receive_exactly(end: socket.socket, count: int) -> bytes:
    """Return `count` bytes, or nothing at the end of the stream."""
    data = bytearray(count)
    view = memoryview(data)
    while view:
        got = end.recv_into(view)
        if not got:
            return b""
        view = view[got:]
    return bytes(data)
