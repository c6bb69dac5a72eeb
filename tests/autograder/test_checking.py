import pytest
import tiny_course

from autograder import checking
from autograder.errors import UsageError
from autograder.manifest import GIVEN_MODULES


@pytest.fixture
def assignment(tmp_path):
    return tiny_course.write_course(tmp_path / "course").assignment("a01_gates")


@pytest.fixture
def package(tmp_path):
    package = tmp_path / "work" / "nabla"
    for name in GIVEN_MODULES:
        tiny_course.write(package / f"{name}.py", "")
    return package


def test_the_package_is_found_from_above_and_from_within(package, assignment):
    assert checking.find_package(package.parent, assignment) == package.parent
    assert checking.find_package(package, assignment) == package.parent


def test_a_folder_without_a_package_is_told_so(tmp_path, assignment):
    with pytest.raises(UsageError, match="holds no nabla/ folder"):
        checking.find_package(tmp_path, assignment)


def test_a_package_without_the_given_modules_is_told_so(package, assignment):
    (package / "module.py").unlink()

    with pytest.raises(UsageError, match=r"holds no module\.py, which every"):
        checking.find_package(package.parent, assignment)
