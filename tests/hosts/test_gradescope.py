"""Gradescope, simulated: its folders, its root, and what its containers refuse.

As root without user namespaces (`confine.py`), then as an ordinary user.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from hosted import STAGES, Container, MemoryGroup

ORDINARY = 23457  # nobody else's
SENTENCE = "The grader itself failed, not your code."


@pytest.fixture(scope="session")
def wheels(place):
    """NumPy and pip as wheels; AUTOGRADER_WHEELS may name a folder of them."""
    if os.environ.get("AUTOGRADER_WHEELS"):
        return pathlib.Path(os.environ["AUTOGRADER_WHEELS"])
    folder = place / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--only-binary=:all:"]
    needed = ["pip", f"numpy=={np.__version__}"]
    done = subprocess.run(
        [*command, "--dest", str(folder), *needed],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"no wheels can be had: {done.stderr[-300:]}")
    return folder


@pytest.fixture(scope="session")
def archives(autograder, place, wheels):
    """The autograder.zip of each stage."""
    made = {}
    for stage in STAGES:
        out = place / "upload" / stage
        autograder("export", "gradescope", stage, "--out", out, "--wheels", wheels)
        made[stage] = out / "autograder.zip"
    return made


@pytest.fixture(scope="session", params=["root", "ordinary user"])
def image(request, archives, place):
    """Gradescope's folders after setup.sh, as root, and as an ordinary user."""
    if request.param == "root" and os.geteuid() != 0:
        pytest.skip("needs root")
    user = ORDINARY if request.param != "root" and os.geteuid() == 0 else None
    home = place / request.param.replace(" ", "-")
    home.mkdir()
    return Container(home, user).build(archives["a02_layers"])


@pytest.fixture
def container(image, archives):
    """Them with the grader of a02_layers."""
    if image.archive != archives["a02_layers"]:
        image.load(archives["a02_layers"])
    return image


@pytest.fixture
def blank(inboxes):
    return inboxes["a02_layers"] / "blank-blank"


def with_code(tree, code, tmp_path):
    """Return the hand-in with a line of code at the top of its module."""
    copy = shutil.copytree(tree, tmp_path / "hand-in")
    path = copy / "nabla/layers.py"
    text = path.read_text()
    marker = "from __future__ import annotations\n"
    assert marker in text
    path.write_text(text.replace(marker, f"{marker}\n{code}\n", 1))
    return copy


def test_the_archive_is_for_its_owner_alone(archives):
    for archive in archives.values():
        assert archive.stat().st_mode & 0o077 == 0


def test_the_sandbox_there_is_lockdown_because_namespaces_are_refused(container):
    assert "bubblewrap: does not work here" in container.setup.stdout
    assert "lockdown: works" in container.setup.stdout


def test_nothing_of_the_grader_can_be_read_by_others(container):
    open_to_others = [
        path
        for path in (container.source, *container.source.rglob("*"))
        if not path.is_symlink() and path.stat().st_mode & 0o077
    ]

    assert open_to_others == []


@pytest.mark.parametrize("stage", STAGES)
def test_the_marks_are_those_of_grade_to_the_last_digit(
    container, archives, stage, inboxes, graded
):
    container.load(archives[stage])
    for name, expected in graded[stage].items():
        results, done = container.grade(inboxes[stage] / name)
        told = {
            test["extra_data"]["id"]: (test["score"], test["max_score"])
            for test in results["tests"]
        }

        assert done.returncode == 0, done.stderr
        assert results["score"] == expected["score"], name
        assert results["extra_data"]["digest"] == expected["digest"]
        assert told == {
            check["id"]: (check["earned"], check["possible"])
            for check in expected["checks"]
        }


def test_a_hand_in_is_understood_however_it_is_wrapped(container, inboxes, tmp_path):
    whole = inboxes["a02_layers"] / "reference-reference"
    scores = []
    for wrap in ("project/nabla/layers.py", "layers.py", "nabla/layers.py"):
        tree = tmp_path / wrap.replace("/", "_")
        path = tree / wrap
        path.parent.mkdir(parents=True)
        shutil.copy(whole / "nabla/layers.py", path)
        (tree / "setup.py").write_text("raise SystemExit('never run')")
        scores.append(container.grade(tree)[0]["score"])

    assert scores == [100.0] * 3


def test_what_cannot_be_read_says_why_and_earns_nothing(container, tmp_path):
    (tmp_path / "essay.txt").write_text("no code")
    results, done = container.grade(tmp_path)

    assert done.returncode == 0
    assert results["score"] == 0.0
    assert "holds no nabla/layers.py" in results["output"]


def test_a_link_to_the_reference_earns_nothing(container, tmp_path):
    solution = container.source / "grader/course/reference/nabla/layers.py"
    (tmp_path / "nabla").mkdir()
    (tmp_path / "nabla/layers.py").symlink_to(solution)
    results, _ = container.grade(tmp_path)

    assert solution.is_file()
    assert results["score"] == 0.0


SPY = """
import glob as _g, os as _o
for _p in ([{root!r}, {root!r} + "/source", {root!r} + "/results", "/etc/passwd"]
           + [{root!r} + "/" + _n for _n in {files!r}]):
    try:
        if _o.path.isdir(_p):
            print("LISTED", _p, _o.listdir(_p))
        else:
            print("LEAKED", _p, open(_p).read()[:200])
    except OSError:
        pass
for _n in ("/results/results.json", "/source/grader/settings.json"):
    _p = {root!r} + _n
    try:
        open(_p, "w").write('{{"score": 100}}')
        print("WROTE", _p)
    except OSError:
        pass
"""


def test_a_hand_in_reads_no_suite_and_no_reference_and_writes_no_result(
    container, blank, tmp_path
):
    secrets = [
        path.relative_to(container.root).as_posix()
        for path in (container.source / "grader/course").rglob("*")
        if path.is_file()
    ]
    code = SPY.format(root=str(container.root), files=secrets)
    results, done = container.grade(with_code(blank, code, tmp_path))
    seen = done.stdout + json.dumps(results)

    assert len(secrets) > 50
    assert results["score"] == 0.0
    assert not any(word in seen for word in ("LISTED", "LEAKED", "WROTE"))


LINGER = """
import os as _o, time as _t
for _ in range(3):
    try:
        if _o.fork() == 0:
            try:
                _o.setsid()
            except OSError:
                pass
            while True:
                try:
                    open({path!r}, "w").write('{{"score": 100}}')
                except OSError:
                    pass
                _t.sleep(0.05)
    except OSError:
        pass
"""


def test_a_hand_in_leaves_no_process_behind(container, blank, tmp_path):
    code = LINGER.format(path=str(container.results))
    container.hand_in(with_code(blank, code, tmp_path))
    process = container.start(container.root / "run_autograder")
    seen = 0
    while process.poll() is None:
        seen = max(seen, len(container.guests()))
    process.communicate()
    left = container.guests()
    results = json.loads(container.results.read_text())
    time.sleep(0.5)

    assert results["score"] == 0.0
    assert seen > 2  # they can be seen while they are there
    assert left == []
    assert json.loads(container.results.read_text()) == results


def test_a_killed_container_has_reported_what_was_known(container, blank, tmp_path):
    slow = with_code(blank, "import time; time.sleep(0.4)", tmp_path)
    container.hand_in(slow)
    process = container.start(container.root / "run_autograder")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if container.results.exists() and '"tests"' in container.results.read_text():
            known = json.loads(container.results.read_text())
            if "score" in known:
                break
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    results = json.loads(container.results.read_text())

    assert "The grading was stopped from outside after" in results["output"]
    assert results["score"] == 0.0
    assert results["tests"]


def test_before_the_first_check_there_is_a_file_without_a_score(container, blank):
    container.hand_in(blank)
    python = container.source / "venv/bin/python"
    python.rename(python.with_name("away"))
    done = container._finish(container.start(container.root / "run_autograder"))
    python.with_name("away").rename(python)
    results = json.loads(container.results.read_text())

    assert done.returncode != 0
    assert "score" not in results
    assert SENTENCE in results["tests"][0]["output"]


@pytest.mark.parametrize(
    ("name", "old", "new", "staff"),
    [
        ("settings.json", "lockdown", "bubblewrap", "bubblewrap does not work"),
        (
            "course/assignments/a02_layers/hidden/test_01_affine.py",
            "import",
            "import nothing_of_that_name, ",
            "cannot be imported",
        ),
    ],
    ids=["no sandbox", "a broken suite"],
)
def test_a_fault_of_the_kit_is_no_zero(  # noqa: PLR0917 - fixtures go by name
    container, blank, name, old, new, staff
):
    with container.changed(name, old, new):
        results, done = container.grade(blank)

    assert done.returncode == 1
    assert "score" not in results
    assert SENTENCE in results["tests"][0]["output"]
    assert staff in done.stdout
    assert staff not in json.dumps(results)


@pytest.fixture
def smallest(container):
    """The container with the 768 MB of Gradescope's smallest."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    try:
        container.group = MemoryGroup(768)
    except OSError as exc:
        pytest.skip(f"no control group can be made here: {exc}")
    yield container
    container.group.close()
    container.group = None


def test_the_smallest_container_is_large_enough(smallest, inboxes):
    results, _ = smallest.grade(inboxes["a02_layers"] / "reference-reference")

    assert results["score"] == 100.0
    assert smallest.group.peak() < 400
    assert smallest.group.kills() == 0


GREEDY = """
def affine_forward(x, W, b):
    return x @ W + b + 0 * np.ones(1500 * 1024**2 // 8)[0]
"""


def test_who_takes_all_memory_of_the_smallest_container_loses_that_check_alone(
    smallest, inboxes, tmp_path
):
    right = inboxes["a02_layers"] / "reference-reference"
    copy = shutil.copytree(right, tmp_path / "hand-in")
    with (copy / "nabla/layers.py").open("a") as file:
        file.write(GREEDY)
    results, done = smallest.grade(copy)
    failed = [test for test in results["tests"] if test["status"] == "failed"]

    assert done.returncode == 0
    assert smallest.group.kills() > 0
    assert 0 < results["score"] < 100
    assert {test["tags"][0] for test in failed} == {"affine/forward"}


LEADERS = '[show]\nleaderboard = ["{}"]\n[[exercise]]'
LATE = "[late]\npercent_per_day = 10\n[attempts]\nkeep_best = true\n[[exercise]]"


def test_lateness_and_earlier_attempts_reach_the_score(container, inboxes):
    right = inboxes["a02_layers"] / "reference-reference"
    manifest = "course/assignments/a02_layers/assignment.toml"
    about = {
        "created_at": "2026-11-02T15:00:00.123456-08:00",
        "assignment": {"due_date": "2026-11-01T14:00:00-08:00"},
    }
    earlier = [{"score": "97.5"}, {"score": None, "autograder_error": True}]
    with container.changed(manifest, "[[exercise]]", LATE):
        late, _ = container.grade(right, **about)
        best, _ = container.grade(right, **about, previous_submissions=earlier)
        odd, _ = container.grade(right, created_at=7, previous_submissions="x")

    assert late["score"] == 80.0
    assert "Late, days begun: 2" in late["output"]
    assert best["score"] == 97.5
    assert odd["score"] == 100.0


CONTESTS = '''
import os, time
from autograder.suite.contests import contest


@contest(unit="axes", needs=["affine/forward"])
def axes(student, rng):
    """Axes of y."""
    time.sleep(0.2)
    return student.layers.affine_forward(*map(rng.normal, ((4, 3), (3, 2), (2,)))).ndim


@contest()
def death(student):
    """The end of the container."""
    os.kill(os.getpid(), 9)
'''


def test_a_leaderboard_is_added_when_the_marks_are_safe(container, inboxes):
    right = inboxes["a02_layers"] / "reference-reference"
    manifest = "course/assignments/a02_layers/assignment.toml"
    path = container.source / "grader" / manifest
    contests = path.with_name("hidden") / "contests.py"
    contests.write_text(CONTESTS)
    with container.changed(manifest, "[[exercise]]", LEADERS.format("axes")):
        ranked, _ = container.grade(right)
        blank, _ = container.grade(inboxes["a02_layers"] / "blank-blank")
    with container.changed(manifest, "[[exercise]]", LEADERS.format("death")):
        killed, done = container.grade(right)
    contests.unlink()

    assert ranked["leaderboard"] == [
        {"name": "Axes of y (axes)", "value": 2.0, "order": "asc"}
    ]
    assert "leaderboard" not in blank
    assert done.returncode != 0
    assert killed["score"] == ranked["score"] == 100.0
    assert "stopped from outside" not in killed["output"]
