import collections
import enum

import numpy as np
import pytest

from autograder.wire import Caps, Handle, Malformed, TooLarge, Unsupported, encode


class Colour(enum.IntEnum):
    RED = 1


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (object(), "object"),
        (1j, "complex"),
        ({1, 2}, "set"),
        (Colour.RED, "Colour"),
        (Text("a"), "Text"),
        (collections.OrderedDict(), "OrderedDict"),
        (np.ma.masked_array([1.0]), "MaskedArray"),
        (float, "type"),
        (np.floating, "type"),
        (len, "builtin_function_or_method"),
    ],
)
def test_a_type_that_may_not_travel_is_named(value, name):
    with pytest.raises(Unsupported, match=f"type {name} may not travel"):
        encode(value)


@pytest.mark.parametrize(
    "array", [np.array([None]), np.array(["a"]), np.zeros(1, "M8[s]")]
)
def test_a_dtype_that_may_not_travel_is_named(array):
    with pytest.raises(Unsupported, match=r"dtype .* may not travel; allowed are bool"):
        encode(array)


def test_a_dict_key_must_be_text():
    with pytest.raises(Unsupported, match="dict key is of type int, expected str"):
        encode({1: 2})


def test_text_with_a_lone_surrogate_does_not_travel():
    with pytest.raises(Unsupported, match="lone surrogate at index 1"):
        encode("a\udc80")


def test_a_handle_of_unknown_kind_does_not_travel():
    with pytest.raises(Unsupported, match="not a handle of a known kind"):
        encode(Handle("secret", 0, ""))


def test_a_list_inside_itself_is_refused():
    loop = []
    loop.append(loop)

    with pytest.raises(Malformed, match="deeper than 32 levels; is it inside itself"):
        encode(loop)


@pytest.mark.parametrize(
    ("value", "match"),
    [
        (2**100, "an int has 13 bytes, allowed are 8"),
        ("a" * 101, "the text has 101 bytes, allowed are 100"),
        (["a" * 60, "b" * 60], "the text has 120 bytes, allowed are 100"),
        (list(range(10)), "a sequence has 10 items, allowed are 9"),
        ([[1, 2, 3], [1, 2, 3], [1, 2]], "the value has 10 items, allowed are 9"),
        (dict.fromkeys("abcdefghij"), "a dict has 10 items, allowed are 9"),
        (np.ones((1, 1, 1)), "an array has 3 axes, allowed are 2"),
        (np.ones((200, 1)), "an array has 1600 bytes, allowed are 1000"),
        (np.ones((0, 200)), "an array has 1600 bytes, allowed are 1000"),
        (bytes(1001), "a bytes value has 1001 bytes, allowed are 1000"),
        ([bytes(600), bytes(600)], "the value has 1215 bytes, allowed are 1000"),
    ],
)
def test_what_exceeds_a_cap_does_not_travel(value, match):
    caps = Caps(frame_bytes=1000, items=9, text_bytes=100, int_bytes=8, rank=2)

    with pytest.raises(TooLarge, match=match):
        encode(value, caps)
