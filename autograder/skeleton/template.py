"""The template in memory: which modules enter it, and in what form.

Three kinds of modules stand in the reference: given ones enter as they are, those of a
stage with stubs, and all others not at all.
"""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence

from autograder.errors import SkeletonError
from autograder.manifest import GIVEN_DATA, GIVEN_MODULES, Assignment, Course
from autograder.skeleton.leaks import Secret, logical_lines, region_secrets
from autograder.skeleton.regions import Region, find_regions
from autograder.skeleton.stubs import without_solutions

PACKAGE = "nabla"
README = "README.md"


@dataclasses.dataclass(frozen=True, slots=True)
class Template:
    """Texts by path, such as "nabla/layers.py", and what must not be in them."""

    given: Mapping[str, str]
    data: Mapping[str, bytes]  # given, too, and no text
    stages: Mapping[str, str]  # with stubs in place of solutions
    originals: Mapping[str, str]  # the same modules, as the reference has them
    secrets: Sequence[Secret]
    readme: str

    @property
    def modules(self) -> dict[str, str]:
        """All modules of the package."""
        return {**self.given, **self.stages}

    @property
    def files(self) -> dict[str, str | bytes]:
        """Everything that is written."""
        return {README: self.readme, **self.modules, **self.data}


def render(course: Course, upto: str | None = None) -> Template:
    """Return the template of all stages, or of those up to one of them.

    Raises:
        SkeletonError: naming file and line, if the reference and the manifests do not
            fit together.
    """
    sources = reference_sources(course)
    stages = [course.assignment(name) for name in course.stages()]
    shown = [stage for stage in stages if upto is None or stage.id <= upto]
    originals: dict[str, str] = {}
    for stage in shown:
        originals.update(stage_sources(course, stage))
    return Template(
        given={path: text for path, text in sources.items() if is_given(path)},
        data=given_data(course),
        stages={p: without_solutions(t, where(p)) for p, t in originals.items()},
        originals=originals,
        secrets=_secrets(sources, stages),
        readme=_readme(shown),
    )


def reference_sources(course: Course) -> dict[str, str]:
    """Return every module of the reference, by path.

    Raises:
        SkeletonError: if there are none.
    """
    paths = sorted((course.reference / PACKAGE).rglob("*.py"))
    sources = {
        path.relative_to(course.reference).as_posix(): path.read_text(encoding="utf-8")
        for path in paths
    }
    if not sources:
        raise SkeletonError(
            f"{course.reference / PACKAGE}: holds no modules.",
            "The template is made from the reference; is this the course's folder?",
        )
    return sources


def given_data(course: Course) -> dict[str, bytes]:
    """Return the files of data that the reference has beside its given modules."""
    names = [f"{PACKAGE}/{name}" for name in GIVEN_DATA]
    found = [name for name in names if (course.reference / name).is_file()]
    return {name: (course.reference / name).read_bytes() for name in found}


def stage_sources(course: Course, stage: Assignment) -> dict[str, str]:
    """Return the reference's modules of one stage.

    Raises:
        SkeletonError: if a module is missing, a region names no exercise, or an
            exercise has no region.
    """
    texts: dict[str, str] = {}
    for name in stage.files:
        path = course.reference / name
        if not path.is_file():
            raise SkeletonError(
                f"{stage.folder / 'assignment.toml'}: files has {name!r}, but the"
                " reference has no such module.",
                f"Write {where(name)}, or correct the manifest.",
            )
        texts[name] = path.read_text(encoding="utf-8")
    _check_exercises(stage, texts)
    return texts


def is_given(path: str) -> bool:
    """Return whether a module of the package comes from the kit in every stage."""
    return pathlib.PurePosixPath(path).parts[1].removesuffix(".py") in GIVEN_MODULES


def where(path: str) -> str:
    """Return the name of a module of the reference for messages."""
    return f"reference/{path}"


def _check_exercises(stage: Assignment, texts: Mapping[str, str]) -> None:
    """Check that regions and exercises name each other."""
    manifest = stage.folder / "assignment.toml"
    known = {exercise.id for exercise in stage.exercises}
    owners: dict[str, set[str]] = {exercise: set() for exercise in known}
    for name, text in texts.items():
        for region in find_regions(text, where(name)):
            if region.exercise not in known:
                raise SkeletonError(
                    f"{where(name)}:{region.first}: {region.exercise!r} is no exercise"
                    f" of {stage.id}.",
                    f"The exercises of {manifest} are: {', '.join(sorted(known))}.",
                )
            owners[region.exercise].add(region.owner)
    for exercise in stage.exercises:
        for name in exercise.names:
            found = owners[exercise.id]
            if not any(f"{owner}.".startswith(f"{name}.") for owner in found):
                raise SkeletonError(
                    f"{manifest}: the exercise {exercise.id!r} names {name!r}, which"
                    f" has no such region in {', '.join(texts)}.",
                    f"Put `# solution: {exercise.id}` … `# end solution` into it, or"
                    " correct `names`.",
                )


def _secrets(
    sources: Mapping[str, str], stages: Sequence[Assignment]
) -> tuple[Secret, ...]:
    """Return the solutions of all stages, and every module that belongs to none."""
    listed = {name for stage in stages for name in stage.files}
    secrets: list[Secret] = []
    for path, text in sources.items():
        regions: tuple[Region, ...] = find_regions(text, where(path))
        if regions and path not in listed:
            raise SkeletonError(
                f"{where(path)}:{regions[0].first}: has solution regions, but no stage"
                " lists it.",
                f"Add {path!r} to `files` of its assignment.toml.",
            )
        secrets += region_secrets(text, regions, where(path))
        if path not in listed and not is_given(path):
            secrets.append(Secret(where(path), tuple(logical_lines(text))))
    return tuple(secrets)


def _readme(stages: Sequence[Assignment]) -> str:
    rows = [
        f"| `{stage.id}` | {stage.title} | {_listing(stage.files)} |"
        for stage in stages
    ]
    table = "\n".join(["| Stage | Topic | Hand in |", "|---|---|---|", *rows])
    return f"""\
# nabla

The package that you write, stage by stage, with nothing but NumPy.

{table}

Every `raise NotImplementedError("exercise …")` marks a place that is yours: put your
code there and remove that line. Names, arguments and docstrings stay as they are; the
docstring says what to compute, with shapes and errors.

`module.py`, `backend.py`, `errors.py` and `data.py` are given. Grading uses the
original ones, so changes to them have no effect there.
"""


def _listing(files: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in files)
