import pytest
from tiny_course import replace, write, write_course

from autograder.coverage import PAGE, differences, page
from autograder.errors import ManifestError

ROWS = """
[[row]]
number = 1
item = "Adding | joining"
lectures = ["000", "002"]

[[row]]
number = 2
item = "History"
lectures = ["001"]
reading = "prose"

[[row]]
number = 3
item = "Squares"
lectures = ["003"]
"""


@pytest.fixture
def course(tmp_path):
    course = write_course(tmp_path)
    write(course.assignments / "lectures.toml", ROWS)
    stages = {
        "a01_gates": '1 = ["add"]\n3 = ["squares_halves"]\n',
        "a02_layers": '3 = ["scale"]\n1 = "handout: section 2"\n',
    }
    for stage, rows in stages.items():
        write(course.assignments / stage / "coverage.toml", f"[rows]\n{rows}")
    return course


def test_each_row_names_its_components_and_checks_or_the_reason(course):
    lines = page(course).splitlines()

    assert lines[3] == "3 rows: 2 tested, 1 for reading."
    assert lines[-3:] == [
        (
            "| 1 | Adding \\| joining | 000, 002 | a01_gates: `add` | `one_and_one`,"
            " `adds_negatives`; a02_layers: handout: section 2 |"
        ),
        "| 2 | History | 001 | – | prose |",
        (
            "| 3 | Squares | 003 | a01_gates: `squares_halves`; a02_layers: `scale` |"
            " `squares_halves`; `scales` |"
        ),
    ]


def test_a_page_that_is_not_up_to_date_is_found(course):
    path = course.assignments / PAGE
    assert "not up to date" in next(differences(course))
    write(path, page(course))
    assert not list(differences(course))
    replace(path, "prose", "nothing")
    assert "run `autograder coverage`" in next(differences(course))


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("lectures.toml", 'reading = "prose"', "", r"row 2 \(History\) has neither"),
        ("lectures.toml", "number = 2", "number = 1", "row 1 stands twice"),
        ("lectures.toml", "item = ", "title = ", "a row is not as it should be"),
        ("lectures.toml", "[[row]]", "[[row]", "cannot be read"),
        ("a01_gates/coverage.toml", '["add"]', '["ad"]', "'ad' is neither an exercise"),
        ("a01_gates/coverage.toml", '["add"]', '"later"', "does not begin with 'hand"),
        ("a01_gates/coverage.toml", "1 =", "7 =", "has no row 7, which a01_gates"),
        ("a01_gates/coverage.toml", "1 =", "x =", "'x' is no number of a row"),
    ],
)
def test_what_does_not_fit_together_is_refused(course, file, old, new, message):
    replace(course.assignments / file, old, new)

    with pytest.raises(ManifestError, match=message):
        page(course)
