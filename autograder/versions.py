"""What a mark depends on besides the submission, as one digest: the cache's key."""

from __future__ import annotations

import hashlib
import importlib.metadata
import pathlib
import platform
from collections.abc import Iterator

from autograder import __version__
from autograder.manifest import Assignment, Course


def suite_digest(course: Course, assignment: Assignment, secret: str) -> str:
    """Return a digest of suite, reference, grader, versions and secret.

    Two gradings of the same files under the same digest give the same mark.
    """
    digest = hashlib.sha256()
    versions = (platform.python_version(), importlib.metadata.version("numpy"))
    for text in (__version__, *versions, secret, assignment.id):
        digest.update(text.encode() + b"\0")
    for path in _files(course, assignment):
        digest.update(path.name.encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _files(course: Course, assignment: Assignment) -> Iterator[pathlib.Path]:
    yield assignment.folder / "assignment.toml"
    folders = [assignment.folder / name for name in ("public", "hidden", "mutants")]
    own_package = pathlib.Path(__file__).parent
    for folder in (*folders, course.reference / "nabla", own_package):
        for pattern in ("*.py", "*.toml"):
            yield from sorted(folder.rglob(pattern))
