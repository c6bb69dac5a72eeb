"""Otter's plugin: it grades beside the kernel, which gets an empty notebook.

Needs otter-grader, and is imported by Otter alone. Before anything runs, it moves what
was handed in out of the folder that the kernel works in: neither a package called
`otter` nor a log that Otter would unpickle is there any more. Then another process
grades that with the bundle.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import typing
import zipfile

import nbformat
from otter.plugins import AbstractOtterPlugin

from autograder.hosts import bundle, otter, otter_results
from autograder.manifest import Assignment
from autograder.records import Graded, Status, from_json

HANDED_IN = "handed_in"
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "AUTOGRADER_CACHE", "LD_LIBRARY_PATH")


class GraderFaultError(RuntimeError):
    """The kit failed, not the student: Otter ends without a mark."""


class Grader(AbstractOtterPlugin):  # type: ignore[misc] # Otter has no types
    """Carries a hand-in to the kit, and its marks into Otter's results."""

    def before_grading(self, config: typing.Any) -> None:
        """Grade what was handed in, and let the kernel find nothing of it."""
        del config
        submission = pathlib.Path(self.submission_path).parent
        root = submission.parent
        set_aside(submission, pathlib.Path(self.submission_path).name)
        with tempfile.TemporaryDirectory(prefix="autograder-") as name:
            place = pathlib.Path(name)
            with zipfile.ZipFile(root / "source" / "files" / otter.GRADER) as content:
                content.extractall(place)
            folder = place / bundle.FOLDER
            metadata = root / "submission_metadata.json"
            self.graded = _grade(folder, root / HANDED_IN, metadata, place)
            stage = bundle.read_settings(folder).stage
            self.assignment: Assignment = bundle.course_of(folder).assignment(stage)
        if self.graded.status is Status.FAULT:
            raise GraderFaultError(
                "The grader itself failed, not the submission; it has no mark.\n"
                f"{self.graded.staff}"
            )

    def before_execution(self, submission: typing.Any) -> typing.Any:
        """Return an empty notebook: nothing of the student's runs in the kernel."""
        del submission
        return nbformat.v4.new_notebook(cells=[])

    def after_grading(self, results: typing.Any) -> None:
        """Put the kit's marks in the place of Otter's."""
        otter_results.fill(results, self.graded, self.assignment)

    def generate_report(self) -> str:
        """Return a line for instructors."""
        graded = self.graded
        return (
            f"{graded.assignment}: {graded.score:g} of {graded.possible:g} points,"
            f" sandbox {graded.sandbox}, files {graded.digest[:12]}"
        )


def set_aside(submission: pathlib.Path, driver: str = "") -> None:
    """Move what was handed in to the folder beside; driver and tests stay.

    Called twice, it moves what has come since: Otter's own files, which go.
    """
    target = submission.parent / HANDED_IN
    known = target.exists()
    target.mkdir(mode=0o700, exist_ok=True)
    for path in submission.iterdir():
        if path.name in {driver, "tests"} and driver:
            continue
        if known or path.name == otter.GRADER:
            _remove(path)
        else:
            path.rename(target / path.name)


def _remove(path: pathlib.Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _grade(
    folder: pathlib.Path,
    hand_in: pathlib.Path,
    metadata: pathlib.Path,
    place: pathlib.Path,
) -> Graded:
    """Grade in a process that knows nothing of Otter, with the kit of the bundle."""
    answer = place / "graded.json"
    environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    run = subprocess.run(
        [
            *(sys.executable, "-P", "-s", "-m", "autograder.hosts.container", "json"),
            *map(str, (folder, hand_in, metadata, answer)),
        ],
        env={
            **environment,
            "PYTHONPATH": str(folder / "kit"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        },
        cwd=place,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if not answer.is_file():
        raise GraderFaultError(f"The grader itself failed: {run.stderr[-2000:]}")
    return from_json(json.loads(answer.read_text(encoding="utf-8")))
