import json

import pytest

from autograder import records

CHECK = records.CheckResult(
    id="mul_backward_swaps",
    title="MulGate.backward hands each input the other one.",
    exercise="mul/backward",
    outcome=records.Outcome.FAILED,
    earned=0.0,
    possible=4.0,
    hidden=True,
    message="dx differs in 3 of 6 entries.",
    error_map=records.ErrorMap("dx", (2, 2), ((0.0, 1.0), (0.5, 0.0))),
)
GRADED = records.Graded(
    submission="ada",
    assignment="a01_gates",
    score=96.0,
    possible=100.0,
    status=records.Status.GRADED,
    sandbox="bubblewrap",
    upstream="none",
    duration_s=0.5,
    digest="00",
    checks=(CHECK,),
    notes=("unwrapped one folder",),
)


def test_a_result_survives_the_way_through_json():
    text = json.dumps(records.to_json(GRADED))

    assert records.from_json(json.loads(text)) == GRADED


def test_a_result_of_another_schema_is_refused():
    data = {**records.to_json(GRADED), "schema": 2}

    with pytest.raises(ValueError, match="schema 2, expected 1"):
        records.from_json(data)


def test_a_limit_must_be_positive():
    with pytest.raises(ValueError, match="call_s is 0, must be positive"):
        records.Limits(call_s=0)
