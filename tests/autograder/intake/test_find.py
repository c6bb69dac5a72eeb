import os

import fake_course
import pytest

from autograder import intake
from autograder.errors import UsageError


@pytest.fixture
def assignment(tmp_path):
    return fake_course.write_course(tmp_path / "course").assignment("a01")


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def names_in(paths, assignment):
    return [source.name for source in intake.find(paths, assignment)]


def test_an_inbox_holds_folders_and_archives(inbox, assignment):
    fake_course.hand_in(inbox / "ada", gates="")
    fake_course.put(inbox, "bob.zip", fake_course.zipped())
    fake_course.put(inbox, "Cem Öz.tar.gz", b"")

    assert names_in([inbox], assignment) == ["Cem Öz", "ada", "bob"]


def test_noise_and_paperwork_in_an_inbox_are_no_hand_ins(inbox, assignment):
    fake_course.hand_in(inbox / "ada", gates="")
    for name in (".DS_Store", "._ada", "__MACOSX/x", ".git/HEAD", "roster.csv"):
        fake_course.put(inbox, name, "")

    assert names_in([inbox], assignment) == ["ada"]


def test_an_archive_named_like_paperwork_is_a_hand_in(inbox, assignment):
    fake_course.put(inbox, "ada.json", fake_course.zipped(x="y"))

    assert names_in([inbox], assignment) == ["ada.json"]


@pytest.mark.parametrize("file", ["nabla/gates.py", "gates.py"])
def test_a_folder_with_the_files_is_one_submission(inbox, assignment, file):
    fake_course.put(inbox, f"ada/{file}", "")
    fake_course.put(inbox, "ada/notes/readme.txt", "")

    assert names_in([inbox / "ada"], assignment) == ["ada"]


def test_wrapped_folders_keep_the_name_they_were_given_by(inbox, assignment):
    fake_course.hand_in(inbox / "ada/project", gates="")
    fake_course.put(inbox, "bob/hw.zip", fake_course.zipped())
    (inbox / "cem").mkdir()

    assert names_in(sorted(inbox.iterdir()), assignment) == ["ada", "bob", "cem"]


def test_a_submission_named_twice_is_found_once(inbox, assignment):
    ada = fake_course.hand_in(inbox / "ada", gates="")
    fake_course.hand_in(inbox / "bob", gates="")

    assert names_in([inbox, ada], assignment) == ["ada", "bob"]


def test_same_names_get_a_number_and_a_note(inbox, assignment):
    fake_course.hand_in(inbox / "ada", gates="")
    fake_course.put(inbox, "ADA.zip", b"")
    fake_course.put(inbox, "ada-2.tar", b"")
    first, second, third = intake.find([inbox], assignment)

    assert [first.name, third.name, second.name] == ["ADA", "ada-2", "ada-3"]
    assert "'ada' is listed as 'ada-3', because 'ADA.zip'" in second.notes[0]


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("=1+1.zip", "1+1"),
        ("-rf", "rf"),
        ("..hidden.", "hidden"),
        ("a\u202egnp.zip", "agnp"),
        ("a\nb\tc", "a_b_c"),
        ("con", "_con"),
        ("::error::x", "error__x"),
        ("<b>Ünï 李.tar.xz", "b_Ünï 李"),
        ("\u202e.zip", "submission"),
        ("x" * 300 + ".zip", "x" * 80),
    ],
)
def test_names_are_safe_to_show_and_to_use_for_files(filename, name):
    from autograder.intake.names import submission_name

    assert submission_name(filename) == name


def test_a_name_that_is_no_utf8_is_still_a_name(inbox, assignment):
    (inbox / os.fsdecode(b"ad\xff")).mkdir()

    assert names_in([inbox], assignment) == ["ad"]


def test_a_link_among_several_paths_is_not_followed(inbox, assignment, tmp_path):
    fake_course.hand_in(tmp_path / "elsewhere", gates="")
    fake_course.hand_in(inbox / "ada", gates="")
    (inbox / "eve").symlink_to(tmp_path / "elsewhere")
    sources = intake.find(sorted(inbox.iterdir()), assignment)

    assert [source.path.name for source in sources] == ["ada", "eve"]


def test_an_empty_inbox_is_a_wrong_call(inbox, assignment):
    (inbox / ".gitkeep").touch()

    with pytest.raises(UsageError, match="inbox: no submission is there"):
        intake.find([inbox], assignment)


def test_a_missing_path_is_a_wrong_call(inbox, assignment):
    with pytest.raises(UsageError, match="nobody: no such file or folder"):
        intake.find([inbox / "nobody"], assignment)
