import ast
import zipfile

import pytest
from tiny_course import write, write_course

from autograder import intake
from autograder.demo import make_class
from autograder.errors import UsageError
from autograder.skeleton import build


@pytest.fixture
def course(tmp_path):
    course = write_course(tmp_path / "course")
    build(course, course.template)
    return course


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_same_seed_makes_the_same_class(course, tmp_path):
    stage = course.assignment("a01")
    first = make_class(course, stage, tmp_path / "one", n=12, seed=3)
    second = make_class(course, stage, tmp_path / "two", n=12, seed=3)
    other = make_class(course, stage, tmp_path / "three", n=12, seed=4)

    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert [s.name for s in first] == [s.name for s in second]
    assert [s.name for s in first] != [s.name for s in other]


def test_a_class_of_forty_has_every_kind_of_student(course, tmp_path):
    students = make_class(course, course.assignment("a01"), tmp_path / "inbox")
    stories = {student.story for student in students}

    assert len({student.path for student in students}) == 40
    assert {student.marks for student in students} == {"all", "some", "none"}
    assert stories >= {
        "is right",
        "is right in another way: With sum",
        "is wrong: The two numbers are subtracted",
        "handed in the empty template",
        "did the first half",
        "does not parse",
        "never returns",
        "takes all the memory there is",
        "leaves without a word",
        "prints a table of full marks",
        "patches numpy.allclose",
        "returns objects that equal everything",
    }
    assert any(" squared; " in s or "subtracted; " in s for s in stories)


def test_the_inbox_mixes_folders_and_zips_of_all_shapes(course, tmp_path):
    students = make_class(course, course.assignment("a01"), tmp_path / "inbox", n=10)
    zips = [student.path for student in students if student.path.suffix == ".zip"]
    members = {name for path in zips for name in zipfile.ZipFile(path).namelist()}

    assert any(student.path.is_dir() for student in students)
    assert any(name.startswith("__MACOSX/") for name in members)
    assert any(name.endswith("/.DS_Store") for name in members)


def test_intake_reads_every_hand_in_of_a_class(course, tmp_path):
    stage = course.assignment("a02")
    students = make_class(course, stage, tmp_path / "inbox")
    staged = [
        intake.stage(source, stage, course, tmp_path / "work")
        for source in intake.find([tmp_path / "inbox"], stage)
    ]

    assert len(staged) == len(students)
    assert [each.problem for each in staged if each.problem] == []
    assert all("nabla/layers.py" in each.files for each in staged)


def test_all_hand_ins_but_one_parse_and_show_no_markers(course, tmp_path):
    students = make_class(course, course.assignment("a01"), tmp_path / "inbox")
    broken = []
    for student in students:
        if student.path.is_dir():
            texts = [p.read_text() for p in student.path.rglob("gates.py")]
        else:
            with zipfile.ZipFile(student.path) as archive:
                names = [n for n in archive.namelist() if n.endswith("/gates.py")]
                texts = [archive.read(name).decode() for name in names]

        assert "# end solution" not in texts[0]
        try:
            ast.parse(texts[0])
        except SyntaxError:
            broken.append(student.story)

    assert broken == ["does not parse"]


def test_a_folder_with_other_things_is_left_alone(course, tmp_path):
    write(tmp_path / "inbox/thesis.zip", "years of work")

    with pytest.raises(UsageError, match=r"holds 'thesis\.zip', which is not of"):
        make_class(course, course.assignment("a01"), tmp_path / "inbox", n=3)


def test_a_class_can_be_written_again(course, tmp_path):
    stage = course.assignment("a01")
    make_class(course, stage, tmp_path / "inbox", n=5)
    before = contents(tmp_path / "inbox")
    make_class(course, stage, tmp_path / "inbox", n=5)

    assert contents(tmp_path / "inbox") == before
