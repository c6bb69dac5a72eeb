import subprocess
import sys

import pytest


@pytest.fixture
def run(lesson, tmp_path):
    def run(*options):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q"]
        done = subprocess.run(
            [*command, f"--rootdir={tmp_path}", str(lesson.folder), *options],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        return done.stdout + done.stderr

    return run


def test_plain_pytest_checks_the_reference_with_its_usual_options(run):
    output = run("-k", "gradients or refuses")

    assert "checks: the reference, in this process" in output
    assert "2 passed, 2 deselected" in output


@pytest.mark.parametrize(
    ("options", "where"),
    [
        (["--in-process"], "in this process (unconfined, no time limits)"),
        (["--sandbox", "unprotected"], "in a guest process (sandbox: unprotected)"),
    ],
)
def test_plain_pytest_checks_a_students_folder(lesson, run, options, where):
    lesson.hand_in("np.tanh(x * ", "np.tanh(x + ")
    (lesson.tree / "nabla/module.py").unlink()  # a given module comes from the kit
    output = run("--student", str(lesson.tree), *options)

    assert where in output
    assert "3 failed, 1 skipped" in output
    assert "This is what comes out when the weight is added." in output
    assert "Hint: Multiply." in output
    assert "compare.py" not in output


def test_a_folder_without_the_package_is_refused(run, tmp_path):
    output = run("--student", str(tmp_path))

    assert "ERROR: --student" in output
    assert "holds no folder nabla/" in output
    assert "Traceback" not in output


def test_a_contradiction_is_told_without_traceback(lesson, run):
    lesson.hidden.write_text(lesson.hidden.read_text().replace("points=6", "points=5"))
    output = run()

    assert "have 5 points, assignment.toml says 6" in output
    assert "Traceback" not in output
