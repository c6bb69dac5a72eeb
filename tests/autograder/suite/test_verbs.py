import subprocess
import sys

import numpy as np
import pytest

from autograder import suite
from autograder.records import Limits
from autograder.suite.clocks import Clocks
from autograder.suite.failures import StudentTimedOut
from autograder.suite.rng import CheckRng
from autograder.suite.seeds import check_seed


def test_every_public_name_can_be_used():
    assert all(callable(getattr(suite, name)) for name in suite.__all__)
    with pytest.raises(AttributeError, match="no attribute 'converges_to'"):
        suite.converges_to  # noqa: B018


def test_the_plugin_costs_other_pytest_runs_next_to_nothing():
    code = (
        "import pytest, sys; before = set(sys.modules); import autograder.suite.plugin;"
        "print(sorted(m for m in set(sys.modules) - before if 'encodings' not in m))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert "numpy" not in run.stdout
    assert run.stdout.count("'") // 2 < 8


def test_seeds_depend_on_everything_they_should():
    seeds = {
        check_seed(*parts)
        for parts in [
            ("s", "a01", "x", "d"),
            ("t", "a01", "x", "d"),
            ("s", "a02", "x", "d"),
            ("s", "a01", "y", "d"),
            ("s", "a01", "x", "e"),
        ]
    }

    assert len(seeds) == 5


def test_random_numbers_come_in_the_shapes_asked_for():
    rng = CheckRng(1)

    assert rng.normal((2, 3)).shape == (2, 3)
    assert rng.normal().shape == ()
    assert isinstance(rng.integers(0, 5), int)
    assert rng.integers(0, 5, (4,)).dtype == np.int64
    assert set(rng.sign(50)) == {-1.0, 1.0}
    assert np.abs(rng.away_from_zero((50,), 0.3)).min() > 0.3
    assert sorted(rng.permutation(4)) == [0, 1, 2, 3]
    assert rng.choice(["a", "b"]) in {"a", "b"}
    assert CheckRng(1).spawn_seed() == CheckRng(1).spawn_seed()


def test_time_within_a_callback_is_counted_once():
    clocks = Clocks(Limits(check_s=0.05))
    with clocks.waiting("outer"), clocks.waiting("inner") as inner:
        assert inner.limit_s == 0.05
    with clocks.waiting("next") as allowance:
        assert allowance.which == "check"


def test_an_expired_clock_refuses_the_next_call():
    clocks = Clocks(Limits(submission_s=1e-9))
    with clocks.waiting("first"):
        pass

    with (
        pytest.raises(StudentTimedOut, match="whole submission"),
        clocks.waiting("second"),
    ):
        pass
