import dataclasses

import pytest

from autograder import messages
from autograder.records import Outcome
from autograder.reports import summary

from . import samples


def of_one_check(outcome, name="ada", **more):
    check = samples.check(
        "flatten", 0, "Flatten keeps the batch axis.", outcome, 8.0, hidden=True, **more
    )
    return samples.graded(name, 0, checks=(check,), score=check.earned)


def test_quartiles_are_those_of_linear_interpolation():
    around = summary.spread([0.0, 10.0, 20.0, 30.0, 100.0])

    assert (around.lower, around.median, around.upper) == (10.0, 20.0, 30.0)
    assert (around.mean, around.lowest, around.highest) == (32.0, 0.0, 100.0)


@pytest.mark.parametrize("scores", [[], [40.0]])
def test_a_class_of_none_or_one_has_no_trouble(scores):
    around = summary.spread(scores)

    assert around is None or around.lower == around.upper == 40.0


def test_statistics_leave_out_what_has_no_mark_of_its_own():
    results = [samples.fault("a"), samples.unreadable("b"), samples.graded("c", 1)]

    assert [graded.submission for graded in summary.graded_only(results)] == ["c"]


def test_an_item_tells_wrong_stopped_unwritten_and_blocked_apart():
    stub = "Not implemented yet: Flatten.forward."
    results = [
        of_one_check(Outcome.PASSED),
        of_one_check(Outcome.FAILED),
        of_one_check(Outcome.TIMED_OUT),
        of_one_check(Outcome.ERRORED, message=stub),
        of_one_check(Outcome.BLOCKED),
        of_one_check(Outcome.GRADER_FAULT),
    ]
    (item,) = summary.items(results)

    assert (item.failed, item.stopped, item.unwritten, item.blocked) == (1, 1, 1, 1)
    assert item.judged == 5
    assert item.failing == pytest.approx(3 / 5)


def test_discrimination_rewards_a_check_that_tells_strong_from_weak():
    strong = [samples.graded(f"s{seed}", seed, skill=1.0) for seed in range(15)]
    weak = [samples.graded(f"w{seed}", seed, skill=0.2) for seed in range(15)]
    found = summary.items(strong + weak)
    known = [item.discrimination for item in found if item.discrimination is not None]

    assert sum(known) / len(known) > 0.3


def test_discrimination_is_left_out_of_a_small_class():
    results = [samples.graded(str(seed), seed) for seed in range(9)]

    assert all(item.discrimination is None for item in summary.items(results))


def test_hints_that_differ_in_numbers_are_one_misconception():
    hint = "Your dW is the expected one times {}, and {} is the batch size."
    results = [
        of_one_check(Outcome.FAILED, "ada", hint=hint.format(32, 32)),
        of_one_check(Outcome.FAILED, "bob", hint=hint.format(16, 16)),
        of_one_check(Outcome.FAILED, "eve", hint="Transposed."),
        of_one_check(Outcome.ERRORED, "kim", hint="Transposed."),
    ]
    first, second = summary.misconceptions(results)

    assert first.submissions == ("ada", "bob")
    assert second.submissions == ("eve",)


def test_general_advice_is_no_misconception():
    advice = messages.advice("unusable")

    assert advice
    assert summary.misconceptions([of_one_check(Outcome.FAILED, hint=advice)]) == []


def test_a_share_of_an_exercise_stays_between_none_and_all():
    graded = samples.graded("ada", 3)
    first = dataclasses.replace(graded.checks[1], earned=1000.0)
    extra = dataclasses.replace(graded, checks=(first,))
    shares = summary.exercise_shares(extra, samples.ASSIGNMENT)

    assert shares == (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
