import sys

import numpy as np
import pytest

from autograder.guest.servant import Servant
from autograder.wire import Handle

VALUES = """
    import collections
    import enum
    import numpy as np

    class Colour(enum.IntEnum):
        RED = 3

    class Text(str):
        def __getitem__(self, key):
            return "forged"

    class Array(np.ndarray):
        def __eq__(self, other):
            return True

    class Liar:
        __class__ = list

    Point = collections.namedtuple("Point", "x y")

    def odd():
        return [Colour.RED, Text("a\\udc80"), np.str_("b"), Point(1, 2.0),
                collections.OrderedDict(a=np.float32(1)), np.float64]

    def array():
        return np.arange(3.0).view(Array)

    def kept():
        return {"key": {1: 2}, "object": np.array([None]), "complex": 1j}

    def loop():
        found = []
        found.append(found)
        return found

    def bomb():
        found = []
        found += [found, found]
        return found
    """


def test_objects_are_made_called_read_and_set(local):
    host = local()
    layer = host.value("layers.Linear", 3, outputs=2)

    host.ask("set", target=layer, name="weight", value=np.full((3, 2), 2.0))

    assert layer == Handle("object", 1, "Linear")
    assert np.array_equal(host.value(layer, np.ones((1, 3))), [[6.0, 6.0]])
    assert host.ask("get", target=layer, name="training")["value"] is True
    assert host.ask("names", target=layer)["value"][:2] == ["broken", "forward"]


def test_the_same_object_comes_back_as_the_same_handle(local):
    host = local()
    layer = host.value("layers.Linear", 3, 2)

    assert host.value("layers.echo", layer, [layer]) == (layer, [layer])
    assert host.value("layers.Linear", 3, 2) != layer


def test_sequences_are_indexed_measured_and_walked(local):
    host = local()
    layers = [host.value("layers.Linear", 3, 2) for _ in range(2)]
    box = host.value("layers.Sequential", *layers)
    kept = host.ask("get", target=box, name="modules")["value"]
    placed = host.ask("place", value=np.arange(6.0).reshape(2, 3), layout="C")["value"]

    assert kept == layers
    assert host.ask("length", target=placed)["value"] == 2
    assert host.ask("item", target=placed, key=(1, 2))["value"] == 5.0
    assert len(host.ask("iterate", target=placed)["value"]) == 2


def test_no_more_than_a_thousand_elements_are_taken_from_an_iterator(local):
    host = local(counting="import itertools\ndef count(): return itertools.count()")
    endless = host.value("counting.count")

    assert host.ask("iterate", target=endless)["value"] == list(range(1000))


def test_odd_values_arrive_plain(local):
    got = local(values=VALUES).value("values.odd")

    assert got == [3, "a\\udc80", "b", (1, 2.0), {"a": np.float32(1)}, np.dtype("f8")]
    assert [type(item) for item in got[:5]] == [int, str, str, tuple, dict]


def test_a_subclass_of_ndarray_arrives_as_a_plain_array(local):
    got = local(values=VALUES).value("values.array")

    assert type(got) is np.ndarray
    assert np.array_equal(got, [0.0, 1.0, 2.0])


def test_what_may_not_travel_arrives_as_a_handle(local):
    got = local(values=VALUES).value("values.kept")

    assert [handle.name for handle in got.values()] == [
        "dict",
        "ndarray[object]",
        "complex",
    ]
    assert {handle.kind for handle in got.values()} == {"object"}


def test_a_class_that_only_claims_to_be_a_list_arrives_as_a_handle(local):
    assert local(values=VALUES).value("values.Liar").name == "Liar"


def test_a_list_inside_itself_ends_in_a_handle(local):
    got = local(values=VALUES).value("values.loop")
    while isinstance(got, list):
        (got,) = got

    assert got.name == "list"


def test_a_list_that_doubles_in_itself_is_too_large(local):
    reply = local(values=VALUES).call("values.bomb")

    assert (reply["op"], reply["type"]) == ("raised", "TooLarge")
    assert "more than 100000 elements" in reply["text"]


def test_arrays_can_stay_and_be_compared_by_memory(local):
    host = local()
    placed = host.ask("place", value=np.ones((4, 3)), layout="C")["value"]
    layer = host.value("layers.Linear", 3, 2)
    out = host.call(layer, placed, keep=True)["value"]
    saved = host.ask("get", target=layer, name="saved", keep=True)["value"]

    assert saved == placed
    assert host.ask("same", first=saved, second=placed)["value"] is True
    assert host.ask("shares", first=saved, second=placed)["value"] is True
    assert host.ask("shares", first=out, second=placed)["value"] is False
    assert host.ask("look", target=out)["value"].shape == (4, 2)


def test_looking_at_a_placed_array_shows_what_was_done_to_it(local):
    host = local(spoil="def spoil(x):\n    x[...] = 7")
    placed = host.ask("place", value=np.zeros(3), layout="strided")["value"]

    host.value("spoil.spoil", placed)

    assert host.ask("look", target=placed)["value"].tolist() == [7.0, 7.0, 7.0]


def test_arguments_and_results_are_copies_in_process_as_well(local):
    host = local(
        spoil="import numpy as np\nkept = np.zeros(3)\ndef spoil(x):\n    x += 1\n"
        "    return kept"
    )
    mine = np.zeros(3)

    got = host.value("spoil.spoil", mine)
    got += 5

    assert not mine.any()
    assert not host.ask("get", target=Handle("path", 0, "spoil"), name="kept")[
        "value"
    ].any()


def test_numpy_of_the_guest_can_be_called(local):
    host = local()
    generator = host.value(Handle("numpy", 0, "random.default_rng"), 7)
    draw = host.ask("get", target=generator, name="random")["value"]

    assert host.value(draw) == np.random.default_rng(7).random()


def test_a_missing_name_comes_with_near_misses(local):
    host = local()
    layer = host.value("layers.Linear", 3, 2)
    replies = [
        host.call("layers.Linaer"),
        host.call("layrs.Linear"),
        host.ask("get", target=layer, name="wieght"),
    ]

    assert {reply["type"] for reply in replies} == {"AttributeError"}
    assert [reply["text"].partition("; ")[2] for reply in replies] == [
        "did you mean 'Linear'?",
        "did you mean 'layers'?",
        "did you mean 'weight'?",
    ]


def test_an_error_inside_a_property_is_told_as_it_is(local):
    host = local()
    layer = host.value("layers.Linear", 3, 2)
    reply = host.ask("get", target=layer, name="broken")

    assert (reply["type"], reply["text"]) == ("ValueError", "no such thing")
    assert reply["where"].startswith("layers.py, line ")
    assert reply["where"].endswith(", in Linear.broken")


def test_requests_that_make_no_sense_are_answered(local):
    host = local()

    assert host.ask("vanish")["type"] == "KeyError"
    assert host.call(Handle("object", 99, "Linear"))["type"] == "LookupError"
    assert host.ask("place", value=np.ones(2), layout="Z")["type"] == "ValueError"
    assert host.call("layers.echo", object())["type"] == "Unsupported"


def test_a_new_check_knows_no_object_of_the_last(local):
    host = local()
    layer = host.value("layers.Linear", 3, 2)

    assert host.ask("end") == {"op": "ended", "status": 0, "printed": ""}
    assert host.ask("begin") == {"op": "begun"}
    assert host.ask("look", target=layer)["type"] == "LookupError"


def test_warnings_and_numpy_settings_of_the_process_stay_as_they_were(local):
    host = local(
        loud="import numpy as np\nnp.seterr(divide='warn')\n"
        "def divide():\n    np.seterr(all='ignore')\n"
        "    return np.ones(1) / 0"
    )
    before = np.geterr()

    assert host.value("loud.divide").tolist() == [np.inf]
    assert np.geterr() == before


def test_ctrl_c_reaches_the_person_at_the_keyboard(local):
    host = local(stop="def stop(): raise KeyboardInterrupt('by hand')")

    with pytest.raises(KeyboardInterrupt, match="by hand"):
        host.call("stop.stop")

    assert "nabla.stop" not in sys.modules


def test_a_package_has_to_be_imported_first():
    reply = Servant(None).handle({"op": "look", "target": Handle("path", 0, "layers")})

    assert (reply["type"], reply["text"]) == (
        "LookupError",
        "the package nabla has not been imported yet",
    )
