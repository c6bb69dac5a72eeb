"""Every stage of the course, looked at without running anything of it: fast."""

import ast
import pathlib

import pytest

from autograder.manifest import Course
from autograder.pretend import load_variants
from autograder.release import figures_of, gather
from autograder.skeleton.audit import modules
from autograder.skeleton.leaks import check_ids
from autograder.skeleton.template import stage_sources
from autograder.suite import mutants

COURSE = Course(pathlib.Path(__file__).parents[2])


@pytest.fixture(params=COURSE.stages())
def stage(request):
    return COURSE.assignment(request.param)


def exercises_of_checks(folder):
    """Return the exercises that the decorators of the checks in a folder name."""
    return {
        keyword.value.value
        for path, text in modules(folder).items()
        for keyword in ast.walk(ast.parse(text, path))
        if isinstance(keyword, ast.keyword) and keyword.arg == "exercise"
        if isinstance(keyword.value, ast.Constant)
    }


def test_regions_of_the_reference_and_exercises_name_each_other(stage):
    assert set(stage_sources(COURSE, stage)) == set(stage.files)


def test_every_exercise_has_a_hidden_check_and_every_check_an_exercise(stage):
    known = {exercise.id for exercise in stage.exercises}

    assert exercises_of_checks(stage.folder / "hidden") == known
    assert exercises_of_checks(stage.folder / "public") <= known


def test_no_check_id_is_used_twice(stage):
    folders = (stage.folder / "public", stage.folder / "hidden")
    ids = [name for folder in folders for name in check_ids(modules(folder))]

    assert sorted(set(ids)) == sorted(ids)


def test_mutants_name_checks_that_exist_and_fit_the_reference(stage):
    folders = (stage.folder / "public", stage.folder / "hidden")
    known = {name for folder in folders for name in check_ids(modules(folder))}
    bank = mutants.load_mutants(stage)
    unknown = {m.slug: {*m.fails, *m.blocks} - known for m in bank}

    assert {slug: ids for slug, ids in unknown.items() if ids} == {}
    for mutant in bank:
        for path, text in mutants.apply(mutant, COURSE.reference).items():
            ast.parse(text, f"{mutant.slug}: {path}")
            assert stage.exercise(mutant.exercise)


def test_variants_can_be_read(stage):
    for variant in load_variants(stage):
        for path, text in variant.files.items():
            assert ast.parse(text, f"{variant.slug}: {path}").body


def test_the_handout_mentions_every_exercise(stage):
    text = (stage.folder / "handout.md").read_text(encoding="utf-8")
    missing = [
        exercise.id
        for exercise in stage.exercises
        if not any(word in text for word in (exercise.id, *exercise.names))
    ]

    assert missing == []


def test_figures_of_handout_and_lab_exist(stage):
    assert len(figures_of(stage)) == len(set(figures_of(stage)))


def test_nothing_secret_is_in_the_release(stage):
    assert f"assignments/{stage.id}/handout.md" in gather(COURSE, stage)
