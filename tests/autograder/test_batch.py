import dataclasses
import os
import pathlib
import shutil

import pytest
import tiny_course

from autograder import batch, worker
from autograder.records import Graded, Limits, Outcome, Status, Submission

STAGE = "a01_gates"


class Deadly(Submission):
    """A worker that receives it dies at once."""

    def __reduce__(self):
        return os._exit, (3,)


@pytest.fixture
def course(tmp_path):
    return tiny_course.write_course(tmp_path / "course")


@pytest.fixture
def settings(course):
    return worker.Settings(
        root=course.root,
        stage=STAGE,
        sandbox="unprotected",
        secret="s",
        limits=Limits(),
        modules=("gates",),
        points=course.assignment(STAGE).points,
    )


def entry(course, name, kind=Submission):
    tree = course.root / "reference"
    return kind(name=name, tree=str(tree), digest=name, files=("nabla/gates.py",))


def test_every_submission_comes_back_once_whatever_the_number_of_workers(
    course, settings
):
    entered = [entry(course, f"student{n}") for n in range(5)]
    marks = {
        workers: {
            graded.submission: graded.score
            for graded in batch.grade_all(entered, settings, workers)
        }
        for workers in (1, 2)
    }

    assert len(marks[1]) == 5
    assert marks[1] == marks[2]


def test_a_worker_that_dies_twice_is_a_fault_and_no_zero(course, settings):
    entered = [entry(course, "ada"), entry(course, "bob", Deadly)]
    results = {g.submission: g for g in batch.grade_all(entered, settings)}

    assert results["ada"].status is Status.GRADED
    assert results["bob"].status is Status.FAULT
    assert results["bob"].score is None
    assert "ended 2 times without a result" in results["bob"].staff


def dying(course, tmp_path, times):
    """A hand-in whose guest is killed so many times, and how often it has run."""
    tree = shutil.copytree(course.root / "reference", tmp_path / f"dies-{times}")
    runs = tmp_path / f"runs-{times}"
    runs.touch()
    code = (
        "import os, pathlib\n"
        f"    runs = pathlib.Path({str(runs)!r})\n"
        "    runs.write_text(runs.read_text() + '.')\n"
        f"    if len(runs.read_text()) <= {times}:\n"
        "        os.kill(os.getpid(), 9)\n"
        "    return _plus(x, y)"
    )
    tiny_course.replace(tree / "nabla/gates.py", "return _plus(x, y)", code)
    name = f"dies {times} times"
    return Submission(name=name, tree=str(tree), digest=name), runs


def test_a_guest_that_was_killed_once_changes_no_result(course, settings, tmp_path):
    killed, _ = dying(course, tmp_path, 1)
    hand_ins = [entry(course, "ada"), killed]
    results = {g.submission: g for g in batch.grade_all(hand_ins, settings)}
    outcomes = {check.outcome for check in results[killed.name].checks}

    assert outcomes == {Outcome.PASSED}
    assert results[killed.name].score == results["ada"].score


def test_code_that_ends_itself_each_time_is_no_fault_of_the_kit(
    course, settings, tmp_path
):
    deadly, runs = dying(course, tmp_path, 99)
    (graded,) = batch.grade_all([deadly], settings)
    crashed = [check for check in graded.checks if check.outcome is Outcome.CRASHED]

    assert graded.status is Status.GRADED
    assert len(crashed) == 2  # the public check and the hidden one
    assert len(runs.read_text()) == 2 * len(crashed)  # in two attempts, and no more


def test_code_that_ends_itself_and_was_once_killed_gets_what_it_always_gets(
    course, settings, tmp_path
):
    killed_once, _ = dying(course, tmp_path, 99)
    module = pathlib.Path(killed_once.tree) / "nabla/gates.py"
    marks = tmp_path / "killed"
    code = (
        "import os, pathlib\n"
        f"        mark = pathlib.Path({str(marks)!r})\n"
        "        mark.open('a').write('.')\n"
        "        if mark.stat().st_size == 3:\n"
        "            os.kill(os.getpid(), 9)\n"
        "        self.saved = x"
    )
    tiny_course.replace(module, "self.saved = x", code)
    (graded,) = batch.grade_all([killed_once], settings)
    ends = {check.exercise: check.outcome for check in graded.checks}

    assert ends == {"add": Outcome.CRASHED, "square": Outcome.PASSED}
    assert marks.stat().st_size == 6  # two checks, three attempts; the third died


def test_what_a_killed_guest_is_said_to_have_died_of_is_not_believed_at_once(
    course, settings, tmp_path
):
    hand_in, runs = dying(course, tmp_path, 99)
    module = pathlib.Path(hand_in.tree) / "nabla/gates.py"
    killed = "if len(runs.read_text()) == 3:\n            os.kill(os.getpid(), 9)"
    tiny_course.replace(
        module, "        os.kill(os.getpid(), 9)", "        os._exit(3)"
    )
    tiny_course.replace(
        module,
        "    if len(runs.read_text()) <=",
        f"    {killed}\n    if len(runs.read_text()) <=",
    )
    (graded,) = batch.grade_all([hand_in], settings)
    told = {check.message for check in graded.checks if check.message}

    assert len(runs.read_text()) == 6  # two checks, three attempts
    assert "SIGKILL" not in str(told)


def test_the_death_of_a_guest_between_two_checks_is_told_though_no_outcome_shows_it(
    course, settings, tmp_path, monkeypatch
):
    tree = shutil.copytree(course.root / "reference", tmp_path / "prints")
    with (tree / "nabla/gates.py").open("a") as module:
        module.write("print('imported')\n")
    hand_in = Submission(name="ada", tree=str(tree), digest="ada")
    guests, start = [], worker._Guests.start

    def noted(self, limits):
        guests.append(start(self, limits))
        return guests[-1]

    monkeypatch.setattr(worker._Guests, "start", noted)
    killed = worker.grade_one(
        hand_in, settings, watch=lambda *_: len(guests) == 1 and guests[0].kill()
    )
    undisturbed = worker.grade_one(hand_in, settings)

    assert killed.graded.score == undisturbed.graded.score
    assert (killed.graded.printed, killed.doubtful) == ("imported\nimported", True)
    assert (undisturbed.graded.printed, undisturbed.doubtful) == ("imported", False)


def test_a_hand_in_that_this_machine_could_not_read_is_no_zero(course, settings):
    unread = Submission(name="ada", tree="", digest="", fault="A disk fails.")
    (graded,) = batch.grade_all([unread], settings)

    assert (graded.status, graded.score) == (Status.FAULT, None)
    assert graded.staff == "A disk fails."


def test_a_hand_in_that_cannot_be_read_costs_no_worker(course, settings):
    unread = Submission(name="ada", tree="", digest="", problem="The zip is cut off.")
    (graded,) = batch.grade_all([unread], settings)

    assert graded.status is Status.UNREADABLE
    assert graded.notes == ("The zip is cut off.",)


def test_the_result_of_the_same_files_is_taken_over_under_the_new_name(
    course, settings
):
    known = Graded(
        submission="ada",
        assignment=STAGE,
        score=7.0,
        possible=10.0,
        status=Status.GRADED,
        sandbox="bubblewrap",
        upstream="none",
        duration_s=1.0,
        digest="00",
        notes=("ada's folder was unwrapped",),
    )
    bob = dataclasses.replace(entry(course, "bob"), notes=("bob's own note",))
    (graded,) = batch.grade_all([bob], settings, cached=lambda submission: known)

    assert graded.submission == "bob"
    assert graded.score == 7.0
    assert graded.notes == ("bob's own note",)


def test_the_same_files_earn_less_when_they_were_handed_in_later(course, settings):
    manifest = course.root / f"assignments/{STAGE}/assignment.toml"
    text = manifest.read_text()
    (known,) = batch.grade_all([entry(course, "ada")], settings)
    late = dataclasses.replace(entry(course, "bob"), lateness_s=3600.0)
    manifest.write_text(f"{text}\n[late]\npercent_per_day = 10\n")
    (bob,) = batch.grade_all([late], settings, cached=lambda submission: known)
    (cem,) = batch.grade_all([late], settings)
    manifest.write_text(text)

    assert known.score
    assert bob.score == cem.score == round(0.9 * known.score, 2)
    assert bob.notes == cem.notes
    assert "Late, days begun: 1" in bob.notes[-1]


def test_a_stage_that_cannot_be_loaded_is_a_fault_of_ours(course, settings):
    lost = dataclasses.replace(settings, stage="a99_none")
    (graded,) = batch.grade_all([entry(course, "ada")], lost)

    assert graded.status is Status.FAULT
    assert "a99_none" in graded.staff


def test_closing_the_iterator_leaves_no_worker_behind(course, settings):
    import multiprocessing

    entered = [entry(course, f"student{n}") for n in range(4)]
    results = batch.grade_all(entered, settings, workers=2)
    next(results)
    results.close()

    assert multiprocessing.active_children() == []
    assert pathlib.Path(course.root).is_dir()
