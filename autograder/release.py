"""What students get for a stage: a folder and a zip of it, from an allow-list.

    README.md                     three commands, exercises, points
    autograder-….whl              if it was given
    nabla/                        the template up to the stage
    assignments/a02_layers/       assignment.toml, handout.md, lab.md
        figures/                  those that handout and lab refer to
        public/                   the checks that students get

Modules of earlier stages come as solutions once their manifest says so, else as stubs.
Before anything is written where it was asked for, the release is searched for what no
student may have, and its package is imported.
"""

from __future__ import annotations

import contextlib
import pathlib
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping

from autograder import __version__
from autograder.errors import SkeletonError, UsageError
from autograder.manifest import Assignment, Course
from autograder.skeleton.audit import audit
from autograder.skeleton.build import prove, prove_imports
from autograder.skeleton.stubs import without_markers
from autograder.skeleton.template import PACKAGE, README, render, where

PICTURES = (".gif", ".jpg", ".jpeg", ".png", ".svg")
"""Suffixes of the figures that may go out; their scripts may not."""

_IMAGE = re.compile(r"!\[[^\]]*\]\(\s*<?([^)\s>]+)|<img\b[^>]*?\bsrc=[\"']([^\"']+)")
_LINK = re.compile(r"\]\(\s*<?(figures/[^)\s>]+)")
_REMOTE = re.compile(r"[a-z]+:", re.IGNORECASE)
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644


def release(
    course: Course,
    assignment: Assignment,
    out: pathlib.Path,
    wheel: pathlib.Path | None = None,
    *,
    force: bool = False,
) -> list[pathlib.Path]:
    """Write what students get for the stage; return the folder and its zip.

    Raises:
        UsageError: if the folder or the zip is there already and `force` is not set,
            or what is there was never a release.
        SkeletonError: if a part is missing, or something secret would go out.
    """
    archive = out.with_name(f"{out.name}.zip")
    _check_replaceable(out, archive, force=force)
    files = gather(course, assignment, wheel)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".release-", dir=out.parent) as folder:
        place = pathlib.Path(folder)
        for name, data in files.items():
            path = place / "new" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        inside = [name for name in files if name.startswith(f"{PACKAGE}/")]
        modules = {name: "" for name in inside if name.endswith(".py")}
        prove_imports(place / "new", modules)
        rooted = {f"{out.name}/{name}": data for name, data in files.items()}
        write_zip(rooted, place / "new.zip")
        _replace(place / "new", out)
        _replace(place / "new.zip", archive)
    return [out, archive]


def gather(
    course: Course, assignment: Assignment, wheel: pathlib.Path | None = None
) -> dict[str, bytes]:
    """Return every file of the release by path, audited.

    Raises:
        SkeletonError: if a part is missing, or something secret would go out.
    """
    template = prove(render(course, upto=assignment.id))
    solved = {
        name
        for earlier in course.before(assignment)
        if earlier.solutions_released
        for name in earlier.files
        if name not in assignment.files
    }
    texts = dict(template.modules)
    for name in solved:
        texts[name] = without_markers(template.originals[name], where(name))
    readme = _readme(course, assignment, wheel)
    files = {name: text.encode() for name, text in {**texts, README: readme}.items()}
    files.update(template.data)
    inside = f"assignments/{assignment.id}"
    for name in _of_stage(assignment):
        files[f"{inside}/{name}"] = (assignment.folder / name).read_bytes()
    audit(files, course, template, released=solved)
    if wheel is not None:
        files[wheel.name] = _checked_wheel(wheel)
    return dict(sorted(files.items()))


def figures_of(assignment: Assignment) -> list[str]:
    """Return the local figures that handout and lab refer to, in their order.

    Raises:
        SkeletonError: if one does not exist, or is no picture in figures/.
    """
    names: dict[str, None] = {}
    for document in ("handout.md", "lab.md"):
        path = assignment.folder / document
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        targets = [first or second for first, second in _IMAGE.findall(text)]
        for target in (*targets, *_LINK.findall(text)):
            if not _REMOTE.match(target):
                _check_figure(path, target)
                names[target] = None
    return list(names)


def write_zip(files: Mapping[str, bytes], archive: pathlib.Path) -> None:
    """Write a zip whose bytes depend on nothing but the files."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for name, data in sorted(files.items()):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3  # Unix, wherever it was written
            member.external_attr = _MODE << 16
            target.writestr(member, data)


def _check_figure(document: pathlib.Path, target: str) -> None:
    pure = pathlib.PurePosixPath(target)
    inside = pure.parts[:1] == ("figures",) and ".." not in pure.parts
    if not inside or pure.suffix.lower() not in PICTURES:
        raise SkeletonError(
            f"{document}: refers to {target!r}, expected a picture in figures/"
            f" ({', '.join(PICTURES)})."
        )
    if not (document.parent / target).is_file():
        raise SkeletonError(
            f"{document}: refers to {target!r}, which does not exist.",
            "Draw it with figures/make.py, or correct the name.",
        )


def _of_stage(assignment: Assignment) -> Iterator[str]:
    """Yield the paths of the stage's own files on the allow-list."""
    for name in ("assignment.toml", "handout.md"):
        if not (assignment.folder / name).is_file():
            raise SkeletonError(f"{assignment.folder / name}: does not exist.")
        yield name
    if (assignment.folder / "lab.md").is_file():
        yield "lab.md"
    yield from figures_of(assignment)
    for path in sorted((assignment.folder / "public").rglob("*")):
        hidden_name = path.name.startswith(".") or "__pycache__" in path.parts
        if path.is_file() and not hidden_name:
            if path.suffix != ".py":
                raise SkeletonError(
                    f"{path}: only Python files of public/ go out.",
                    "Compute such data in the checks, or move the file away.",
                )
            yield path.relative_to(assignment.folder).as_posix()


def _checked_wheel(wheel: pathlib.Path) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            heads = {name.partition("/")[0] for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile) as exc:
        raise UsageError(
            f"--wheel {wheel}: is no wheel ({exc}).",
            "Build it with `python -m pip wheel --no-deps .`.",
        ) from exc
    foreign = sorted(h for h in heads if h != "autograder" and "dist-info" not in h)
    if foreign or "autograder" not in heads:
        held = foreign[0] if foreign else "no autograder"
        raise SkeletonError(f"{wheel}: holds {held}, expected autograder alone.")
    return wheel.read_bytes()


def _check_replaceable(
    out: pathlib.Path, archive: pathlib.Path, *, force: bool
) -> None:
    there = [path for path in (out, archive) if path.exists()]
    if there and not force:
        raise UsageError(
            f"--out {out}: {there[0]} is there already.",
            "Name a new folder, or replace it with --force.",
        )
    parts = (README, PACKAGE, "assignments")
    if out.exists() and not all((out / part).exists() for part in parts):
        raise UsageError(
            f"--out {out}: is there already and is no earlier release.",
            "Name a new folder; --force replaces releases only.",
        )


def _replace(source: pathlib.Path, target: pathlib.Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    with contextlib.suppress(FileNotFoundError):
        target.unlink()
    source.rename(target)


def _readme(course: Course, assignment: Assignment, wheel: pathlib.Path | None) -> str:
    name = wheel.name if wheel else f"autograder-{__version__}-py3-none-any.whl"
    stage = assignment.id
    files = ", ".join(f"`{file}`" for file in assignment.files)
    rows = [
        f"| {e.title} | {'+' if e.optional else ''}{e.points:g} |"
        for e in assignment.exercises
    ]
    table = "\n".join(["| Exercise | Points |", "|---|---:|", *rows])
    has_lab = (assignment.folder / "lab.md").is_file()
    lab = (
        f"`assignments/{stage}/lab.md` is the notebook of this stage (open it in"
        " Jupyter with jupytext).\n\n"
        if has_lab
        else ""
    )
    return f"""\
# {assignment.title}

{assignment.summary}

Read `assignments/{stage}/handout.md`, then fill in {files}. Three commands, in this
folder, with Python 3.11 or newer:

    python -m pip install {name}
    autograder check {stage}
    python -m zipfile -c {stage}.zip nabla

The first installs the checker that your course gave you, the second says within
seconds what works and what does not, the third packs what you hand in.

{lab}{table}

{_earlier(course, assignment)}"""


def _earlier(course: Course, assignment: Assignment) -> str:
    """Return what the student has to know about the modules of earlier stages."""
    solved: list[str] = []
    own: list[str] = []
    for stage in course.before(assignment):
        names = [f"`{name}`" for name in stage.files if name not in assignment.files]
        (solved if stage.solutions_released else own).extend(names)
    lines = []
    if solved:
        lines.append(f"Solutions of earlier stages are included: {', '.join(solved)}.")
    if own:
        lines.append(f"Copy your own earlier work over the stubs: {', '.join(own)}.")
    return "\n".join([*lines, ""]) if lines else "This is the first stage.\n"
