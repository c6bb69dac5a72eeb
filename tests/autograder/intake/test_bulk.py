"""Gradescope's "Export submissions", as a folder and as a zip."""

import datetime as dt
import pathlib
import zipfile

import fake_course
import pytest

from autograder import intake
from autograder.errors import UsageError

METADATA = """\
submission_311:
  :submitters:
  - :name: Ada Lovelace
    :sid: '1001'
    :email: ada@uni.edu
  :created_at: 2026-11-01 14:22:32.365935000 Z
  :score: 5.5
  :status: processed
  :results:
    tests:
    - name: 1.1 Linear.forward
      score: 1.0
  :history:
  - :id: 310
    :created_at: 2026-10-30 10:00:00.000000000 Z
    :score: 7.5
  - :id: 309
    :score: 1.0
submission_312:
  :submitters:
  - :name: Pair One
    :sid: '200'
  - :name: "P\\u00e4ir /../ Two"
    :sid: '201'
submission_313:
  :submitters:
  - :sid: '300'
"""
DUE = "due = 2026-11-01T14:00:00Z\n[[exercise]]"


@pytest.fixture
def course(tmp_path):
    made = fake_course.write_course(tmp_path / "course")
    manifest = tmp_path / "course/assignments/a01_gates/assignment.toml"
    fake_course.put(
        tmp_path,
        "course/assignments/a01_gates/assignment.toml",
        manifest.read_text().replace("[[exercise]]", DUE, 1),
    )
    return made


@pytest.fixture
def folder(tmp_path):
    """The export, unpacked."""
    export = tmp_path / "inbox/assignment_9_export"
    fake_course.put(export, "submission_metadata.yml", METADATA)
    fake_course.put(export, "submission_311/nabla/gates.py", "ada = 1\n")
    fake_course.put(export, "submission_312/project/nabla/gates.py", "pair = 1\n")
    fake_course.put(export, "submission_312/__MACOSX/._gates.py", "")
    fake_course.put(export, ".DS_Store", "")
    return export


def zipped(folder, archive, below):
    with zipfile.ZipFile(archive, "w") as target:
        for path in folder.rglob("*"):
            if path.is_file():
                target.write(path, below + path.relative_to(folder).as_posix())
    return archive


@pytest.fixture(params=["folder", "folder around it", "zip", "zip without a root"])
def export(request, folder, tmp_path):
    """The export in each form in which people have it."""
    below = "" if request.param == "zip without a root" else "assignment_9_export/"
    if request.param.startswith("zip"):
        return zipped(folder, tmp_path / "export.zip", below)
    return folder.parent if request.param == "folder around it" else folder


def staged(export, course, tmp_path):
    assignment = course.assignment("a01")
    return [
        intake.stage(source, assignment, course, tmp_path / "work")
        for source in intake.find([export], assignment)
    ]


def test_each_submission_of_an_export_is_one_hand_in(export, course, tmp_path):
    ada, pair, lost = staged(export, course, tmp_path)
    texts = [
        pathlib.Path(one.tree, "nabla/gates.py").read_text() for one in (ada, pair)
    ]

    assert texts == ["ada = 1\n", "pair = 1\n"]
    assert lost.problem


def test_a_hand_in_is_named_after_its_authors_and_its_number(export, course, tmp_path):
    names = [one.name for one in staged(export, course, tmp_path)]

    assert names == [
        "Ada Lovelace 311",
        "Pair One + Päir _.._ Two 312",
        "300 313",
    ]


def test_a_group_is_one_hand_in_that_names_all_of_it(export, course, tmp_path):
    _, pair, _ = staged(export, course, tmp_path)

    assert "submission 312 by Pair One (200), Päir /../ Two (201)." in pair.notes[0]


def test_lateness_and_earlier_attempts_reach_the_hand_in(export, course, tmp_path):
    ada, pair, _ = staged(export, course, tmp_path)

    assert ada.lateness_s == pytest.approx(22 * 60 + 32.366, abs=0.01)
    assert (ada.attempts_before, ada.best_before) == (2, 7.5)
    assert "attempt 3" in ada.notes[0]
    assert (pair.lateness_s, pair.attempts_before, pair.best_before) == (0.0, 0, None)


def test_a_due_date_without_a_zone_is_that_of_this_machine():
    here = dt.datetime(2026, 11, 1, 12).astimezone()
    naive = here.replace(tzinfo=None)
    source = intake.Source("ada", pathlib.Path(), submitted=here)

    assert source.lateness_s(naive) == 0.0
    assert source.lateness_s(naive - dt.timedelta(hours=1)) == 3600.0


def test_among_other_hand_ins_an_export_is_just_a_hand_in(folder, course, tmp_path):
    forged = zipped(folder, tmp_path / "eve.zip", "")
    other = fake_course.put(tmp_path, "bob.zip", fake_course.zipped(x="y"))
    found = intake.find([forged, other], course.assignment("a01"))

    assert [source.name for source in found] == ["bob", "eve"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("submission_1: [", "cannot be read"),
        ("submission_1: !!python/object/apply:os.system [id]", "cannot be read"),
        ("- a list", "lists no submission"),
        ("", "lists no submission"),
    ],
)
def test_metadata_that_cannot_be_used_are_told_in_a_sentence(
    folder, course, text, said
):
    fake_course.put(folder, "submission_metadata.yml", text)

    with pytest.raises(UsageError, match=said):
        intake.find([folder], course.assignment("a01"))


def test_metadata_of_another_shape_cost_nobody_a_hand_in(folder, course):
    fake_course.put(
        folder,
        "submission_metadata.yml",
        "submission_311:\n  :submitters: 7\n  :history: {}\n  :created_at: soon\n"
        "12: 13\n",
    )
    (source,) = intake.find([folder], course.assignment("a01"))

    assert source.name == "submission_311 311"
    assert (source.submitted, source.attempts_before) == (None, 0)
