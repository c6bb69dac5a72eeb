"""The real `otter run` with the kit's export, and Otter's tests for students."""

import concurrent.futures
import json
import os
import pathlib
import pickle
import shutil
import subprocess
import sys
import zipfile

import pytest
from hosted import STAGES

pytest.importorskip("otter", reason="Otter is not installed: tox run -e otter")
nbclient = pytest.importorskip("nbclient")  # comes with it, as nbformat does
nbformat = pytest.importorskip("nbformat")

OTTER = pathlib.Path(sys.executable).with_name("otter")
STAGE = "a02_layers"
QUESTION = "affine_forward"


@pytest.fixture(scope="session")
def archives(autograder, place):
    """The autograder.zip of each stage."""
    made = {}
    for stage in STAGES:
        autograder("export", "otter", stage, "--out", place / "otter" / stage)
        made[stage] = place / "otter" / stage / "autograder.zip"
    return made


@pytest.fixture(scope="session")
def otter_run(archives, place):
    """Run `otter run` and return results.json, if there is one, and the process."""

    def run(submission, stage=STAGE):
        out = place / "out" / f"{stage}-{submission.stem}-{os.urandom(4).hex()}"
        out.mkdir(parents=True)
        done = subprocess.run(
            [OTTER, "run", "-a", archives[stage], "-o", out, "--no-logo", submission],
            cwd=out,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        path = out / "results.json"
        return json.loads(path.read_text()) if path.exists() else None, done

    return run


def marks(results):
    """Return the sum that Gradescope would make, and that of what was possible."""
    tests = results["tests"]
    return (
        sum(test.get("score", 0.0) for test in tests),
        sum(test.get("max_score", 0.0) for test in tests),
    )


def zipped(archive, files):
    """Write a zip of texts or bytes by name."""
    with zipfile.ZipFile(archive, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    return archive


def package(tree, below=""):
    """Return the files of a hand-in by their names in a zip."""
    return {
        below + path.relative_to(tree).as_posix(): path.read_bytes()
        for path in tree.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="session")
def pool():
    """Runs of Otter wait for much: as many at a time as there are cores."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as made:
        yield made


@pytest.mark.parametrize("stage", STAGES)
def test_the_marks_of_otter_run_are_those_of_grade_to_the_last_digit(  # noqa: PLR0917 - fixtures go by name
    otter_run, pool, stage, inboxes, graded, tmp_path
):
    def one(name):
        files = package(inboxes[stage] / name)
        return name, otter_run(zipped(tmp_path / f"{name}.zip", files), stage)

    for name, (results, done) in pool.map(one, graded[stage]):
        assert done.returncode == 0, done.stderr
        assert marks(results) == (graded[stage][name]["score"], 100.0), name


def test_questions_are_exercises_and_points_are_those_of_the_manifest(
    otter_run, course, inboxes, tmp_path
):
    tree = inboxes[STAGE] / "blank-blank"
    results, _ = otter_run(zipped(tmp_path / "blank.zip", package(tree)))
    public, *questions = results["tests"]
    exercises = course.assignment(STAGE).exercises

    assert {test["name"]: test["max_score"] for test in questions} == {
        e.id.replace("/", "_"): 0.0 if e.optional else e.points for e in exercises
    }
    assert public["visibility"] == "visible"
    assert {test["visibility"] for test in questions} == {"after_published"}
    assert f"{QUESTION}: 0 of 1 public checks pass." in public["output"]
    assert "Not implemented yet" in public["output"]
    assert "passed!" not in json.dumps(results)


@pytest.fixture(scope="session")
def right(inboxes):
    return inboxes[STAGE] / "reference-reference"


NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
LAYERS = "nabla/layers.py"
NEVER = "raise SystemExit('never run')\n"


WRAPS = {
    "partial package": {"nabla/layers.py": LAYERS},
    "nested root": {"project/src/nabla/layers.py": LAYERS},
    "lab notebook beside it": {"nabla/layers.py": LAYERS, "lab.ipynb": NOTEBOOK},
    "more scripts": {
        "nabla/layers.py": LAYERS,
        "setup.py": NEVER,
        "conftest.py": NEVER,
    },
    "own tests": {"nabla/layers.py": LAYERS, "tests/test_x.py": NEVER},
    "an __init__.py": {"nabla/layers.py": LAYERS, "__init__.py": ""},
    "bare script in a zip": {"layers.py": LAYERS},
    "two bare scripts": {"layers.py": LAYERS, "gates.py": NEVER, "notes.txt": "x"},
    "names of ours": {"nabla/layers.py": LAYERS, "grader/x": "{}", "grader.zip": "x"},
}


@pytest.mark.parametrize("name", WRAPS)
def test_a_hand_in_is_understood_however_it_is_wrapped(runs, name):
    results, done = runs[name].result()

    assert done.returncode == 0, done.stderr
    assert marks(results) == (100.0, 100.0)


def test_a_bare_script_can_be_run(otter_run, right):
    results, _ = otter_run(right / LAYERS)

    assert marks(results) == (100.0, 100.0)


def test_what_cannot_be_read_says_why_and_earns_nothing(otter_run, tmp_path):
    results, done = otter_run(zipped(tmp_path / "essay.zip", {"essay.txt": "x"}))

    assert done.returncode == 0
    assert marks(results) == (0.0, 100.0)
    assert "holds no nabla/layers.py" in json.dumps(results)


def test_a_fault_of_the_kit_leaves_no_mark(archives, right, place, tmp_path):
    broken = tmp_path / "autograder.zip"
    files = {}
    with zipfile.ZipFile(archives[STAGE]) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    inner = tmp_path / "grader.zip"
    inner.write_bytes(files["files/grader.zip"])
    with zipfile.ZipFile(inner) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = f"grader/course/assignments/{STAGE}/hidden/test_01_affine.py"
    parts[name] = b"import nothing_of_that_name\n"
    zipped(inner, parts)
    zipped(broken, {**files, "files/grader.zip": inner.read_bytes()})
    done = subprocess.run(
        [OTTER, "run", "-a", broken, "-o", tmp_path, right / LAYERS],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "The grader itself failed, not the submission" in done.stderr
    assert not (tmp_path / "results.json").exists()


class Marker:
    """Unpickled, it writes a file."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


FIND = "import glob as _g, os as _o, sys as _s\n"
CHEATS = {
    "01 exit": "import os; os._exit(0)",
    "02 sys.exit": "import sys; sys.exit(0)",
    "03 allclose": "import numpy as _n\n_n.allclose = lambda *a, **k: True\n"
    "_n.array_equal = lambda *a, **k: True",
    "04 call_func": "import otter.test_files as _t\n"
    "_t.test_case.call_func = lambda *a: None",
    "05 score": "from otter.test_files.abstract_test import TestFile as _t\n"
    "_t.score = property(lambda self: 100)",
    "06 raise the tests": FIND + "raise RuntimeError(''.join(open(p).read() for p in"
    " _g.glob('/tmp/**/hidden/*.py', recursive=True) + _g.glob({source!r} + '/*')))",
    "07 rewrite the tests": FIND
    + "for _p in _g.glob('/tmp/**/tests/*', recursive=True):\n"
    "    open(_p, 'w').write('OK_FORMAT = False')",
    "09 pickle as a result": "class _P:\n    def __reduce__(self):\n"
    "        import os; return os.mkdir, ({marker!r},)\n"
    "def affine_forward(x, W, b):\n    return _P()",
    "10 the log server": "import socket as _k\nfor _p in range(30000, 61000, 7):\n"
    "    _k.create_connection(('127.0.0.1', _p), 0.01).send(b'x')",
    "11 write results later": FIND
    + "if _o.fork() == 0:\n    import time as _t\n    while True:\n"
    "        for _p in _g.glob('/tmp/**/results.json', recursive=True):\n"
    "            open(_p, 'w').write('{{}}')\n        _t.sleep(0.1)",
    "12 frames": "import sys as _s\n"
    "def affine_forward(x, W, b):\n    f = _s._getframe()\n"
    "    while f:\n        for v in f.f_locals.values():\n"
    "            if getattr(v, 'shape', None) == (len(x), W.shape[1]): return v\n"
    "        f = f.f_back",
    "13 always equal": "class _E(float):\n"
    "    __eq__ = __lt__ = __le__ = __gt__ = lambda *a: True\n"
    "    __sub__ = __rsub__ = lambda *a: 0.0\n    __hash__ = None\n"
    "    shape = (3, 2)\n    dtype = 'float64'\n"
    "def affine_forward(x, W, b):\n    return _E()",
    "14 for ever": "while True: pass",
    "18 import the reference": FIND
    + "_s.path[:0] = _g.glob('/tmp/**/reference', recursive=True)"
    " + [{root!r} + '/reference']\nimport importlib as _i\n"
    "for _n in ('nabla.layers', 'refsol'):\n    print('LEAKED', _i.import_module(_n))",
    "21 look around": FIND
    + "raise RuntimeError(f\"LEAKED {{_o.listdir('/root')}} {{dict(_o.environ)}}\")",
    "22 write the configuration": FIND
    + "for _p in _g.glob('/tmp/**/otter_config.json', recursive=True):\n"
    "    open(_p, 'w').write('{{\"score_threshold\": 0}}')",
}
"""Code at the end of a blank module; those of files and names are below."""


@pytest.fixture(scope="session")
def blank(inboxes):
    return inboxes[STAGE] / "blank-blank"


def judged(results, done, marker):
    """Gained, leaked or run in the parent: what a cheat has got, "" for nothing."""
    seen = done.stdout + done.stderr + json.dumps(results)
    if marker.exists():
        return "ran outside"
    if results is None:
        return f"no results: {done.stderr[-500:]}"
    if any(word in seen for word in ("LEAKED", "@check(", "AUTOGRADER_SECRET")):
        return "leaked"
    return "gained" if marks(results) != (0.0, 100.0) else ""


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_gains_and_leaks_nothing(runs, place, name):
    assert judged(*runs[name].result(), marker(place, name)) == ""


SLIP = "../../../results/results.json"
MARK = "import os; os.mkdir({marker!r})"
SPECIAL = {
    "08 own otter": {"otter/__init__.py": MARK},
    "16 own driver": {"lab.ipynb": NOTEBOOK, "grade_entry.py": NEVER},
    "19 zip slip": {SLIP: '{"score": 100, "tests": []}'},
    "20 own log": {".OTTER_LOG": "a pickle"},
    "own numpy": {"numpy.py": MARK},
    "own sitecustomize": {"sitecustomize.py": MARK},
    "own autograder": {"autograder/__init__.py": MARK},
    "own kernel": {"ipykernel_launcher.py": MARK},
}


@pytest.mark.parametrize("name", SPECIAL)
def test_a_file_of_a_special_name_has_no_effect(runs, place, name):
    assert judged(*runs[name].result(), marker(place, name)) == ""


def marker(place, name):
    """Return the folder that a cheat makes if it runs outside."""
    return place / f"marker-{name.replace(' ', '-')}"


@pytest.fixture(scope="session")
def hand_in(right, blank, place, course):
    """The files of a hand-in, by its name."""

    def files(name):
        mark = str(marker(place, name))
        if name in WRAPS:
            code = (right / LAYERS).read_bytes()
            return {n: code if c == LAYERS else c for n, c in WRAPS[name].items()}
        content = package(blank)
        if name in CHEATS:
            names = {"marker": mark, "source": str(place), "root": str(course.root)}
            content[LAYERS] += f"\n\n{CHEATS[name].format(**names)}\n".encode()
        for path, text in SPECIAL.get(name, {}).items():
            content[path] = text.replace("{marker!r}", repr(mark))
        if ".OTTER_LOG" in content:
            content[".OTTER_LOG"] = pickle.dumps(Marker(mark))
        return content

    return files


@pytest.fixture(scope="session")
def runs(request, pool, hand_in, otter_run, place):
    """What becomes of the hand-ins that are asked for, by name, later."""
    calls = (getattr(item, "callspec", None) for item in request.session.items)
    asked = {call.params["name"] for call in calls if call and "name" in call.params}
    folder = place / "zips"
    folder.mkdir()

    def run(number, name):
        return otter_run(zipped(folder / f"{number}.zip", hand_in(name)))

    names = [name for name in (*WRAPS, *CHEATS, *SPECIAL) if name in asked]
    return {name: pool.submit(run, i, name) for i, name in enumerate(names)}


@pytest.mark.parametrize("wrapped", [False, True], ids=["unpacked", "as a zip"])
def test_in_a_container_even_two_notebooks_are_no_obstacle(
    archives, right, tmp_path, wrapped
):
    root = tmp_path / "autograder"
    for name in ("source", "submission", "results"):
        (root / name).mkdir(parents=True)
    (root / "submission_metadata.json").touch()  # empty, as `otter grade` leaves it
    with zipfile.ZipFile(archives[STAGE]) as archive:
        archive.extractall(root / "source")
    config = root / "source/otter_config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "zips": wrapped}))
    files = {**package(right), "a.ipynb": NOTEBOOK, "b.ipynb": "{", ".OTTER_LOG": "x"}
    archive = zipped(tmp_path / "in.zip", files)
    if wrapped:
        shutil.copy(archive, root / "submission")
    else:
        zipfile.ZipFile(archive).extractall(root / "submission")
    command = [sys.executable, "-P", "-m", "autograder.hosts.otter_container", root]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    results = json.loads((root / "results/results.json").read_text())
    assert marks(results) == (100.0, 100.0)


@pytest.fixture
def home(autograder, tmp_path, right):
    """A student's folder of the stage, with Otter's tests beside the lab."""
    out = tmp_path / "kit"
    autograder("release", STAGE, "--out", out)
    autograder("export", "otter-tests", STAGE, "--out", out)
    shutil.copy(right / LAYERS, out / LAYERS)
    stage = out / "assignments" / STAGE
    convert = [sys.executable, "-m", "jupytext", "--to", "ipynb", "lab.md"]
    subprocess.run(convert, cwd=stage, check=True, capture_output=True)
    return stage


def change(home, old, new, count=-1):
    """Change what the student has written."""
    path = home.parents[1] / LAYERS
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, count))


def otter_check(home, *args):
    return subprocess.run(
        [OTTER, "check", "lab.ipynb", *args],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": ""},
    ).stdout


def test_otter_check_runs_the_public_checks_of_an_exercise_or_of_a_group(home):
    names = {path.stem for path in (home / "tests").glob("*.py")}

    assert {"affine_forward", "affine_backward", "linear", "perceptron"} <= names
    assert "All tests passed!" in otter_check(home, "-q", "affine_forward")
    assert "All tests passed!" in otter_check(home, "-q", "linear")


def test_otter_check_prints_the_messages_of_the_kit(home):
    change(home, "x @ W + b", "x @ W - b")
    said = otter_check(home, "-q", "affine_forward")

    assert "y differs in 4 of 4 entries; largest difference" in said
    assert "Test case failed" in said


def in_a_notebook(home, *cells):
    """Return what the last cell shows, in a kernel as a notebook has it."""
    notebook = nbformat.v4.new_notebook(
        cells=list(map(nbformat.v4.new_code_cell, cells))
    )
    where = {"metadata": {"path": str(home)}}
    nbclient.NotebookClient(notebook, timeout=120, resources=where).execute()
    return notebook.cells[-1].outputs[0]["data"]["text/plain"]


def test_grader_check_in_a_notebook_prints_the_messages_of_the_kit(home):
    start = "import otter; grader = otter.Notebook()"
    good = in_a_notebook(home, start, "grader.check('linear')")
    change(home, "self.bias", "self.bios", 3)
    bad = in_a_notebook(home, start, "grader.check('linear')")

    assert "All test cases passed!" in good
    assert "AssertionError" in bad
    assert "Linear" in bad
