"""Reference -> student_template, and the checks that no solution leaks."""

from autograder.skeleton.build import build, compare
from autograder.skeleton.regions import Region, find_regions
from autograder.skeleton.template import Template, render

__all__ = ["Region", "Template", "build", "compare", "find_regions", "render"]
