import struct
import tracemalloc

import numpy as np
import pytest

from autograder.wire import (
    Caps,
    Handle,
    Malformed,
    TooLarge,
    Truncated,
    UnknownTag,
    decode,
    encode,
)

FLOAT64 = 11


def array_frame(*shape, data=b""):
    head = bytes((ord("a"), FLOAT64, len(shape))) + struct.pack(
        f"<{len(shape)}Q", *shape
    )
    return head + b"\0" + data


def nested(levels):
    return b"l\1\0\0\0" * levels + b"N"


@pytest.mark.parametrize(
    ("frame", "error", "match"),
    [
        (b"", Truncated, "expected 1 more bytes at byte 0, got 0"),
        (b"?", UnknownTag, "unknown tag 63 at byte 0"),
        (b"y\xff", UnknownTag, "unknown dtype code 255"),
        (b"h\x09" + bytes(8) + bytes(4), UnknownTag, "unknown handle kind 9"),
        (b"h\x00" + b"\xff" * 8 + bytes(4), Malformed, "does not fit 63 bits"),
        (b"NN", Malformed, "1 bytes after the value"),
        (b"s\1\0\0\0\xff", Malformed, "not UTF-8: invalid start byte"),
        (b"s\3\0\0\0\xed\xb2\x80", Malformed, "not UTF-8"),
        (b"d\2\0\0\0" + (b"\1\0\0\0aN" * 2), Malformed, "key 'a' stands twice"),
        (nested(33), Malformed, "deeper than 32 levels"),
        (nested(100_000), Malformed, "deeper than 32 levels"),
        (b"n\0\2", Malformed, "a bool that is neither 0 nor 1"),
        (
            b"l\xff\xff\xff\xff",
            TooLarge,
            "list of length 4294967295, allowed are 100000",
        ),
        (b"s\xff\xff\xff\xff", TooLarge, "text of length 4294967295"),
        (b"I\1\4\0\0", TooLarge, "int of length 1025, allowed are 1024"),
        (b"b\xff\xff\xff\0", Truncated, "expected 16777215 more bytes"),
        (array_frame(2, 3), Truncated, "expected 48 more bytes"),
        (array_frame(*[1] * 17), TooLarge, "array with 17 axes, allowed are 16"),
        (array_frame(2**40), TooLarge, r"array of shape \(1099511627776,\)"),
        (array_frame(2**63, 2**63), TooLarge, "array of shape"),
        (array_frame(0, 2**63), TooLarge, "array of shape"),
    ],
)
def test_bytes_that_are_no_value_raise_their_own_error(frame, error, match):
    with pytest.raises(error, match=match):
        decode(frame)


def test_the_items_of_a_whole_frame_are_counted():
    frame = encode([[None] * 40] * 3)

    with pytest.raises(TooLarge, match="more than 100 items in one frame"):
        decode(frame, Caps(items=100))


def test_the_text_of_a_whole_frame_is_counted():
    frame = encode(["a" * 60] * 2)

    with pytest.raises(TooLarge, match="text of length 60, allowed are 40"):
        decode(frame, Caps(text_bytes=100))


def test_an_announced_array_is_not_allocated_before_its_bytes_are_there():
    frame = array_frame(2**24)
    tracemalloc.start()

    with pytest.raises(Truncated, match="expected 134217728 more bytes"):
        decode(frame)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 100_000


def test_an_array_of_no_elements_needs_no_bytes():
    assert decode(array_frame(3, 0)).shape == (3, 0)


def test_a_decoded_array_shares_no_memory_with_the_frame():
    frame = bytearray(encode(np.zeros(20_000)))
    array = decode(frame)

    frame[:] = b"\xff" * len(frame)

    assert not array.any()


def test_an_int_that_may_travel_can_be_printed():
    largest = 2 ** (8 * Caps().int_bytes - 1) - 1

    assert len(str(decode(encode(largest)))) < 4300


def test_handles_are_values():
    handle = decode(encode(Handle("object", 7, "Linear")))

    assert handle == Handle("object", 7, "Linear")
    assert {handle: 1}[Handle("object", 7, "Linear")] == 1
