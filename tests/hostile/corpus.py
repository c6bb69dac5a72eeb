"""The members of the corpus, and the inbox in which they lie between honest work."""

from __future__ import annotations

import ast
import dataclasses
import pathlib
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence

HERE = pathlib.Path(__file__).resolve().parent
COURSE = HERE / "course"
FAMILIES = ("forge", "secrets", "escape", "exhaust", "persist", "mislead", "play")
STAGE = "h01_small"
FILE = "nabla/small.py"
HONEST_POINTS = 50.0
GIVEN = ("__init__", "module", "backend", "errors", "data")

NEIGHBOUR = "work-of-the-neighbour"
"""Stands in every honest hand-in, and may be read by nobody else."""

DISTURBING = ("escape", "exhaust", "persist")
"""Families whose members want to reach others: an honest hand-in follows each one."""

_ALONE = 3  # of the other families, so many follow one another
_ABOUT_KEYS = {"most": (int, float), "files": dict, "alone": bool, "in_process": str}


@dataclasses.dataclass(frozen=True, eq=False)
class Member:
    """One attack.

    Attributes:
        most: points that the honest code in it may earn.
        files: what is handed in beside nabla/small.py, by path.
        alone: no other member is graded in the same batch.
        in_process: what has to be said about its score without a border, if anything.
    """

    family: str
    slug: str
    folder: pathlib.Path
    description: str
    most: float = HONEST_POINTS
    files: Mapping[str, str] = dataclasses.field(default_factory=dict)
    alone: bool = False
    in_process: str = ""

    @property
    def name(self) -> str:
        """Family and slug."""
        return f"{self.family}/{self.slug}"

    @property
    def source(self) -> str:
        """The file that is handed in: an honest half, and below it the attack."""
        attack = (self.folder / "attack.py").read_text(encoding="utf-8")
        return f"{honest()}\n\n# {'-' * 70}\n{attack}"


@dataclasses.dataclass(frozen=True)
class HandIn:
    """A folder of the inbox: of a member, or (None) of somebody honest."""

    name: str
    member: Member | None
    files: Mapping[str, str]


def members(only: str = "") -> list[Member]:
    """Return all members whose name begins so, in order."""
    found = [
        _member(family, path.parent)
        for family in FAMILIES
        for path in sorted(HERE.glob(f"members/{family}/*/attack.py"))
    ]
    return [member for member in found if member.name.startswith(only)]


def honest() -> str:
    """Return the module of an honest student: half of the exercises."""
    return (HERE / "honest.py").read_text(encoding="utf-8")


def solution() -> str:
    """Return the module of a student who solved everything."""
    text = (COURSE / "reference" / FILE).read_text(encoding="utf-8")
    without = re.sub(
        r"^ *# (end |ruff: )?(solution|noqa).*\n", "", text, flags=re.MULTILINE
    )
    return re.sub(r"^\"\"\".*\n", '"""Small things."""\n', without)


def fill(inbox: pathlib.Path, handed_in: Sequence[HandIn]) -> None:
    """Write hand-ins to an inbox."""
    for each in handed_in:
        for name, text in each.files.items():
            path = inbox / each.name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def write_course(root: pathlib.Path, repository: pathlib.Path) -> None:
    """Write the small course; the given modules come from the repository's reference.

    A file or a folder of the big course is copied, no symbolic link is made, because
    an ordinary user may be unable to follow it.
    """
    shutil.copytree(COURSE, root, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("reference", "student_template"):
        for name in GIVEN:
            source = repository / "reference/nabla" / f"{name}.py"
            shutil.copy(source, root / part / "nabla" / f"{name}.py")


def among_honest(chosen: Sequence[Member]) -> Iterator[HandIn]:
    """Yield the members with honest hand-ins between them."""
    number = alone = 0
    yield _honest(number)
    for member in chosen:
        number += 1
        yield by_itself(member, number)
        alone += 1
        if member.family in DISTURBING or alone == _ALONE or member is chosen[-1]:
            number, alone = number + 1, 0
            yield _honest(number)


def by_itself(member: Member, number: int = 0) -> HandIn:
    """Return the hand-in of a member."""
    name = f"{number:03}-{member.family}-{member.slug}"
    return HandIn(name, member, {**member.files, FILE: member.source})


def _honest(number: int) -> HandIn:
    """Return an honest hand-in, unlike all others: equal ones are graded but once."""
    whole = number % 4 < 2
    text = f"{solution() if whole else honest()}\n\n# {NEIGHBOUR}, number {number}\n"
    kind = "whole" if whole else "half"
    return HandIn(f"{number:03}-honest-{kind}", None, {FILE: text})


def _member(family: str, folder: pathlib.Path) -> Member:
    attack = (folder / "attack.py").read_text(encoding="utf-8")
    text = ast.get_docstring(ast.parse(attack)) or ""
    description = text.partition("\n")[0].strip()
    if not description:
        raise ValueError(f"{folder}/attack.py: its first line must say what it tries")
    path = folder / "about.toml"
    about = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for key, value in about.items():
        if not isinstance(value, _ABOUT_KEYS.get(key, ())):
            raise TypeError(f"{path}: {key} is unknown or of the wrong type")
    return Member(family, folder.name, folder, description, **about)
