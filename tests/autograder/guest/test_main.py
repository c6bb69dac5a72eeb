import platform
import signal
import sys

import numpy as np
import pytest

from autograder.wire import Handle

CHECKS = """
    import os
    import random
    import sys
    import threading
    import warnings

    import numpy as np

    print("imported", end="")
    warnings.simplefilter("error")
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    state = []

    def remember(x):
        state.append(x)
        return state

    def crash(): os.kill(os.getpid(), 9)
    def leave(): os._exit(0)
    def quit(): sys.exit("bye")
    def speak(text): print(text, end="")
    def silence(): sys.stdout = None
    def draw(): return random.random(), np.random.rand()
    def huge(): return np.broadcast_to(np.zeros(1), 2**26)
    def allocate(): return np.ones(2**25)
    def confine(more):
        import resource

        with open("/proc/self/statm") as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + more, now + more))

    def measure(x): return x.size
    def wrap(f):
        try:
            return f()
        except BaseException:
            return "survived"
    def library():
        import json
        return json.__file__, os.path.basename(__file__)
    """
JSON = "raise RuntimeError('the student shadows a module of the standard library')"


@pytest.fixture
def guest(start_guest):
    return start_guest(["checks", "gone"], checks=CHECKS, json=JSON)


def test_the_first_message_tells_the_versions(guest):
    versions = {"python": platform.python_version(), "numpy": np.__version__}

    assert guest.ready == {"op": "ready", **versions}
    assert list(guest.imported["errors"]) == ["gone"]


def test_each_check_starts_from_the_imported_state(guest):
    for number in range(2):
        assert guest.ask("begin") == {"op": "begun"}
        assert guest.value("checks.remember", number) == [number]
        assert guest.value("checks.remember", 5) == [number, 5]
        assert guest.ask("end") == {"op": "ended", "status": 0, "printed": ""}


def test_the_next_check_begins_with_the_end_of_the_one_before(guest):
    guest.ask("begin")
    for number in range(3):
        assert guest.value("checks.remember", number) == [number]
        assert guest.ask("next") == {"op": "begun"}
    assert guest.ask("end") == {"op": "ended", "status": 0, "printed": ""}


def test_global_generators_draw_the_same_in_every_check(guest):
    draws = []
    for _ in range(2):
        guest.ask("begin")
        draws.append(guest.value("checks.draw"))
        guest.ask("end")

    assert draws[0] == draws[1]


def test_another_check_in_the_same_fork_draws_the_same_and_finds_no_objects(guest):
    guest.ask("begin")
    function = guest.ask("get", target=Handle("path", 0, "checks"), name="draw")
    draws = guest.ask("call", target=function["value"], args=[], kwargs={})
    again = guest.ask(
        "call", target=Handle("path", 0, "checks.draw"), args=[], kwargs={}, forget=True
    )

    assert again == draws
    assert guest.ask("look", target=function["value"])["type"] == "LookupError"


@pytest.mark.parametrize(
    ("name", "status"), [("crash", int(signal.SIGKILL)), ("leave", 0)]
)
def test_a_fork_that_dies_is_reported_and_the_next_check_runs(guest, name, status):
    guest.ask("begin")

    reply = guest.call(f"checks.{name}")

    assert reply == {"op": "died", "status": status, "memory": False}
    assert guest.ask("begin") == {"op": "begun"}
    assert guest.value("checks.remember", 1) == [1]


def test_sys_exit_ends_neither_check_nor_guest(guest):
    guest.ask("begin")

    assert guest.call("checks.quit")["type"] == "SystemExit"
    assert guest.value("checks.remember", 1) == [1]


def test_what_was_printed_is_there_once_when_the_check_has_ended(guest):
    for text in ("one α\n", "two"):
        guest.ask("begin")
        guest.value("checks.speak", text)
        guest.ask("end")

    assert guest.printed() == "importedone α\ntwo"


def test_a_check_ends_although_its_output_is_gone(guest):
    guest.ask("begin")
    guest.value("checks.silence")

    assert guest.ask("end")["op"] == "ended"


def test_a_result_that_is_too_large_is_told_in_a_sentence(guest):
    guest.ask("begin")
    reply = guest.call("checks.huge")

    assert (reply["type"], reply["where"]) == ("TooLarge", "")
    assert "536870912 bytes, allowed are 268435456" in reply["text"]
    assert guest.value("checks.remember", 1) == [1]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/statm")
def test_a_check_goes_on_after_a_value_that_did_not_fit_its_memory(guest):
    guest.ask("begin")
    guest.value("checks.confine", 64 * 2**20)

    assert guest.call("checks.allocate")["type"] == "MemoryError"
    assert guest.call("checks.measure", np.zeros(2**24))["type"] == "MemoryError"
    assert guest.value("checks.measure", np.zeros(2**10)) == 2**10


def test_the_package_shadows_no_module_of_the_standard_library(guest):
    guest.ask("begin")
    library, own = guest.value("checks.library")

    assert own == "checks.py"
    assert library.endswith("json/__init__.py")


def test_no_student_code_runs_between_two_checks(guest):
    assert guest.call("checks.leave")["text"] == "no check has begun"
    assert guest.ask("begin") == {"op": "begun"}


def test_a_check_can_be_ended_in_the_middle_of_a_callback(guest):
    guest.ask("begin")
    lent = guest.lend(1, lambda: None)
    guest.answer = lambda _: {"op": "end"}

    reply = guest.call("checks.wrap", lent)

    assert reply == {"op": "ended", "status": 0, "printed": ""}


def test_without_fork_checks_still_share_no_object(start_guest):
    guest = start_guest(prelude="del os.fork")
    for _ in range(2):
        assert guest.ask("begin") == {"op": "begun"}
        assert guest.value("layers.Linear", 3, 2).id == 1
        assert guest.ask("end") == {"op": "ended", "status": 0, "printed": ""}

    assert guest.close() == 0


def test_the_guest_leaves_when_the_host_hangs_up(guest):
    guest.ask("begin")

    assert guest.close() == 0
