"""An inbox on the evening of the deadline: folders and zips of all shapes."""

from __future__ import annotations

import dataclasses
import itertools
import pathlib
import shutil
from collections.abc import Callable, Mapping

import numpy as np

from autograder.demo.work import Marks, class_work
from autograder.errors import UsageError
from autograder.manifest import Assignment, Course
from autograder.release import write_zip
from autograder.skeleton.stubs import without_markers
from autograder.skeleton.template import (
    PACKAGE,
    is_given,
    reference_sources,
    stage_sources,
    where,
)

FIRST_NAMES = (
    "Ada Amara Anouk Bela Bram Carmen Chidi Dalia Davor Edda Emeka Farah Finn Goran"
    " Hana Ines Ivo Jasper Kaja Kofi Lale Leif Maren Mei Milan Nadia Nils Noor Oskar"
    " Petra Quentin Rania Sami Selma Taro Tilda Uma Viggo Wanda Yusuf Zora"
)
LAST_NAMES = (
    "Adeyemi Aaltonen Bergmann Botha Castellan Dvorsky Eriksen Farouk Gallo Haddad"
    " Horvat Ibarra Jansen Kaplan Kowal Lindqvist Marchetti Moreau Nakata Novak Okafor"
    " Oyelaran Petrescu Quist Rahimi Rossi Sandoval Tanaka Thorsen Ueda Valdez Vesely"
    " Weiss Xanthos Yilmaz Zoric"
)


Files = Mapping[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Parcel:
    """A hand-in before it is written: a folder, or with a suffix an archive."""

    suffix: str
    files: Mapping[str, bytes]


@dataclasses.dataclass(frozen=True, slots=True)
class Student:
    """A pretend student: the hand-in, the story behind it and the marks it deserves."""

    name: str
    story: str
    marks: Marks
    path: pathlib.Path


def make_class(
    course: Course,
    stage: Assignment,
    folder: pathlib.Path,
    n: int = 40,
    seed: int = 0,
) -> list[Student]:
    """Write the hand-ins of n students into a folder; the same seed, the same bytes.

    Raises:
        UsageError: if the folder holds anything else.
    """
    names = _names(n, seed)
    works = itertools.islice(class_work(course, stage, seed), n)
    package = _package(course, stage)
    made: list[tuple[Student, Parcel]] = []
    for name, work, form in zip(names, works, itertools.cycle(_FORMS), strict=False):
        file_name = name.lower().replace(" ", "_")
        parcel = form(file_name, package, work.files)
        path = folder / f"{file_name}{parcel.suffix}"
        made.append((Student(name, work.story, work.marks, path), parcel))
    _check_replaceable(folder, {student.path.name for student, _ in made})
    for student, parcel in made:
        _write(parcel, student.path)
    return [student for student, _ in made]


def _names(n: int, seed: int) -> list[str]:
    """Return n different names, in the order in which they hand in."""
    pairs = list(itertools.product(FIRST_NAMES.split(), LAST_NAMES.split()))
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(pairs), size=n, replace=False)
    return [" ".join(pairs[i]) for i in chosen]


def _package(course: Course, stage: Assignment) -> dict[str, str]:
    """Return what stands beside a student's own modules: given and earlier ones."""
    sources = reference_sources(course)
    package = {path: text for path, text in sources.items() if is_given(path)}
    for earlier in course.before(stage):
        for name, text in stage_sources(course, earlier).items():
            package[name] = without_markers(text, where(name))
    return package


def _folder(name: str, package: Files, own: Files) -> Parcel:
    del name
    return Parcel("", _encoded({**package, **own}))


def _zip(name: str, package: Files, own: Files) -> Parcel:
    """A zip of the folder nabla/, with what running it has left there."""
    del name
    files = _encoded({**package, **own})
    cache = f"{PACKAGE}/__pycache__/module.cpython-311.pyc"
    return Parcel(".zip", {**files, cache: b"\xa7\r\r\n\x00\x00"})


def _finder_zip(name: str, package: Files, own: Files) -> Parcel:
    """A zip of the folder around nabla/, as the Finder of macOS makes it."""
    inner = _encoded({**package, **own})
    files = {f"{name}/{path}": data for path, data in inner.items()}
    files[f"{name}/.DS_Store"] = b"\x00\x00\x00\x01Bud1"
    doubles = {f"__MACOSX/{name}/nabla/._module.py": b"\x00\x05\x16\x07"}
    return Parcel(".zip", {**files, **doubles})


def _homework_folder(name: str, package: Files, own: Files) -> Parcel:
    """A folder in which the package lies deeper, beside notes."""
    inner = _encoded({**package, **own})
    files = {f"homework/{path}": data for path, data in inner.items()}
    return Parcel("", {**files, "notes.txt": f"by {name}\n".encode()})


_FORMS: tuple[Callable[[str, Files, Files], Parcel], ...] = (
    _zip,
    _folder,
    _finder_zip,
    _zip,
    _homework_folder,
)


def _encoded(files: Files) -> dict[str, bytes]:
    return {name: text.encode() for name, text in files.items()}


def _check_replaceable(folder: pathlib.Path, names: set[str]) -> None:
    found = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    foreign = sorted(found - names)
    if foreign:
        raise UsageError(
            f"{folder}: holds {foreign[0]!r}, which is not of this class.",
            "Name a new folder, or remove that one.",
        )


def _write(parcel: Parcel, path: pathlib.Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if parcel.suffix:
        write_zip(parcel.files, path)
        return
    for name, data in parcel.files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
