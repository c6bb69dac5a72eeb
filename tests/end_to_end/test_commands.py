"""Every command: help with an example, exit codes, and a remedy for a wrong call."""

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile

import click.testing
import pytest
import running
import tiny_course

from autograder.cli import main
from autograder.exports import EXPORTERS

COMMANDS = sorted(main.commands)


@pytest.fixture
def released(autograder, tmp_path):
    """What a student gets for the first stage, unpacked."""
    done = autograder.here("release", "a01", "--out", tmp_path / "kit")
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "kit.zip") as archive:
        archive.extractall(tmp_path / "home")
    return tmp_path / "home/kit"


def test_the_commands_are_those_of_the_readme():
    assert COMMANDS == [
        "calibrate",
        "check",
        "completion",
        "coverage",
        "demo",
        "doctor",
        "export",
        "grade",
        "release",
        "report",
        "skeleton",
        "validate",
    ]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_shows_an_example(name):
    asked = click.testing.CliRunner().invoke(main, [name, "--help"], "", None)
    _, _, explained = asked.output.partition("\n")

    assert asked.exit_code == 0
    assert re.search(rf"^ +autograder {name}\b", explained, re.MULTILINE)


def test_the_help_lists_every_command_and_the_version_is_that_of_the_package(
    autograder,
):
    from autograder import __version__

    asked, version = autograder("-h"), autograder("--version")

    assert asked.returncode == version.returncode == 0
    assert all(
        re.search(rf"^  {name} ", asked.stdout, re.MULTILINE) for name in COMMANDS
    )
    assert version.stdout.split()[-1] == __version__


@pytest.mark.parametrize("name", ["grade", "check", "release", "validate"])
def test_a_misspelt_stage_gets_the_list_of_stages(autograder, name):
    rest = {"grade": ["x", "--out", "y"], "release": ["--out", "y"]}.get(name, [])
    done = autograder.here(name, "a01_gatse", *rest)

    assert done.returncode == 2
    assert running.is_one_sentence(done.stderr)
    assert "a01_gatse" in done.stderr
    assert "a01_gates, a02_layers" in done.stderr


@pytest.mark.parametrize("where", ["nowhere", "empty"])
def test_a_wrong_course_is_told_in_one_sentence(autograder, tmp_path, where):
    (tmp_path / "empty").mkdir()
    done = autograder("--course", tmp_path / where, "check", "a01")

    assert done.returncode == 2
    assert running.is_one_sentence(done.stderr)
    assert str(tmp_path / where) in done.stderr


def test_outside_of_a_course_the_remedy_is_told(autograder, tmp_path):
    done = autograder("check", "a01", cwd=tmp_path)

    assert done.returncode == 2
    assert running.is_one_sentence(done.stderr)
    assert "assignments" in done.stderr


def test_a_student_checks_until_all_pass(autograder, released):
    blank = autograder("check", "a01", cwd=released)
    tiny_course.write(released / "nabla/gates.py", running.RIGHT)
    solved = autograder("check", "a01_gates", cwd=released / "nabla")

    assert blank.returncode == 1
    assert "Not implemented yet" in blank.stdout
    assert "0 of 2 public checks pass" in blank.stdout
    assert solved.returncode == 0
    assert "All 2 public checks pass" in solved.stdout


@pytest.mark.parametrize("options", [(), ("--in-process",)], ids=["apart", "within"])
def test_one_exercise_can_be_checked_alone(autograder, released, options):
    half = running.HONEST["cem"].replace("return x * 2.0", "return None")
    tiny_course.write(released / "nabla/gates.py", half)
    good = autograder("check", "a01", "-e", "add", *options, cwd=released)
    bad = autograder("check", "a01", "-e", "square", *options, cwd=released)

    assert (good.returncode, bad.returncode) == (0, 1)
    assert "was `return` forgotten?" in bad.stdout
    assert "1 of" not in good.stdout


def test_a_slip_that_stops_the_import_is_told_once_with_its_line(autograder, released):
    tiny_course.write(released / "nabla/gates.py", running.RIGHT + "\nprint((1)\n")
    line = running.RIGHT.count("\n") + 2
    done = autograder("check", "a01", "-e", "a", cwd=released)
    told = " ".join(done.stdout.split())

    assert done.returncode == 1
    assert told.count("cannot be imported") == 1
    assert f"Next: correct nabla/gates.py, line {line}, then run" in told
    assert "autograder check a01_gates -e a again." in told


def test_what_the_code_prints_is_shown_after_the_checks(autograder, released):
    tiny_course.write(
        released / "nabla/gates.py", running.RIGHT + '\nprint("x =", 41 + 1)\n'
    )
    done = autograder("check", "a01", cwd=released)

    assert done.returncode == 0
    assert "What your code printed\n  x = 42\n" in done.stdout


def test_an_unknown_exercise_gets_the_list_of_exercises(autograder, released):
    done = autograder("check", "a01", "-e", "cube", cwd=released)

    assert done.returncode == 2
    assert running.is_one_sentence(done.stderr)
    assert "add, square" in done.stderr


def test_a_check_beside_the_package_says_where_to_go(autograder, released, tmp_path):
    shutil.rmtree(released / "nabla")
    done = autograder("check", "a01", cwd=released)

    assert done.returncode == 2
    assert running.is_one_sentence(done.stderr)
    assert "holds no nabla/ folder" in done.stderr


def test_a_release_is_not_written_over_what_is_there(autograder, tmp_path):
    tiny_course.write(tmp_path / "kit/thesis.txt", "years of work")
    call = ("release", "a01", "--out", tmp_path / "kit")
    plain, forced = autograder.here(*call), autograder.here(*call, "--force")

    assert plain.returncode == forced.returncode == 2
    assert running.is_one_sentence(plain.stderr)
    assert running.is_one_sentence(forced.stderr)
    assert (tmp_path / "kit/thesis.txt").exists()


@pytest.mark.parametrize("form", EXPORTERS)
def test_each_format_is_exported_and_its_files_are_named(
    autograder, run, tmp_path, form
):
    done = autograder("export", form, run, "--out", tmp_path / "upload")
    files = [path for path in (tmp_path / "upload").rglob("*") if path.is_file()]
    listed = done.stdout.split()

    assert done.returncode == 0
    assert files
    assert sorted(listed) == sorted(map(str, files))
    for path in files:
        read = {".json": json.loads, ".xml": ET.fromstring}.get(path.suffix, len)
        assert read(path.read_text(encoding="utf-8"))


def test_the_name_of_a_run_or_of_a_stage_decides_what_gradescope_gets(
    autograder, run, tmp_path
):
    results = autograder("export", "gradescope", run, "--out", tmp_path / "a")
    archive = autograder.here("export", "gradescope", "a01", "--out", tmp_path / "b")
    nowhere = autograder.here("export", "gradescope", "a01")

    assert results.stdout.count("results.json") == 4
    assert archive.stdout.strip() == str(tmp_path / "b/autograder.zip")
    assert nowhere.returncode == 2
    assert running.is_one_sentence(nowhere.stderr)


def test_otters_tests_are_one_for_each_exercise_with_public_checks(
    autograder, tmp_path
):
    out = tmp_path / "handout"
    export = ("export", "otter-tests", "a01", "--out", out)
    early = autograder.here(*export)
    released = autograder.here("release", "a01", "--out", out)
    done = autograder.here(*export)
    names = sorted(
        path.name for path in (out / "assignments/a01_gates/tests").iterdir()
    )

    assert early.returncode == 2
    assert "First: autograder release a01_gates" in early.stderr
    assert (released.returncode, done.returncode) == (0, 0)
    assert names == ["add.py", "square.py"]


def test_an_unknown_format_gets_the_list_of_formats(autograder, run):
    done = autograder("export", "moodle", run)

    assert done.returncode == 2
    assert running.is_one_sentence(done.stderr)
    assert all(form in done.stderr for form in (*EXPORTERS, "otter", "otter-tests"))


def test_report_writes_the_pages_again(autograder, run, tmp_path):
    out = shutil.copytree(run, tmp_path / "out")
    before = sorted(path.relative_to(out) for path in out.rglob("*.html"))
    shutil.rmtree(out / "report")
    (out / "scores.csv").unlink()
    done = autograder.here("report", out)

    assert done.returncode == 0
    assert sorted(path.relative_to(out) for path in out.rglob("*.html")) == before
    assert (out / "scores.csv").read_bytes() == (run / "scores.csv").read_bytes()
    assert f"{out}/report/index.html" in done.stdout.replace("\n", "")


@pytest.mark.parametrize("command", [("report",), ("export", "csv")], ids=" ".join)
def test_what_is_no_run_is_refused(autograder, tmp_path, command):
    done = autograder.here(*command, tmp_path)

    assert done.returncode == 2
    assert running.is_one_sentence(done.stderr)
    assert "autograder grade --out" in done.stderr


def test_completion_prints_a_script_that_bash_can_read(autograder):
    done = autograder("completion", "bash")
    bash = shutil.which("bash")

    assert done.returncode == 0
    assert "_AUTOGRADER_COMPLETE" in done.stdout
    if bash:
        subprocess.run([bash, "-n"], input=done.stdout, text=True, check=True)


def test_tab_completes_the_stages_of_the_course(course):
    environ = {"COMP_WORDS": "autograder grade a0", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli"],
        cwd=course,
        env={**os.environ, **environ, "_AUTOGRADER_COMPLETE": "bash_complete"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["plain,a01_gates", "plain,a02_layers"]


def test_doctor_names_what_protects_this_machine(autograder, sandboxes):
    done = autograder("doctor")

    assert done.returncode == 0
    assert f"submissions are held by: {sandboxes[0]}" in done.stdout


def test_skeleton_tells_a_template_that_is_out_of_date(autograder, course, tmp_path):
    copy = shutil.copytree(course, tmp_path / "course")
    fresh = autograder("--course", copy, "skeleton", "--check")
    tiny_course.replace(
        copy / "reference/nabla/gates.py", "Return x + y.", "Return the sum."
    )
    stale = autograder("--course", copy, "skeleton", "--check")
    written = autograder("--course", copy, "skeleton")
    again = autograder("--course", copy, "skeleton", "--check")

    codes = [done.returncode for done in (fresh, stale, written, again)]
    assert codes == [0, 1, 0, 0]
    assert "Return the sum." in stale.stdout


def test_validate_proves_a_stage_and_finds_a_mutant_that_survives(
    autograder, course, tmp_path
):
    copy = shutil.copytree(course, tmp_path / "course")
    tiny_course.replace(
        copy / "assignments/a02_layers/mutants/weight_forgotten.toml",
        "product = x'''",
        "product = x * self.weight'''",
    )
    proved = autograder.here("validate", "a02")
    refused = autograder("--course", copy, "validate", "a02")

    assert (proved.returncode, refused.returncode) == (0, 1)
    assert "weight_forgotten" in refused.stdout


def test_the_demo_grades_a_class_and_reports_on_it(autograder, tmp_path):
    out = tmp_path / "demo"
    done = autograder.here("demo", "--stage", "a01", "-n", 4, "--out", out)

    assert done.returncode == 0
    assert len(running.scores(out)) == 4
    assert len([*(out / "report/students").iterdir()]) == 4
