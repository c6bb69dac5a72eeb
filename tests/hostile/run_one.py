"""Grades members of the corpus and says what became of them.

python tests/hostile/run_one.py forge/skipped --sandbox lockdown --user ordinary
A family's name, or any beginning, takes all that begin so.
"""

# ruff: noqa: T201 - it is a program that prints

from __future__ import annotations

import argparse
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import corpus
import harness


def main() -> int:
    """Grade, print, and return 1 if any member achieved something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("members", nargs="+")
    parser.add_argument("--sandbox", default="bubblewrap", choices=harness.SANDBOXES)
    default = "ordinary" if os.geteuid() else "root"
    parser.add_argument("--user", default=default, choices=harness.USERS)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--brief", action="store_true")
    parser.add_argument("--repository", type=pathlib.Path, default=harness.REPOSITORY)
    given = parser.parse_args()
    chosen = [m for name in given.members for m in corpus.members(name)]
    with harness.ground(given.user, given.repository) as ground:
        reason = ground.unfit or ground.no_sandbox(given.sandbox)
        if reason:
            print(f"{given.sandbox} as {given.user}: {reason}")
            return 2
        batch = harness.grade(ground, chosen, given.sandbox, given.workers)
    for found in batch.found:
        _show(found, brief=given.brief)
    for what in batch.together:
        print(f"TOGETHER {what}")
    return 1 if batch.together or any(each.achieved for each in batch.found) else 0


def _show(found: harness.Found, *, brief: bool) -> None:
    print(f"{found.member.name}: {found.score} points, {found.status}")
    if not brief:
        for check in found.checks:
            if check["outcome"] != "PASSED":
                print(f"    {check['id']}: {check['outcome']}: {check['message']}")
        print(f"    printed: {found.printed[:2000]!r}")
    for what in found.achieved:
        print(f"    !!! {what}")


if __name__ == "__main__":
    sys.exit(main())
