"""One hand-in -> a tree that can be graded, and the digest of all that is in it."""

from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
from collections.abc import Mapping

from autograder import machine
from autograder.errors import IntakeError
from autograder.intake.find import Source
from autograder.intake.holding import open_holding
from autograder.intake.merge import merge, plan
from autograder.manifest import Assignment, Course
from autograder.records import Submission


def stage(
    source: Source,
    assignment: Assignment,
    course: Course,
    workdir: pathlib.Path,
    upstream: str = "auto",
) -> Submission:
    """Write the tree to grade to `workdir` and return what it is made of.

    The given modules always come from the course. Files of earlier stages come from
    the reference if `upstream` is "reference", or "auto" and their solutions are
    released; else from the hand-in. What was not handed in is the empty template.
    A hand-in that cannot be read is returned with a problem and without a tree.

    Raises:
        UsageError: if `upstream` is unknown, or the course lacks a file of its own.
        MachineError: if a disk fails or is full.
    """
    planned = plan(assignment, course, upstream)
    try:
        merged = merge(open_holding(source.path, source.inside), planned, course)
    except IntakeError as exc:
        problem = " ".join(part for part in (exc.message, exc.remedy) if part)
        return Submission(source.name, "", "", notes=source.notes, problem=problem)
    tree = workdir / source.name
    with machine.answers_for(tree):
        _write(tree, merged.files)
    return Submission(
        name=source.name,
        tree=str(tree),
        digest=digest(merged.files),
        files=merged.own,
        notes=(*source.notes, *merged.notes),
        upstream=planned.upstream,
        lateness_s=source.lateness_s(assignment.due),
        attempts_before=source.attempts_before,
        best_before=source.best_before,
    )


def digest(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of names and contents; lengths keep them apart."""
    total = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


def _write(tree: pathlib.Path, files: Mapping[str, bytes]) -> None:
    """Write the files so that another user, as which the guest runs, can read them."""
    shutil.rmtree(tree, ignore_errors=True)  # left by a run that was killed
    tree.mkdir(parents=True)
    for name, data in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags, 0o644), "wb") as file:
            file.write(data)
        path.chmod(0o644)
    for folder in (tree, *(path for path in tree.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
