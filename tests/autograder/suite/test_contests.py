"""Contests: measured on the trusted side, worth nothing, and no danger to a mark."""

import dataclasses
import time

import pytest

from autograder import sandbox
from autograder.errors import ManifestError, SuiteError
from autograder.records import CheckResult, Outcome
from autograder.suite import contests

FILE = '''
"""Contests."""

import time

import numpy as np

from autograder.suite import close
from autograder.suite.contests import contest


@contest(unit="ms", needs=["scale/forward"])
def speed(student, rng):
    """Scale.forward on a row."""
    layer, x = student.scale.Scale(3), rng.normal((1, 3))
    began = time.perf_counter()
    y = layer.forward(x)
    taken = time.perf_counter() - began
    close(y, np.tanh(x * layer.weight.data), name="out")
    return 1000 * taken


@contest(better="higher")
def shape(student):
    """How many axes a result has."""
    return student.scale.Scale(2).forward(np.zeros((1, 2))).ndim


@contest()
def nothing(student):
    """A contest that forgets to say."""


@contest(needs=["scale/sideways"])
def lost(student):
    """A contest of another stage."""
    return 1
'''


def result(exercise, outcome):
    return CheckResult("x", "x", exercise, outcome, 1.0, 1.0, hidden=True)


PASSED = [result("scale/forward", Outcome.PASSED)]


@pytest.fixture
def hold(lesson):
    """Hold the named contests for the hand-in of the lesson."""
    (lesson.folder / "hidden/contests.py").write_text(FILE)

    def call(*names, results=PASSED):
        box, limits = sandbox.named("unprotected"), lesson.assignment.limits
        return contests.standings(
            named(lesson, *names),
            lesson.course,
            results,
            start=lambda limits: box.start(sandbox.Place(tree=lesson.tree), limits),
            limits=limits,
            secret="secret",
            digest="",
        )

    return call


def named(lesson, *names):
    show = dataclasses.replace(lesson.assignment.show, leaderboard=names)
    return dataclasses.replace(lesson.assignment, show=show)


def test_a_contest_gives_the_number_that_its_function_returns(hold):
    (shape,) = hold("shape")

    assert shape == contests.Standing("How many axes a result has", 2.0, "higher")


def test_time_is_that_of_the_trusted_clock_and_has_its_unit(hold, lesson):
    lesson.hand_in("self.saved = x.copy()", "import time; time.sleep(0.05)")
    lesson.hand_in("import numpy as np", "import time; time.perf_counter = lambda: 0.0")
    lesson.hand_in("from nabla.module", "import numpy as np\nfrom nabla.module")
    (speed,) = hold("speed")

    assert speed.title == "Scale.forward on a row (ms)"
    assert speed.value > 50


def test_contests_that_the_manifest_does_not_name_are_not_held(hold):
    assert hold() == []


@pytest.mark.parametrize("results", [[], [result("scale/forward", Outcome.FAILED)]])
def test_who_has_not_passed_what_a_contest_needs_does_not_enter(hold, results):
    assert hold("speed", results=results) == []


def test_a_fast_wrong_answer_leaves_no_number(hold, lesson):
    lesson.hand_in("return np.tanh(x * self.weight.data)", "return 0 * x")
    (speed,) = hold("speed")

    assert speed.value is None
    assert "out differs" in speed.staff


def test_a_hand_in_that_ends_its_process_leaves_no_number(hold, lesson):
    lesson.hand_in("self.saved = x.copy()", "import os; os._exit(0)")
    speed, shape = hold("speed", "shape")

    assert (speed.value, shape.value) == (None, None)
    assert "speed: " in speed.staff


def test_a_hand_in_that_does_not_return_is_stopped(hold, lesson):
    lesson.hand_in("self.saved = x.copy()", "import time; time.sleep(60)")
    began = time.monotonic()
    (speed,) = hold("speed")

    assert speed.value is None
    assert time.monotonic() - began < 20


def test_a_contest_without_a_number_says_so_to_the_instructor(hold):
    (nothing,) = hold("nothing")

    assert nothing.staff == "nothing: gave None"


def test_a_slip_in_the_manifest_is_named_with_what_there_is(lesson, hold):
    with pytest.raises(SuiteError, match=r"names .sped., and .+ has no such") as caught:
        hold("sped")

    assert caught.value.remedy == "Its contests are: speed, shape, nothing, lost."


def test_a_contest_that_needs_what_there_is_not_is_refused(hold):
    with pytest.raises(ManifestError, match="no exercise 'scale/sideways'"):
        hold("lost")


def test_a_contest_in_a_stage_without_contests_is_refused(lesson):
    with pytest.raises(SuiteError, match="has no such contest"):
        contests.contests(named(lesson, "speed"), lesson.course)
