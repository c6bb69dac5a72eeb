import dataclasses
import json

from autograder import exports
from autograder.exports import gradescope
from autograder.policies import Showing
from autograder.suite.contests import Standing

TOP = {  # the keys of the format's description
    "score",
    "execution_time",
    "output",
    "output_format",
    "test_output_format",
    "test_name_format",
    "visibility",
    "stdout_visibility",
    "extra_data",
    "tests",
    "leaderboard",
}
TEST = {
    "score",
    "max_score",
    "status",
    "name",
    "name_format",
    "number",
    "output",
    "output_format",
    "tags",
    "visibility",
    "extra_data",
}


def test_each_submission_has_a_file_of_its_own(tmp_path, ada, faulty):
    paths = exports.export("gradescope", [ada, faulty], tmp_path)
    places = [str(path.relative_to(tmp_path)) for path in paths]

    assert places == ["gradescope/ada/results.json", "gradescope/bob/results.json"]
    assert json.loads(paths[0].read_text()) == gradescope.document(ada)


def test_only_keys_that_gradescope_knows_are_written(ada, faulty):
    for document in (gradescope.document(ada), gradescope.document(faulty)):
        assert set(document) <= TOP
        assert all(set(test) <= TEST for test in document["tests"])


def test_the_total_and_every_check_are_numbers(ada):
    document = gradescope.document(ada)

    assert document["score"] == 4.0
    assert document["execution_time"] == 0.25
    assert [test["score"] for test in document["tests"]] == [0.0, 4.0, 0.0, 0.0, 0.0]
    assert [test["max_score"] for test in document["tests"]] == [0, 4.0, 2.5, 1.5, 2.0]


def test_a_check_says_what_it_is_and_how_it_ended(ada):
    assert gradescope.document(ada)["tests"][2] == {
        "number": "2.1",
        "name": "2.1 mul.",
        "score": 0.0,
        "max_score": 2.5,
        "status": "failed",
        "output": "<p>Off.</p><p><strong>Hint:</strong> N</p>",
        "tags": ["mul", "hidden", "failed"],
        "visibility": "after_published",
        "extra_data": {"id": "mul", "duration_s": 0.0},
    }


def test_checks_are_numbered_by_exercise(ada):
    numbers = [test["number"] for test in gradescope.document(ada)["tests"]]

    assert numbers == ["1.1", "1.2", "2.1", "2.2", "2.3"]


def test_a_practice_check_that_is_worth_nothing_can_still_fail(ada):
    statuses = [test["status"] for test in gradescope.document(ada)["tests"]]

    assert statuses == ["passed", "passed", "failed", "failed", "failed"]


def test_public_checks_are_visible_and_hidden_ones_when_it_is_said(ada):
    shown = Showing(hidden_checks="after_due_date")
    tests = gradescope.document(ada, shown)["tests"]

    assert [test["visibility"] for test in tests] == ["visible"] + 4 * [
        "after_due_date"
    ]


def test_a_total_that_is_asked_for_is_hidden_by_no_check(ada):
    document = gradescope.document(ada, Showing(hidden_checks="hidden", total=True))
    public, hidden = document["tests"]

    assert document["score"] == 4.0
    assert (public["visibility"], hidden["visibility"]) == ("visible", "visible")
    assert (hidden["score"], hidden["max_score"]) == (4.0, 10.0)
    assert "mul" not in json.dumps(hidden)


def test_a_leaderboard_ranks_by_the_numbers_of_contests():
    standings = [
        Standing("Conv2d (ms)", 12.34567),
        Standing("Unseen digits", 0.97, "higher"),
        Standing("Steps", None, staff="diverged"),
    ]

    assert gradescope.leaderboard(standings)["leaderboard"] == [
        {"name": "Conv2d (ms)", "value": 12.35, "order": "asc"},
        {"name": "Unseen digits", "value": 0.97, "order": "desc"},
    ]


def test_what_is_known_so_far_has_the_points_so_far_and_says_so(ada):
    document = gradescope.unfinished(ada, total=9)

    assert document["score"] == 4.0
    assert len(document["tests"]) == 5
    assert "stopped from outside after 5 of 9 checks" in document["output"]
    assert gradescope.no_score()["tests"][0]["status"] == "failed"
    assert "score" not in gradescope.no_score()


def test_a_table_in_a_message_keeps_its_columns(ada):
    table = "Differs.\n  index   yours\n  [0, 1]  0.5"
    wrong = dataclasses.replace(ada.checks[2], message=table, hint="")
    graded = dataclasses.replace(ada, checks=(wrong,))
    (test,) = gradescope.document(graded)["tests"]

    assert test["output"] == (
        "<p>Differs.</p><pre>  index   yours\n  [0, 1]  0.5</pre>"
    )


def test_a_fault_of_the_grader_has_a_message_and_no_score(faulty):
    document = gradescope.document(faulty)
    (test,) = document["tests"]

    assert "score" not in document
    assert "score" not in test
    assert "The grader itself failed, not your code." in test["output"]


def test_a_hand_in_that_could_not_be_read_says_why(unreadable):
    document = gradescope.document(unreadable)

    assert document["score"] == 0.0
    assert document["tests"] == []
    assert document["output"] == "<ul><li>A note.</li></ul>"


def test_texts_of_strangers_are_shown_as_texts(eve):
    document = gradescope.document(eve)
    shown = document["output"] + document["tests"][0]["output"]

    assert document["test_output_format"] == "html"
    assert document["output_format"] == "html"
    assert document["test_name_format"] == "text"
    assert "<img" not in shown
    assert "&lt;img src=x onerror=1&gt;" in shown
    assert "\u202e" not in json.dumps(document, ensure_ascii=False)
