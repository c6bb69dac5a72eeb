"""Which ends of a guest may have been the machine's doing."""

import dataclasses
import functools
import time

import pytest

from autograder import sandbox
from autograder.records import Limits, Outcome
from autograder.sandbox.protocol import Usage
from autograder.suite import endings
from autograder.suite.failures import StudentDied, StudentTimedOut
from autograder.suite.run import run_suite
from autograder.wire import Handle

BEGUN = {"op": "begun"}
DIED = {"op": "died", "status": 9, "memory": False}
ENDED = {"op": "ended", "status": 0, "printed": ""}
IMPORTED = {"op": "imported", "errors": {}}
OBJECT = {"op": "value", "value": Handle("object", 1, "Scale")}
CHECK = '''
    @check(exercise="scale/forward")
    def test_{}(student):
        """Makes one."""
        student.scale.Scale(2)
'''


@dataclasses.dataclass
class Guest:
    """A guest that is gone, and what it has used."""

    cpu_s: float

    def usage(self):
        return Usage(self.cpu_s, 0, -9)


@pytest.mark.parametrize(
    ("error", "used_s", "doubtful"),
    [
        (StudentDied("crashed", call="f", how=""), 9.0, True),
        (
            StudentDied("out_of_memory", Outcome.OUT_OF_MEMORY, call="f", limit=1),
            9.0,
            0,
        ),
        (StudentTimedOut("call", "f", 5.0), 1.0, True),  # in ten seconds
        (StudentTimedOut("import", "f", 5.0), 1.0, True),
        (StudentTimedOut("call", "f", 5.0), 9.0, False),
        (StudentTimedOut("call", "f", 5.0), 0.0, False),  # it is not known
        (StudentTimedOut("cpu", "f", 5.0), 1.0, False),
    ],
)
def test_a_death_is_doubtful_and_a_time_out_without_a_processor(
    error, used_s, doubtful
):
    assert endings.are_doubtful(error, Guest(used_s), waited_s=10.0) == doubtful


@pytest.fixture
def doubts(lesson):
    """Run a public and a hidden check by a script; return outcomes and doubts."""
    lesson.write_checks(CHECK.format("hidden"))
    lesson.write_checks(CHECK.format("public"), place="public")

    def run(*script, used_s=0.0):
        box = sandbox.ScriptedSandbox((IMPORTED, BEGUN, *script), cpu_s=used_s)
        place = sandbox.Place(tree=lesson.tree)
        done = run_suite(
            lesson.assignment,
            lesson.course,
            start=functools.partial(box.start, place),
            limits=Limits(),
        )
        return [result.outcome for result in done.results], done.doubts

    return run


PASSED = [Outcome.PASSED, Outcome.PASSED]


def test_where_nothing_dies_there_is_no_doubt(doubts):
    assert doubts(OBJECT, BEGUN, OBJECT, ENDED) == (PASSED, 0)


@pytest.mark.parametrize("death", [(DIED,), ("die", IMPORTED)], ids=["fork", "guest"])
def test_a_death_between_two_checks_is_noted_though_both_pass(doubts, death):
    assert doubts(OBJECT, *death, BEGUN, OBJECT, ENDED) == (PASSED, 1)


def test_a_death_after_the_last_check_is_noted(doubts):
    assert doubts(OBJECT, BEGUN, OBJECT, DIED) == (PASSED, 1)


def test_a_clock_that_runs_out_while_the_guest_hardly_ran_is_noted(doubts):
    outcomes, noted = doubts(OBJECT, BEGUN, slowly_out_of_time, used_s=0.001)

    assert (outcomes[1], noted) == (Outcome.TIMED_OUT, 1)


def slowly_out_of_time(_request):
    time.sleep(0.05)
    return "timeout"
