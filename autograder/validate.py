"""Is the course itself right? Its suites are graded like submissions are.

The reference earns everything, the empty template nothing, every wrong solution fails
the checks that its file names and no others, every other right solution passes, and
every check is failed by at least one wrong solution.
"""

from __future__ import annotations

import dataclasses
import pathlib
import tomllib
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping

from autograder.errors import SuiteError
from autograder.manifest import Assignment, Course
from autograder.records import CheckResult, Graded, Outcome, Status
from autograder.skeleton.build import write
from autograder.skeleton.stubs import without_solutions
from autograder.skeleton.template import (
    PACKAGE,
    is_given,
    reference_sources,
    stage_sources,
    where,
)
from autograder.suite import mutants

Kind = typing.Literal["reference", "blank", "mutant", "variant", "check"]

_SHOWN = 6
_ROUNDING = 1e-9


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
class Finding:
    """One line of the report."""

    assignment: str
    kind: Kind
    name: str
    expected: str
    seen: str
    ok: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Variant:
    """Another right solution: whole files that replace the reference's."""

    slug: str
    title: str
    why: str
    files: Mapping[str, str]  # by path, such as "nabla/gates.py"


Grade = Callable[[Iterable[Pretend]], Iterator[tuple[Pretend, Graded]]]
"""Grades pretend submissions like any others, in any order."""


def validate(
    course: Course,
    assignments: Iterable[Assignment],
    grade: Grade,
    workdir: pathlib.Path,
) -> Iterator[Finding]:
    """Yield one finding per pretend submission as it is graded, then one per check.

    Raises:
        SkeletonError: if reference and manifests do not fit together.
        SuiteError: if a mutant or a variant cannot be read or applied.
    """
    pretends = [
        pretend
        for assignment in assignments
        for pretend in pretend_submissions(course, assignment, workdir)
    ]
    killers: dict[tuple[str, str], list[str]] = {}
    for pretend, graded in grade(pretends):
        for check in graded.checks:
            names = killers.setdefault((pretend.assignment.id, check.id), [])
            if pretend.kind == "mutant" and _has_failed(check):
                names.append(pretend.name)
        yield judge(pretend, graded)
    for (stage, check_id), names in killers.items():
        seen = _listed(names) if names else "no mutant fails it"
        yield Finding(
            stage, "check", check_id, "failed by a mutant", seen, ok=bool(names)
        )


def pretend_submissions(
    course: Course, assignment: Assignment, workdir: pathlib.Path
) -> list[Pretend]:
    """Write the stage's pretend submissions below `workdir` and return them.

    Earlier stages come from the reference, so that only this one is on trial.

    Raises:
        SkeletonError: if reference and manifest do not fit together.
        SuiteError: if a mutant or a variant cannot be read or applied.
    """
    base = {p: t for p, t in reference_sources(course).items() if is_given(p)}
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
    return [reference, made("blank", "blank", blank), *wrong, *right]


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


def judge(pretend: Pretend, graded: Graded) -> Finding:
    """Compare what became of a pretend submission with what had to."""
    wrong = list(_differences(pretend, graded))
    return Finding(
        assignment=pretend.assignment.id,
        kind=pretend.kind,
        name=pretend.name,
        expected=_expectation(pretend),
        seen="; ".join(wrong) if wrong else "as expected",
        ok=not wrong,
    )


def _expectation(pretend: Pretend) -> str:
    points = f"{pretend.assignment.points:g}"
    if pretend.kind == "blank":
        return f"0 of {points}, no check passes"
    if pretend.kind != "mutant":
        return f"{points} of {points}, every check passes"
    blocked = f", blocks {_listed(pretend.blocks)}" if pretend.blocks else ""
    return f"fails {_listed(pretend.fails)}{blocked}"


def _differences(pretend: Pretend, graded: Graded) -> Iterator[str]:
    """Yield a phrase for everything that is not as it should be."""
    faults = [c for c in graded.checks if c.outcome is Outcome.GRADER_FAULT]
    if graded.status is not Status.GRADED or faults:
        told = [graded.staff, *(check.staff for check in faults), *graded.notes]
        last_lines = [text.strip().splitlines()[-1] for text in told if text.strip()]
        yield f"not graded ({graded.status}): {' / '.join(last_lines[:2])}"
    elif not graded.checks:
        yield "the stage has no checks"
    elif pretend.kind == "mutant":
        yield from _mutant_differences(pretend, graded.checks)
    else:
        yield from _mark_differences(pretend, graded)


def _mark_differences(pretend: Pretend, graded: Graded) -> Iterator[str]:
    blank = pretend.kind == "blank"
    wanted = 0.0 if blank else pretend.assignment.points
    if graded.score is None:
        yield "no score"
    elif abs(graded.score - wanted) > _ROUNDING:
        yield f"{graded.score:g} of {graded.possible:g}"
    wrong = [c for c in graded.checks if (c.outcome is Outcome.PASSED) == blank]
    if wrong:
        yield f"{'passed' if blank else 'not passed'}: {_listed(map(_told, wrong))}"


def _mutant_differences(
    pretend: Pretend, checks: Iterable[CheckResult]
) -> Iterator[str]:
    failed = {check.id: check.exercise for check in checks if _has_failed(check)}
    blocked = {check.id for check in checks if check.outcome is Outcome.BLOCKED}
    known = {check.id for check in checks}
    strangers = {i for i, e in failed.items() if e != pretend.exercise}
    for what, ids in (
        ("no such check", (pretend.fails | pretend.blocks) - known),
        ("not failed", (pretend.fails & known) - set(failed)),
        ("failed too", set(failed) - pretend.fails),
        ("not blocked", (pretend.blocks & known) - blocked),
        ("blocked too", blocked - pretend.blocks),
        (f"failed, but not of {pretend.exercise}", strangers & pretend.fails),
    ):
        if ids:
            yield f"{what}: {_listed(ids)}"
    if not failed:
        yield "no check fails"


def _has_failed(check: CheckResult) -> bool:
    fine = (Outcome.PASSED, Outcome.BLOCKED, Outcome.GRADER_FAULT)
    return check.outcome not in fine


def _told(check: CheckResult) -> str:
    passed = check.outcome is Outcome.PASSED
    return check.id if passed else f"{check.id} {check.outcome}"


def _listed(ids: Iterable[str]) -> str:
    names = sorted(ids)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
