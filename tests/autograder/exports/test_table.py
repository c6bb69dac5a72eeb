import csv
import dataclasses

from autograder import exports


def rows_of(tmp_path, results):
    (path,) = exports.export("csv", results, tmp_path)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_columns_are_the_promised_ones(tmp_path):
    (path,) = exports.export("csv", [], tmp_path)

    assert path == tmp_path / "scores.csv"
    assert path.read_text() == (
        "submission,assignment,score,possible,status,sandbox,duration_s,digest\n"
    )


def test_a_row_says_what_was_graded(tmp_path, ada):
    assert rows_of(tmp_path, [ada]) == [
        {
            "submission": "ada",
            "assignment": "a01_gates",
            "score": "4",
            "possible": "10",
            "status": "graded",
            "sandbox": "bubblewrap",
            "duration_s": "0.25",
            "digest": "ab12",
        }
    ]


def test_no_score_is_an_empty_cell_and_not_a_zero(tmp_path, faulty, unreadable):
    scores = [row["score"] for row in rows_of(tmp_path, [faulty, unreadable])]

    assert scores == ["", "0"]


def test_a_score_keeps_all_its_digits(tmp_path, ada):
    (row,) = rows_of(tmp_path, [dataclasses.replace(ada, score=12345.67)])

    assert row["score"] == "12345.67"


def test_a_cell_is_never_a_formula(tmp_path, eve):
    (row,) = rows_of(tmp_path, [eve])

    assert row["submission"] == "'=1+1"
