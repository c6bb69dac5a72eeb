"""What `autograder grade` promises, whatever happens to it or in its inbox."""

import csv
import json
import os
import shutil
import signal

import pytest
import running
import tiny_course
from running import HONEST, SCORES, attempts, fill, grade, marks, scores

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
SLOW = running.RIGHT.replace("import math", "import math\nimport time\ntime.sleep(0.7)")


@pytest.fixture(scope="session")
def run(autograder, sandboxes, course, inbox, tmp_path_factory):
    """A finished run over the hand-ins of the honest, with one worker."""
    out = tmp_path_factory.mktemp("run") / "out"
    done = autograder(*grade(course, inbox, out, "--workers", 1))
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture
def slow_inbox(tmp_path):
    """Six hand-ins that take so long that a run can be caught half-way."""
    hand_ins = {f"s{i}": SLOW.replace("0.7", f"0.7{i}") for i in range(6)}
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
        assert " ".join(sorted(one)) == (
            "assignment checks digest duration_s notes possible printed sandbox schema"
            " score staff status submission upstream"
        )
        assert one["schema"] == 1
        assert one["sandbox"] == sandboxes[0]
        assert [" ".join(sorted(check)) for check in one["checks"]] == [
            "duration_s earned error_map exercise hidden hint id message outcome"
            " possible staff title"
        ] * 4


def test_everybody_gets_a_page_and_an_attempt_in_the_gradebook(run):
    pages = sorted(path.stem for path in (run / "report/students").iterdir())

    assert (run / "report/index.html").is_file()
    assert pages == [*SCORES]
    assert attempts(run) == [*SCORES]


def test_a_second_run_grades_nothing_anew(run, autograder, course, inbox, tmp_path):
    out = shutil.copytree(run, tmp_path / "out")
    before = (out / "results.jsonl").read_bytes()
    done = autograder(*grade(course, inbox, out))

    assert done.returncode == 0
    assert "4 known from before" in done.stdout
    assert attempts(out) == [*SCORES]
    assert (out / "results.jsonl").read_bytes() == before


def test_the_same_files_earn_the_same_marks_again(
    run, autograder, course, inbox, tmp_path
):
    out = shutil.copytree(run, tmp_path / "out")
    done = autograder(*grade(course, inbox, out, "--fresh", "--workers", 2))

    assert "known from before" not in done.stdout
    assert sorted(attempts(out)) == sorted([*SCORES] * 2)
    assert marks(out) == marks(run)


def test_the_other_sandbox_gives_the_same_marks(
    run, autograder, sandboxes, course, inbox, tmp_path
):
    if len(sandboxes) < 2:
        pytest.skip(f"only {sandboxes[0]} works on this machine")
    autograder(*grade(course, inbox, tmp_path, "--sandbox", sandboxes[1]))

    assert marks(tmp_path) == marks(run)
    assert f",{sandboxes[1]}," in (tmp_path / "scores.csv").read_text()


def test_hostile_hand_ins_change_nothing_for_the_honest(
    run, watched, sandboxes, course, tmp_path
):
    inbox, out = fill(tmp_path / "inbox", {**HONEST, **HOSTILE}), tmp_path / "out"
    done = watched(*grade(course, inbox, out, "--workers", 2))
    found = marks(out)

    assert done.returncode == 0
    assert {name: found[name] for name in SCORES} == marks(run)
    assert {found[name][0] for name in HOSTILE} == {0.0}
    assert outcomes(found["leaver"], "adds_negatives") == ["CRASHED"]
    assert outcomes(found["looper"], "adds_negatives") == ["TIMED_OUT"]
    assert outcomes(found["hoarder"], "adds_negatives") == ["OUT_OF_MEMORY"]
    assert watched.left_in_folder() == []
    assert watched.still_running() == {}


def outcomes(mark, check):
    return [outcome for name, outcome, *_ in mark[2] if name == check]


def test_a_killed_run_goes_on_where_it_stopped(
    watched, sandboxes, course, slow_inbox, tmp_path
):
    out = tmp_path / "out"
    call = grade(course, slow_inbox, out, "--workers", 1)
    with watched.started(*call) as process:
        running.wait_for_attempts(out, 2)
        process.kill()
        process.wait()
        assert watched.still_running() == {}
    known = attempts(out)
    done = watched(*call)

    assert 2 <= len(known) < 6
    assert done.returncode == 0
    assert f"{len(known)} known from before" in done.stdout
    assert attempts(out) == [f"s{i}" for i in range(6)]
    assert set(scores(out).values()) == {20.0}


def test_an_interrupted_run_says_so_in_one_sentence_and_goes_on_later(
    watched, sandboxes, course, slow_inbox, tmp_path
):
    out = tmp_path / "out"
    call = grade(course, slow_inbox, out, "--workers", 2)
    with watched.started(*call) as process:
        running.wait_for_attempts(out, 1)
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
        _, told = process.communicate(timeout=30)

    assert process.returncode == 1
    assert len(told.strip().splitlines()) == 1
    assert told.startswith("Interrupted")
    assert watched.left_in_folder() == []
    assert watched.still_running() == {}
    known = len(attempts(out))
    done = watched(*call)
    assert done.returncode == 0
    assert f"{known} known from before" in done.stdout
    assert sorted(attempts(out)) == [f"s{i}" for i in range(6)]


def test_two_runs_on_one_folder_are_refused(
    autograder, sandboxes, course, slow_inbox, tmp_path
):
    out = tmp_path / "out"
    with autograder.started(*grade(course, slow_inbox, out)):
        running.wait_for_attempts(out, 1)
        second = autograder(*grade(course, slow_inbox, out))

    assert second.returncode == 2
    assert running.is_one_sentence(second.stderr)
    assert "another run is writing there" in second.stderr


def test_a_hand_in_that_cannot_be_read_needs_a_person(
    autograder, sandboxes, course, tmp_path
):
    inbox = fill(tmp_path / "inbox", {"ada": running.RIGHT})
    (inbox / "eve.zip").write_bytes(b"PK\x03\x04 and then nothing")
    done = autograder(*grade(course, inbox, tmp_path / "out"))

    assert done.returncode == 1
    assert scores(tmp_path / "out") == {"ada": 20.0, "eve": 0.0}
    assert "eve" in done.stdout
    assert "hand in again" in done.stdout


@pytest.mark.parametrize(
    ("stage", "paths", "out", "told"),
    [
        ("a09", "inbox", "out", "a01_gates, a02_layers"),
        ("a01", "nowhere", "out", "nowhere: no such file or folder"),
        ("a01", "empty", "out", "empty: no submission is there"),
        ("a01", "inbox", "file/out", "file/out: cannot be written"),
    ],
    ids=["unknown stage", "missing inbox", "empty inbox", "unwritable out"],
)
def test_a_wrong_call_is_told_in_one_sentence(
    autograder, sandboxes, course, tmp_path, stage, paths, out, told
):
    fill(tmp_path / "inbox", {"ada": running.RIGHT})
    (tmp_path / "empty").mkdir()
    tiny_course.write(tmp_path / "file", "no folder")
    done = autograder(
        "--course", course, "grade", stage, paths, "--out", out, cwd=tmp_path
    )

    assert done.returncode == 2
    assert running.is_one_sentence(done.stderr)
    assert told in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "out").exists()
