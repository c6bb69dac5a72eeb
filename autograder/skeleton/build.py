"""Reference and manifests -> student_template/, with a proof of each promise.

Every module parses and imports, public names, signatures and docstrings are those of
the reference, no helper dangles, and no line of a solution survives.
"""

from __future__ import annotations

import difflib
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping

from autograder.errors import SkeletonError
from autograder.manifest import Course
from autograder.skeleton.leaks import check_code
from autograder.skeleton.regions import parse
from autograder.skeleton.surface import check_helpers, check_surface
from autograder.skeleton.template import PACKAGE, README, Template, render

DIFFERENCES_SHOWN = 60
IMPORT_S = 120.0

_IMPORT_ALL = """
import importlib, sys, warnings
warnings.simplefilter("error", SyntaxWarning)
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    importlib.import_module(name)
"""


def build(
    course: Course, out: pathlib.Path, upto: str | None = None
) -> list[pathlib.Path]:
    """Write the template to `out`, all of it or nothing, and return its files.

    With `upto` it ends with that stage.

    Raises:
        SkeletonError: if a proof fails, or `out` holds something else.
    """
    _check_replaceable(out)
    template = prove(render(course, upto))
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".skeleton-", dir=out.parent) as folder:
        fresh = pathlib.Path(folder, "new")
        write(template.files, fresh)
        prove_imports(fresh, template.modules)
        if out.exists():
            out.rename(pathlib.Path(folder, "old"))
        fresh.rename(out)
    return [out / name for name in sorted(template.files)]


def compare(course: Course) -> list[str]:
    """Return how the committed template differs from a fresh one, as a short diff.

    Raises:
        SkeletonError: if a fresh one cannot be built.
    """
    with tempfile.TemporaryDirectory(prefix="skeleton-") as folder:
        fresh = pathlib.Path(folder, "student_template")
        build(course, fresh)
        differences = list(_differences(course.template, fresh))
    if len(differences) > DIFFERENCES_SHOWN:
        more = len(differences) - DIFFERENCES_SHOWN
        differences[DIFFERENCES_SHOWN:] = [f"… and {more} more lines."]
    if differences:
        differences.append("Run `autograder skeleton` and commit the result.")
    return differences


def prove(template: Template) -> Template:
    """Return the template after every proof that needs no file system.

    Raises:
        SkeletonError: naming file and line of what does not hold.
    """
    originals = {**template.given, **template.originals}
    reference = {path: parse(text, path) for path, text in originals.items()}
    result = {path: parse(text, path) for path, text in template.modules.items()}
    for path, tree in result.items():
        check_surface(reference[path], tree, path)
    check_helpers(reference, result)
    check_code(template.modules, template.secrets)
    return template


def prove_imports(folder: pathlib.Path, modules: Mapping[str, str]) -> None:
    """Import every module of a written package in a fresh interpreter.

    Raises:
        SkeletonError: with the last line of the error.
    """
    names = [
        path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        for path in modules
    ]
    command = [sys.executable, "-I", "-B", "-c", _IMPORT_ALL, str(folder), *names]
    run = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=IMPORT_S
    )
    if run.returncode:
        reason = run.stderr.strip().replace(f"{folder}{os.sep}", "")
        raise SkeletonError(
            f"the template does not import: {reason.splitlines()[-1]}.",
            f"The traceback:\n{reason}",
        )


def write(files: Mapping[str, str | bytes], folder: pathlib.Path) -> None:
    """Write files below a folder; texts in UTF-8, with the same line ends anywhere."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode("utf-8") if isinstance(content, str) else content
        path.write_bytes(data)


def _check_replaceable(out: pathlib.Path) -> None:
    """Check that nothing but an earlier template would be lost."""
    if out.exists() and not out.is_dir():
        raise SkeletonError(f"{out}: is a file, expected a folder.")
    found = {path.name for path in out.iterdir()} if out.exists() else set()
    foreign = sorted(found - {PACKAGE, README})
    if foreign:
        raise SkeletonError(
            f"{out}: holds {foreign[0]!r}, which is no part of a template.",
            "Name a new or empty folder, or a template that was built before.",
        )


def _differences(committed: pathlib.Path, fresh: pathlib.Path) -> Iterator[str]:
    old, new = _contents(committed), _contents(fresh)
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) == new.get(name):
            continue
        if name not in new:
            yield f"student_template/{name}: should not be there."
            continue
        before = old.get(name, b"").decode("utf-8", "backslashreplace")
        diff = difflib.unified_diff(
            before.splitlines(),
            new[name].decode("utf-8", "backslashreplace").splitlines(),
            f"student_template/{name} (committed)",
            f"student_template/{name} (built now)",
            lineterm="",
            n=1,
        )
        yield from list(diff) or [f"student_template/{name}: differs in line ends."]


def _contents(folder: pathlib.Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
