"""Is this machine fit for grading: each protection is tried for real, not looked up."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator

from autograder import sandbox
from autograder.errors import UsageError
from autograder.manifest import Course, find_course

FREE_BYTES_WANTED = 1024**3


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: what was looked at, whether it is well, and a remedy."""

    topic: str
    well: bool
    text: str
    needed: bool = False  # grading must not be trusted without it


def examine(course: Course | None = None) -> Iterator[Finding]:
    """Yield the findings, the sandboxes first."""
    yield from _sandboxes()
    yield _python()
    yield from _libraries()
    yield _graphics_card()
    yield _disk(course)
    yield _course(course)


def fit_for_grading(findings: list[Finding]) -> bool:
    """Return whether submissions can be graded under protection here."""
    return all(finding.well for finding in findings if finding.needed)


def _sandboxes() -> Iterator[Finding]:
    probes = sandbox.probe()
    for probe in probes:
        yield Finding(f"sandbox {probe.name}", probe.works, probe.reason)
    active = next((p for p in probes if p.works and p.protected), None)
    if active is not None:
        text = f"submissions are held by: {active.name}"
    else:
        text = "no protected sandbox works: install bubblewrap, or grade on Linux 5.13+"
    yield Finding("protection", active is not None, text, needed=True)


def _python() -> Finding:
    well = sys.version_info >= (3, 11)
    text = f"{platform.python_version()} at {sys.executable}"
    return Finding("python", well, text, needed=True)


def _libraries() -> Iterator[Finding]:
    for name in ("numpy", "pytest", "rich", "jinja2", "matplotlib"):
        yield Finding(name, well=True, text=importlib.metadata.version(name))
    for name, extra in (("otter-grader", "otter"), ("distributed", "dask")):
        try:
            yield Finding(name, well=True, text=importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            remedy = f"optional, not installed: pip install 'autograder[{extra}]'"
            yield Finding(name, well=True, text=remedy)


def _graphics_card() -> Finding:
    command = shutil.which("nvidia-smi")
    if command is None:
        return Finding("gpu", well=True, text="optional, none found")
    query = [command, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    run = subprocess.run(query, capture_output=True, text=True, timeout=20, check=False)
    return Finding("gpu", run.returncode == 0, (run.stdout or run.stderr).strip())


def _disk(course: Course | None) -> Finding:
    folder = course.root if course else "."
    free = shutil.disk_usage(folder).free
    text = f"{free / 1024**3:.1f} GiB free, 1 GiB wanted"
    return Finding("disk", free >= FREE_BYTES_WANTED, text)


def _course(course: Course | None) -> Finding:
    try:
        course = course or find_course()
    except UsageError:
        return Finding("course", well=True, text="none here; --course names one")
    stages = ", ".join(course.stages())
    if not course.reference.is_dir():
        return Finding("course", well=True, text=f"{stages} (without reference)")
    return Finding("course", well=True, text=stages)
