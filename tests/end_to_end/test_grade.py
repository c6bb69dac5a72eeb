"""What `autograder grade` promises, whatever happens to it or lies in its inbox."""

import csv
import json
import shutil

import pytest
import tiny_course
from running import (
    HONEST,
    RIGHT,
    SCORES,
    attempts,
    fill,
    is_one_sentence,
    marks,
    press_ctrl_c,
    scores,
    wait_until,
)

HOSTILE = {
    "leaver": "import os\n\n\ndef add(x, y):\n    os._exit(0)\n",
    "looper": "def add(x, y):\n    while True:\n        pass\n",
    "hoarder": "def add(x, y):\n    return [b'x' * 2**26 for _ in range(99)]\n",
    "forger": (
        "import json\n\n"
        "print('All checks passed. Score: 20 / 20')\n"
        "print(json.dumps({'submission': 'ada', 'score': 20.0, 'status': 'graded'}))\n"
        "try:\n"
        "    open('scores.csv', 'w').write('forger,a01_gates,20,20,graded')\n"
        "except OSError:\n"
        "    pass\n"
    ),
}
SLOW = RIGHT.replace("import math", "import math\nimport time\n\ntime.sleep({})")
FOUR = ["s0", "s1", "s2", "s3"]


@pytest.fixture
def slow_inbox(tmp_path):
    """Four hand-ins that take so long that a run can be caught half-way."""
    hand_ins = {name: SLOW.format(0.5 + i / 100) for i, name in enumerate(FOUR)}
    return fill(tmp_path / "inbox", hand_ins)


def test_scores_csv_has_one_line_per_submission(run):
    with (run / "scores.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)

    assert ",".join(head) == (
        "submission,assignment,score,possible,status,sandbox,duration_s,digest"
    )
    assert [row[:5] for row in rows] == [
        ["ada", "a01_gates", "20", "20", "graded"],
        ["bob", "a01_gates", "10", "20", "graded"],
        ["cem", "a01_gates", "10", "20", "graded"],
        ["dua", "a01_gates", "0", "20", "graded"],
    ]


def test_results_jsonl_has_one_object_per_submission(run, sandboxes):
    lines = (run / "results.jsonl").read_text(encoding="utf-8").splitlines()
    results = [json.loads(line) for line in lines]

    assert [one["submission"] for one in results] == [*SCORES]
    for one in results:
        assert (one["schema"], one["sandbox"]) == (1, sandboxes[0])
        assert " ".join(sorted(one)) == (
            "assignment checks digest duration_s notes possible printed sandbox schema"
            " score staff status submission upstream"
        )
        for check in one["checks"]:
            assert " ".join(sorted(check)) == (
                "duration_s earned error_map exercise hidden hint id message outcome"
                " possible staff title"
            )


def test_everybody_gets_a_page_and_an_attempt_in_the_gradebook(run):
    pages = sorted(path.stem for path in (run / "report/students").iterdir())

    assert (run / "report/index.html").is_file()
    assert pages == [*SCORES]
    assert attempts(run) == [*SCORES]


def test_a_second_run_grades_nothing_anew(run, autograder, inbox, tmp_path):
    out = shutil.copytree(run, tmp_path / "out")
    before = (out / "results.jsonl").read_bytes()
    done = autograder.grade(inbox, out)

    assert done.returncode == 0
    assert "4 known from before" in done.stdout
    assert attempts(out) == [*SCORES]
    assert (out / "results.jsonl").read_bytes() == before


def test_the_same_files_earn_the_same_marks_again(run, autograder, inbox, tmp_path):
    out = shutil.copytree(run, tmp_path / "out")
    done = autograder.grade(inbox, out, "--fresh", "--workers", 2)

    assert "known from before" not in done.stdout
    assert sorted(attempts(out)) == sorted([*SCORES] * 2)
    assert marks(out) == marks(run)


def test_the_other_sandbox_gives_the_same_marks(
    run, autograder, sandboxes, inbox, tmp_path
):
    if len(sandboxes) < 2:
        pytest.skip(f"only {sandboxes[0]} works on this machine")
    autograder.grade(inbox, tmp_path, "--sandbox", sandboxes[1])

    assert marks(tmp_path) == marks(run)
    assert f",{sandboxes[1]}," in (tmp_path / "scores.csv").read_text(encoding="utf-8")


def test_hostile_hand_ins_change_nothing_for_the_honest(run, watched, tmp_path):
    inbox, out = fill(tmp_path / "inbox", {**HONEST, **HOSTILE}), tmp_path / "out"
    done = watched.grade(inbox, out, "--workers", 2)
    found = marks(out)
    ends = {
        name: dict(check[:2] for check in found[name][2])["adds_negatives"]
        for name in HOSTILE
    }

    assert done.returncode == 0
    assert {name: found[name] for name in SCORES} == marks(run)
    assert {found[name][0] for name in HOSTILE} == {0.0}
    assert ends == {
        "leaver": "CRASHED",
        "looper": "TIMED_OUT",
        "hoarder": "OUT_OF_MEMORY",
        "forger": "ERRORED",
    }
    assert watched.left_in_folder() == []
    assert watched.still_running() == []


def test_a_killed_run_goes_on_where_it_stopped(watched, slow_inbox, tmp_path):
    out = tmp_path / "out"
    with watched.grading(slow_inbox, out, "--workers", 1) as process:
        wait_until(lambda: len(attempts(out)) == 2)
        process.kill()
        process.wait()

        assert watched.still_running() == []
    known = len(attempts(out))
    done = watched.grade(slow_inbox, out, "--workers", 1)

    assert 2 <= known < 4
    assert done.returncode == 0
    assert f"{known} known from before" in done.stdout
    assert attempts(out) == FOUR
    assert set(scores(out).values()) == {20.0}


def test_an_interrupted_run_says_so_and_goes_on_where_it_stopped(
    watched, slow_inbox, tmp_path
):
    out = tmp_path / "out"
    with watched.grading(slow_inbox, out, "--workers", 2) as process:
        wait_until(lambda: attempts(out))
        press_ctrl_c(process)
        _, told = process.communicate(timeout=30)

        assert process.returncode == 1
        assert told.strip() == "Interrupted; the same call goes on where it stopped."
        assert watched.left_in_folder() == []
        assert watched.still_running() == []
    known = len(attempts(out))
    done = watched.grade(slow_inbox, out)

    assert 1 <= known < 4
    assert done.returncode == 0
    assert f"{known} known from before" in done.stdout
    assert sorted(attempts(out)) == FOUR


def test_two_runs_on_one_folder_are_refused(autograder, tmp_path):
    inbox = fill(tmp_path / "inbox", {"slow": SLOW.format(8)})
    out = tmp_path / "out"
    with autograder.grading(inbox, out):
        wait_until((out / "gradebook.sqlite").exists)
        second = autograder.grade(inbox, out)

    assert second.returncode == 2
    assert is_one_sentence(second.stderr)
    assert "another run is writing there" in second.stderr


def test_a_hand_in_that_cannot_be_read_needs_a_person(autograder, tmp_path):
    inbox = fill(tmp_path / "inbox", {"ada": RIGHT})
    (inbox / "eve.zip").write_bytes(b"PK\x03\x04 and then nothing")
    done = autograder.grade(inbox, tmp_path / "out")

    assert done.returncode == 1
    assert scores(tmp_path / "out") == {"ada": 20.0, "eve": 0.0}
    assert "hand in again" in done.stdout


def test_a_fault_of_the_kit_is_no_zero(autograder, course, tmp_path):
    copy = shutil.copytree(course, tmp_path / "course")
    checks = copy / "assignments/a01_gates/hidden/test_gates.py"
    tiny_course.replace(checks, "gates.add(1.0, -3.0), -2.0", "gates.add(1.0, -3.0), 9")
    inbox, out = fill(tmp_path / "inbox", {"ada": RIGHT}), tmp_path / "out"
    done = autograder("--course", copy, "grade", "a01", inbox, "--out", out)
    again = autograder("--course", copy, "grade", "a01", inbox, "--out", out)

    assert done.returncode == again.returncode == 1
    assert "THE KIT FAILED, NOT THE STUDENT" in done.stdout
    assert scores(out) == {"ada": None}
    assert "\nada,a01_gates,,20,fault," in (out / "scores.csv").read_text()
    assert "known from before" not in again.stdout


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("a09 inbox --out out", "a01_gates, a02_layers"),
        ("a01 nowhere --out out", "nowhere: no such file or folder"),
        ("a01 empty --out out", "empty: no submission is there"),
        ("a01 inbox --out file/out", "file/out: cannot be written"),
        ("a01 inbox --out out --sandbox unprotected", "--unprotected"),
    ],
    ids=["stage", "inbox", "nothing in it", "out", "sandbox"],
)
def test_a_wrong_call_is_told_in_one_sentence(autograder, tmp_path, call, told):
    fill(tmp_path / "inbox", {"ada": RIGHT})
    (tmp_path / "empty").mkdir()
    tiny_course.write(tmp_path / "file", "no folder")
    course = autograder.course
    done = autograder("--course", course, "grade", *call.split(), cwd=tmp_path)

    assert done.returncode == 2
    assert is_one_sentence(done.stderr)
    assert told in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "out").exists()
