"""The auto-grader of the course kit."""

__version__ = "0.1.0"
