import pytest

from autograder.errors import SuiteError
from autograder.suite.collect import collect

GOOD = '''
@check(exercise="scale/forward")
def test_good(student, rng):
    """Good."""
'''


def write_and_collect(lesson, text):
    lesson.write_checks(text)
    return collect(lesson.assignment, lesson.course)


def test_id_title_place_and_visibility_are_taken_from_the_function(lesson):
    public, good = write_and_collect(lesson, GOOD)

    assert (public.id, public.hidden) == ("tanh_of_zero", False)
    assert (good.id, good.title, good.hidden) == ("good", "Good.", True)
    assert good.place == f"{lesson.hidden}:5: test_good"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("def test_a(student):\n    pass\n", r"test_a is not marked as a check"),
        (GOOD.replace('"""Good."""', "pass"), r"test_good has no docstring"),
        (GOOD.replace("rng", "tmp_path"), r"takes 'tmp_path'; a check takes student"),
        (GOOD.replace("forward", "sideways"), r"exercise 'scale/sideways' is not in"),
        (GOOD + GOOD.replace("good", "tanh_of_zero"), r"'tanh_of_zero' is taken by"),
        (
            GOOD.replace('forward"', 'forward", needs=["nothing"]'),
            r"needs 'nothing', which is neither a check nor an exercise",
        ),
        (
            GOOD.replace('forward"', 'forward", needs=["later"]')
            + GOOD.replace("good", "later"),
            r"needs 'later', which comes only after it",
        ),
        (
            GOOD.replace("check(", "check(points=2, "),
            r"checks of 'scale/forward' have 2 points, assignment.toml says 0",
        ),
        (
            "import pytest\n" + GOOD.replace("@check", "@pytest.mark.skip\n@check"),
            r"bears a mark of pytest",
        ),
        (
            GOOD.replace('forward"', 'forward", needs="good"'),
            r"needs is the text 'good'",
        ),
    ],
)
def test_a_suite_that_contradicts_itself_is_refused(lesson, text, complaint):
    with pytest.raises(SuiteError, match=complaint):
        write_and_collect(lesson, text)


def test_a_public_check_has_no_points(lesson):
    public = lesson.folder / "public/test_scale.py"
    text = public.read_text()
    public.write_text(text.replace("check(exercise", "check(points=1, exercise"))

    with pytest.raises(SuiteError, match="has 1 points, a public check has 0"):
        collect(lesson.assignment, lesson.course)


def test_without_hidden_checks_no_points_are_missed(lesson):
    lesson.hidden.unlink()

    assert [check.id for check in collect(lesson.assignment, lesson.course)] == [
        "tanh_of_zero"
    ]


def test_a_stage_without_checks_is_refused(lesson):
    lesson.hidden.unlink()
    (lesson.folder / "public/test_scale.py").unlink()

    with pytest.raises(SuiteError, match="neither public/ nor hidden/ holds"):
        collect(lesson.assignment, lesson.course)
