"""Arguments and exit codes, nothing else.

0  all done · 1  done, and something a person must look at · 2  the call is wrong
"""

from autograder.cli import author, completion, exporting, instructor, student
from autograder.cli.common import main

__all__ = ["author", "completion", "exporting", "instructor", "main", "student"]
