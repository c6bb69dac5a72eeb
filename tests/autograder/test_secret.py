import pytest

from autograder import secret
from autograder.errors import UsageError
from autograder.manifest import Course


@pytest.fixture(autouse=True)
def no_secret_in_the_environment(monkeypatch):
    monkeypatch.delenv(secret.VARIABLE, raising=False)


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path):
    first = secret.course_secret(Course(tmp_path))
    path = tmp_path / secret.FILE

    assert len(first) == 64
    assert secret.course_secret(Course(tmp_path)) == first
    assert path.stat().st_mode & 0o077 == 0


def test_the_environment_comes_first(tmp_path, monkeypatch):
    monkeypatch.setenv(secret.VARIABLE, "from-the-environment")

    assert secret.course_secret(Course(tmp_path)) == "from-the-environment"
    assert not (tmp_path / secret.FILE).exists()


def test_a_secret_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(UsageError, match="cannot be read or made"):
        secret.course_secret(Course(tmp_path / "absent"))


def test_an_empty_secret_file_is_no_secret(tmp_path):
    (tmp_path / secret.FILE).write_text("\n", encoding="utf-8")

    with pytest.raises(UsageError, match="is empty"):
        secret.course_secret(Course(tmp_path))
