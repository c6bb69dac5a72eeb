import os
import pathlib
import stat

import fake_course
import pytest
from fake_course import hand_in, put, zipped

from autograder import intake
from autograder.errors import UsageError


@pytest.fixture
def course(tmp_path):
    return fake_course.write_course(tmp_path / "course", released=("a01_gates",))


@pytest.fixture
def ada(tmp_path):
    folder = tmp_path / "ada"
    folder.mkdir()
    return folder


@pytest.fixture
def stage(course, tmp_path):
    def run(path, name="a01", upstream="auto"):
        source = intake.Source(path.stem, path)
        work = tmp_path / "work"
        return intake.stage(source, course.assignment(name), course, work, upstream)

    return run


def content(submission, module):
    return pathlib.Path(submission.tree, f"nabla/{module}.py").read_text()


def test_the_hand_in_is_laid_over_the_given_modules(stage, ada):
    submission = stage(hand_in(ada, gates="# mine"))

    assert content(submission, "gates") == "# mine"
    assert content(submission, "module") == "# given module\n"
    assert submission.files == ("nabla/gates.py",)
    assert (submission.notes, submission.problem) == ((), "")
    assert submission.upstream == "none"


def test_only_what_the_manifest_asks_for_is_taken(stage, ada):
    hand_in(ada, gates="", layers="# later", helpers="", conftest="")
    put(ada, "numpy/__init__.py", "")
    submission = stage(ada)
    staged = {path.name for path in pathlib.Path(submission.tree, "nabla").iterdir()}

    assert staged == {f"{name}.py" for name in (*fake_course.GIVEN, "gates")}
    assert submission.notes[0].startswith(
        "Not used: 'nabla/conftest.py', 'nabla/helpers.py'; asked for was"
    )


def test_a_changed_given_module_is_replaced_with_a_note(stage, ada):
    hand_in(ada, gates="", module="# mine", data="\ufeff# given data\r\n")
    submission = stage(ada)

    assert content(submission, "module") == "# given module\n"
    assert submission.notes == (
        "nabla/module.py differs from the course's; the course's is used.",
    )


def test_given_data_comes_from_the_course(stage, course, ada):
    (course.reference / "nabla/digits.npz").write_bytes(b"PK\xff")
    hand_in(ada, gates="")
    (ada / "nabla/digits.npz").write_bytes(b"mine")
    submission = stage(ada)

    assert (
        pathlib.Path(submission.tree) / "nabla/digits.npz"
    ).read_bytes() == b"PK\xff"
    assert "nabla/digits.npz differs from the course's" in submission.notes[0]


def test_a_missing_file_is_the_empty_template(stage, ada):
    submission = stage(hand_in(ada, module="", layers=""))

    assert content(submission, "gates") == "# stub of gates\n"
    assert submission.files == ()
    assert "nabla/gates.py was not handed in" in submission.notes[0]


@pytest.mark.parametrize(
    "name", ["Gates.py", "gates (1).py", "gate.py", "gates.py.txt"]
)
def test_a_similar_name_is_pointed_out(stage, ada, name):
    put(ada, f"nabla/{name}", "# mine")
    note = stage(hand_in(ada, layers="")).notes[0]

    assert f"'nabla/{name}' is not used: is it meant to be nabla/gates.py?" in note


def test_released_stages_come_from_the_reference(stage, ada):
    submission = stage(hand_in(ada, gates="# my", layers="# my", losses="# my"), "a03")

    assert content(submission, "gates") == "# solution of gates\n"
    assert content(submission, "layers") == "# my"
    assert submission.upstream == "student"
    assert submission.notes == (
        "From the course's solutions of earlier stages: nabla/gates.py.",
        "From your own hand-in, for earlier stages: nabla/layers.py.",
    )


def test_earlier_stages_can_be_forced_to_be_the_students(stage, ada):
    submission = stage(hand_in(ada, gates="# my", layers=""), "a02", "student")

    assert content(submission, "gates") == "# my"
    assert submission.files == ("nabla/gates.py", "nabla/layers.py")


def test_earlier_stages_can_be_forced_to_be_the_references(stage, ada):
    submission = stage(hand_in(ada, losses="# my"), "a03", "reference")

    assert content(submission, "layers") == "# solution of layers\n"
    assert submission.upstream == "reference"


def test_an_earlier_stage_that_was_not_handed_in_is_the_template(stage, ada):
    submission = stage(hand_in(ada, losses="# my"), "a03")

    assert content(submission, "layers") == "# stub of layers\n"
    assert "nabla/layers.py was not handed in" in submission.notes[0]


@pytest.mark.parametrize("upstream", ["auto", "student", "reference"])
def test_the_graded_stages_solution_never_enters(stage, ada, upstream):
    submission = stage(hand_in(ada, module=""), "a01", upstream)

    assert content(submission, "gates") == "# stub of gates\n"


def test_the_digest_is_of_everything_staged(stage, course, ada):
    first = stage(hand_in(ada, gates="# 1")).digest
    again = stage(put(ada.parent, "x.zip", zipped(**{"nabla/gates.py": "# 1"}))).digest
    other = stage(hand_in(ada, gates="# 2")).digest
    put(course.root, "reference/nabla/module.py", "# given, corrected")
    corrected = stage(ada).digest

    assert first == again
    assert len({first, other, corrected}) == 3


def test_the_digest_keeps_names_and_contents_apart():
    assert intake.digest({"a": b"bc"}) != intake.digest({"ab": b"c"})


def test_the_tree_can_be_read_by_another_user(stage, ada):
    old = os.umask(0o077)
    tree = pathlib.Path(stage(hand_in(ada, gates="")).tree)
    os.umask(old)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tree, *tree.rglob("*"))]

    assert set(modes) == {0o755, 0o644}


def test_what_a_killed_run_left_is_replaced(stage, ada, tmp_path):
    put(tmp_path, "work/ada/nabla/old.py", "")
    submission = stage(hand_in(ada, gates=""))

    assert not pathlib.Path(submission.tree, "nabla/old.py").exists()


@pytest.mark.parametrize("wrapping", ["hw1", "hw1/src"])
def test_a_package_below_other_folders_is_found(stage, ada, wrapping):
    hand_in(ada / wrapping, gates="# mine")

    assert content(stage(ada), "gates") == "# mine"


def test_files_without_their_package_are_accepted_with_a_note(stage, ada):
    put(ada, "work/gates.py", "# mine")
    submission = stage(ada)

    assert content(submission, "gates") == "# mine"
    assert submission.notes == (
        "'work/gates.py' was found outside of nabla/ and taken as nabla/gates.py.",
    )


def test_a_file_beside_its_package_is_accepted(stage, ada):
    put(hand_in(ada, module="# given module"), "gates.py", "# mine")

    assert content(stage(ada), "gates") == "# mine"


def test_a_single_python_file_is_a_hand_in(stage, tmp_path):
    assert content(stage(put(tmp_path, "gates.py", "# me")), "gates") == "# me"


def test_a_backup_inside_the_package_is_not_taken(stage, ada):
    hand_in(ada, gates="# new")
    hand_in(ada / "backup", gates="# old")
    submission = stage(ada)

    assert content(submission, "gates") == "# new"
    assert submission.notes == ("'nabla/' was taken, not 'backup/'.",)


def test_two_packages_side_by_side_are_a_problem(stage, ada):
    hand_in(ada / "one", gates="")
    hand_in(ada / "two", gates="")

    assert stage(ada).problem == (
        "The hand-in holds the package more than once: 'one/', 'two/'."
        " Hand in one folder nabla/."
    )


def test_a_hand_in_of_nothing_asked_for_is_a_problem_that_says_what_is_there(
    stage, ada
):
    put(ada, "Nabla/Gates.py", "")
    put(ada, "report.pdf", "")
    submission = stage(ada)

    assert (submission.tree, submission.digest) == ("", "")
    assert submission.problem == (
        "The hand-in holds no nabla/gates.py. Found: 'report.pdf', 'Nabla/Gates.py'."
        " Rename 'Nabla/Gates.py' to nabla/gates.py and hand in again."
    )


def test_an_empty_folder_is_a_problem(stage, ada):
    assert stage(ada).problem == ("The hand-in holds no file, expected nabla/gates.py.")


def test_a_file_where_the_package_is_expected_is_a_problem(stage, ada):
    put(ada, "nabla", "")

    assert "'nabla' is a file, expected a folder." in stage(ada).problem


def test_a_folder_where_a_file_is_expected_is_a_problem(stage, ada):
    put(ada, "nabla/gates.py/x.txt", "")

    assert "'nabla/gates.py' is a folder, expected a file" in stage(ada).problem


def test_nothing_that_a_clone_brings_along_is_looked_at(stage, ada):
    hand_in(ada, gates="# mine")
    put(ada, ".git/config", "[core]\nfsmonitor = touch /tmp/pwned\n")
    put(ada, ".gitattributes", "* filter=evil\n")
    put(ada, "venv/lib/nabla/gates.py", "# installed")
    put(ada, "nabla/__pycache__/gates.pyc", "")

    assert stage(ada).notes == ()


def test_an_unknown_upstream_is_a_wrong_call(stage, ada):
    with pytest.raises(UsageError, match="upstream is 'both'"):
        stage(ada, upstream="both")


def test_a_course_without_its_own_files_is_not_the_students_problem(stage, course, ada):
    (course.reference / "nabla/__init__.py").unlink()

    with pytest.raises(UsageError, match="the course lacks this file"):
        stage(hand_in(ada, gates=""))
