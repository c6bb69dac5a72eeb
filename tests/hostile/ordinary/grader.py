"""Grades one hand-in in its own process: python grader.py FOLDER RESULTS."""

import json
import pathlib
import sys

import pytest

FOLDER, RESULTS = sys.argv[1:]


class Points:
    """Adds up what the tests that pass are worth."""

    def __init__(self):
        self.score = 0

    def pytest_configure(self, config):
        """Introduce the mark."""
        config.addinivalue_line("markers", "points(number): what a test is worth")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        """Hear how a test ended."""
        report = yield
        if report.when == "call" and report.passed:
            self.score += item.get_closest_marker("points").args[0]
        return report


sys.path.insert(0, FOLDER)
points = Points()
checks = pathlib.Path(__file__).with_name("checks.py")
options = ["-q", "-s", "--tb=short", "-p", "no:cacheprovider", "-p", "no:autograder"]
pytest.main([*options, "--rootdir", FOLDER, str(checks)], plugins=[points])
pathlib.Path(RESULTS).write_text(json.dumps({"score": points.score}))
