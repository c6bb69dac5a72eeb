"""Pretend submissions, graded in the very way in which real ones are."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator

from autograder import batch, intake, pipeline
from autograder.manifest import Course
from autograder.pretend import Pretend
from autograder.records import Graded, Submission
from autograder.validate import Grade


def grader(
    course: Course, options: pipeline.Options, watcher: pipeline.Watcher | None = None
) -> Grade:
    """Return what `validate` grades with: sandbox and workers as for a class.

    The watcher is told how many there are, and of each result.
    """

    def grade(pretends: Iterable[Pretend]) -> Iterator[tuple[Pretend, Graded]]:
        pretends = list(pretends)
        if watcher is not None:
            watcher.started(len(pretends))
        stages = dict.fromkeys(one.assignment.id for one in pretends)
        batch.warm_up(course, stages)
        by_stage = itertools.groupby(pretends, key=lambda one: one.assignment)
        for assignment, group in by_stage:
            settings = pipeline.settings_for(course, assignment, options)
            # Nobody reads why a mutant fails, and finding it out takes time.
            settings = dataclasses.replace(settings, explain=False)
            entered = {f"{one.kind}-{one.name}": one for one in group}
            submissions = (_entry(name, one) for name, one in entered.items())
            workers = pipeline.worker_count(options)
            for graded in batch.grade_all(submissions, settings, workers):
                if watcher is not None:
                    watcher.watch(graded, known=False)
                yield entered[graded.submission], graded

    return grade


def _entry(name: str, pretend: Pretend) -> Submission:
    paths = (path for path in pretend.tree.rglob("*") if path.is_file())
    files = {
        path.relative_to(pretend.tree).as_posix(): path.read_bytes() for path in paths
    }
    tree, digest = str(pretend.tree), intake.digest(files)
    return Submission(name, tree, digest, tuple(sorted(files)), upstream="reference")
