"""Guests are forks of a zygote, and do without it where there is none."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest

from autograder.errors import SandboxError
from autograder.records import Limits
from autograder.sandbox import Place, choosing, kit, launch, named, processes
from autograder.sandbox import nursery as nursery_module
from autograder.sandbox.nursery import Nursery

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are Linux's")

HOST = """
import pathlib, sys
from autograder.records import Limits
from autograder.sandbox import Place, named
guest = named(sys.argv[1]).start(Place(pathlib.Path(sys.argv[2])), Limits())
print("started", flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=["bubblewrap", "lockdown"])
def box(request):
    found = choosing._probe_once(request.param)
    if not found.works:
        pytest.skip(f"{request.param} does not work here: {found.reason}")
    return named(request.param)


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "tree/nabla").mkdir(parents=True)
    (tmp_path / "tree/nabla/__init__.py").touch()
    return tmp_path / "tree"


@pytest.fixture
def nursery(monkeypatch):
    """A process that has started no guest so far."""
    fresh = Nursery()
    monkeypatch.setattr(launch, "nursery", fresh)
    yield fresh
    for zygote in fresh._zygotes.values():
        zygote.end()


def started(box, tree):
    """Start a guest, see that it answers, and return it."""
    guest = box.start(Place(tree), Limits())
    assert guest.channel.receive(time.monotonic() + 10)["op"] == "ready"
    return guest


def parent(guest):
    """Return the parent of a guest's warden."""
    return int(processes._stat(guest._process.pid)[1])


def test_guests_of_a_process_are_forks_of_one_zygote(box, tree, nursery):
    first, second = started(box, tree), started(box, tree)
    try:
        assert parent(first) == parent(second) != os.getpid()
    finally:
        first.kill()
        second.kill()

    (zygote,) = nursery._zygotes.values()
    assert processes.family(zygote._process.pid) == [zygote._process.pid]


def test_forks_of_a_process_share_its_zygote(box, tree, nursery):
    ours = started(box, tree)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        guest = started(box, tree)
        os.write(write, b"%d" % parent(guest))
        guest.kill()
        os._exit(0)
    os.waitpid(child, 0)

    assert int(os.read(read, 16)) == parent(ours)
    ours.kill()
    os.close(read)
    os.close(write)


def test_a_zygote_that_was_killed_is_replaced(box, tree, nursery):
    started(box, tree).kill()
    (before,) = nursery._zygotes.values()
    os.kill(before._process.pid, signal.SIGKILL)
    before._process.wait()

    started(box, tree).kill()

    assert [each is before for each in nursery._zygotes.values()] == [False]


def test_a_guest_whose_zygote_was_killed_can_be_ended(box, tree, nursery):
    guest = started(box, tree)
    (zygote,) = nursery._zygotes.values()
    os.kill(zygote._process.pid, signal.SIGKILL)

    guest.kill()

    assert not processes.alive([guest._process.pid])


def test_without_a_zygote_guests_are_programs_of_their_own(
    box, tree, nursery, monkeypatch
):
    monkeypatch.setattr(kit, "START_ZYGOTE", "raise SystemExit('no forks today')")
    with pytest.raises(SandboxError, match="no forks today"):
        started(box, tree)

    guest = started(box, tree)

    assert parent(guest) == os.getpid() or box.name == "bubblewrap"
    assert not nursery._zygotes
    guest.kill()


def test_the_zygote_ends_with_a_host_that_is_killed(box, tree):
    with subprocess.Popen(
        [sys.executable, "-c", HOST, box.name, str(tree)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as host:
        assert host.stdout.readline() == b"started\n"
        family = processes.family(host.pid)
        assert len(family) > 2
        host.kill()

    deadline = time.monotonic() + 10
    while processes.alive(family) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not processes.alive(family)


def test_a_zygote_that_dies_in_between_is_noticed_at_once(
    box, tree, nursery, monkeypatch
):
    started(box, tree).kill()
    (zygote,) = nursery._zygotes.values()
    ask = zygote.ask

    def ask_the_dead(*wanted):
        zygote._process.send_signal(signal.SIGSTOP)
        ask(*wanted)
        zygote._process.kill()

    monkeypatch.setattr(zygote, "ask", ask_the_dead)
    began = time.monotonic()
    with pytest.raises(SandboxError, match="has ended at once"):
        started(box, tree)

    assert time.monotonic() - began < launch.READY_S / 2
    started(box, tree).kill()


def test_no_process_of_a_guest_has_rights_and_all_go_first_when_memory_is_short(
    box, tree, nursery
):
    guest = started(box, tree)
    family = processes.family(guest._process.pid)
    found = [pathlib.Path(f"/proc/{pid}/status").read_text() for pid in family]
    scores = [pathlib.Path(f"/proc/{pid}/oom_score_adj").read_text() for pid in family]
    guest.kill()

    assert len(family) == 2
    for status in found:
        rights = dict(re.findall(r"^Cap(\w+):\s+(\w+)$", status, re.MULTILINE))
        kinds = ("Inh", "Prm", "Eff", "Amb", *(["Bnd"] * (box.name == "bubblewrap")))
        assert {kind: int(rights[kind], 16) for kind in kinds} == dict.fromkeys(
            kinds, 0
        )
        assert "NoNewPrivs:\t1" in status
    assert [int(score) for score in scores] == [1000, 1000]


def test_the_zygote_that_is_prepared_is_the_one_that_guests_come_from(
    box, tree, nursery, monkeypatch
):
    monkeypatch.setattr(nursery_module, "nursery", nursery)
    nursery_module.prepare()
    (prepared,) = nursery._zygotes.values()

    guest = started(box, tree)

    assert parent(guest) == prepared._process.pid
    assert list(nursery._zygotes.values()) == [prepared]
    guest.kill()
