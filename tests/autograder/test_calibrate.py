import math
import statistics
import tomllib
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from tiny_course import replace, write, write_course

from autograder import calibrate
from autograder.errors import SuiteError
from autograder.reports.calibration import figure
from autograder.suite.convergence import thresholds

TRAINING = '''\
"""Checks of layers."""

from autograder.suite import check, converges


@check(points=10, exercise="scale")
def test_scales(student, rng):
    """Scaling learns."""
    loss = 2.0 ** float(rng.normal()) / student.layers.Scale(8.0)(1.0)
    converges("scaling", loss, what="the loss")
    converges("accuracy", 1 - 0.01 * float(rng.uniform(0, 1)), better="higher")
'''


@pytest.fixture
def course(tmp_path):
    course = write_course(tmp_path / "course")
    write(course.assignments / "a02_layers/hidden/test_layers.py", TRAINING)
    return course


def test_the_bound_lies_beyond_all_runs_and_before_broken_trainers(course):
    stage, seen = course.assignment("a02"), []
    loss, accuracy = calibrate.calibrate(course, stage, runs=60, progress=seen.append)

    assert loss.name == "scaling"
    assert len(loss.values) == 60
    assert max(loss.values) < loss.threshold.bound < 60 * max(loss.values)
    assert loss.threshold.median == statistics.median(loss.values)
    assert loss.threshold.worst == max(loss.values)
    assert loss.threshold.failure_probability < 1e-6
    assert accuracy.threshold.bound < min(accuracy.values)
    (broken,) = loss.broken.values()
    assert len(broken) == 3
    assert seen == [63] * 63


def test_the_same_seeds_give_the_same_file_which_checks_read(course):
    stage = course.assignment("a02")
    texts = [
        calibrate.write(stage, calibrate.calibrate(course, stage, runs=50)).read_text()
        for _ in range(2)
    ]

    assert texts[0] == texts[1]
    assert set(tomllib.loads(texts[0])) == {"scaling", "accuracy"}
    assert thresholds(stage.folder)["scaling"].runs == 50


def test_the_figure_shows_a_row_for_each_training(course):
    stage = course.assignment("a02")
    svg = figure(calibrate.calibrate(course, stage, runs=50), stage.id)

    assert ET.fromstring(svg).tag.endswith("svg")
    assert "scaling" in svg
    assert "accuracy" in svg


@pytest.mark.parametrize("spread", [0.5, 2.0])
def test_a_right_solution_misses_the_bound_less_than_once_in_a_million(spread):
    rng = np.random.default_rng(0)
    limit = calibrate.threshold("c", np.exp(spread * rng.normal(size=200)), "lower")
    missed = 0.5 * math.erfc(math.log(limit.bound) / spread / math.sqrt(2))

    assert missed < 1e-6
    assert limit.bound < math.exp(9 * spread)


def test_a_heavy_tail_moves_the_bound_out():
    rng = np.random.default_rng(0)
    values = 1.0 - 0.01 * rng.exponential(size=200)
    limit = calibrate.threshold("c", values, "higher")

    assert math.exp((limit.bound - 1.0) / 0.01) < 1e-5
    assert limit.worst == min(values)


def test_runs_that_all_end_alike_leave_a_margin_for_rounding():
    limit = calibrate.threshold("c", [0.5] * 50, "lower")

    assert 0.5 < limit.bound < 0.55


def test_a_stage_without_training_is_told(tmp_path):
    course = write_course(tmp_path)

    with pytest.raises(SuiteError, match="no hidden check trains anything"):
        calibrate.calibrate(course, course.assignment("a01"))


def test_a_reference_that_fails_or_diverges_is_told(course):
    path = course.assignments / "a02_layers/hidden/test_layers.py"
    replace(path, "    converges(", "    assert loss > 1e9\n    converges(")
    with pytest.raises(SuiteError, match="test_scales fails with the reference"):
        calibrate.calibrate(course, course.assignment("a02"))

    with pytest.raises(SuiteError, match="diverged"):
        calibrate.threshold("c", [1.0, math.nan], "lower")
    with pytest.raises(SuiteError, match="49 runs tell nothing of a tail"):
        calibrate.calibrate(course, course.assignment("a02"), runs=49)
