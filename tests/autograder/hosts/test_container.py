"""What Gradescope tells about a hand-in, and the grading of it."""

import dataclasses
import datetime as dt
import json

import pytest
import tiny_course

from autograder import sandbox, worker
from autograder.hosts import bundle, container, grade
from autograder.policies import LatePolicy
from autograder.records import Outcome, Status
from autograder.skeleton import build
from autograder.skeleton.stubs import without_markers

METADATA = {
    "id": 5,
    "created_at": "2026-11-01T14:22:32.365935-07:00",
    "assignment": {"due_date": "2026-11-01T13:22:32-07:00", "total_points": "20.0"},
    "users": [{"email": "ada@uni.edu", "name": "Ada"}],
    "previous_submissions": [
        {"score": "12.5"},
        {"score": 7},
        {"score": None},
        {"score": "20", "autograder_error": True},
    ],
}


@pytest.fixture
def read(tmp_path):
    """Read the metadata given as an object or as text."""

    def call(data):
        path = tmp_path / "submission_metadata.json"
        path.write_text(data if isinstance(data, str) else json.dumps(data))
        return container.read_metadata(tmp_path, path)

    return call


def test_lateness_and_earlier_attempts_are_read(read):
    hand_in = read(METADATA)

    assert hand_in.source().lateness_s(None) == pytest.approx(3600.366, abs=0.01)
    assert hand_in.attempts_before == 3  # the fault of ours is none
    assert hand_in.best_before == 12.5


def test_an_extension_of_an_author_counts(read):
    extended = {"assignment": {"due_date": "2026-11-03T00:00:00-07:00"}}
    hand_in = read({**METADATA, "users": [extended, {"name": "Bob"}]})

    assert hand_in.source().lateness_s(None) == 0.0


def test_the_date_of_the_manifest_counts_where_gradescope_tells_none(read):
    hand_in = read({"created_at": METADATA["created_at"]})
    due = dt.datetime(2026, 11, 1, 21, 0, 0, tzinfo=dt.UTC)

    assert hand_in.source().lateness_s(due) == pytest.approx(1352.4, abs=0.1)


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "{",
        "[]",
        "{}",
        {"created_at": 7, "assignment": [], "users": 3, "previous_submissions": {}},
        {"created_at": "soon", "previous_submissions": [1, {"score": "much"}]},
    ],
)
def test_what_is_missing_or_odd_counts_for_the_student(read, odd):
    hand_in = read(odd)

    assert hand_in.source().lateness_s(None) == 0.0
    assert hand_in.best_before is None


@pytest.fixture(scope="module")
def grader(tmp_path_factory):
    """A bundle of a tiny stage, unpacked."""
    if not next(p for p in sandbox.probe() if p.name == "lockdown").works:
        pytest.skip("lockdown does not work on this machine")
    root = tmp_path_factory.mktemp("tiny")
    course = tiny_course.write_course(root / "course")
    build(course, course.template)
    settings = bundle.Settings(stage="a01_gates")
    for name, data in bundle.files(course, settings).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root / bundle.FOLDER


@pytest.fixture
def hand_in(tmp_path):
    right = without_markers(tiny_course.GATES, "gates.py")
    tiny_course.write(tmp_path / "in/nabla/gates.py", right)
    return grade.HandIn(tmp_path / "in")


def test_a_hand_in_is_graded_and_each_result_is_told_at_once(grader, hand_in):
    told = []
    graded = grade.grade(grader, hand_in, lambda *result: told.append(result))

    assert (graded.status, graded.score) == (Status.GRADED, 20.0)
    assert [check for check, _ in told] == list(graded.checks)
    assert {total for _, total in told} == {4}


def test_the_first_result_is_on_disk_before_the_second_check_runs(
    grader, hand_in, tmp_path
):
    assignment = bundle.course_of(grader).assignment("a01")
    path = tmp_path / "results/results.json"
    reporter = container.Reporter(path, assignment, hand_in)
    seen = []

    def watch(check, total):
        reporter.watch(check, total)
        seen.append(json.loads(path.read_text()))

    grade.grade(grader, hand_in, watch)

    assert len(seen[0]["tests"]) == 1
    assert "stopped from outside after 1 of 4 checks" in seen[0]["output"]


def test_who_has_the_grading_killed_is_late_all_the_same(grader, hand_in, tmp_path):
    assignment = dataclasses.replace(
        bundle.course_of(grader).assignment("a01"), late=LatePolicy(percent_per_day=50)
    )
    due = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    late = dataclasses.replace(hand_in, due=due, submitted=due + dt.timedelta(hours=1))
    scores = []
    for one in (hand_in, late):
        reporter = container.Reporter(tmp_path / "results.json", assignment, one)
        for check in grade.grade(grader, one).checks:
            reporter._written = -container.EVERY_S
            reporter.watch(check, 4)
        scores.append(json.loads(reporter.path.read_text()))

    assert [one["score"] for one in scores] == [20.0, 10.0]
    assert "stopped from outside after 4 of 4 checks" in scores[1]["output"]
    assert "Late, days begun: 1" in scores[1]["output"]


def test_the_record_for_otter_is_the_whole_one(grader, hand_in, tmp_path):
    out = tmp_path / "graded.json"
    nowhere = tmp_path / "metadata.json"
    code = container.main(["json", *map(str, (grader, hand_in.path, nowhere, out))])
    record = json.loads(out.read_text())

    assert code == 0
    assert record["score"] == 20.0
    assert {check["outcome"] for check in record["checks"]} == {Outcome.PASSED.value}


def test_a_hang_of_the_kit_is_a_fault_and_no_zero(grader, hand_in, monkeypatch):
    def hang(*_args, **_kwargs):
        while True:
            pass

    monkeypatch.setattr("autograder.worker.grade_one", hang)
    monkeypatch.setattr(grade, "GRACE_S", -119.5)  # of 120 s
    graded = grade.grade(grader, hand_in)

    assert (graded.status, graded.score) == (Status.FAULT, None)
    assert "did not end within 0.5 s" in graded.staff


@pytest.fixture
def gradings(grader, hand_in, monkeypatch):
    """Have gradings come out as told; return the result, and who watched which."""
    whole = grade.grade(grader, hand_in)

    def call(*scores, took_s=1.0):
        watched = []

        def grade_one(submission, settings, watch=None):
            watched.append((watch is not None, settings.limits.submission_s))
            score, doubtful = scores[len(watched) - 1]
            graded = dataclasses.replace(whole, score=score, duration_s=took_s)
            return worker.Tried(graded, doubtful)

        monkeypatch.setattr(worker, "grade_one", grade_one)
        return grade.grade(grader, hand_in, print).score, watched

    return call


def test_a_hand_in_whose_guest_died_is_graded_again_within_its_time(gradings):
    score, watched = gradings((5.0, True), (20.0, False), took_s=39.5)

    assert score == 20.0
    assert watched == [(True, 120.0), (False, 80)]  # what is on disk stays


def test_a_hand_in_whose_guest_dies_each_time_gets_what_it_always_gets(gradings):
    assert gradings((5.0, True), (5.0, True))[0] == 5.0


def test_where_no_time_is_left_for_a_second_grading_the_first_one_counts(gradings):
    score, watched = gradings((5.0, True), (20.0, False), took_s=40.5)

    assert (score, len(watched)) == (5.0, 1)


def test_staff_is_told_what_no_student_sees(grader, hand_in, capsys):
    graded = grade.grade(grader, hand_in)
    container.tell_staff(graded)
    out = capsys.readouterr().out

    assert "a01_gates, graded: 20 of 20" in out
    assert "sandbox lockdown" in out
    assert "hidden adds_negatives" in out


def test_a_wrong_call_gets_the_list_of_calls(capsys):
    assert container.main(["nothing"]) == 2
    assert "autograder.hosts.container grade ROOT" in capsys.readouterr().err
