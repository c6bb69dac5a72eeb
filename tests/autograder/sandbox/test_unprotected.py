import socket
import sys
import time

import pytest

from autograder.errors import SandboxError
from autograder.records import Limits
from autograder.sandbox import Place, processes
from autograder.sandbox.loopback import Listener, connect
from autograder.sandbox.unprotected import Unprotected
from autograder.wire import Handle

SOURCE = """
import os, time

def double(x):
    print("doubling", x)
    return 2 * x

def has(name):
    try:
        __import__(name)
    except ImportError:
        return False
    return True

def detach():
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
"""


@pytest.fixture(
    params=[
        pytest.param(
            True,
            marks=pytest.mark.skipif(sys.platform != "linux", reason="needs Linux"),
            id="warden",
        ),
        pytest.param(False, id="plain"),
    ]
)
def guest(request, submission):
    (submission / "nabla" / "lab.py").write_text(SOURCE)
    guest = Unprotected(warden=request.param).start(Place(submission), Limits())
    yield guest
    guest.kill()


def call(guest, name, *args):
    deadline = time.monotonic() + 20
    target = Handle("path", 0, f"lab.{name}")
    load = {"op": "import", "package": "nabla", "modules": ["lab"]}
    request = {"op": "call", "target": target, "args": list(args), "kwargs": {}}
    assert guest.channel.receive(deadline)["op"] == "ready"
    for message in (load, {"op": "begin"}, request):
        guest.channel.send(message, deadline)
        reply = guest.channel.receive(deadline)
    return reply["value"]


def test_it_answers(guest):
    assert call(guest, "double", 21) == 42


def test_what_is_printed_is_kept(guest):
    call(guest, "double", 21)
    guest.kill()

    assert guest.printed() == "doubling 21\n"


@pytest.mark.parametrize(("name", "there"), [("numpy.fft", True), ("pytest", False)])
def test_other_packages_than_numpy_are_not_found_by_accident(guest, name, there):
    assert call(guest, "has", name) is there


def test_killing_it_twice_does_no_harm(guest):
    guest.kill()
    guest.kill()

    assert guest.usage().exit_status is not None


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_with_a_warden_a_daemon_does_not_outlive_it(submission):
    (submission / "nabla" / "lab.py").write_text(SOURCE)
    guest = Unprotected().start(Place(submission), Limits())
    call(guest, "detach")
    family = processes.family(guest._process.pid)
    guest.kill()

    assert len(family) == 4
    assert processes.alive(family) == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
@pytest.mark.parametrize("said", [b"", b'{"cpu_s": 0.1, "pe', b"0.1}", b"{}"])
def test_a_report_that_is_cut_off_leaves_the_usage_unknown(
    submission, monkeypatch, said
):
    guest = Unprotected().start(Place(submission), Limits())
    family = processes.family(guest._process.pid)
    ours, warden = socket.socketpair()
    monkeypatch.setattr(guest, "_line", ours)
    monkeypatch.setattr("autograder.sandbox.running._FAREWELL_S", 0.5)
    warden.sendall(said)
    warden.close()
    guest.kill()
    ours.close()

    assert guest.usage().cpu_s >= 0
    assert processes.alive(family) == []


def test_a_python_that_does_not_start_is_our_fault(submission, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")

    for warden in (True, False):
        with pytest.raises(SandboxError, match="could not be started"):
            Unprotected(warden=warden).start(Place(submission), Limits())


def test_who_does_not_know_the_token_is_hung_up_on():
    listener = Listener()
    port, token = listener.address
    stranger = connect(port, "0" * len(token))
    friend = connect(port, token)
    accepted = listener.accept(time.monotonic() + 5)
    friend.sendall(b"hello")

    assert accepted.recv(5) == b"hello"
    assert stranger.recv(1) == b""
    for sock in (stranger, friend, accepted, listener):
        sock.close()


def test_the_listener_does_not_wait_for_ever():
    listener = Listener()

    with pytest.raises(TimeoutError, match="timed out"):
        listener.accept(time.monotonic() + 0.01)
    listener.close()
