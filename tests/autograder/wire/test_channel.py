import socket
import struct
import threading
import time
import tracemalloc

import numpy as np
import pytest

from autograder.wire import (
    BadVersion,
    Channel,
    ChannelClosed,
    ChannelTimeout,
    Malformed,
    TooLarge,
    Unsupported,
    encode,
)


@pytest.fixture
def sockets():
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def soon():
    return time.monotonic() + 5


def in_background(function, *args):
    thread = threading.Thread(target=function, args=args, daemon=True)
    thread.start()
    return thread


def frame(payload, version=1, size=None):
    return struct.pack("<BQ", version, len(payload) if size is None else size) + payload


def test_values_arrive_in_the_order_in_which_they_were_sent(sockets):
    near, far = Channel(sockets[0]), Channel(sockets[1])

    near.send({"op": "one"}, soon())
    near.send([2, 2.0], soon())

    assert far.receive(soon()) == {"op": "one"}
    assert far.receive(soon()) == [2, 2.0]


def test_large_arrays_pass_a_small_socket_buffer_and_are_whole(sockets):
    near, far = Channel(sockets[0]), Channel(sockets[1])
    arrays = [np.arange(1_300_000.0), np.arange(7), np.ones((300, 300), "c16")]
    in_background(near.send, arrays, soon())

    got = far.receive(soon())

    assert all(map(np.array_equal, got, arrays))
    assert all(array.flags.aligned and array.flags.writeable for array in got)
    assert not np.shares_memory(got[0], got[2])


def test_a_frame_may_arrive_byte_by_byte(sockets):
    def trickle():
        for byte in frame(encode("slow")):
            sockets[0].sendall(bytes((byte,)))

    in_background(trickle)

    assert Channel(sockets[1]).receive(soon()) == "slow"


def test_receive_gives_up_at_its_deadline(sockets):
    sockets[0].sendall(frame(encode("half"))[:-2])

    with pytest.raises(ChannelTimeout, match="deadline passed during receive"):
        Channel(sockets[1]).receive(time.monotonic() + 0.02)


def test_a_peer_that_trickles_does_not_move_the_deadline(sockets):
    sockets[0].sendall(frame(b"", size=10**6))
    stop = threading.Event()

    def trickle():
        while not stop.wait(0.005):
            sockets[0].sendall(b"N")

    thread = in_background(trickle)

    with pytest.raises(ChannelTimeout, match="deadline passed during receive"):
        Channel(sockets[1]).receive(time.monotonic() + 0.1)
    stop.set()
    thread.join()


def test_send_gives_up_on_a_peer_that_does_not_read(sockets):
    near = Channel(sockets[0])

    with pytest.raises(ChannelTimeout, match="deadline passed during send"):
        near.send(np.zeros(10**6), time.monotonic() + 0.02)


def test_a_deadline_in_the_past_sends_nothing(sockets):
    with pytest.raises(ChannelTimeout, match="deadline passed"):
        Channel(sockets[0]).send("late", time.monotonic() - 1)

    sockets[1].settimeout(0)
    with pytest.raises(BlockingIOError, match="temporarily unavailable"):
        sockets[1].recv(1)


def test_a_closed_peer_is_told_from_a_slow_one(sockets):
    sockets[0].sendall(frame(encode("half"))[:-2])
    sockets[0].close()
    far = Channel(sockets[1])

    with pytest.raises(ChannelClosed, match="peer closed its end"):
        far.receive(soon())
    with pytest.raises(ChannelClosed, match="send failed: Broken pipe"):
        far.send("anyone?", soon())


def test_a_channel_closed_on_this_side_says_so(sockets):
    channel = Channel(sockets[0])
    assert channel.fileno() == sockets[0].fileno()

    channel.close()

    with pytest.raises(ChannelClosed, match="Bad file descriptor"):
        channel.receive(soon())


def test_another_version_is_refused(sockets):
    sockets[0].sendall(frame(b"N", version=9))

    with pytest.raises(BadVersion, match="version 9, expected 1"):
        Channel(sockets[1]).receive(soon())


def test_an_announced_size_beyond_the_cap_is_refused(sockets):
    sockets[0].sendall(frame(b"", size=2**63))

    with pytest.raises(TooLarge, match="frame of 9223372036854775808 bytes announced"):
        Channel(sockets[1]).receive(soon())


def test_an_announced_size_alone_allocates_little(sockets):
    sockets[0].sendall(frame(bytes(1000), size=200 * 1024**2))
    tracemalloc.start()

    with pytest.raises(ChannelTimeout, match="deadline passed"):
        Channel(sockets[1]).receive(time.monotonic() + 0.02)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 5 * 1024**2


def test_a_malformed_frame_leaves_the_channel_in_step(sockets):
    near, far = Channel(sockets[0]), Channel(sockets[1])
    sockets[0].sendall(frame(b"NN"))
    near.send("next", soon())

    with pytest.raises(Malformed, match="1 bytes after the value"):
        far.receive(soon())

    assert far.receive(soon()) == "next"


def test_a_value_that_may_not_travel_sends_nothing(sockets):
    near, far = Channel(sockets[0]), Channel(sockets[1])

    with pytest.raises(Unsupported, match="type object may not travel"):
        near.send([np.zeros(10**6), object()], soon())
    near.send("next", soon())

    assert far.receive(soon()) == "next"
