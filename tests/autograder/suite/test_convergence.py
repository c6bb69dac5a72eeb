import math

import numpy as np
import pytest

from autograder.errors import SuiteError
from autograder.suite import converges
from autograder.suite.context import Context, Measured, running
from autograder.suite.failures import CheckFailed

THRESHOLDS = """
[xor]
check = "learns_xor"
better = "lower"
bound = 0.02
median = 0.001
worst = 0.004
runs = 200
failure_probability = 1e-8

[digits]
check = "learns_digits"
better = "higher"
bound = 0.9
median = 0.95
worst = 0.93
runs = 200
failure_probability = 1e-8
"""


@pytest.fixture
def stage(tmp_path):
    (tmp_path / "thresholds.toml").write_text(THRESHOLDS, encoding="utf-8")
    return tmp_path


def judge(stage, name, value, **options):
    with running(Context(public=False, stage=stage)):
        converges(name, value, **options)


@pytest.mark.parametrize(
    ("name", "value", "options"),
    [
        ("xor", 0.02, {}),
        ("xor", 0, {}),
        ("digits", np.float32(0.91), {"better": "higher"}),
    ],
)
def test_a_training_as_good_as_asked_passes(stage, name, value, options):
    judge(stage, name, value, **options)


@pytest.mark.parametrize(
    ("name", "value", "options", "message"),
    [
        ("xor", 0.021, {}, r"is 0\.021, asked is at most 0\.02\. Over 200 runs"),
        ("digits", 0.89, {"better": "higher"}, r"is 0\.89, asked is at least 0\.9\."),
        ("xor", math.nan, {}, "diverged: the loss after training is nan"),
        ("digits", math.inf, {"better": "higher"}, "diverged"),
    ],
)
def test_a_training_that_learns_too_little_fails(stage, name, value, options, message):
    with pytest.raises(CheckFailed, match=message):
        judge(stage, name, value, **options)


@pytest.mark.parametrize(
    ("name", "value", "options", "message"),
    [
        ("xnor", 0.1, {}, "has no threshold 'xnor'"),
        ("xor", 0.1, {"better": "higher"}, "is better lower, the check says higher"),
        ("xor", np.zeros(2), {}, r"float64 of shape \(2,\), expected one number"),
        ("xor", "good", {}, "expected one number"),
    ],
)
def test_a_check_that_asks_wrongly_is_at_fault_itself(
    stage, name, value, options, message
):
    with pytest.raises(SuiteError, match=message):
        judge(stage, name, value, **options)


@pytest.mark.parametrize("text", ["[xor\n", "[xor]\nbound = 1\n", "xor = 3\n"])
def test_a_damaged_file_of_thresholds_is_told(tmp_path, text):
    (tmp_path / "thresholds.toml").write_text(text, encoding="utf-8")

    with pytest.raises(SuiteError, match=r"thresholds\.toml: cannot be used"):
        judge(tmp_path, "xor", 0.1)


def test_while_measuring_nothing_is_judged(stage):
    measured = {}
    with running(Context(public=False, stage=stage, measured=measured)):
        converges("xor", 7.0)
        converges("new", math.nan, better="higher")

    assert measured["xor"] == Measured(7.0, "lower")
    assert measured["new"].better == "higher"
