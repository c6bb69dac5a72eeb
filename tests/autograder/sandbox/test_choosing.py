import os

import pytest

from autograder.errors import SandboxError
from autograder.records import Limits
from autograder.sandbox import Place, choosing, named, probe
from autograder.sandbox.bubblewrap import Bubblewrap
from autograder.sandbox.lockdown import Lockdown
from autograder.sandbox.probing import Probe, examine
from autograder.sandbox.unprotected import Unprotected


@pytest.fixture
def fresh():
    """What was found out before does not count, and will not count afterwards."""
    choosing._probe_once.cache_clear()
    yield
    choosing._probe_once.cache_clear()


@pytest.fixture
def without_bubblewrap(monkeypatch, tmp_path, fresh):
    monkeypatch.setenv("PATH", str(tmp_path))


def works(name):
    return next(found for found in probe() if found.name == name).works


def test_the_probe_tells_of_each_sandbox_whether_it_protects():
    found = {each.name: each.protected for each in probe()}

    assert found == {"bubblewrap": True, "lockdown": True, "unprotected": False}


def test_the_probe_shows_what_an_unprotected_guest_can_do():
    found = next(each for each in probe() if each.name == "unprotected")

    assert found.works
    assert "read a file of the host" in found.possible


@pytest.mark.parametrize("box", [Bubblewrap, Lockdown])
@pytest.mark.parametrize(
    ("protection", "act"),
    [
        ("files", "read a file of the host"),
        ("system calls", "open a local socket"),
        ("limits", "take more memory than allowed"),
    ],
)
def test_each_protection_is_needed(box, protection, act):
    if not works(box.name):
        pytest.skip(f"{box.name} does not work here")
    found = examine(box(without=frozenset({protection})))

    assert not found.protected
    assert act in found.possible


def test_a_protection_that_does_not_exist_cannot_be_left_out():
    with pytest.raises(ValueError, match=r"without: \['magic'\], known"):
        Lockdown(without=frozenset({"magic"}))


def test_without_bubblewrap_it_is_lockdown(without_bubblewrap):
    if not works("lockdown"):
        pytest.skip("lockdown does not work here")

    assert choosing.choose().name == "lockdown"


def test_one_that_is_named_and_missing_is_not_replaced(without_bubblewrap):
    with pytest.raises(SandboxError, match="bwrap is not installed") as caught:
        choosing.choose("bubblewrap")

    assert "--sandbox auto" in caught.value.remedy


def test_a_bubblewrap_that_fails_is_told_in_its_own_words(
    open_folder, monkeypatch, submission
):
    fake = open_folder / "bwrap"
    fake.write_text(
        "#!/bin/sh\necho No permissions to create new namespace >&2\nexit 1"
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{open_folder}:{os.environ['PATH']}")

    with pytest.raises(SandboxError, match="No permissions to create") as caught:
        Bubblewrap().start(Place(submission), Limits())

    assert "doctor" in caught.value.remedy


def test_unprotected_has_to_be_accepted():
    with pytest.raises(SandboxError, match="could do all that you can do"):
        choosing.choose("unprotected")

    assert isinstance(choosing.choose("unprotected", unprotected=True), Unprotected)


def test_nothing_works_without_protection_unless_accepted(monkeypatch, fresh):
    monkeypatch.setattr(choosing, "PROTECTED", ())

    with pytest.raises(SandboxError, match="no sandbox works"):
        choosing.choose()
    assert choosing.choose(unprotected=True).name == "unprotected"


def test_an_unknown_name_is_refused():
    with pytest.raises(SandboxError, match="no sandbox is called 'docker'"):
        named("docker")


@pytest.mark.parametrize("name", ["bubblewrap", "lockdown", "unprotected"])
def test_a_submission_that_is_not_there_is_our_fault(name, tmp_path):
    if not works(name):
        pytest.skip(f"{name} does not work here")

    with pytest.raises(SandboxError, match="cannot be staged"):
        named(name).start(Place(tmp_path / "missing"), Limits())


def probes(monkeypatch, *found):
    """Let trying a sandbox find this, then that; return how often it was tried."""
    left, tried = list(found), []

    def examine(sandbox):
        tried.append(sandbox.name)
        return left.pop(0)

    monkeypatch.setattr(choosing, "examine", examine)
    return tried


def test_a_start_that_fails_is_tried_once_more(fresh, monkeypatch):
    died = Probe("lockdown", works=False, protected=True, reason="it died")
    tried = probes(
        monkeypatch, died, Probe("lockdown", works=True, protected=True, reason="")
    )

    assert choosing.choose("lockdown").name == "lockdown"
    assert len(tried) == 2


def test_what_does_not_stop_a_forbidden_act_gets_no_second_chance(fresh, monkeypatch):
    act = "open a network socket"
    why = f"does not stop: {act}"
    leaky = Probe("lockdown", works=False, protected=True, reason=why, possible=(act,))
    probes(monkeypatch, leaky)

    with pytest.raises(SandboxError, match="does not stop: open a network socket"):
        choosing.choose("lockdown")
