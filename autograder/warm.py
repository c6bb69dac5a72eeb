"""Imported once by the server from which workers are forked: what they have in common.

It reads the checks ahead, and starts the process from which all guests are forked.

What to read is in the environment, because that server offers no other way in.
"""

from __future__ import annotations

import gc
import os
import pathlib
from collections.abc import Iterable

from autograder.manifest import Course

_VARIABLE = "AUTOGRADER_WARM"


def ask_for(course: Course, stages: Iterable[str]) -> None:
    """Have the next server read the checks of these stages."""
    os.environ[_VARIABLE] = os.pathsep.join((str(course.root), *stages))


def warm_up() -> None:
    """Import all that a worker needs and read the checks asked for."""
    from autograder import sandbox, worker
    from autograder.suite import run

    root, *stages = os.environ.get(_VARIABLE, "").split(os.pathsep)
    course = Course(pathlib.Path(root))
    for stage in stages:
        run.warm(course.assignment(stage), course)
    sandbox.prepare()
    del worker
    gc.collect()
    gc.freeze()  # else a collection in a worker would copy every page of this


if _VARIABLE in os.environ:
    warm_up()
