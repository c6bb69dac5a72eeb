import pytest
import tiny_course

from autograder import versions


@pytest.fixture
def course(tmp_path):
    return tiny_course.write_course(tmp_path)


def digest_of(course, secret="s"):
    return versions.suite_digest(course, course.assignment("a01_gates"), secret)


def test_the_same_course_has_the_same_digest(course):
    assert digest_of(course) == digest_of(course)


def test_another_secret_makes_another_digest(course):
    assert digest_of(course) != digest_of(course, "t")


@pytest.mark.parametrize(
    "pattern",
    ["assignments/a01_gates/hidden/*.py", "reference/nabla/gates.py"],
)
def test_a_change_of_suite_or_reference_makes_another_digest(course, pattern):
    before = digest_of(course)
    path = next(course.root.glob(pattern))
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    assert digest_of(course) != before
