"""What pretend students wrote: right, wrong, unfinished, broken or forged modules."""

from __future__ import annotations

import dataclasses
import itertools
import re
import typing
from collections.abc import Iterator, Mapping

import numpy as np

from autograder.demo.hostile import TRICKS, Trick
from autograder.errors import SuiteError
from autograder.manifest import Assignment, Course
from autograder.pretend import load_variants
from autograder.skeleton.regions import Region, find_regions
from autograder.skeleton.stubs import fill, stub
from autograder.skeleton.template import stage_sources, where
from autograder.suite import mutants

Marks = typing.Literal["all", "some", "none"]

_MARKER_LINE = re.compile(r"^ *# (solution: \S+|end solution)\n", re.MULTILINE)
_SPECIAL_EVERY = 3
_ORDINARY = ("mutant", "right", "mutant", "variant", "mutant", "pair")


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """The modules of one student, the story behind them, and the marks they deserve."""

    story: str
    marks: Marks  # all points, fewer than all, or not one
    files: Mapping[str, str]


def class_work(course: Course, stage: Assignment, seed: int) -> Iterator[Work]:
    """Yield the work of one student after the other, without end.

    Every third is unfinished, broken or hostile, until each such kind has come once.
    """
    sources = stage_sources(course, stage)
    ordinary = _ordinary(course, stage, sources, np.random.default_rng(seed))
    special = _special(stage, sources)
    for i in itertools.count(1):
        found = next(special, None) if i % _SPECIAL_EVERY == 0 else None
        yield found or next(ordinary)


def _ordinary(
    course: Course,
    stage: Assignment,
    sources: Mapping[str, str],
    rng: np.random.Generator,
) -> Iterator[Work]:
    """Yield right solutions, and wrong ones with one known mistake or two."""
    bank = mutants.load_mutants(stage)
    wrong = [bank[i] for i in rng.permutation(len(bank))]
    pairs = zip(wrong[::2], wrong[1::2], strict=False)
    right = [Work("is right", "all", _clean(sources))]
    variants = [
        Work(
            f"is right in another way: {each.title}",
            "all",
            _clean({**sources, **each.files}),
        )
        for each in load_variants(stage)
    ]
    piles = {
        "right": right,
        "variant": variants,
        "mutant": [_mistaken(course, sources, mutant) for mutant in wrong],
        "pair": [
            _mistaken(course, sources, both)
            for both in itertools.starmap(_both, pairs)
            if _fits(both, course)
        ],
    }
    streams = {kind: itertools.cycle(pile or right) for kind, pile in piles.items()}
    for kind in itertools.cycle(_ORDINARY):
        yield next(streams[kind])


def _mistaken(
    course: Course, sources: Mapping[str, str], mutant: mutants.Mutant
) -> Work:
    texts = {**sources, **mutants.apply(mutant, course.reference)}
    return Work(f"is wrong: {mutant.title}", "some", _clean(texts))


def _both(first: mutants.Mutant, second: mutants.Mutant) -> mutants.Mutant:
    return dataclasses.replace(
        first,
        title=f"{first.title}; {second.title}",
        changes=(*first.changes, *second.changes),
    )


def _fits(mutant: mutants.Mutant, course: Course) -> bool:
    """Tell whether the two mistakes of a pair touch different text."""
    try:
        mutants.apply(mutant, course.reference)
    except SuiteError:
        return False
    return True


def _special(stage: Assignment, sources: Mapping[str, str]) -> Iterator[Work]:
    """Yield the unfinished, the broken and the hostile."""
    exercises = _exercises(sources)
    later = set(exercises[len(exercises) // 2 :])
    blank = _filled(sources, set(exercises), stub)
    yield Work("handed in the empty template", "none", blank)
    if len(exercises) > 1:
        yield Work("did the first half", "some", _filled(sources, later, stub))
    for trick in TRICKS:
        yield _tricky(stage, sources, trick, exercises)


def _tricky(
    stage: Assignment, sources: Mapping[str, str], trick: Trick, exercises: list[str]
) -> Work:
    """Put the trick into every solution, or into the last that earns points."""
    counting = [e for e in exercises if stage.exercise(e).points > 0]
    chosen = set(exercises if trick.everywhere else counting[-1:])
    files = _filled(sources, chosen, lambda region: trick.body or stub(region))
    if trick.ending:
        files = {name: f"{text}\n\n{trick.ending}\n" for name, text in files.items()}
    return Work(trick.story, "some" if set(counting) - chosen else "none", files)


def _exercises(sources: Mapping[str, str]) -> list[str]:
    """Return the exercises that have a body to fill, in the order of the modules."""
    regions = (
        region
        for name, text in sources.items()
        for region in find_regions(text, where(name))
    )
    return list(dict.fromkeys(r.exercise for r in regions if r.scope == "function"))


def _filled(
    sources: Mapping[str, str],
    exercises: set[str],
    body: typing.Callable[[Region], str],
) -> dict[str, str]:
    def filling(region: Region) -> str | None:
        return body(region) if region.exercise in exercises else None

    return {name: fill(text, where(name), filling) for name, text in sources.items()}


def _clean(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the modules without markers, as they would look in a hand-in."""
    return {name: _MARKER_LINE.sub("", text) for name, text in texts.items()}
