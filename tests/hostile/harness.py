"""Grades the corpus with the real command, and looks for what an attack has achieved.

Four questions about each member: has it gained points (or a fault of the kit, which is
no zero either), has something secret leaked into what students see, has anything
escaped from the sandbox, has an honest neighbour's result been disturbed. A fifth
about all together: does anything in pages, tables or on the terminal mislead a reader.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import typing
from collections.abc import Iterator, Mapping, Sequence

import corpus
import pythons
import traces

from autograder.suite.rng import CheckRng
from autograder.suite.seeds import check_seed

REPOSITORY = corpus.HERE.parents[1]
ORDINARY_USER = 54321  # exists nowhere
USERS = ("root", "ordinary")
SANDBOXES = ("bubblewrap", "lockdown")

COURSE_SECRET = "the-course-secret-5d0c1f6f0a"
CANARY = "grader-environment-71c3"
SECRETS = {
    COURSE_SECRET: "the course secret",
    CANARY: "the grader's environment",
    "marmalade-in-the-attic": "the source of the hidden checks",
    "marzipan-under-the-stairs": "the reference",
    corpus.NEIGHBOUR: "a neighbour's work",
    "LOOT:": "what the member says it has reached",
}
TABLE: list[str] = []
"""What is printed when the tests are over."""

_TIMEOUT_S = 1800
_LARGEST_PAGE = 2_000_000
_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_FORMULA = re.compile(r"[=+\-@\t\r].*HOSTILE", re.DOTALL)
_COMMAND = re.compile(r"^\s*::.*HOSTILE|##\w*\[.*HOSTILE", re.MULTILINE)
_MARKUP = re.compile(r"<(?:[^>\"]|\"[^\"]*\")*?hostile", re.IGNORECASE)


@functools.cache
def _same_python() -> bool:
    return pythons.runs_for(ORDINARY_USER)


@dataclasses.dataclass
class Found:
    """What became of one member; the lists are empty where the kit held."""

    member: corpus.Member
    score: float | None
    status: str
    printed: str
    checks: list[dict[str, typing.Any]]
    gained: list[str] = dataclasses.field(default_factory=list)
    leaked: list[str] = dataclasses.field(default_factory=list)
    escaped: list[str] = dataclasses.field(default_factory=list)
    disturbed: list[str] = dataclasses.field(default_factory=list)
    misled: list[str] = dataclasses.field(default_factory=list)

    @property
    def achieved(self) -> list[str]:
        """All of it, in sentences."""
        kinds = ("gained", "leaked", "escaped", "disturbed", "misled")
        return [f"{kind}: {what}" for kind in kinds for what in getattr(self, kind)]


@dataclasses.dataclass
class Batch:
    """What became of a whole inbox."""

    found: list[Found]
    together: list[str]  # achieved, but not known by whom


class Ground:
    """A place where one kind of user grades: a course, a copy of the kit, a cache."""

    def __init__(
        self, user: str, folder: pathlib.Path, repository: pathlib.Path = REPOSITORY
    ) -> None:
        self.user = user
        self.folder = folder / "grading-machine"
        self.course = self.folder / "course"
        self.quiet: dict[str, dict[str, object]] = {}  # marks by sandbox and name
        self._runs = 0
        self.folder.mkdir()
        folder.chmod(0o755)
        for name in ("tmp", "cache", "home"):
            (self.folder / name).mkdir()
        self.own(self.folder)
        self.renew(repository)

    @property
    def _switches(self) -> bool:
        return self.user == "ordinary" and os.geteuid() == 0

    def renew(self, repository: pathlib.Path = REPOSITORY) -> None:
        """Write course and kit anew, as they are in the repository; forget marks."""
        for path in (self.course, self.folder / "kit"):
            shutil.rmtree(path, ignore_errors=True)
        corpus.write_course(self.course, repository)
        (self.course / ".course-secret").write_text(f"{COURSE_SECRET}\n")
        ignored = shutil.ignore_patterns("__pycache__")
        kit = self.folder / "kit/autograder"
        shutil.copytree(repository / "autograder", kit, ignore=ignored)
        self.own(self.course)
        self.own(self.folder / "kit")
        self.quiet = {}

    def own(self, path: pathlib.Path) -> None:
        """Give files to the user who grades."""
        if self._switches:
            for each in (path, *path.rglob("*")):
                os.chown(each, ORDINARY_USER, ORDINARY_USER, follow_symlinks=False)

    def run(self, *args: object, **options: typing.Any) -> typing.Any:
        """Run a Python program as that user, with the kit of this place."""
        environment = {
            "AUTOGRADER_CACHE": str(self.folder / "cache"),
            "COLUMNS": "100",
            "HOME": str(self.folder / "home"),
            "HOSTILE_CANARY": CANARY,
            "MPLCONFIGDIR": str(self.folder / "home"),
            "NO_COLOR": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(self.folder / "kit"),
            "TERM": "dumb",
            "TMPDIR": str(self.folder / "tmp"),
        }
        as_user: dict[str, typing.Any] = {}
        python = sys.executable
        if self._switches and not _same_python():
            python, settings = pythons.for_others()
            environment |= settings
            environment["PYTHONPATH"] += f":{settings['SITE']}"
        if self._switches:
            as_user = {"user": ORDINARY_USER, "group": ORDINARY_USER}
            as_user["extra_groups"] = []
        return subprocess.run(
            [python, *map(str, args)],
            cwd=self.folder,
            env=environment,
            encoding="utf-8",
            errors="backslashreplace",
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            **as_user,
            **options,
        )

    def autograder(self, *args: object) -> typing.Any:
        """Run the command in the course."""
        return self.run("-m", "autograder.cli", "--course", self.course, *args)

    @functools.cached_property
    def unfit(self) -> str:
        """Why this user cannot grade here at all, or ""."""
        if self.user == "root" and os.geteuid():
            return "needs root"
        done = self.run("-c", "import autograder.pipeline, pytest, numpy")
        if done.returncode:
            return f"the {self.user} user cannot run {sys.executable}"
        return ""

    def no_sandbox(self, sandbox: str) -> str:
        """Say why a sandbox does not work here, or ""."""
        code = (
            "import sys; from autograder.sandbox.choosing import _probe_once as probe;"
            "found = probe(sys.argv[1]); print('' if found.works else found.reason)"
        )
        done = self.run("-c", code, sandbox)
        return (done.stdout or done.stderr).strip()

    def grade(
        self,
        handed_in: Sequence[corpus.HandIn],
        sandbox: str,
        workers: int,
        *,
        export: bool = True,
    ) -> Run:
        """Grade an inbox as an instructor does, and gather what came of it."""
        self._runs += 1
        out = self.folder / f"run-{self._runs}"
        inbox = pathlib.Path(tempfile.mkdtemp(prefix="inbox-", dir=self.folder))
        corpus.fill(inbox, handed_in)
        self.own(inbox)
        guarded = (self.course, self.folder / "kit", inbox)
        with contextlib.ExitStack() as stack:
            stack.enter_context(traces.alone())
            heard = stack.enter_context(traces.listening())
            before = traces.take(*guarded)
            done = self.autograder(
                *("grade", "h01", inbox, "--out", out),
                *("--sandbox", sandbox, "--workers", workers),
            )
            if not (out / "results.jsonl").is_file():
                raise RuntimeError(f"nothing was graded: {done.stdout}{done.stderr}")
            for form in ("gradescope", "junit") if export else ():
                self.autograder("export", form, out, "--out", out / form)
            left = traces.compare(before, traces.take(*guarded))
        left += heard
        left += [f"left in TMPDIR: {p.name}" for p in (self.folder / "tmp").iterdir()]
        left += [f"a file of this name: {p}" for p in traces.marked(self.folder)]
        shutil.rmtree(inbox)
        return Run(handed_in, out, done.stdout + done.stderr, left, str(self.folder))


@dataclasses.dataclass
class Run:
    """The folder that a grading has left behind, and what else there was to see."""

    handed_in: Sequence[corpus.HandIn]
    out: pathlib.Path
    terminal: str
    left: list[str]
    place: str

    @functools.cached_property
    def results(self) -> dict[str, dict[str, typing.Any]]:
        """The results by name of the hand-in."""
        lines = (self.out / "results.jsonl").read_text(encoding="utf-8").splitlines()
        return {one["submission"]: one for one in map(json.loads, lines)}

    def marks(self) -> dict[str, object]:
        """Return what may not change for the honest, to the last digit."""
        told = ("id", "outcome", "earned", "possible", "message", "hint")
        return {
            each.name: (
                self.results[each.name]["score"],
                self.results[each.name]["digest"],
                tuple(
                    tuple(check[key] for key in told)
                    for check in self.results[each.name]["checks"]
                ),
            )
            for each in self.handed_in
            if each.member is None
        }

    def student_files(self) -> Iterator[tuple[str, str]]:
        """Yield names and texts of all that a student may come to see."""
        for name, result in self.results.items():
            shown = {key: result[key] for key in result if key != "staff"}
            shown["checks"] = [
                {key: check[key] for key in check if key != "staff"}
                for check in result["checks"]
            ]
            yield f"results.jsonl: {name}", json.dumps(shown, ensure_ascii=False)
        for path in sorted(self.out.rglob("*")):
            ours = path.suffix in {".sqlite", ".jsonl", ".png"} or path.name == ".lock"
            if path.is_file() and not ours:
                text = path.read_text(encoding="utf-8", errors="backslashreplace")
                yield str(path.relative_to(self.out)), text


def grade(
    ground: Ground,
    chosen: Sequence[corpus.Member],
    sandbox: str,
    workers: int = 2,
) -> Batch:
    """Grade members between honest hand-ins; those that want it, on their own."""
    found: list[Found] = []
    together: list[str] = []
    crowd = [member for member in chosen if not member.alone]
    lonely = [[member] for member in chosen if member.alone]
    for group in [crowd, *lonely] if crowd else lonely:
        handed_in = list(corpus.among_honest(group))
        quiet = _undisturbed(ground, handed_in, sandbox)
        run = ground.grade(handed_in, sandbox, workers)
        judged, more = _judge(run, quiet)
        found += judged
        together += more
        shutil.rmtree(run.out)
    return Batch(found, together)


def grade_alone(ground: Ground, chosen: Sequence[corpus.Member], sandbox: str) -> Batch:
    """Grade members without neighbours, and look at no platform's files.

    For a kit out of which something was taken: what attacks do then is found all the
    same, and what honest hand-ins suffer need not be.
    """
    handed_in = [corpus.by_itself(member, n) for n, member in enumerate(chosen)]
    run = ground.grade(handed_in, sandbox, workers=2, export=False)
    found, together = _judge(run, {})
    shutil.rmtree(run.out)
    return Batch(found, together)


def _undisturbed(
    ground: Ground, handed_in: Sequence[corpus.HandIn], sandbox: str
) -> Mapping[str, object]:
    """Return the marks of the honest alone.

    Each is graded once per place, as long as that is not renewed.

    Raises:
        RuntimeError: if they have left something behind, or not earned what is theirs.
    """
    known = ground.quiet.setdefault(sandbox, {})
    missing = [h for h in handed_in if h.member is None and h.name not in known]
    if missing:
        run = ground.grade(missing, sandbox, workers=2, export=False)
        if run.left:
            raise RuntimeError(f"honest hand-ins left something behind: {run.left}")
        for name, result in run.results.items():
            expected = 100.0 if name.endswith("whole") else corpus.HONEST_POINTS
            if result["score"] != expected:
                raise RuntimeError(f"{name} earns {result['score']}: {result}")
        known.update(run.marks())
        shutil.rmtree(run.out)
    return known


def _judge(run: Run, quiet: Mapping[str, object]) -> tuple[list[Found], list[str]]:
    by_name = {
        each.name: _found(each.member, run.results.get(each.name))
        for each in run.handed_in
        if each.member is not None
    }
    together: list[str] = []
    for where, kind, what in _seen(run):
        owner = next((f for name, f in by_name.items() if name in where), None)
        if owner is None:
            together.append(f"{kind}: {what} ({where})")
        else:
            getattr(owner, kind).append(what)
    found = list(by_name.values())
    for what in run.left:
        owner = next((each for each in found if each.member.slug in what), None)
        if owner is None and len(found) > 1:
            together.append(f"escaped: {what}")
        else:
            (owner or found[0]).escaped.append(what)
    _blame(run, quiet, found)
    return found, together


def _seen(run: Run) -> Iterator[tuple[str, str, str]]:
    """Yield where something is, what kind of success it is, and what it is."""
    for name, result in run.results.items():
        told = " ".join(check["message"] for check in result["checks"])
        for value in _expected_values(result):
            if value in told:
                yield name, "leaked", f"an expected value: {value}"
    for where, text in run.student_files():
        if len(text) > _LARGEST_PAGE:
            yield where, "disturbed", f"a file of {len(text)} characters"
        for secret, meaning in {**SECRETS, run.place: "a path"}.items():
            if secret in text:
                yield where, "leaked", f"{meaning}: {_around(text, secret)}"
        for what in _misleading(where, text):
            yield where, "misled", what
    for what in _misleading("terminal", run.terminal):
        yield "terminal", "misled", what


def _expected_values(result: Mapping[str, typing.Any]) -> Iterator[str]:
    """Yield what two hidden checks expected of this hand-in, to five digits."""
    sizes = {"total_of_a_matrix": (4, 3), "total_of_large_and_small": 3}
    for check, shape in sizes.items():
        rng = CheckRng(check_seed(COURSE_SECRET, corpus.STAGE, check, result["digest"]))
        x = rng.normal(shape)
        value = x.sum() if check == "total_of_a_matrix" else x @ [1e5, 1.0, 1e-3]
        yield f"{value:.5g}"


def _found(member: corpus.Member, result: Mapping[str, typing.Any] | None) -> Found:
    if result is None:
        lost = Found(member, None, "lost", "", [])
        lost.gained.append("it has no result at all")
        return lost
    score = result["score"]
    found = Found(member, score, result["status"], result["printed"], result["checks"])
    if score is None:
        found.gained.append(f"a fault of the kit: {result['staff'][-300:]}")
    elif score > member.most:
        found.gained.append(f"{score:g} points, its honest code earns {member.most:g}")
    return found


def _blame(run: Run, quiet: Mapping[str, object], found: list[Found]) -> None:
    """Name with each disturbed neighbour the members graded nearest to it."""
    marks = run.marks()
    names = [each.name for each in run.handed_in]
    for name, mark in marks.items():
        if mark == quiet[name]:
            continue
        place = names.index(name)
        near = {
            run.handed_in[i].member
            for i in range(max(0, place - 3), min(len(names), place + 4))
        }
        for each in found:
            if each.member in near:
                each.disturbed.append(f"{name}: {_difference(mark, quiet[name])}")


def _difference(now: typing.Any, then: typing.Any) -> str:
    changed = [b for a, b in zip(then[2], now[2], strict=False) if a != b]
    return f"{then[0]} became {now[0]}, {changed[:2]}"


def _misleading(where: str, text: str) -> Iterator[str]:
    if where.endswith((".csv", ".tsv")):
        for row in csv.reader(text.splitlines(keepends=True)):
            yield from (f"a formula: {cell!r}" for cell in row if _FORMULA.match(cell))
    if where.endswith((".html", ".svg", ".xml")) and (tag := _MARKUP.search(text)):
        yield f"markup: {_around(text, tag[0])}"
    if where == "terminal" and (line := _COMMAND.search(text)):
        yield f"a workflow command: {_around(text, line[0])}"
    if odd := _ODD.search(text.replace("\r\n", "\n")):
        yield f"a control character {odd[0]!r}: {_around(text, odd[0])}"


def _around(text: str, part: str) -> str:
    at = text.index(part)
    return repr(text[max(0, at - 60) : at + len(part) + 100])


@contextlib.contextmanager
def ground(user: str, repository: pathlib.Path = REPOSITORY) -> Iterator[Ground]:
    """Make a place for one kind of user, and clear it away."""
    with tempfile.TemporaryDirectory(prefix="hostile-", dir="/tmp") as folder:
        yield Ground(user, pathlib.Path(folder), repository)


def weaken(place: Ground, file: str, find: str, replace: str) -> None:
    """Take a protection out of this place's copy of the kit."""
    path = place.folder / "kit" / file
    text = path.read_text(encoding="utf-8")
    if text.count(find) != 1:
        raise ValueError(
            f"{file}: {find!r} is there {text.count(find)} times, not once"
        )
    path.write_text(text.replace(find, replace), encoding="utf-8")
