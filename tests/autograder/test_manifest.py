import pytest

from autograder import manifest
from autograder.errors import ManifestError, UsageError
from autograder.policies import AttemptPolicy, LatePolicy, Showing

GOOD = """
schema = 1
id = "a01_tiny"
title = "Tiny"
points = 10
files = ["nabla/tiny.py"]
[limits]
call_s = 2.5
[[exercise]]
id = "twice"
title = "Twice"
points = 10
names = ["twice"]
"""


def write_stage(root, text=GOOD, name="a01_tiny"):
    folder = root / "assignments" / name
    folder.mkdir(parents=True)
    (folder / "assignment.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_manifest_becomes_an_assignment(tmp_path):
    assignment = manifest.load(write_stage(tmp_path))

    assert assignment.modules == ("tiny",)
    assert assignment.limits.call_s == 2.5
    assert assignment.exercise("twice").names == ("twice",)


def test_points_of_optional_exercises_come_on_top(tmp_path):
    extra = GOOD[GOOD.index("[[exercise]]") :].replace("twice", "thrice")
    extra += "optional = true\n"
    assignment = manifest.load(write_stage(tmp_path, GOOD + extra))

    assert assignment.points == 10
    assert assignment.offered == 20


def test_a_manifest_decides_on_lateness_attempts_and_what_is_shown(tmp_path):
    tables = """
[late]
percent_per_day = 10
[attempts]
free = 5
percent_each = 2
[show]
hidden_checks = "after_due_date"
total = true
leaderboard = ["twice_speed"]
"""
    assignment = manifest.load(write_stage(tmp_path, GOOD + tables))

    assert assignment.late == LatePolicy(percent_per_day=10)
    assert assignment.attempts == AttemptPolicy(free=5, percent_each=2)
    assert assignment.show == Showing(
        "after_due_date", total=True, leaderboard=("twice_speed",)
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "Tiny"\n', "", "the key 'title' is missing"),
        ("points = 10\nfiles", 'points = "ten"\nfiles', "'points' must be of type int"),
        ("schema = 1", "schema = 2", "schema is 2, this kit reads 1"),
        ("[limits]", "colour = 1\n[limits]", "unknown key 'colour'"),
        ("call_s = 2.5", "calls = 2.5", "unknown limit 'calls'"),
        ("call_s = 2.5", "call_s = -1", "call_s is -1, must be positive"),
        ("[limits]", "[late]\npercent = 1\n[limits]", "unknown late 'percent'"),
        ("[limits]", "[show]\nhidden_checks = 'no'\n[limits]", "hidden_checks is 'no'"),
        ("[limits]", "[show]\nleaderboard = 'x'\n[limits]", "is the text 'x', not a"),
        ("[limits]", "[show]\ntotal = 'no'\n[limits]", "total is 'no', not true or"),
        ("[limits]", "[attempts]\nfree = -1\n[limits]", "free is -1"),
        ("points = 10\nnames", "points = 9\nnames", "add up to 9, but points is 10"),
        ('id = "a01_tiny"', 'id = "a02"', "id is 'a02', but the folder is 'a01_tiny'"),
        ("nabla/tiny.py", "../tiny.py", "expected a path such as 'nabla/gates.py'"),
        ("schema = 1", "schema 1", "is not valid TOML"),
    ],
)
def test_a_wrong_manifest_is_refused_with_a_sentence(tmp_path, old, new, message):
    assert old in GOOD
    folder = write_stage(tmp_path, GOOD.replace(old, new))

    with pytest.raises(ManifestError, match=message):
        manifest.load(folder)


def test_a_stage_is_found_by_an_unambiguous_beginning(tmp_path):
    write_stage(tmp_path)
    write_stage(tmp_path, GOOD.replace("a01_tiny", "a02_next"), "a02_next")
    course = manifest.find_course(tmp_path / "assignments" / "a01_tiny")

    assert course.assignment("a02").id == "a02_next"
    assert [stage.id for stage in course.before(course.assignment("a02"))] == [
        "a01_tiny"
    ]
    with pytest.raises(UsageError, match="'a0' matches more than one stage"):
        course.assignment("a0")
    with pytest.raises(UsageError, match="'b' matches no stage"):
        course.assignment("b")


def test_a_folder_outside_a_course_is_told_so(tmp_path):
    with pytest.raises(UsageError, match="is not inside a course"):
        manifest.find_course(tmp_path)
