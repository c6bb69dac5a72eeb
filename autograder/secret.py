"""The course secret: what makes the inputs of hidden checks unguessable."""

from __future__ import annotations

import os
import secrets

from autograder.errors import UsageError
from autograder.manifest import Course

VARIABLE = "AUTOGRADER_SECRET"
FILE = ".course-secret"


def course_secret(course: Course) -> str:
    """Return the secret of the environment, else of the course's file, made if absent.

    The same files get the same mark again only under the same secret, so keep it with
    the marks; whoever knows it can compute the inputs of the hidden checks.

    Raises:
        UsageError: if there is none and the file cannot be written, or it is empty.
    """
    from_environment = os.environ.get(VARIABLE, "").strip()
    if from_environment:
        return from_environment
    path = course.root / FILE
    try:
        if not path.exists():
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(path, flags, 0o600), "w") as file:
                file.write(secrets.token_hex(32) + "\n")
        secret = path.read_text(encoding="utf-8").strip()
    except OSError as exc:
        raise UsageError(
            f"{path}: the course secret cannot be read or made ({exc.strerror}).",
            f"Set the environment variable {VARIABLE} to a long random text.",
        ) from exc
    if not secret:
        raise UsageError(
            f"{path}: is empty, expected the course secret.",
            "Restore it from a backup; or delete it, and a new one is made.",
        )
    return secret
