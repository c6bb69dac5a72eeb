import dataclasses
import functools
import time

import numpy as np
import pytest

from autograder import sandbox
from autograder.errors import SandboxError
from autograder.records import Limits, Outcome
from autograder.suite.run import run_suite
from autograder.wire import Handle

BEGUN = {"op": "begun"}
ENDED = {"op": "ended", "status": 0, "printed": ""}
IMPORTED = {"op": "imported", "errors": {}}
OBJECT = {"op": "value", "value": Handle("object", 1, "Scale")}

BODY = '''
    @check(exercise="scale/forward")
    def test_first(student):
        """First."""
        student.scale.Scale(2)

    @check(exercise="scale/backward")
    def test_second(student):
        """Second."""
        student.scale.Scale(2)
'''


@pytest.fixture
def scripted(lesson):
    lesson.write_checks(BODY)
    (lesson.folder / "public/test_scale.py").unlink()

    def run(*script, used_s=0.0, **limits):
        """Return the results and the scripted sandbox; each guest uses `used_s`."""
        box = sandbox.ScriptedSandbox(script, cpu_s=used_s)
        place = sandbox.Place(tree=lesson.tree)
        bounds = dataclasses.replace(Limits(), **limits)
        done = run_suite(
            lesson.assignment,
            lesson.course,
            start=functools.partial(box.start, place),
            limits=bounds,
        )
        return done.results, box

    return run


GOOD = (BEGUN, OBJECT)


def test_one_guest_serves_all_checks(scripted):
    (first, second), box = scripted(IMPORTED, *GOOD, OBJECT, ENDED)

    assert (first.outcome, second.outcome) == (Outcome.PASSED, Outcome.PASSED)
    assert [request["op"] for request in box.requests] == [
        "import",
        *("begin", "call", "call", "end"),
    ]
    assert box.requests[0]["modules"][-1] == "scale"
    assert [guest.killed for guest in box.guests] == [True]


def test_hidden_checks_share_a_fork_that_forgets(scripted):
    _, box = scripted(IMPORTED, *GOOD, OBJECT, ENDED)

    assert [(request["op"], "forget" in request) for request in box.requests] == [
        ("import", False),
        ("begin", False),
        ("call", False),
        ("call", True),
        ("end", False),
    ]


def test_a_check_that_fails_in_a_used_fork_is_tried_in_a_fresh_one(scripted):
    wrong = {"op": "raised", "type": "E", "mro": ["E"], "text": "", "where": ""}
    (_, second), box = scripted(IMPORTED, *GOOD, wrong, *GOOD, ENDED)

    assert second.outcome is Outcome.PASSED
    assert [request["op"] for request in box.requests[3:6]] == ["call", "next", "call"]


def test_a_check_that_takes_too_long_is_not_tried_again(scripted):
    (_, second), box = scripted(IMPORTED, *GOOD, "timeout")

    assert second.outcome is Outcome.TIMED_OUT
    assert len(box.guests) == 1


def test_public_checks_share_a_fork_and_hidden_ones_another(lesson):
    lesson.write_checks(BODY.replace("def test_", "def test_hidden_"))
    lesson.write_checks(BODY, place="public")
    two = (*GOOD, OBJECT)
    box = sandbox.ScriptedSandbox((IMPORTED, *two, *two, ENDED))
    place = sandbox.Place(tree=lesson.tree)
    run_suite(
        lesson.assignment, lesson.course, start=functools.partial(box.start, place)
    )

    assert [request["op"] for request in box.requests] == [
        "import",
        *("begin", "call", "call"),
        *("next", "call", "call"),
        "end",
    ]


def test_a_call_that_does_not_return_costs_one_check_and_one_guest(scripted):
    (first, second), box = scripted(IMPORTED, BEGUN, "timeout", IMPORTED, *GOOD)

    assert first.outcome is Outcome.TIMED_OUT
    assert first.message == "Scale did not return within 5 s and was stopped."
    assert second.outcome is Outcome.PASSED
    assert [guest.killed for guest in box.guests] == [True, True]


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        ({"call_s": 9.0, "check_s": 3.0}, "This check took longer than the 3 s"),
        (
            {"call_s": 9.0, "submission_s": 4.0},
            "The time for the whole submission (4 s) was used up",
        ),
    ],
)
def test_the_nearest_clock_is_named(scripted, limits, text):
    (first, _), _ = scripted(IMPORTED, BEGUN, "timeout", IMPORTED, *GOOD, **limits)

    assert first.outcome is Outcome.TIMED_OUT
    assert first.message.startswith(text)


TIMEOUT = (IMPORTED, BEGUN, "timeout")


def test_the_next_guest_gets_what_the_others_have_left_of_the_computing_time(scripted):
    _, box = scripted(*TIMEOUT, IMPORTED, *GOOD, used_s=7.0, cpu_s=10.0)

    assert [limits.cpu_s for limits in box.limits] == [10.0, 3.0]


def test_the_start_of_a_guest_does_not_fail_for_want_of_computing_time(scripted):
    (_, second), box = scripted(*TIMEOUT, IMPORTED, *GOOD, used_s=9.9, cpu_s=10.0)

    assert box.limits[1].cpu_s == 2.0
    assert second.outcome is Outcome.PASSED


def test_no_guest_is_started_when_the_computing_time_is_used_up(scripted):
    (_, second), box = scripted(*TIMEOUT, used_s=10.1, cpu_s=10.0)

    assert len(box.guests) == 1
    assert second.outcome is Outcome.TIMED_OUT
    assert second.message == (
        "Your code used up the computing time a submission may take and was stopped."
    )


def slowly(reply, seconds=0.06):
    def answer(request):
        time.sleep(seconds)
        return reply

    return answer


def test_after_the_submissions_time_no_check_is_run(scripted):
    (first, second), box = scripted(
        IMPORTED, BEGUN, slowly(OBJECT), *GOOD, submission_s=0.05
    )

    assert first.outcome is Outcome.PASSED
    assert second.outcome is Outcome.TIMED_OUT
    assert "whole submission" in second.message
    assert len(box.guests) == 1


def test_restarts_buy_no_time(scripted):
    script = (IMPORTED, BEGUN, slowly("timeout"))
    (first, second), box = scripted(*script, submission_s=0.05)

    assert (first.outcome, second.outcome) == (Outcome.TIMED_OUT, Outcome.TIMED_OUT)
    assert len(box.guests) == 1


def test_a_guest_that_dies_is_replaced(scripted):
    (first, second), _ = scripted(IMPORTED, BEGUN, "die", IMPORTED, *GOOD)

    assert first.outcome is Outcome.CRASHED
    assert "the Python process that ran your code ended during Scale" in (
        first.message[0].lower() + first.message[1:]
    )
    assert second.outcome is Outcome.PASSED


def test_a_fork_that_dies_leaves_its_parent_to_serve_on(scripted):
    died = {"op": "died", "status": 11, "memory": False}
    (first, second), box = scripted(IMPORTED, BEGUN, died, *GOOD)

    assert first.outcome is Outcome.CRASHED
    assert first.message.endswith("ended during Scale (SIGSEGV).")
    assert second.outcome is Outcome.PASSED
    assert len(box.guests) == 1


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ({"op": "died", "status": 9, "memory": True}, Outcome.OUT_OF_MEMORY),
        ({"op": "died", "status": 24, "memory": False}, Outcome.TIMED_OUT),
        ({"op": "died", "status": "x", "memory": 1}, Outcome.CRASHED),
        ({"op": "raised", "type": "MemoryError"}, Outcome.OUT_OF_MEMORY),
        ({"op": "raised"}, Outcome.ERRORED),
        (
            {"op": "raised", "type": 3, "mro": 4, "text": [], "where": {}},
            Outcome.ERRORED,
        ),
        ({"op": "passed", "points": 100}, Outcome.CRASHED),
        ({"op": "value"}, Outcome.CRASHED),
        ({"op": "value", "value": Handle("lent", 7, "f")}, Outcome.CRASHED),
        ({"op": "value", "value": [Handle("path", 0, "x")]}, Outcome.CRASHED),
        (b"\xff\xff\xff", Outcome.CRASHED),
    ],
)
def test_whatever_a_guest_answers_is_the_students_outcome(scripted, reply, outcome):
    (first, second), _ = scripted(IMPORTED, BEGUN, reply, *GOOD, ENDED)

    assert first.outcome is outcome
    assert first.message
    assert second.outcome in {Outcome.PASSED, Outcome.CRASHED}


def test_a_list_instead_of_a_reply_is_the_students_outcome(scripted):
    (first, _), _ = scripted(IMPORTED, BEGUN, [1, 2], *GOOD, ENDED)

    assert first.outcome is Outcome.CRASHED


def test_texts_of_the_guest_are_cleaned_and_cut(scripted):
    text = (
        "\x1b[31m\u202eevil\u2066\x00\n" + "x" * 5000 + " /home/someone/secret/file.py"
    )
    raised = {"op": "raised", "type": "Value\x07Error", "mro": [], "text": text}
    (first, _), _ = scripted(IMPORTED, BEGUN, raised, *GOOD, ENDED)

    assert first.message.startswith("Scale raised ValueError: evil xxx")
    assert len(first.message) < 400


def test_paths_of_the_machine_are_cut_to_the_file(scripted):
    text = "cannot open '/srv/grading/slot3/nabla/data.csv'"
    raised = {"op": "raised", "type": "OSError", "mro": [], "text": text}
    (first, _), _ = scripted(IMPORTED, BEGUN, raised, *GOOD, ENDED)

    assert first.message == "Scale raised OSError: cannot open '…/data.csv'"


def test_an_import_that_never_ends_is_tried_once(scripted):
    (first, second), box = scripted("timeout")

    assert (first.outcome, second.outcome) == (Outcome.TIMED_OUT, Outcome.TIMED_OUT)
    assert first.message == "Importing your files did not finish within 10 s."
    assert len(box.guests) == 1


def test_an_import_that_ends_the_process_is_tried_once(scripted):
    (first, second), box = scripted("die")

    assert (first.outcome, second.outcome) == (Outcome.CRASHED, Outcome.CRASHED)
    assert "while it imported your files" in second.message
    assert len(box.guests) == 1


def test_an_import_error_concerns_its_module_alone(scripted):
    errors = {"scale": {"type": "SyntaxError", "text": "oh", "where": ""}}
    raised = {"op": "raised", "type": "SyntaxError", "text": "oh", "where": "scale.py"}
    imported = {"op": "imported", "errors": errors}
    (first, _), _ = scripted(imported, BEGUN, raised, *GOOD, ENDED)

    assert first.outcome is Outcome.ERRORED
    assert first.message == (
        "nabla/scale.py cannot be imported: SyntaxError in scale.py: oh"
    )


def test_a_sandbox_that_does_not_start_is_our_fault(lesson):
    starts = []

    def start(limits):
        starts.append(1)
        raise SandboxError("no namespaces here", "Install bubblewrap.")

    done = run_suite(lesson.assignment, lesson.course, start=start)

    assert {result.outcome for result in done.results} <= {Outcome.GRADER_FAULT}
    assert "no namespaces here" in done.results[0].staff
    assert len(starts) == 2


def test_a_start_that_fails_once_costs_nobody_anything(lesson):
    lesson.write_checks(BODY)
    (lesson.folder / "public/test_scale.py").unlink()
    box = sandbox.ScriptedSandbox((IMPORTED, *GOOD, OBJECT, ENDED))
    place = sandbox.Place(tree=lesson.tree)
    failures = [SandboxError("the runtime has just been removed")]

    def start(limits):
        if failures:
            raise failures.pop()
        return box.start(place, limits)

    done = run_suite(lesson.assignment, lesson.course, start=start)

    assert {result.outcome for result in done.results} == {Outcome.PASSED}


CALLS = '''
    @check(exercise="scale/forward")
    def test_calls(student):
        """Calls."""
        f = student.lend(lambda x: 2 * x)
        close(student.scale.apply(f, 3.0), 6.0)
'''


@pytest.fixture
def lending(lesson):
    lesson.write_checks(CALLS)
    with (lesson.course.reference / "nabla/scale.py").open("a") as file:
        file.write("def apply(f, x):\n    return f(x)\n")
    (lesson.folder / "public/test_scale.py").unlink()

    def run(*script):
        box = sandbox.ScriptedSandbox((IMPORTED, BEGUN, *script))
        place = sandbox.Place(tree=lesson.tree)
        done = run_suite(
            lesson.assignment, lesson.course, start=functools.partial(box.start, place)
        )
        return done.results[0], box

    return run


def callback(**changes):
    request = {"op": "callback", "id": 1, "method": "__call__", "args": [3.0]}
    return {**request, "kwargs": {}, **changes}


def test_a_callback_is_answered_and_the_call_goes_on(lending):
    result, box = lending(callback(), {"op": "value", "value": 6.0}, ENDED)

    assert result.outcome is Outcome.PASSED
    assert box.requests[3] == {"op": "value", "value": 6.0}


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 2},
        {"id": [1]},
        {"method": "__class__"},
        {"args": None},
        {"args": [np.ones(2), 1, 2]},
        {"kwargs": 3},
        {"args": [Handle("path", 0, "x")]},
    ],
)
def test_a_forged_callback_harms_nobody(lending, changes):
    result, _ = lending(callback(**changes), {"op": "value", "value": 0.0}, ENDED)

    assert result.outcome in {Outcome.FAILED, Outcome.CRASHED}


def test_what_is_handed_to_lent_functions_is_limited_in_all(lending):
    large = callback(args=[np.zeros(3 * 10**6)])  # 24 MB
    result, box = lending(*[large] * 4)

    assert result.outcome is Outcome.CRASHED
    assert result.message == (
        "apply handed more than 64 MiB to functions that were handed to it."
    )
    assert box.guests[0].killed
    assert [request["op"] for request in box.requests[-2:]] == ["value", "value"]
