import pytest

from autograder.records import Limits
from autograder.sandbox import Place, ScriptedSandbox
from autograder.wire import ChannelClosed, ChannelTimeout, WireError, encode

HELLO = {"op": "begin"}


def started(*script):
    box = ScriptedSandbox(script)
    return box, box.start(Place(None), Limits())


def test_the_first_message_says_ready():
    _, guest = started()

    assert guest.channel.receive()["op"] == "ready"


def replies(guest, count=1):
    guest.channel.receive()
    found = []
    for _ in range(count):
        guest.channel.send(HELLO)
        found.append(guest.channel.receive())
    return found


def test_replies_come_in_the_order_of_the_script():
    _, guest = started(
        {"op": "begun"}, lambda request: {"op": "value", "value": request}
    )

    assert replies(guest, 2) == [{"op": "begun"}, {"op": "value", "value": HELLO}]


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("timeout", ChannelTimeout),
        ("die", ChannelClosed),
        (b"\xff garbage", WireError),
        (encode([1, 2])[:-1], WireError),
    ],
)
def test_the_script_can_misbehave(step, error):
    _, guest = started(step)

    with pytest.raises(error, match=r"\w"):
        replies(guest)


def test_where_one_guest_dies_the_next_goes_on():
    box, guest = started("die", {"op": "begun"})
    with pytest.raises(ChannelClosed, match="died"):
        replies(guest)
    guest.kill()
    second = box.start(Place(None, slot=1), Limits())

    assert replies(second) == [{"op": "begun"}]
    assert [each.killed for each in box.guests] == [True, False]
    assert [place.slot for place in box.places] == [0, 1]
    assert box.requests == [HELLO, HELLO]


def test_a_script_that_has_ended_is_a_dead_guest():
    _, guest = started()

    with pytest.raises(ChannelClosed, match="died"):
        replies(guest)
