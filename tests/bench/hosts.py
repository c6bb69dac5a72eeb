"""Rows beside Otter: one submission, the same three checks of a02_layers.

By plain `otter run`, where the checks run in the kernel beside the student's code; by
`otter run` with the kit's export; by what `run_autograder` starts in Gradescope's
container; and as one more submission of a batch of the kit.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import statistics
import sys
import tempfile
import zipfile
from collections.abc import Iterator

import kit
from clocks import MIB, ROOT, Cost, autograder, run
from table import Row, machine, not_measured, time_text

from autograder.hosts import bundle, gradescope
from autograder.hosts import otter as export
from autograder.manifest import Course

RUNS = 5
FEW, MANY = 10, 40
WHAT = "one more submission of three checks, bubblewrap, one worker"

MANIFEST = """\
schema = 1
id = "a02_layers"
title = "Three checks"
points = 7
files = ["nabla/layers.py"]
[[exercise]]
id = "affine/forward"
title = "Forward"
points = 1
[[exercise]]
id = "affine/backward"
title = "Backward"
points = 3
[[exercise]]
id = "linear/forward"
title = "Linear"
points = 3
"""

CHECKS = '''\
"""Three checks."""

from autograder.suite import check, close
from nabla import layers


@check(points=1, exercise="affine/forward")
def test_affine_forward(student, rng):
    """affine_forward maps a batch."""
    x, W, b = rng.normal((5, 3)), rng.normal((3, 2)), rng.normal((2,))
    close(student.layers.affine_forward(x, W, b), x @ W + b, name="y")


@check(points=3, exercise="affine/backward")
def test_affine_backward(student, rng):
    """affine_backward gives three gradients."""
    args = rng.normal((5, 2)), rng.normal((5, 3)), rng.normal((3, 2))
    expected = layers.affine_backward(*args)
    for got, right in zip(student.layers.affine_backward(*args), expected, strict=True):
        close(got, right, name="gradient")


@check(points=3, exercise="linear/forward")
def test_linear_forward(student, rng):
    """Linear.forward uses its parameters."""
    layer = student.layers.Linear(3, 2, rng=rng.spawn_seed())
    x = rng.normal((5, 3))
    right = x @ layer.weight.data + layer.bias.data
    close(layer.forward(x), right, name="y")
'''

PLAIN = """\
from otter.test_files import test_case
import numpy as np
OK_FORMAT = False
name = {name!r}
points = {points}

@test_case()
def test_it(layers):
    rng = np.random.default_rng(0)
    x, W, b = rng.normal(size=(5, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
    dout = rng.normal(size=(5, 2))
    {body}
"""
_LINEAR = """l = layers.Linear(3, 2)
    assert np.allclose(l.forward(x), x @ l.weight.data + l.bias.data)"""
BODIES = {
    "forward": (1, "assert np.allclose(layers.affine_forward(x, W, b), x @ W + b)"),
    "backward": (
        3,
        "assert np.allclose(layers.affine_backward(dout, x, W)[1], x.T @ dout)",
    ),
    "linear": (
        3,
        _LINEAR,
    ),
}


def make_course(root: pathlib.Path) -> Course:
    """Write a course of one stage with three checks."""
    stage = root / "assignments/a02_layers"
    (stage / "hidden").mkdir(parents=True)
    (stage / "assignment.toml").write_text(MANIFEST)
    (stage / "hidden/test_three.py").write_text(CHECKS)
    for name in ("reference", "student_template"):
        shutil.copytree(ROOT / name / "nabla", root / name / "nabla")
    return Course(root)


def plain_zip(place: pathlib.Path) -> pathlib.Path:
    """Build an ordinary Otter zip with the same three checks, in the kernel."""
    config = {"print_summary": False}
    archive = place / "plain.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("otter_config.json", json.dumps(config))
        target.writestr("files/driver.py", "from nabla import layers\n")
        for name, (points, body) in BODIES.items():
            text = PLAIN.format(name=name, points=points, body=body)
            target.writestr(f"tests/{name}.py", text)
    return archive


def container(place: pathlib.Path, archive: pathlib.Path) -> pathlib.Path:
    """Lay out Gradescope's folders."""
    root = place / "autograder"
    for name in ("source", "results"):
        (root / name).mkdir(parents=True)
    with zipfile.ZipFile(archive) as content:
        content.extractall(root / "source")
    folder = root / "submission/nabla"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "reference/nabla/layers.py", folder)
    return root


def otter() -> Iterator[Row]:
    """The same three checks: `otter run`, and one more submission of a batch."""
    command = _command()
    if command is None:
        why = "no otter-grader here (extra: otter)"
        yield not_measured("otter", f"{WHAT}, time", why, "at least 20 times faster")
        yield not_measured("otter", f"{WHAT}, memory", why, "at most a quarter")
        return
    with _a_place() as place:
        course = make_course(place / "course")
        plain = _otter_run(command, plain_zip(place), place)
        ours = _one_more(place / "course", place)
        yield from _against_otter(ours, plain)
        yield from _exports(command, course, place, plain)


def _exports(
    command: str, course: Course, place: pathlib.Path, plain: Cost
) -> Iterator[Row]:
    """The same checks where the kit's exports run them, for comparison only."""
    settings = bundle.Settings(stage="a02_layers", upstream="reference")
    archive = export.write(course, settings, place / "kit")
    folder = gradescope.write(course, settings, place / "gs")
    measures = {
        "`otter run` with `export otter`": lambda: _otter_run(command, archive, place),
        "Gradescope's `run_autograder`": lambda: _gradescope(folder, place),
    }
    for name, measure in measures.items():
        what = f"{name}, the same three checks"
        try:
            cost = measure()
        except SystemExit as exc:
            yield not_measured("otter", what, f"failed: {exc.code}"[-60:], "–")
            continue
        measured = f"{time_text(cost.wall_s)}, {cost.peak_bytes / MIB:.0f} MiB"
        rival = f"{time_text(plain.wall_s)}, {plain.peak_bytes / MIB:.0f} MiB"
        against, ratio = f"plain `otter run`: {rival}", cost.wall_s / plain.wall_s
        row = Row("otter", what, measured, against, "–", ratio, machine=machine())
        yield row


def _command() -> str | None:
    """Return Otter's command, of this environment or of the path."""
    beside = pathlib.Path(sys.executable).with_name("otter")
    return str(beside) if beside.is_file() else shutil.which("otter")


@contextlib.contextmanager
def _a_place() -> Iterator[pathlib.Path]:
    os.environ["AUTOGRADER_SECRET"] = "of the bench"
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        place = pathlib.Path(name)
        place.chmod(0o755)
        (place / "out").mkdir()
        with zipfile.ZipFile(place / "hand-in.zip", "w") as target:
            for path in (ROOT / "reference/nabla").glob("*.py"):
                target.write(path, f"nabla/{path.name}")
        yield place


def _against_otter(ours: Cost, plain: Cost) -> Iterator[Row]:
    faster = plain.cpu_s / ours.cpu_s  # a busy machine stretches wall times unequally
    yield Row(
        "otter",
        f"{WHAT}, time",
        f"{ours.cpu_s:.2f} core seconds, {time_text(ours.wall_s)} wall",
        f"`otter run`: {plain.cpu_s:.2f} core seconds, {time_text(plain.wall_s)} wall",
        "at least 20 times faster",
        faster,
        faster >= 20,
        more=True,
        machine=machine(),
    )
    share = ours.peak_bytes / plain.peak_bytes
    yield Row(
        "otter",
        f"{WHAT}, memory of one more at the same time",
        f"{ours.peak_bytes / MIB:.0f} MiB",
        f"`otter run`: {plain.peak_bytes / MIB:.0f} MiB",
        "at most a quarter",
        share,
        share <= 0.25,
        machine=machine(),
    )


def _median(command: list[str], place: pathlib.Path, **env: str) -> Cost:
    costs = [run(command, place, env, weigh=True) for _ in range(RUNS)]
    return Cost(
        statistics.median(cost.wall_s for cost in costs),
        statistics.median(cost.cpu_s for cost in costs),
        max(cost.peak_bytes for cost in costs),
    )


def _otter_run(command: str, archive: pathlib.Path, place: pathlib.Path) -> Cost:
    options = ["-a", str(archive), "-o", str(place / "out"), "--no-logo"]
    cost = _median([command, "run", *options, str(place / "hand-in.zip")], place)
    results = json.loads((place / "out/results.json").read_text())
    total = sum(test.get("score", 0) for test in results["tests"])
    assert total == 7, results
    return cost


def _gradescope(archive: pathlib.Path, place: pathlib.Path) -> Cost:
    root = container(place, archive)
    module = ["-P", "-m", "autograder.hosts.container", "grade", str(root)]
    kit_path = str(root / "source/grader/kit")
    cost = _median([sys.executable, *module], place, PYTHONPATH=kit_path)
    results = json.loads((root / "results/results.json").read_text())
    assert results["score"] == 7, results
    return cost


def _one_more(course: pathlib.Path, place: pathlib.Path) -> Cost:
    """Return what one more submission costs: the slope between two batches.

    Its memory is what a second worker adds, with a submission of its own in hand.
    """
    few, many, both = (
        _batch(course, place, count, count_of_workers)
        for count, count_of_workers in ((FEW, 1), (MANY, 1), (MANY, 2))
    )
    extra = MANY - FEW
    wall_s, cpu_s = many.wall_s - few.wall_s, many.cpu_s - few.cpu_s
    added = both.peak_bytes - many.peak_bytes
    return Cost(wall_s / extra, cpu_s / extra, added)


def _batch(course: pathlib.Path, place: pathlib.Path, count: int, workers: int) -> Cost:
    name = f"{count}-by-{workers}"
    inbox = kit.hand_ins("a02_layers", count, place / f"inbox-{name}")
    where = ["a02_layers", str(inbox), "--out", str(place / f"graded-{name}")]
    options = ["--workers", str(workers), "--sandbox", "bubblewrap"]
    return autograder("grade", *where, *options, course=course, weigh=True)
