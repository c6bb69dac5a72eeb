"""assignment.toml -> Assignment, with messages that name file, key and remedy."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import pathlib
import tomllib
import typing

from autograder.errors import ManifestError, UsageError
from autograder.policies import AttemptPolicy, LatePolicy, Showing
from autograder.records import Limits

_Table = typing.TypeVar("_Table", Limits, LatePolicy, AttemptPolicy, Showing)

GIVEN_MODULES = ("__init__", "module", "backend", "errors", "data")
"""Modules of `nabla` that come from the kit in every stage."""

GIVEN_DATA = ("digits.npz", "digits.txt")
"""Files beside them, in a course that has them: images, their source and licence."""

_KEYS = {
    "schema": int,
    "id": str,
    "title": str,
    "summary": str,
    "points": int,
    "files": list,
    "solutions_released": bool,
    "opens": dt.datetime,
    "due": dt.datetime,
    "limits": dict,
    "late": dict,
    "attempts": dict,
    "show": dict,
    "exercise": list,
}
_REQUIRED = ("schema", "id", "title", "points", "files", "exercise")
_EXERCISE_KEYS: dict[str, type | tuple[type, ...]] = {
    "id": str,
    "title": str,
    "points": (int, float),
    "names": list,
    "optional": bool,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Exercise:
    """One thing to implement; `names` are such as "Linear.forward".

    The points of an optional one come on top, up to the full points of the stage.
    """

    id: str
    title: str
    points: float
    names: tuple[str, ...] = ()
    optional: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Assignment:
    """One stage of the course, as its manifest describes it."""

    id: str
    title: str
    summary: str
    points: float
    files: tuple[str, ...]
    exercises: tuple[Exercise, ...]
    limits: Limits
    solutions_released: bool
    opens: dt.datetime | None
    due: dt.datetime | None
    folder: pathlib.Path
    late: LatePolicy = dataclasses.field(default_factory=LatePolicy)
    attempts: AttemptPolicy = dataclasses.field(default_factory=AttemptPolicy)
    show: Showing = dataclasses.field(default_factory=Showing)

    @property
    def modules(self) -> tuple[str, ...]:
        """Names of the stage's modules, such as ("layers",)."""
        return tuple(pathlib.PurePosixPath(name).stem for name in self.files)

    @property
    def offered(self) -> float:
        """Points of all checks together, those of optional exercises included."""
        return self.points + sum(e.points for e in self.exercises if e.optional)

    def exercise(self, exercise_id: str) -> Exercise:
        """Return the exercise of that id.

        Raises:
            ManifestError: if the manifest lists no such exercise.
        """
        for exercise in self.exercises:
            if exercise.id == exercise_id:
                return exercise
        known = ", ".join(exercise.id for exercise in self.exercises)
        raise ManifestError(
            f"{self.folder / 'assignment.toml'}: no exercise {exercise_id!r}.",
            f"Its exercises are: {known}.",
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Course:
    """The folder that holds `assignments/`, and beside it what is there of the rest."""

    root: pathlib.Path

    @property
    def assignments(self) -> pathlib.Path:
        """Folder of the stages."""
        return self.root / "assignments"

    @property
    def reference(self) -> pathlib.Path:
        """Folder that holds the reference's `nabla/`; absent on a student's machine."""
        return self.root / "reference"

    @property
    def template(self) -> pathlib.Path:
        """Folder that holds the template's `nabla/`."""
        return self.root / "student_template"

    def stages(self) -> tuple[str, ...]:
        """Return the ids of all stages, in the order of the course."""
        manifests = self.assignments.glob("*/assignment.toml")
        return tuple(sorted(path.parent.name for path in manifests))

    def assignment(self, name: str) -> Assignment:
        """Return the stage of that id; an unambiguous beginning such as "a02" will do.

        Raises:
            UsageError: if no stage, or more than one, begins like that.
        """
        stages = self.stages()
        found = [stage for stage in stages if stage == name]
        found = found or [stage for stage in stages if stage.startswith(name) and name]
        if len(found) != 1:
            what = "matches no stage" if not found else "matches more than one stage"
            raise UsageError(
                f"{name!r} {what} of {self.assignments}.",
                f"The stages are: {', '.join(stages) or 'none'}.",
            )
        return load(self.assignments / found[0])

    def before(self, assignment: Assignment) -> tuple[Assignment, ...]:
        """Return the stages before the given one, in the order of the course."""
        earlier = [stage for stage in self.stages() if stage < assignment.id]
        return tuple(load(self.assignments / stage) for stage in earlier)


def find_course(start: pathlib.Path | None = None) -> Course:
    """Return the course whose folder is `start` or the nearest one above it.

    Raises:
        UsageError: if no folder up to the root of the file system has `assignments/`.
    """
    here = (start or pathlib.Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if any(folder.glob("assignments/*/assignment.toml")):
            return Course(folder)
    raise UsageError(
        f"{here} is not inside a course: no folder from there upwards has"
        " assignments/*/assignment.toml.",
        "Change into the course's folder, or name it with --course FOLDER.",
    )


def load(folder: pathlib.Path) -> Assignment:
    """Read and validate the manifest of the stage in `folder`.

    Raises:
        ManifestError: naming the file, the key, what was expected and what was found.
    """
    path = folder / "assignment.toml"
    try:
        return _parse(path, path.stat().st_mtime_ns)
    except OSError as exc:
        raise ManifestError(f"{path}: cannot be read ({exc.strerror}).") from exc


@functools.lru_cache(maxsize=64)
def _parse(path: pathlib.Path, _modified_ns: int) -> Assignment:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ManifestError(f"{path}: is not valid TOML: {exc}.") from exc
    _check_keys(path, data)
    exercises = tuple(_exercise(path, entry) for entry in data["exercise"])
    assignment = Assignment(
        id=data["id"],
        title=data["title"],
        summary=data.get("summary", ""),
        points=float(data["points"]),
        files=tuple(data["files"]),
        exercises=exercises,
        limits=_table(path, "limits", Limits, data.get("limits", {})),
        solutions_released=data.get("solutions_released", False),
        opens=data.get("opens"),
        due=data.get("due"),
        folder=path.parent,
        late=_table(path, "late", LatePolicy, data.get("late", {})),
        attempts=_table(path, "attempts", AttemptPolicy, data.get("attempts", {})),
        show=_table(path, "show", Showing, data.get("show", {})),
    )
    _check_consistent(path, assignment)
    return assignment


def _check_keys(path: pathlib.Path, data: dict[str, typing.Any]) -> None:
    for key in _REQUIRED:
        if key not in data:
            raise ManifestError(
                f"{path}: the key {key!r} is missing.", f"Add a line `{key} = …`."
            )
    for key, value in data.items():
        expected = _KEYS.get(key)
        if expected is None:
            raise ManifestError(
                f"{path}: unknown key {key!r}.", f"Known keys: {', '.join(_KEYS)}."
            )
        if not isinstance(value, expected):
            got = type(value).__name__
            raise ManifestError(
                f"{path}: {key!r} must be of type {expected.__name__}, got {got}."
            )
    if data["schema"] != 1:
        raise ManifestError(f"{path}: schema is {data['schema']}, this kit reads 1.")


def _exercise(path: pathlib.Path, entry: dict[str, typing.Any]) -> Exercise:
    where = f"{path}: exercise {entry.get('id', '?')!r}"
    for key, value in entry.items():
        if key not in _EXERCISE_KEYS or not isinstance(value, _EXERCISE_KEYS[key]):
            raise ManifestError(
                f"{where}: key {key!r} is unknown or of type {type(value).__name__}.",
                "Known keys: id, title (text), points (number), names (list), optional"
                " (true or false).",
            )
    for key in ("id", "title", "points"):
        if key not in entry:
            raise ManifestError(f"{where}: the key {key!r} is missing.")
    if entry["points"] < 0:
        raise ManifestError(
            f"{where}: points is {entry['points']}, must not be negative."
        )
    names = tuple(entry.get("names", ()))
    optional = entry.get("optional", False)
    points = float(entry["points"])
    return Exercise(entry["id"], entry["title"], points, names, optional)


def _table(
    path: pathlib.Path, key: str, kind: type[_Table], table: dict[str, typing.Any]
) -> _Table:
    known = {field.name for field in dataclasses.fields(kind)}
    unknown = sorted(set(table) - known)
    if unknown:
        raise ManifestError(
            f"{path}: unknown {'limit' if key == 'limits' else key} {unknown[0]!r}.",
            f"Known in [{key}]: {', '.join(sorted(known))}.",
        )
    try:
        return kind(**table)
    except (TypeError, ValueError) as exc:
        raise ManifestError(f"{path}: [{key}]: {exc}.") from exc


def _check_consistent(path: pathlib.Path, assignment: Assignment) -> None:
    if assignment.id != path.parent.name:
        raise ManifestError(
            f"{path}: id is {assignment.id!r}, but the folder is {path.parent.name!r}."
        )
    ids = [exercise.id for exercise in assignment.exercises]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise ManifestError(f"{path}: exercise {twice[0]!r} is listed twice.")
    total = sum(e.points for e in assignment.exercises if not e.optional)
    if abs(total - assignment.points) > 1e-9:
        raise ManifestError(
            f"{path}: the exercises' points add up to {total:g}, but points is"
            f" {assignment.points:g}.",
            "Points of optional exercises come on top and are not counted here.",
        )
    for name in assignment.files:
        pure = pathlib.PurePosixPath(name)
        if pure.parts[:1] != ("nabla",) or ".." in pure.parts or pure.suffix != ".py":
            raise ManifestError(
                f"{path}: files has {name!r}, expected a path such as 'nabla/gates.py'."
            )
