"""Small changes made by a machine: does the hidden suite notice each of them?

    python tests/mutation/run.py a03 a04        tox run -e mutation -- a03

Cosmic Ray changes the solutions of the reference, one operator, number or word at a
time; the stage's hidden checks run with each in a process of its own. What survives is
printed. Those that were read and found to change nothing that a student could be marked
for stand, with the reason, in the stage's `equivalent.toml`; any other survivor, and an
entry that is no survivor any more, makes the exit code 1.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import itertools
import multiprocessing
import os
import pathlib
import resource
import sys
import tempfile
import textwrap
import tomllib
from collections.abc import Iterator

from cosmic_ray import plugins
from cosmic_ray.mutating import mutate_code

from autograder.manifest import Assignment, Course, find_course
from autograder.records import Outcome
from autograder.skeleton.regions import Region, find_regions
from autograder.skeleton.template import stage_sources, where
from autograder.suite.collect import collect
from autograder.suite.host import reference_on_host
from autograder.suite.mutants import PACKAGE, write_tree
from autograder.suite.run import in_process
from autograder.suite.runner import Runner

OPERATORS = (
    *("ReplaceBinaryOperator_Add_Sub", "ReplaceBinaryOperator_Sub_Add"),
    *("ReplaceBinaryOperator_Mul_Div", "ReplaceBinaryOperator_Div_Mul"),
    *("ReplaceBinaryOperator_FloorDiv_Div", "ReplaceBinaryOperator_Mod_Mul"),
    "ReplaceBinaryOperator_Pow_Mul",
    *("ReplaceComparisonOperator_Lt_LtE", "ReplaceComparisonOperator_LtE_Lt"),
    *("ReplaceComparisonOperator_Gt_GtE", "ReplaceComparisonOperator_GtE_Gt"),
    *("ReplaceComparisonOperator_Eq_NotEq", "ReplaceComparisonOperator_NotEq_Eq"),
    *("ReplaceComparisonOperator_Is_IsNot", "ReplaceComparisonOperator_IsNot_Is"),
    *("ReplaceUnaryOperator_Delete_USub", "ReplaceUnaryOperator_Delete_Not"),
    *("ReplaceTrueWithFalse", "ReplaceFalseWithTrue"),
    *("ReplaceAndWithOr", "ReplaceOrWithAnd"),
    *("AddNot", "NumberReplacer", "ZeroIterationForLoop", "ReplaceBreakWithContinue"),
)
CPU_S = 60


@dataclasses.dataclass(frozen=True, order=True)
class Change:
    """One changed solution."""

    file: str
    line: int
    before: str
    after: str
    text: str = dataclasses.field(compare=False, repr=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is known by in `equivalent.toml`; lines move."""
        return self.file, self.before, self.after


def changes(course: Course, stage: Assignment) -> list[Change]:
    """Return every change of a solution that still parses."""
    found: dict[tuple[str, int, str, str], Change] = {}
    for name, text in stage_sources(course, stage).items():
        for region in find_regions(text, where(name)):
            for change in _of_region(name, text, region):
                found[change.file, change.line, change.before, change.after] = change
    return sorted(found.values())


def _of_region(name: str, text: str, region: Region) -> Iterator[Change]:
    """Yield the changes of one solution, which alone is parsed again and again."""
    lines = text.splitlines(keepends=True)
    first, last = region.first, region.last - 1
    inside = textwrap.dedent("".join(lines[first:last]))
    for operator in OPERATORS:
        make = plugins.get_operator(f"core/{operator}")()
        for occurrence in itertools.count():
            changed = mutate_code(inside, make, occurrence)
            if changed is None:
                break
            body = textwrap.indent(changed, " " * region.column)
            whole = "".join([*lines[:first], body, *lines[last:]])
            line, before, after = _difference(inside, changed)
            with contextlib.suppress(SyntaxError):
                compile(whole, name, "exec")
                yield Change(name, first + line, before, after, whole)


def _difference(old: str, new: str) -> tuple[int, str, str]:
    """Return the number of the first line that differs, and both versions of it."""
    for number, (before, after) in enumerate(
        itertools.zip_longest(old.splitlines(), new.splitlines(), fillvalue=""), 1
    ):
        if before != after:
            return number, before.strip(), after.strip()
    return 0, "", ""


def survives(root: pathlib.Path, stage: str, change: Change) -> bool:
    """Return whether every hidden check passes with the change."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device
                os.dup2(nowhere.fileno(), 1)
                os.dup2(nowhere.fileno(), 2)
            resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
            code = 0 if _all_pass(Course(root), stage, change) else 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _all_pass(course: Course, stage: str, change: Change) -> bool:
    assignment = course.assignment(stage)
    checks = [check for check in collect(assignment, course) if check.hidden]
    with tempfile.TemporaryDirectory() as folder, reference_on_host(course):
        tree = pathlib.Path(folder)
        (tree / change.file).parent.mkdir(parents=True)
        (tree / change.file).write_text(change.text, encoding="utf-8")
        write_tree(course.reference / PACKAGE, tree / PACKAGE)
        transport = in_process(assignment, course, tree)
        runner = Runner(assignment, course, checks, transport, explain=False)
        return all(runner.run(check).outcome is Outcome.PASSED for check in checks)


def _one(job: tuple[pathlib.Path, str, Change]) -> bool:
    return survives(*job)


def equivalents(stage: Assignment) -> dict[tuple[str, str, str], str]:
    """Return the survivors that are known, with the reasons."""
    path = stage.folder / "equivalent.toml"
    if not path.is_file():
        return {}
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {(m["file"], m["before"], m["after"]): m["reason"] for m in table["mutant"]}


def examine(course: Course, stage: Assignment, workers: int) -> bool:
    """Print a stage's survivors; return whether all of them are known."""
    made, known = changes(course, stage), equivalents(stage)
    collect(stage, course)
    jobs = [(course.root, stage.id, change) for change in made]
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        outcomes = pool.map(_one, jobs, chunksize=4)
    left = [c for c, survived in zip(made, outcomes, strict=True) if survived]
    fresh = [change for change in left if change.key not in known]
    stale = set(known) - {change.key for change in left}
    for change in fresh:
        print(f"{change.file}:{change.line}\n  - {change.before}\n  + {change.after}")
    for file, before, after in sorted(stale):
        print(
            f"{file}: listed as equivalent, but no survivor\n  - {before}\n  + {after}"
        )
    killed = len(made) - len(left)
    print(
        f"{stage.id}: {len(made)} changes, {killed} killed, {len(left) - len(fresh)}"
        f" known to change nothing, {len(fresh)} to be read, {len(stale)} stale"
    )
    return not fresh and not stale


def main() -> None:
    """Examine the stages that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("stages", nargs="*")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    course = find_course(pathlib.Path(__file__).parent)
    names = options.stages or course.stages()
    good = [examine(course, course.assignment(n), options.workers) for n in names]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
