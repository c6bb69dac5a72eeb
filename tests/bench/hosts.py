"""Measure one submission inside Otter and inside Gradescope's folders.

python tests/bench/hosts.py          writes tests/bench/hosts.md; needs Otter

Three checks of a02_layers, the same ones each time: by plain `otter run`, where they
run in the kernel beside the student's code; by `otter run` with the kit's export; and
by what `run_autograder` starts in Gradescope's container.
"""

from __future__ import annotations

import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

from autograder.hosts import bundle, gradescope, otter
from autograder.manifest import Course
from autograder.sandbox import processes

ROOT = pathlib.Path(__file__).parent.parent.parent
PAGE = pathlib.Path(__file__).with_name("hosts.md")
RUNS = 5
MIB = 1024**2

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


def measure(command: list[str], place: pathlib.Path, env: dict[str, str]) -> list[str]:
    """Run the command several times; return wall, core seconds and peak memory."""
    walls, cores, peaks = [], [], []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        with subprocess.Popen(
            command,
            cwd=place,
            env={**os.environ, **env},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            peak = [0]
            watcher = threading.Thread(target=watch, args=(process, peak))
            watcher.start()
            code = process.wait()
            walls.append(time.perf_counter() - began)
            watcher.join()
        if code:
            raise SystemExit(f"{command}: exit code {code}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
        cores.append(used)
        peaks.append(peak[0])
    return [
        f"{statistics.median(walls):.1f} s",
        f"{statistics.median(cores):.1f} s",
        f"{max(peaks) / MIB:.0f} MiB",
    ]


def watch(process: subprocess.Popen[bytes], peak: list[int]) -> None:
    """Keep the largest sum of memory, pages in common counted once."""
    while process.poll() is None:
        found = processes.proportional_bytes(processes.family(process.pid))
        peak[0] = max(peak[0], found or 0)
        time.sleep(0.05)


def main() -> None:
    """Measure and write the page."""
    command = pathlib.Path(sys.executable).with_name("otter")
    os.environ["AUTOGRADER_SECRET"] = "of the bench"
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        place = pathlib.Path(name)
        place.chmod(0o755)
        course = make_course(place / "course")
        settings = bundle.Settings(stage="a02_layers", upstream="reference")
        with_kit = otter.write(course, settings, place / "kit")
        root = container(place, gradescope.write(course, settings, place / "gs"))
        hand_in = place / "hand-in.zip"
        with zipfile.ZipFile(hand_in, "w") as target:
            for path in (ROOT / "reference/nabla").glob("*.py"):
                target.write(path, f"nabla/{path.name}")
        out = place / "out"
        out.mkdir()

        def otter_run(archive: pathlib.Path) -> list[str]:
            options = ["-a", str(archive), "-o", str(out), "--no-logo"]
            found = measure(
                [str(command), "run", *options, str(hand_in)], place, env={}
            )
            results = json.loads((out / "results.json").read_text())
            total = sum(test.get("score", 0) for test in results["tests"])
            assert total == 7, results
            return found

        module = ["-P", "-m", "autograder.hosts.container", "grade", str(root)]
        rows = {
            "plain `otter run`, in the kernel": otter_run(plain_zip(place)),
            "`otter run` with `export otter`": otter_run(with_kit),
            "Gradescope's `run_autograder`": measure(
                [sys.executable, *module],
                place,
                {"PYTHONPATH": str(root / "source/grader/kit")},
            ),
        }
        results = json.loads((root / "results/results.json").read_text())
        assert results["score"] == 7, results
    write(rows)


def write(rows: dict[str, list[str]]) -> None:
    """Write the page."""
    lines = [
        "## Beside Otter",
        "",
        "The same three checks of one submission, start to end, by",
        f"`python tests/bench/hosts.py`: medians of {RUNS} runs, memory at its peak",
        f"over all processes, {os.cpu_count()} cores, load {os.getloadavg()[1]:.0f}:",
        "compare the rows with each other.",
        "",
        "| | wall | core seconds | memory |",
        "|---|---|---|---|",
        *(f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()),
        "",
    ]
    text = "\n".join(lines)
    print(text)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
