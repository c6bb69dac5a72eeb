"""Twelve hand-ins as first-year students write them, and what their authors read.

Each stands in first_year/, with the story, the mark it deserves within a few points,
and what must be said to its author.
"""

import html
import json
import pathlib
import re
import tomllib
import zipfile

import pytest
import tiny_course

HERE = pathlib.Path(__file__).parent / "first_year"
STAGES = ("a01_gates", "a02_layers")
NOT_FOR_STUDENTS = re.compile(
    r"Traceback|object at 0x|<locals>|<module>|autograder-|/\w+/"
)
LONGEST_MESSAGE = 600


def read(name):
    return tomllib.loads((HERE / name / "expected.toml").read_text(encoding="utf-8"))


EXPECTED = {path.name: read(path.name) for path in sorted(HERE.iterdir())}
CHECKS = [
    pytest.param(name, check, id=f"{name}-{check['id']}")
    for name, expected in EXPECTED.items()
    for check in expected["check"]
]
everybody = pytest.mark.parametrize("name", EXPECTED)


@pytest.fixture(scope="session")
def graded(autograder, tmp_path_factory):
    """The results of all twelve, by name, and the folder with their pages."""
    place = tmp_path_factory.mktemp("first-year")
    for name, expected in EXPECTED.items():
        hand_in(name, expected["pack"], place / expected["stage"])
    results = {}
    for stage in STAGES:
        out = place / f"{stage}-out"
        course = HERE.parents[2]
        call = ("grade", stage, place / stage, "--out", out)
        done = autograder("--course", course, *call)
        assert done.returncode == 1, done.stderr  # some could not be imported
        assert "Needs a person: could not be imported" in done.stdout
        lines = (out / "results.jsonl").read_text(encoding="utf-8").splitlines()
        for one in map(json.loads, lines):
            page = out / f"report/students/{one['submission']}.html"
            results[one["submission"]] = {**one, "page": page}
    return results


def hand_in(name, pack, inbox):
    """Write the hand-in into the inbox, wrapped up as its author did it."""
    root = HERE / name / "handed_in"
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*.py")
    }
    if pack == "windows":
        files = {
            file: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")
            for file, data in files.items()
        }
    if pack == "finder":
        doubles = {f"__MACOSX/{name}/._{file}": b"\x00\x05\x16\x07" for file in files}
        files = {f"{name}/{file}": data for file, data in files.items()}
        files |= {f"{name}/.DS_Store": b"\x00\x00\x00\x01Bud1", **doubles}
    inbox.mkdir(parents=True, exist_ok=True)
    if pack == "folder":
        for file, data in files.items():
            tiny_course.write(inbox / name / file, data.decode())
        return
    with zipfile.ZipFile(inbox / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file, data in files.items():
            archive.writestr(file, data)


def unhappy(result):
    return [check for check in result["checks"] if check["outcome"] != "PASSED"]


@everybody
def test_the_mark_is_what_a_teacher_would_give(graded, name):
    expected = EXPECTED[name]

    assert expected["min"] <= graded[name]["score"] <= expected["max"]


@pytest.mark.parametrize(("name", "expected"), CHECKS)
def test_the_author_reads_what_went_wrong(graded, name, expected):
    checks = {check["id"]: check for check in graded[name]["checks"]}
    found = checks[expected["id"]]
    page = html.unescape(graded[name]["page"].read_text(encoding="utf-8"))
    words = re.sub(r"<[^>]*>", "", page)

    assert found["outcome"] == expected["outcome"]
    assert expected.get("says", "") in found["message"]
    assert expected.get("says", "").replace("`", "") in words.replace("`", "")


@everybody
def test_every_message_is_short_and_of_the_authors_own_world(graded, name):
    for check in unhappy(graded[name]):
        told = f"{check['message']}\n{check['hint']}"

        assert check["message"], check["id"]
        assert not NOT_FOR_STUDENTS.search(told), told
        assert len(check["message"]) <= LONGEST_MESSAGE


def test_what_was_printed_is_kept_line_by_line_and_costs_nothing(graded):
    printed = graded["ada_prints_everything"]["printed"].splitlines()

    assert "MulGate.forward x = [3.] y = [-4.]" in printed
    assert graded["ada_prints_everything"]["score"] == 100


def test_warnings_name_no_folder_of_this_machine(graded):
    printed = graded["ravi_forgets_return"]["printed"]

    assert "gates.py:109: RuntimeWarning: divide by zero" in printed
    assert not re.search(r"/\w+/", printed)


def test_the_author_is_told_what_became_of_the_files(graded):
    notes = {name: " ".join(graded[name]["notes"]) for name in EXPECTED}

    assert "'gates.py' was found outside of nabla/" in notes["lena_uses_lists"]
    assert "'layers.py' was found outside of nabla/" in notes["tessa_imports_torch"]
    assert "Not used: 'nabla/layers_old.py'" in notes["bruno_keeps_the_batch"]
    assert "nabla/gates.py was not handed in" in notes["clara_renames_linear"]
    assert "From your own hand-in" not in notes["clara_renames_linear"]
    assert notes["ada_prints_everything"] == ""
