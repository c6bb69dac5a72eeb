"""Which file of the tree comes from where, and what the student is told about it."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterable, Mapping

from autograder.errors import IntakeError, UsageError
from autograder.intake import layout
from autograder.intake.holding import Holding
from autograder.manifest import GIVEN_DATA, GIVEN_MODULES, Assignment, Course

UPSTREAM = ("auto", "student", "reference")

_GIVEN = (
    *(f"{layout.PACKAGE}{module}.py" for module in GIVEN_MODULES),
    *(f"{layout.PACKAGE}{name}" for name in GIVEN_DATA),
)
_INIT = _GIVEN[0]
_SHOWN = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """Which file comes from where, decided before a hand-in is opened."""

    graded: tuple[str, ...]
    released: tuple[str, ...]  # of earlier stages, taken from the reference
    own: tuple[str, ...]  # of earlier stages, taken from the student
    known: tuple[str, ...]  # all files of the course

    @property
    def upstream(self) -> str:
        """What the record says: one file of the student's own makes it "student"."""
        if self.own:
            return "student"
        return "reference" if self.released else "none"


@dataclasses.dataclass(frozen=True, slots=True)
class Merged:
    """All files of the tree, the names of the student's among them, and the notes."""

    files: Mapping[str, bytes]
    own: tuple[str, ...]
    notes: tuple[str, ...]


def plan(assignment: Assignment, course: Course, upstream: str) -> Plan:
    """Decide where the files of the stage and of those before it come from.

    Raises:
        UsageError: if `upstream` is none of "auto", "student", "reference".
    """
    if upstream not in UPSTREAM:
        raise UsageError(
            f"upstream is {upstream!r}.", f"Expected one of: {', '.join(UPSTREAM)}."
        )
    released: dict[str, bool] = {}
    for earlier in course.before(assignment):
        solved = upstream == "reference" or (
            upstream == "auto" and earlier.solutions_released
        )
        new = [name for name in earlier.files if name not in assignment.files]
        released.update(dict.fromkeys(new, solved))
    stages = [course.assignment(name) for name in course.stages()]
    known = (*_GIVEN, *assignment.files, *(f for each in stages for f in each.files))
    return Plan(
        graded=assignment.files,
        released=tuple(name for name, solved in released.items() if solved),
        own=tuple(name for name, solved in released.items() if not solved),
        known=tuple(dict.fromkeys(known)),
    )


def merge(holding: Holding, plan: Plan, course: Course) -> Merged:
    """Lay the student's files over the course's.

    Raises:
        IntakeError: if the hand-in holds nothing that is asked for, or a file asked
            for cannot be read.
        UsageError: if the course lacks a file of its own.
    """
    found = _located(holding, plan)
    # A course made for students has no reference; its template has the given files.
    base = course.reference if course.reference.is_dir() else course.template
    present = [name for name in _GIVEN if name == _INIT or (base / name).is_file()]
    given = {name: _of_course(base, name) for name in present}
    released = {name: _of_course(course.reference, name) for name in plan.released}
    wanted = (*plan.own, *plan.graded)
    handed_in = [name for name in wanted if name in found.where]
    own = {name: holding.read(found.where[name]) for name in handed_in}
    missing = [name for name in wanted if name not in own]
    stubs = {name: _of_course(course.template, name) for name in missing}
    notes = (
        *holding.notes,
        *found.notes,
        *(_missing(name, holding, plan) for name in missing),
        *_replaced(holding, found, given),
        *_sources(plan, handed_in),
        *_ignored(holding, found, plan),
    )
    return Merged({**given, **released, **stubs, **own}, tuple(own), notes)


def _located(holding: Holding, plan: Plan) -> layout.Layout:
    """Find the files; one that is asked for, is there and was refused is a problem."""
    try:
        found = layout.locate(holding.names, plan.graded, plan.known)
    except IntakeError:
        _require_none_refused(holding, plan.graded)
        raise
    _require_none_refused(holding, set(plan.graded) - set(found.where))
    return found


def _require_none_refused(holding: Holding, wanted: Iterable[str]) -> None:
    package = layout.PACKAGE.rstrip("/")
    for name, reason in holding.refused:
        if any(f"/{name}".endswith((f"/{file}", f"/{package}")) for file in wanted):
            raise IntakeError(
                f"{layout.quoted(name)} {reason}, so it is not read.",
                "Hand in the file itself, in the folder nabla/.",
            )


def _of_course(folder: pathlib.Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as exc:
        raise UsageError(
            f"{folder / name}: the course lacks this file ({exc.strerror}).",
            "Restore it; `autograder skeleton` writes the template again.",
        ) from exc


def _missing(name: str, holding: Holding, plan: Plan) -> str:
    what = f"{name} was not handed in; the empty template stands in for it."
    miss = layout.near_miss(name, holding.names, plan.known)
    if miss:
        what += f" {layout.quoted(miss)} is not used: is it meant to be {name}?"
    return what


def _replaced(
    holding: Holding, found: layout.Layout, given: Mapping[str, bytes]
) -> list[str]:
    handed_in = {name: _read(holding, found, name) for name in given}
    return [
        f"{name} differs from the course's; the course's is used."
        for name, data in handed_in.items()
        if data is not None and _text(data) != _text(given[name])
    ]


def _read(holding: Holding, found: layout.Layout, name: str) -> bytes | None:
    if name not in found.where:
        return None
    try:
        return holding.read(found.where[name])
    except IntakeError:  # it is not used, so it is no problem that it cannot be read
        return b""


def _text(data: bytes) -> bytes:
    """Leave out what editors change on their own."""
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").rstrip()


def _sources(plan: Plan, handed_in: Iterable[str]) -> list[str]:
    notes = []
    own = [name for name in plan.own if name in handed_in]
    if plan.released:
        files = ", ".join(plan.released)
        notes.append(f"From the course's solutions of earlier stages: {files}.")
    if own:
        files = ", ".join(own)
        notes.append(f"From your own hand-in, for earlier stages: {files}.")
    return notes


def _ignored(holding: Holding, found: layout.Layout, plan: Plan) -> list[str]:
    inside = found.root + layout.PACKAGE
    used = {*found.where.values(), *(found.root + name for name in plan.known)}
    extra = [
        layout.quoted(name.removeprefix(found.root))
        for name in holding.names
        if name.startswith(inside) and name.endswith(".py") and name not in used
    ]
    notes = [f"{layout.quoted(name)} {why}." for name, why in holding.refused[:_SHOWN]]
    if len(holding.refused) > _SHOWN:
        notes.append(f"{len(holding.refused) - _SHOWN} more members were refused.")
    if extra:
        more = f" and {len(extra) - _SHOWN} more" if len(extra) > _SHOWN else ""
        asked = ", ".join(plan.graded)
        notes.append(
            f"Not used: {', '.join(extra[:_SHOWN])}{more}; asked for was {asked}."
        )
    return notes
