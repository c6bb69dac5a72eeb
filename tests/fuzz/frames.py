"""What no frame may do, whoever has made it: crash, hang, allocate, raise anything.

`examine` takes the bytes of a payload and `examine_stream` those of a whole stream;
both raise `Found` when the wire does something else than return a value of the closed
set, or raise WireError.
"""

import socket
import struct
import time
import tracemalloc

import numpy as np

from autograder.wire import Caps, Channel, Handle, WireError, decode, encode

CAPS = Caps(frame_bytes=64 * 1024, items=2000, text_bytes=16 * 1024)
"""Small ones, so that mutated lengths fall on both sides of them."""

HANG_S = 1.0
"""A frame of a few kilobytes is decoded in microseconds."""

_ANY_FRAME_BYTES = 64 * 1024
_PER_BYTE = 160
"""The dearest byte: an empty dict takes five, an empty array some forty times that."""

SEEDS = [
    None,
    [True, False, 0, -1, 2**62, -(2**70), 0.5, float("nan")],
    {"op": "call", "target": Handle("path", 0, "layers.Linear"), "args": [], "kw": {}},
    {"op": "value", "value": ({"α": "βγ"}, b"raw bytes", [[[[]]]], (), {})},
    {"handles": [Handle(kind, 7, kind) for kind in ("object", "numpy", "lent")]},
    [np.arange(6.0).reshape(2, 3), np.zeros((3, 0)), np.array(1.5), np.ones(3, "?")],
    [np.arange(4, dtype=code) for code in "bhilBHIL"] + [np.ones(2, "c8")],
    [
        np.float32(1.5),
        np.int8(-1),
        np.ones(1, "?")[0],
        np.complex128(1j),
        np.dtype("f2"),
    ],
    {str(n): [n, float(n), str(n), np.full(n, n)] for n in range(12)},
    ["a" * 300, b"b" * 300, list(range(50)), tuple("abc"), np.zeros(3000)],
]


class Found(Exception):  # noqa: N818 - it is what a fuzzer looks for
    """The wire did what it must not do."""


def examine(payload):
    """Decode a payload; return whether it was a value."""
    return _watched(payload, lambda: decode(payload, CAPS))


def examine_stream(data):
    """Receive what a peer sends that then closes its end; return the values' number."""
    near, far = socket.socketpair()
    with near, far:
        near.sendall(data)
        near.shutdown(socket.SHUT_WR)
        channel = Channel(far, CAPS)
        values = 0
        while _watched(data, lambda: channel.receive(time.monotonic() + HANG_S)):
            values += 1
        return values


def framed(payload, version=1, size=None):
    """Return the frame of a payload, whose header may lie."""
    return struct.pack("<BQ", version, len(payload) if size is None else size) + payload


def _watched(data, act):
    """Return whether a value came; raise Found for all that must not happen."""
    began = time.monotonic()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    try:
        value = act()
    except WireError:
        value, came = None, False
    except BaseException as exc:
        raise Found(f"{exc!r} for {data!r}") from exc
    else:
        came = True
    grown = tracemalloc.get_traced_memory()[1] - before
    took_s = time.monotonic() - began
    if grown > _ANY_FRAME_BYTES + _PER_BYTE * len(data):
        raise Found(f"{grown} bytes allocated for {data!r}")
    if took_s > HANG_S:
        raise Found(f"{took_s:.1f} s for {data!r}")
    if came:
        _require_same_again(value, data)
    return came


def _require_same_again(value, data):
    """What was received may be sent on, and arrives as the same bytes."""
    try:
        once = encode(value, CAPS)
        same = encode(decode(once, CAPS), CAPS) == once
    except WireError as exc:
        raise Found(f"cannot be sent on ({exc}): {data!r}") from exc
    if not same:
        raise Found(f"decoded to another value the second time: {data!r}")
