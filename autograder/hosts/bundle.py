"""`grader/`: all that it takes to grade one stage somewhere else.

    grader/settings.json          stage, sandbox, where earlier stages come from
    grader/kit/autograder/        this package
    grader/course/.course-secret  the course secret: same files, same mark, anywhere
    grader/course/assignments/    the stage and its hidden checks; of others manifests
    grader/course/reference/      the solution
    grader/course/student_template/

It holds every answer. Whoever can read it can forge marks.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.metadata
import json
import pathlib
import zipfile
from collections.abc import Iterator, Mapping

from autograder.errors import UsageError
from autograder.exports import gradescope, writing
from autograder.manifest import GIVEN_DATA, GIVEN_MODULES, Assignment, Course
from autograder.messages import clean
from autograder.secret import FILE as SECRET
from autograder.secret import course_secret
from autograder.suite import collect, contests, mutants

FOLDER = "grader"
SETTINGS = "settings.json"
MODE, EXECUTABLE, PRIVATE = 0o100644, 0o100755, 0o100600

EPOCH = (1980, 1, 1, 0, 0, 0)
_PARTS = ("public", "hidden", "mutants")
_LABEL = "what grades {}"
_SKIPPED = ("__pycache__", ".pyc", ".pyo")


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """What was decided when the bundle was made."""

    stage: str
    sandbox: str = "lockdown"
    unprotected: bool = False
    upstream: str = "auto"

    def __post_init__(self) -> None:
        if self.sandbox == "unprotected" and not self.unprotected:
            raise UsageError(
                "unprotected: a submission could read the hidden checks and write its"
                " own mark.",
                "If you trust the code, say so with --unprotected.",
            )


def files(course: Course, settings: Settings) -> dict[str, bytes]:
    """Return every file of the bundle by its path.

    Raises:
        UsageError: if the course has no reference, or there is no such stage.
        ManifestError: if any manifest is wrong: grading reads them all.
        SuiteError: if the checks, mutants or contests of the stage cannot be used.
    """
    assignment = course.assignment(settings.stage)
    if not course.reference.is_dir():
        raise UsageError(
            f"{course.root}: has no reference/, so nothing can be graded with it.",
            "Export from the instructors' course, not from what students get.",
        )
    _check(course, assignment)
    found = {
        SETTINGS: json.dumps(dataclasses.asdict(settings), indent=2).encode() + b"\n",
        f"course/{SECRET}": course_secret(course).encode() + b"\n",
    }
    package = pathlib.Path(__file__).parent.parent
    for path in _files(package):
        name = path.relative_to(package).as_posix()
        found[f"kit/autograder/{name}"] = path.read_bytes()
    for path in _of_course(course, assignment):
        name = path.relative_to(course.root).as_posix()
        found[f"course/{name}"] = path.read_bytes()
    return {f"{FOLDER}/{name}": data for name, data in sorted(found.items())}


def _check(course: Course, assignment: Assignment) -> None:
    """Let every slip show here: there, it would be a fault in each hand-in."""
    for stage in course.stages():
        course.assignment(stage)
    collect.collect(assignment, course)
    mutants.load_mutants(assignment)
    contests.contests(assignment, course)


def read_settings(folder: pathlib.Path) -> Settings:
    """Return the settings of the bundle in `folder`."""
    return Settings(**json.loads((folder / SETTINGS).read_text(encoding="utf-8")))


def course_of(folder: pathlib.Path) -> Course:
    """Return the course in the bundle in `folder`."""
    return Course(folder / "course")


def requirements() -> str:
    """Return what grading needs beside Python: this very NumPy, for the same marks."""
    return f"numpy=={importlib.metadata.version('numpy')}\n"


def write_zip(
    content: Mapping[str, bytes],
    archive: pathlib.Path,
    executable: tuple[str, ...],
    what: str,
) -> pathlib.Path:
    """Write a zip for its owner's eyes; its bytes depend on nothing but the files.

    Args:
        content: by name.
        archive: where to write it.
        executable: names of scripts.
        what: it grades, and where: "a01_gates in Gradescope". An archive of something
            else is left alone: two of them look the same from outside.

    Raises:
        UsageError: if there is something else of that name.
        ExportError: if it cannot be written.
    """
    _check_replaceable(archive, what)
    unfinished = archive.with_name(f".{archive.name}.part")
    with writing(archive.parent):
        archive.parent.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)  # it holds every answer
        _write_zip(content, unfinished, executable, what)
        unfinished.replace(archive)
    return archive


def _check_replaceable(archive: pathlib.Path, what: str) -> None:
    if not archive.exists():
        return
    found = "something else"
    with (
        contextlib.suppress(OSError, zipfile.BadZipFile),
        zipfile.ZipFile(archive) as z,
    ):
        found = z.comment.decode(errors="replace").strip() or found
    if found != _LABEL.format(what):
        raise UsageError(
            f"{archive}: is there already, and is {clean(found, 100)}.",
            "Name another folder, or remove the file if you need it no more.",
        )


def _write_zip(
    content: Mapping[str, bytes],
    path: pathlib.Path,
    executable: tuple[str, ...],
    what: str,
) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        target.comment = _LABEL.format(what).encode()
        for name, data in sorted(content.items()):
            member = zipfile.ZipInfo(name, EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3  # Unix, wherever it was written
            mode = EXECUTABLE if name in executable else MODE
            if name.startswith(f"{FOLDER}/"):
                mode = PRIVATE
            member.external_attr = mode << 16
            target.writestr(member, data)


def no_score() -> bytes:
    """Return the results.json that stands there until more is known."""
    return json.dumps(gradescope.no_score(), indent=2).encode() + b"\n"


def script(name: str) -> bytes:
    """Return one of the scripts beside this file, with the line ends of Unix."""
    path = pathlib.Path(__file__).parent / "scripts" / name
    return path.read_bytes().replace(b"\r\n", b"\n")


def _of_course(course: Course, assignment: Assignment) -> Iterator[pathlib.Path]:
    for stage in course.stages():  # intake tells by them what other files are
        yield course.assignments / stage / "assignment.toml"
    own = assignment.folder
    yield from (path for path in own.glob("*.toml") if path.name != "assignment.toml")
    for part in _PARTS:
        yield from _files(own / part)
    yield from _files(course.reference / "nabla")  # stages use each other's modules
    names = [f"nabla/{module}.py" for module in GIVEN_MODULES]
    names += [f"nabla/{name}" for name in GIVEN_DATA]
    for solved in (*course.before(assignment), assignment):
        names += solved.files
    paths = (course.template / name for name in dict.fromkeys(names))
    yield from (path for path in paths if path.is_file())


def _files(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part in name for part in _SKIPPED):
            yield path
