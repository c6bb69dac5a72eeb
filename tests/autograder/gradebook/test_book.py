import dataclasses

import pytest

from autograder.errors import GradebookError, UsageError
from autograder.gradebook import Gradebook
from autograder.records import CheckResult, ErrorMap, Graded, Outcome, Status

MAP = ErrorMap("dW", (2, 1), ((0.5,), (1e-9,)))
CHECK = CheckResult(
    "adds", "Adds.", "add", Outcome.FAILED, 0.0, 4.0, hidden=True, error_map=MAP
)


@pytest.fixture
def book(tmp_path):
    with Gradebook(tmp_path / "gradebook.sqlite") as book:
        yield book


def graded(submission="ada", score=80.0, digest="d1", **more):
    status = Status.FAULT if score is None else Status.GRADED
    fields = {
        "assignment": "a01",
        "possible": 100.0,
        "status": status,
        "sandbox": "fake",
        "upstream": "none",
        "duration_s": 0.5,
        "checks": (CHECK,),
    }
    return Graded(submission=submission, score=score, digest=digest, **fields | more)


def scores(results):
    return {each.submission: each.score for each in results}


def test_what_is_kept_comes_back_equal(book):
    book.append(graded(), "key")

    assert book.latest() == [graded()]


def test_every_attempt_is_kept_in_its_order(book):
    for score in (10.0, 90.0, 50.0):
        book.append(graded(score=score))

    assert [each.graded.score for each in book.attempts()] == [10.0, 90.0, 50.0]
    assert scores(book.latest()) == {"ada": 50.0}
    assert scores(book.best()) == {"ada": 90.0}


def test_an_attempt_without_a_score_counts_least(book):
    for score in (None, 0.0, None):
        book.append(graded(score=score))

    assert scores(book.latest()) == {"ada": None}
    assert scores(book.best()) == {"ada": 0.0}


def test_assignments_are_kept_apart(book):
    book.append(graded())
    book.append(graded(assignment="a02", score=1.0))

    assert scores(book.latest("a01")) == {"ada": 80.0}
    assert len(book.latest()) == 2


def test_the_same_result_under_the_same_key_is_not_written_again(book):
    assert not book.append(graded(), "key")
    assert book.append(graded(), "key")
    assert not book.append(graded(), "another key")
    assert len(book.attempts()) == 2


def test_the_cache_answers_for_the_same_files_and_key(book):
    book.append(graded(), "key")

    assert book.cached("key", "d1") == graded()
    assert book.cached("key", "d2") is None
    assert book.cached("other", "d1") is None


def test_the_cache_never_answers_with_a_fault(book):
    book.append(graded(score=None), "key")
    book.append(graded(status=Status.UNREADABLE, digest=""), "key")

    assert book.cached("key", "d1") is None
    assert book.cached("key", "") is None


def test_an_override_holds_for_the_same_files_only(book):
    book.append(graded())
    book.override("ada", "a01", 95.0, "the handout was wrong")
    book.append(graded(score=70.0))
    regraded = book.latest()[0]
    book.append(graded(score=75.0, digest="d2"))

    assert regraded.score == 95.0
    assert regraded.notes == (
        "The score was set to 95 by hand, it was 70: the handout was wrong",
    )
    assert scores(book.latest()) == {"ada": 75.0}


def test_the_last_override_counts_and_can_be_withdrawn(book):
    book.append(graded(score=None))
    book.override("ada", "a01", 95.0, "illness")
    book.override("ada", "a01", 85.0, "typing error")
    corrected = book.latest()[0]
    book.override("ada", "a01", None, "was another student")

    assert (corrected.score, corrected.status) == (85.0, Status.GRADED)
    assert scores(book.latest()) == {"ada": None}


@pytest.mark.parametrize(
    ("name", "score", "reason", "message"),
    [
        ("bob", 5.0, "x", "no attempt of 'bob'"),
        ("ada", 101.0, "x", "score is 101.0, expected 0 to 100"),
        ("ada", float("nan"), "x", "score is nan"),
        ("ada", 5.0, " ", "needs a reason"),
    ],
)
def test_an_override_that_makes_no_sense_is_refused(book, name, score, reason, message):
    book.append(graded())

    with pytest.raises(UsageError, match=message):
        book.override(name, "a01", score, reason)


@pytest.mark.parametrize(
    "statement", ["UPDATE attempts SET score = 100", "DELETE FROM attempts"]
)
def test_the_file_itself_refuses_to_change_a_row(book, statement):
    book.append(graded())

    with (
        pytest.raises(GradebookError, match="append-only"),
        book._store.writing() as connection,
    ):
        connection.execute(statement)


def test_a_number_that_json_does_not_have_is_not_kept(book):
    wrong = dataclasses.replace(graded(), duration_s=float("nan"))

    with pytest.raises(ValueError, match="not JSON compliant"):
        book.append(wrong)
