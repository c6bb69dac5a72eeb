import dataclasses
import math
import pathlib

import pytest

from autograder.manifest import Assignment, Exercise
from autograder.policies import AttemptPolicy, LatePolicy
from autograder.records import CheckResult, Limits, Outcome
from autograder.scoring import round_points, score

HOUR_S = 3600.0


@pytest.fixture
def assignment():
    return Assignment(
        id="a01_gates",
        title="Gates",
        summary="",
        points=10.0,
        files=("nabla/gates.py",),
        exercises=(),
        limits=Limits(),
        solutions_released=False,
        opens=None,
        due=None,
        folder=pathlib.Path(),
    )


def result(earned, possible, outcome=Outcome.PASSED):
    return CheckResult("c", "C.", "add", outcome, earned, possible, hidden=True)


def test_points_are_added_up(assignment):
    checks = [result(0.1, 0.1)] * 3 + [result(0.0, 9.7, Outcome.FAILED)]

    assert score(assignment, checks).earned == 0.3
    assert score(assignment, checks).possible == 10.0


def test_optional_points_make_up_for_lost_ones_and_for_no_more(assignment):
    extra = Exercise("extra", "Optional", 3.0, optional=True)
    assignment = dataclasses.replace(assignment, exercises=(extra,))
    lost = [result(8, 8), result(0, 2, Outcome.FAILED), result(3, 3)]
    none_lost = [result(8, 8), result(2, 2), result(3, 3)]

    assert score(assignment, lost).earned == 10.0
    assert score(assignment, none_lost).earned == 10.0
    assert score(assignment, [result(8, 8), result(2, 2)]).earned is None


def test_a_fault_of_the_grader_leaves_no_score(assignment):
    checks = [result(6, 6), result(0, 4, Outcome.GRADER_FAULT)]
    outcome = score(assignment, checks)

    assert outcome.earned is None
    assert outcome.possible == 10.0
    assert outcome.notes == (
        "The grader itself failed in 1 of 2 checks, so there is no score yet.",
    )


@pytest.mark.parametrize("checks", [[], [result(6, 6)], [result(6, 6)] * 2])
def test_checks_that_did_not_run_are_no_zeros(assignment, checks):
    outcome = score(assignment, checks)

    assert outcome.earned is None
    assert "expected 10" in outcome.notes[0]


@pytest.mark.parametrize("earned", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_leaves_no_score(assignment, earned):
    assert score(assignment, [result(earned, 10)]).earned is None


@pytest.mark.parametrize(("earned", "total"), [(99.0, 10.0), (-5.0, 0.0)])
def test_no_check_earns_more_than_it_has_or_less_than_nothing(
    assignment, earned, total
):
    assert score(assignment, [result(earned, 10)]).earned == total


@pytest.mark.parametrize(
    ("points", "rounded"), [(2.675, 2.68), (1.005, 1.01), (0.004999, 0.0), (10, 10.0)]
)
def test_points_are_rounded_as_people_do(points, rounded):
    assert round_points(points) == rounded


@pytest.mark.parametrize(
    ("late_hours", "points"),
    [(-5, 8.0), (0, 8.0), (0.25, 8.0), (0.26, 7.2), (24, 7.2), (25, 6.4), (999, 4.0)],
)
def test_each_day_begun_costs_its_share_down_to_the_floor(
    assignment, late_hours, points
):
    policy = LatePolicy(grace_minutes=15, percent_per_day=10, floor_percent=50)
    checks = [result(8, 8), result(0, 2, Outcome.FAILED)]

    assert score(assignment, checks, policy, late_hours * HOUR_S).earned == points


def test_a_deduction_is_explained(assignment):
    policy = LatePolicy(percent_per_day=10)
    late = score(assignment, [result(10, 10)], policy, 30 * HOUR_S)

    assert late.notes == (
        "Late, days begun: 2, at 10 % of the points each: 10 points became 8.",
    )


@pytest.mark.parametrize(
    "wrong", [{"grace_minutes": -1}, {"percent_per_day": 101}, {"floor_percent": -0.1}]
)
def test_a_policy_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=f"LatePolicy: {next(iter(wrong))} is"):
        LatePolicy(**wrong)


def test_attempts_beyond_the_free_ones_cost_a_share(assignment):
    policy = AttemptPolicy(free=2, percent_each=10)
    assignment = dataclasses.replace(assignment, attempts=policy)
    checks = [result(8, 8), result(0, 2, Outcome.FAILED)]
    earned = [score(assignment, checks, attempts_before=n).earned for n in range(14)]

    assert earned[:4] == [8.0, 8.0, 7.2, 6.4]
    assert earned[-1] == 0.0
    assert score(assignment, checks, attempts_before=1).notes == ()
    (note,) = score(assignment, checks, attempts_before=2).notes
    assert note == (
        "This is attempt 3, 2 are free, each further one costs 10 % of the points:"
        " 8 points became 7.2."
    )


def test_the_best_attempt_counts_where_the_manifest_says_so(assignment):
    best = dataclasses.replace(assignment, attempts=AttemptPolicy(keep_best=True))
    checks = [result(8, 8), result(0, 2, Outcome.FAILED)]

    assert score(best, checks, best_before=9.5).earned == 9.5
    assert score(best, checks, best_before=3.0).earned == 8.0
    assert score(best, checks, best_before=99.0).earned == 10.0
    assert score(assignment, checks, best_before=9.5).earned == 8.0


@pytest.mark.parametrize("wrong", [{"free": -1}, {"percent_each": 101}])
def test_an_attempt_policy_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=f"AttemptPolicy: {next(iter(wrong))} is"):
        AttemptPolicy(**wrong)
