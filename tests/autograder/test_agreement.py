import dataclasses

import pytest

from autograder import agreement
from autograder.records import CheckResult, Graded, Outcome, Status
from autograder.worker import Tried

CHECK = CheckResult("adds", "Adds.", "add", Outcome.PASSED, 4.0, 4.0, hidden=True)


def tried(outcome="PASSED", message="", *, doubtful=True, duration_s=0.1, printed=""):
    """What came out of the grading of one check."""
    check = dataclasses.replace(
        CHECK, outcome=Outcome(outcome), message=message, duration_s=duration_s
    )
    graded = Graded(
        submission="ada",
        assignment="a01",
        score=None,
        possible=4.0,
        status=Status.GRADED,
        sandbox="fake",
        upstream="none",
        duration_s=duration_s,
        digest="d",
        checks=(check,),
        printed=printed,
    )
    return Tried(graded, doubtful)


def test_a_result_without_a_doubt_counts_at_once():
    ended = tried("CRASHED", doubtful=False)

    assert agreement.settled([ended]) is ended.graded


def test_a_death_that_cost_no_check_its_points_is_a_reason_to_grade_again():
    assert agreement.settled([tried()]) is None


def test_two_results_agree_when_only_times_differ():
    tries = [tried("CRASHED"), tried("CRASHED", duration_s=0.2)]

    assert agreement.settled(tries) is tries[1].graded


@pytest.mark.parametrize(
    "other",
    [tried("CRASHED", "SIGKILL"), tried("CRASHED", printed="x"), tried("TIMED_OUT")],
    ids=["message", "printed", "outcome"],
)
def test_two_results_that_tell_different_things_do_not_agree(other):
    assert agreement.settled([tried("CRASHED"), other]) is None


def test_of_three_the_two_that_agree_count_whatever_stands_between_them():
    tries = [tried("CRASHED"), tried("CRASHED", "SIGKILL"), tried("CRASHED")]

    assert agreement.settled(tries) is tries[2].graded


def test_of_three_that_all_differ_those_with_the_same_outcomes_count():
    tries = [tried("CRASHED", "0x1"), tried("CRASHED", "0x2"), tried("TIMED_OUT")]

    assert agreement.settled(tries) is tries[1].graded


def test_of_three_without_anything_in_common_the_last_one_counts():
    tries = [tried("CRASHED"), tried("TIMED_OUT"), tried("PASSED")]

    assert agreement.settled(tries) is tries[2].graded
