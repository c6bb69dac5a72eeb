"""Whatever may travel arrives as it was sent, and hostile bytes raise WireError."""

import math
import socket
import struct
import threading
import time

import hypothesis
import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import strategies as st

from autograder.wire import Caps, Channel, Handle, Truncated, WireError, decode, encode

NUMBERS = hnp.scalar_dtypes().filter(
    lambda dtype: (
        dtype.kind in "biufc" and dtype.itemsize <= 8 * (1 + (dtype.kind == "c"))
    )
)
HANDLES = st.builds(
    Handle,
    st.sampled_from(["object", "path", "numpy", "lent"]),
    st.integers(0, 2**63 - 1),
    st.text(max_size=8),
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**400), 2**400)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | HANDLES
    | NUMBERS.map(lambda dtype: dtype.newbyteorder("="))
    | hnp.arrays(NUMBERS, hnp.array_shapes(min_dims=0, min_side=0, max_side=4))
    | hnp.arrays(NUMBERS, ()).map(lambda array: array[()])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


def assert_same(got, sent):
    assert type(got) is type(sent)
    if isinstance(sent, (list, tuple)):
        assert len(got) == len(sent)
        for mine, other in zip(got, sent, strict=True):
            assert_same(mine, other)
    elif isinstance(sent, dict):
        assert list(got) == list(sent)
        for key in sent:
            assert_same(got[key], sent[key])
    elif isinstance(sent, (np.ndarray, np.generic)):
        assert got.dtype == sent.dtype.newbyteorder("=")
        assert got.shape == sent.shape
        assert got.tobytes() == sent.astype(got.dtype).tobytes()
    elif isinstance(sent, float):
        assert struct.pack("d", got) == struct.pack("d", sent)
    else:
        assert got == sent


@hypothesis.settings(deadline=None, max_examples=150)
@hypothesis.given(VALUES)
def test_every_value_arrives_as_it_was_sent(value):
    assert_same(decode(encode(value)), value)


@hypothesis.settings(deadline=None, max_examples=60)
@hypothesis.given(
    st.lists(
        st.tuples(NUMBERS, st.integers(1000, 9000), st.text(max_size=9)),
        min_size=1,
        max_size=4,
    )
)
def test_large_arrays_travel_between_small_things(parts):
    sent = [
        {text: np.arange(size).astype(dtype), "size": size}
        for dtype, size, text in parts
    ]
    near, far = socket.socketpair()
    with near, far:
        thread = threading.Thread(target=Channel(near).send, args=(sent,))
        thread.start()
        got = Channel(far).receive(time.monotonic() + 20)
        thread.join()

    assert_same(got, sent)
    assert_same(decode(encode(sent)), sent)
    assert all(
        value.flags.writeable
        for each in got
        for value in each.values()
        if isinstance(value, np.ndarray)
    )


@hypothesis.settings(deadline=None, max_examples=300)
@hypothesis.given(VALUES, st.data())
def test_changed_bytes_raise_wire_errors_alone(value, data):
    frame = bytearray(encode(value))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(frame) - 1))
        frame[at] = data.draw(st.integers(0, 255))

    try:
        decode(frame, Caps(frame_bytes=10_000))
    except WireError:
        return


@hypothesis.settings(deadline=None, max_examples=200)
@hypothesis.given(st.binary(max_size=60))
def test_arbitrary_bytes_raise_wire_errors_alone(frame):
    try:
        decode(frame)
    except WireError:
        return


def test_a_frame_cut_at_any_byte_is_refused():
    value = {
        "ints": [1, 2**70, -(2**70)],
        "text": ("αβγ", b"raw"),
        "array": np.ones((2, 3)),
        "scalar": np.float32(1.5),
        "dtype": np.dtype("int8"),
        "handle": Handle("object", 7, "Linear"),
    }
    frame = encode(value)

    for end in range(len(frame)):
        with pytest.raises(Truncated, match=r"expected \d+ more bytes"):
            decode(frame[:end])


@pytest.mark.parametrize("value", [0.0, -0.0, math.inf, -math.inf, math.nan])
def test_every_special_float_keeps_its_sign(value):
    got = decode(encode([value, np.float32(value), np.full(2, value)]))

    assert math.copysign(1, got[0]) == math.copysign(1, value)
    assert [repr(got[0]), str(got[1])] == [repr(value), str(value)]
    assert np.array_equal(np.signbit(got[2]), np.signbit(np.full(2, value)))


def test_bool_is_no_int_and_a_numpy_scalar_is_no_float():
    got = decode(encode([True, 1, np.True_, np.float64(1), 1.0]))

    assert [type(item) for item in got] == [bool, int, np.bool_, np.float64, float]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4).T,
        np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        np.arange(12.0)[::-2],
        np.arange(12, dtype=">i4").reshape(3, 4)[:, ::2],
        np.broadcast_to(np.arange(3.0), (4, 3)),
        np.ones((3, 0, 2)),
        np.array(3.5),
    ],
    ids=[
        "transposed",
        "fortran",
        "reversed",
        "big-endian",
        "broadcast",
        "empty",
        "0-d",
    ],
)
def test_arrays_of_any_layout_arrive_contiguous_native_and_writable(array):
    got = decode(encode(array))

    assert np.array_equal(got, array)
    assert got.shape == array.shape
    assert got.dtype == array.dtype.newbyteorder("=")
    assert got.flags.c_contiguous
    assert got.flags.writeable


def test_a_scalar_class_arrives_as_its_dtype():
    assert decode(encode([np.float32, np.longlong])) == [np.dtype("f4"), np.dtype("i8")]
