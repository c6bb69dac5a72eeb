"""No check may fail by chance: the reference under many course secrets.

    python tests/seeds/run.py --secrets 50 a03 a04        tox run -e seeds

Every secret draws other inputs for every hidden check. The reference runs in this
process, unconfined, because it is ours; a check that fails once is printed with the
secret that shows it, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import os
import pathlib
import sys

from autograder.manifest import Course, find_course
from autograder.records import Outcome
from autograder.suite.run import run_suite


def failures(course: Course, job: tuple[str, str]) -> list[str]:
    """Return what fails with the reference in one stage under one secret."""
    stage, secret = job
    done = run_suite(course.assignment(stage), course, secret=secret, explain=False)
    return [
        f"{stage}: {check.id} under the secret {secret!r}: {check.message}{check.staff}"
        for check in done.results
        if check.outcome is not Outcome.PASSED
    ]


def main() -> None:
    """Run the stages that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("stages", nargs="*")
    parser.add_argument("--secrets", type=int, default=50)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    course = find_course(pathlib.Path(__file__).parent)
    names = [course.assignment(name).id for name in options.stages or course.stages()]
    jobs = [(name, f"seed {i}") for i in range(options.secrets) for name in names]
    wrong = 0
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        for found in pool.imap(functools.partial(failures, course), jobs):
            wrong += len(found)
            for line in found:
                print(line)
    print(f"{len(jobs)} runs of {len(names)} suites, {wrong} checks failed")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
