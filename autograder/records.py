"""The records that travel: frozen, of builtin types, with units in the names.

A graded submission is one JSON object per line of `results.jsonl`, `schema: 1`:

| key          | type          | meaning                                            |
|--------------|---------------|----------------------------------------------------|
| schema       | int           | version of this table                              |
| submission   | str           | name of the submission, unique in its batch        |
| assignment   | str           | stage id, such as "a02_layers"                     |
| score        | float or null | earned points; null when the kit itself failed     |
| possible     | float         | points of the manifest                             |
| status       | str           | "graded", "unreadable" or "fault"                  |
| sandbox      | str           | which sandbox held the student's code              |
| upstream     | str           | "reference", "student" or "none": earlier stages   |
| duration_s   | float         | wall time of the grading                           |
| digest       | str           | SHA-256 of all staged files                        |
| checks       | list          | one object per check, below                        |
| notes        | list of str   | what intake and scoring have to tell the student   |
| printed      | str           | what the student's code printed, cut and cleaned   |
| staff        | str           | for the instructor alone: faults of ours           |

A check: id, title, exercise, outcome, earned, possible, hidden, message, hint,
duration_s, and `error_map` (null, or name, shape and a grid of relative errors of a
failed gradient check). `staff` is never shown on a student's page.
"""

from __future__ import annotations

import dataclasses
import enum
import typing

SCHEMA = 1


class Outcome(enum.StrEnum):
    """How one check ended. All but GRADER_FAULT are the student's."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    ERRORED = "ERRORED"
    TIMED_OUT = "TIMED_OUT"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    CRASHED = "CRASHED"
    BLOCKED = "BLOCKED"
    GRADER_FAULT = "GRADER_FAULT"


class Status(enum.StrEnum):
    """How the grading of one submission ended."""

    GRADED = "graded"
    UNREADABLE = "unreadable"
    FAULT = "fault"


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """What one submission may use; every number must be positive."""

    call_s: float = 5.0
    check_s: float = 10.0
    submission_s: float = 120.0
    cpu_s: float = 120.0  # of all processes, and of all guests that were needed
    memory_bytes: int = 2 * 1024**3
    processes: int = 8  # a check needs one; the rest is for threads of its own
    open_files: int = 64
    written_bytes: int = 16 * 1024**2
    printed_bytes: int = 64 * 1024

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                raise ValueError(f"Limits: {field.name} is {value!r}, must be positive")


@dataclasses.dataclass(frozen=True, slots=True)
class Submission:
    """One hand-in after intake: staged files, or the reason why there are none.

    That is a `problem` of the hand-in, for its author, or a `fault` of this machine.
    """

    name: str
    tree: str  # folder that holds `nabla/`; "" when unreadable
    digest: str  # SHA-256 over the names and bytes of all staged files
    files: tuple[str, ...] = ()  # the student's own files, relative to the tree
    notes: tuple[str, ...] = ()  # what intake did: merged, skipped, unwrapped
    problem: str = ""  # the sentence for the student when unreadable
    fault: str = ""  # the sentence for the instructor when that was not the student's
    upstream: str = "none"
    lateness_s: float = 0.0  # after the due date, as its system has recorded it
    attempts_before: int = 0
    best_before: float | None = None  # the best mark of those attempts


@dataclasses.dataclass(frozen=True, slots=True)
class ErrorMap:
    """Relative errors of a failed comparison, thinned out to at most 32 × 32."""

    name: str
    shape: tuple[int, ...]
    values: tuple[tuple[float, ...], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found; `staff` is for the instructor alone."""

    id: str
    title: str
    exercise: str
    outcome: Outcome
    earned: float
    possible: float
    hidden: bool
    message: str = ""
    hint: str = ""
    duration_s: float = 0.0
    error_map: ErrorMap | None = None
    staff: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Score:
    """Points of one submission; `earned` is None when the kit itself failed."""

    earned: float | None
    possible: float
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Graded:
    """One submission, graded: a line of `results.jsonl`."""

    submission: str
    assignment: str
    score: float | None
    possible: float
    status: Status
    sandbox: str
    upstream: str
    duration_s: float
    digest: str
    checks: tuple[CheckResult, ...] = ()
    notes: tuple[str, ...] = ()
    printed: str = ""
    staff: str = ""
    schema: int = SCHEMA


def to_json(record: Graded) -> dict[str, typing.Any]:
    """Return the record as a dict that `json.dumps` accepts."""
    return dataclasses.asdict(record)


def from_json(data: dict[str, typing.Any]) -> Graded:
    """Return the record that `to_json` wrote.

    Raises:
        ValueError: if the schema is not the one this version reads.
    """
    if data.get("schema") != SCHEMA:
        found = data.get("schema")
        raise ValueError(f"result has schema {found!r}, expected {SCHEMA}")
    checks = tuple(_check_from_json(entry) for entry in data["checks"])
    fields = {**data, "checks": checks, "notes": tuple(data["notes"])}
    return Graded(**{**fields, "status": Status(data["status"])})


def _check_from_json(data: dict[str, typing.Any]) -> CheckResult:
    error_map = data.get("error_map")
    if error_map is not None:
        rows = tuple(tuple(row) for row in error_map["values"])
        shape = tuple(error_map["shape"])
        error_map = ErrorMap(name=error_map["name"], shape=shape, values=rows)
    outcome = Outcome(data["outcome"])
    return CheckResult(**{**data, "outcome": outcome, "error_map": error_map})
