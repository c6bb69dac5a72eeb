import pytest

from autograder.records import CheckResult, Graded, Outcome, Status

EVIL = "=cmd|' /C calc'!A0 \u202e<img src=x onerror=1>\x1b[31m\x00 ]]> ::error::"


def check(name, outcome, earned, possible, **more):
    fields = {"title": f"{name}.", "exercise": "add", "hidden": True}
    return CheckResult(
        id=name, outcome=outcome, earned=earned, possible=possible, **fields | more
    )


def submission(name, score, checks=(), **more):
    fields = {
        "assignment": "a01_gates",
        "possible": 10.0,
        "status": Status.GRADED,
        "sandbox": "bubblewrap",
        "upstream": "none",
        "duration_s": 0.25,
        "digest": "ab12",
        "notes": ("A note.",),
        "staff": "secret traceback",
    }
    return Graded(submission=name, score=score, checks=checks, **fields | more)


@pytest.fixture
def ada():
    checks = (
        check("adds", Outcome.PASSED, 0.0, 0.0, hidden=False),
        check("sums", Outcome.PASSED, 4.0, 4.0),
        check(
            "mul", Outcome.FAILED, 0.0, 2.5, exercise="mul", message="Off.", hint="N"
        ),
        check("div", Outcome.BLOCKED, 0.0, 1.5, exercise="mul", message="Not run."),
        check("loop", Outcome.TIMED_OUT, 0.0, 2.0, exercise="mul", message="Slow."),
    )
    return submission("ada", 4.0, checks)


@pytest.fixture
def eve():
    evil = check("sums", Outcome.ERRORED, 0.0, 10.0, title=EVIL, message=EVIL)
    return submission("=1+1\u202e", 0.0, (evil,), notes=(EVIL,))


@pytest.fixture
def faulty():
    return submission("bob", None, status=Status.FAULT)


@pytest.fixture
def unreadable():
    return submission("cem", 0.0, status=Status.UNREADABLE, digest="")
