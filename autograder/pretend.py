"""Submissions made up to test a suite: right ones, wrong ones, halves, and nothing.

Earlier stages come from the reference, so that only one stage is on trial.
"""

from __future__ import annotations

import dataclasses
import pathlib
import tomllib
import typing
from collections.abc import Mapping

from autograder.errors import SuiteError
from autograder.manifest import Assignment, Course
from autograder.skeleton.build import write
from autograder.skeleton.regions import Region
from autograder.skeleton.stubs import fill, stub, without_solutions
from autograder.skeleton.template import (
    PACKAGE,
    given_data,
    is_given,
    reference_sources,
    stage_sources,
    where,
)
from autograder.suite import mutants

Kind = typing.Literal["reference", "blank", "half", "mutant", "variant"]


@dataclasses.dataclass(frozen=True, slots=True)
class Pretend:
    """A submission made up to test a suite, and what must become of it."""

    kind: Kind
    name: str
    assignment: Assignment
    tree: pathlib.Path  # holds `nabla/`, complete with given and earlier modules
    exercise: str = ""  # that of a mutant
    fails: frozenset[str] = frozenset()
    blocks: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True, slots=True)
class Variant:
    """Another right solution: whole files that replace the reference's."""

    slug: str
    title: str
    why: str
    files: Mapping[str, str]  # by path, such as "nabla/gates.py"


def pretend_submissions(
    course: Course, assignment: Assignment, workdir: pathlib.Path
) -> list[Pretend]:
    """Write the stage's pretend submissions below `workdir` and return them.

    Raises:
        SkeletonError: if reference and manifest do not fit together.
        SuiteError: if a mutant or a variant cannot be read or applied.
    """
    base: dict[str, str | bytes] = {**given_data(course)}
    base.update({p: t for p, t in reference_sources(course).items() if is_given(p)})
    for earlier in course.before(assignment):
        base.update(stage_sources(course, earlier))
    sources = stage_sources(course, assignment)

    def made(
        kind: Kind, name: str, files: Mapping[str, str], **expected: typing.Any
    ) -> Pretend:
        tree = workdir / assignment.id / f"{kind}-{name}"
        write({**base, **sources, **files}, tree)
        return Pretend(kind, name, assignment, tree, **expected)

    blank = {name: without_solutions(t, where(name)) for name, t in sources.items()}
    wrong = [
        made(
            "mutant",
            mutant.slug,
            mutants.apply(mutant, course.reference),
            exercise=mutant.exercise,
            fails=frozenset(mutant.fails),
            blocks=frozenset(mutant.blocks),
        )
        for mutant in mutants.load_mutants(assignment)
    ]
    right = [made("variant", v.slug, v.files) for v in load_variants(assignment)]
    reference = made("reference", "reference", {})
    halves = [made("half", n, f) for n, f in _halves(assignment, sources).items()]
    return [reference, made("blank", "blank", blank), *halves, *wrong, *right]


def _halves(
    assignment: Assignment, sources: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """Return the stage's files with every second exercise solved, both ways."""
    ids = [exercise.id for exercise in assignment.exercises if not exercise.optional]
    if len(ids) < 2:
        return {}  # nothing to halve

    def handed_in(solved: list[str]) -> dict[str, str]:
        def filling(region: Region) -> str | None:
            return None if region.exercise in solved else stub(region)

        return {name: fill(t, where(name), filling) for name, t in sources.items()}

    return {"odd": handed_in(ids[::2]), "even": handed_in(ids[1::2])}


def load_variants(assignment: Assignment) -> list[Variant]:
    """Return the stage's other right solutions, in the order of their names.

    Raises:
        SuiteError: if one has no title, no reason, or no file of the stage.
    """
    folders = sorted((assignment.folder / "variants").glob("*/"))
    return [_variant(assignment, path) for path in folders if path.name[0] not in "._"]


def _variant(assignment: Assignment, folder: pathlib.Path) -> Variant:
    path = folder / "variant.toml"
    try:
        about = tomllib.loads(path.read_text(encoding="utf-8"))
        title, why = str(about["title"]), str(about["why"])
    except (OSError, tomllib.TOMLDecodeError) as exc:
        raise SuiteError(f"{path}: cannot be read: {exc}.") from exc
    except KeyError as exc:
        raise SuiteError(f"{path}: the key {exc} is missing.") from exc
    files = {
        f"{PACKAGE}/{source.relative_to(folder).as_posix()}": source
        for source in sorted(folder.rglob("*.py"))
    }
    foreign = sorted(set(files) - set(assignment.files))
    if foreign or not files:
        got = foreign[0] if foreign else "no Python file"
        expected = ", ".join(assignment.files)
        raise SuiteError(f"{folder}: holds {got}, expected some of: {expected}.")
    texts = {name: source.read_text(encoding="utf-8") for name, source in files.items()}
    return Variant(folder.name, title, why, texts)
