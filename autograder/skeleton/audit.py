"""Nothing secret in what goes to students: the last look before a release.

What is gathered for a release is on an allow-list; this proves the same again from the
other side, by what must not be found in it.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Collection, Iterator, Mapping

from autograder.errors import SkeletonError
from autograder.manifest import Assignment, Course
from autograder.skeleton.leaks import (
    Secret,
    check_code,
    check_ids,
    check_prose,
    new_lines,
)
from autograder.skeleton.template import PACKAGE, Template

SECRET_FOLDERS = ("hidden", "mutants", "variants")
"""Folders of a stage that no student gets."""

_NEVER = frozenset({*SECRET_FOLDERS, "reference", "__pycache__", ".course-secret"})
_LEAST = 40  # characters without spaces below which a whole file may stand by chance


def audit(
    files: Mapping[str, bytes],
    course: Course,
    template: Template,
    released: Collection[str] = (),
) -> None:
    """Check that no solution, hidden check, mutant or variant is in the files.

    `released` are the paths of earlier stages' solutions, which are given out.

    Raises:
        SkeletonError: naming the file and what of it is secret.
    """
    for path in files:
        wrong = _NEVER.intersection(pathlib.PurePosixPath(path).parts)
        if wrong:
            raise SkeletonError(f"{path}: {min(wrong)!r} must not reach students.")
    texts = {
        path: data.decode("utf-8")
        for path, data in files.items()
        if path not in released and _is_text(data)
    }
    inside = [path for path in texts if path.startswith(f"{PACKAGE}/")]
    code = {path: texts[path] for path in inside if path.endswith(".py")}
    solutions = [s for s in template.secrets if not _belongs_to(s, released)]
    check_code(code, solutions)
    check_prose(texts, solutions)
    stages = [course.assignment(name) for name in course.stages()]
    check_prose(texts, list(_variants(stages, template, released)))
    check_prose(texts, list(_hidden_checks(stages)))
    _check_ids_absent(texts, stages)
    _check_files_absent(texts, stages)


def modules(folder: pathlib.Path) -> dict[str, str]:
    """Return the Python files below a folder, by path, in the order of their names."""
    paths = sorted(folder.rglob("*.py"))
    return {str(path): path.read_text(encoding="utf-8") for path in paths}


def _variants(
    stages: list[Assignment], template: Template, released: Collection[str]
) -> Iterator[Secret]:
    for stage in stages:
        for path, text in modules(stage.folder / "variants").items():
            inside = pathlib.Path(path).relative_to(stage.folder / "variants")
            file = "/".join((PACKAGE, *inside.parts[1:]))
            if file not in released:
                yield new_lines(text, template.modules.get(file, ""), path)


def _hidden_checks(stages: list[Assignment]) -> Iterator[Secret]:
    """Yield what hidden checks have beyond the public ones."""
    public = "\n".join(
        text for stage in stages for text in modules(stage.folder / "public").values()
    )
    for stage in stages:
        for path, text in modules(stage.folder / "hidden").items():
            yield new_lines(text, public, path)


def _check_ids_absent(texts: Mapping[str, str], stages: list[Assignment]) -> None:
    public, hidden = set[str](), set[str]()
    for stage in stages:
        public.update(check_ids(modules(stage.folder / "public")))
        hidden.update(check_ids(modules(stage.folder / "hidden")))
    for path, text in texts.items():
        named = set(re.findall(r"\btest_(\w+)", text))
        for name in sorted(named & (hidden - public)):
            raise SkeletonError(f"{path}: names the hidden check {name!r}.")


def _check_files_absent(texts: Mapping[str, str], stages: list[Assignment]) -> None:
    squeezed = {path: _squeeze(text) for path, text in texts.items()}
    for secret in _secret_files(stages):
        content = _squeeze(secret.read_text(encoding="utf-8"))
        for path, text in squeezed.items():
            if len(content) >= _LEAST and content in text:
                raise SkeletonError(f"{path}: contains all of {secret}.")


def _secret_files(stages: list[Assignment]) -> Iterator[pathlib.Path]:
    for stage in stages:
        for name in SECRET_FOLDERS:
            for path in sorted((stage.folder / name).rglob("*")):
                if path.suffix in {".py", ".toml", ".md"} and path.is_file():
                    yield path


def _belongs_to(secret: Secret, paths: Collection[str]) -> bool:
    return any(secret.origin.startswith(f"reference/{path}:") for path in paths)


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)
