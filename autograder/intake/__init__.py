"""Hand-ins of strangers -> staged trees; nothing of a hand-in is run or trusted.

`find` tells which submissions some paths hold, `stage` turns one into a tree. On the
way: `opening` reads files without following links, `archives` and `tarball` read
members in memory, `holding` makes all of them look alike, `layout` finds the package
in them, and `merge` lays it over the course's files.
"""

from autograder.intake.find import Source, find
from autograder.intake.stage import digest, stage

__all__ = ["Source", "digest", "find", "stage"]
