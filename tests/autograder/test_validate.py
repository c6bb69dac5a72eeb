import pytest
from tiny_course import replace, write, write_course

from autograder.errors import SuiteError
from autograder.pretend import load_variants, pretend_submissions
from autograder.records import CheckResult, Graded, Outcome, Status
from autograder.validate import validate

HIDDEN = {"adds_negatives": "add", "squares_halves": "square"}
PUBLIC = {"one_and_one": "add", "two_squared": "square"}
HALVES = {"odd": {"squares_halves": "ERRORED"}, "even": {"adds_negatives": "ERRORED"}}


@pytest.fixture
def course(tmp_path):
    return write_course(tmp_path / "course")


def graded(pretend, outcomes, status=Status.GRADED, staff=""):
    checks = []
    for check_id, exercise in {**PUBLIC, **HIDDEN}.items():
        outcome = Outcome(outcomes.get(check_id, "PASSED"))
        hidden = check_id in HIDDEN
        earned = 10.0 * (hidden and outcome is Outcome.PASSED)
        checks.append(
            CheckResult(check_id, "", exercise, outcome, earned, 10.0 * hidden, hidden)
        )
    return Graded(
        submission=pretend.name,
        assignment=pretend.assignment.id,
        score=sum(check.earned for check in checks),
        possible=20.0,
        status=status,
        sandbox="scripted",
        upstream="reference",
        duration_s=0.0,
        digest="",
        checks=tuple(checks),
        staff=staff,
    )


def findings(course, tmp_path, **changed):
    """Validate with a grader that finds what it should, but for what is changed."""
    all_fail = dict.fromkeys({**PUBLIC, **HIDDEN}, "ERRORED")

    def grade(pretends):
        for pretend in pretends:
            outcomes = dict.fromkeys(pretend.fails, "FAILED")
            outcomes |= dict.fromkeys(pretend.blocks, "BLOCKED")
            outcomes |= all_fail if pretend.kind == "blank" else {}
            outcomes |= HALVES.get(pretend.name, {})
            outcomes |= changed.get(pretend.name, {})
            yield pretend, graded(pretend, outcomes)

    stage = course.assignment("a01")
    found = validate(course, [stage], grade, tmp_path / "work")
    return {(f.kind, f.name): f for f in found}


def test_a_right_course_is_found_right(course, tmp_path):
    replace(
        course.assignments / "a01_gates/mutants/square_doubles.toml",
        '"squares_halves"',
        '"squares_halves", "two_squared"',
    )
    found = findings(course, tmp_path)

    assert [f.name for f in found.values() if not f.ok] == []
    assert [kind for kind, _ in found] == [
        "reference",
        "blank",
        "half",
        "half",
        "mutant",
        "mutant",
        "variant",
        "check",
        "check",
        "check",
        "check",
    ]


def test_a_check_that_no_mutant_fails_is_found(course, tmp_path):
    finding = findings(course, tmp_path)["check", "two_squared"]

    assert not finding.ok
    assert finding.seen == "no mutant fails it"


@pytest.mark.parametrize(
    ("item", "outcomes", "seen"),
    [
        (
            ("reference", "reference"),
            {"adds_negatives": "FAILED"},
            "10 of 20; not passed: adds_negatives FAILED",
        ),
        (("blank", "blank"), {"one_and_one": "PASSED"}, "passed: one_and_one"),
        (
            ("variant", "with_sum"),
            {"two_squared": "TIMED_OUT"},
            "not passed: two_squared TIMED_OUT",
        ),
        (
            ("mutant", "add_subtracts"),
            {"one_and_one": "PASSED"},
            "not failed: one_and_one",
        ),
        (
            ("mutant", "add_subtracts"),
            {"two_squared": "FAILED"},
            "failed too: two_squared",
        ),
        (
            ("mutant", "add_subtracts"),
            {"two_squared": "BLOCKED"},
            "blocked too: two_squared",
        ),
    ],
)
def test_what_is_not_as_expected_is_told(course, tmp_path, item, outcomes, seen):
    finding = findings(course, tmp_path, **{item[1]: outcomes})[item]

    assert not finding.ok
    assert finding.seen == seen


def test_half_of_the_exercises_that_earn_far_from_half_are_found(course, tmp_path):
    finding = findings(course, tmp_path, odd={"squares_halves": "PASSED"})[
        "half", "odd"
    ]

    assert finding.expected == "40 to 60 percent of 20"
    assert finding.seen == "20 of 20"


def test_each_half_solves_every_second_exercise(course, tmp_path):
    stage = course.assignment("a01")
    halves = {
        p.name: (p.tree / "nabla/gates.py").read_text()
        for p in pretend_submissions(course, stage, tmp_path / "work")
        if p.kind == "half"
    }

    assert "_plus(x, y)" in halves["odd"]
    assert "math.pow" not in halves["odd"]
    assert "_plus(x, y)" not in halves["even"]
    assert "math.pow" in halves["even"]


def test_only_those_of_a_name_are_validated_then_no_check_is_judged(course, tmp_path):
    stage = course.assignment("a01")

    def grade(pretends):
        return ((pretend, graded(pretend, {})) for pretend in pretends)

    found = list(validate(course, [stage], grade, tmp_path / "work", only="with_sum"))

    assert [(f.kind, f.name) for f in found] == [("variant", "with_sum")]
    with pytest.raises(SuiteError, match="No pretend submission has 'nonsense'"):
        list(validate(course, [stage], grade, tmp_path / "work", only="nonsense"))


def test_a_mutant_may_cost_no_other_exercise_points(course, tmp_path):
    mutant = course.assignments / "a01_gates/mutants/add_subtracts.toml"
    replace(mutant, '"adds_negatives"', '"adds_negatives", "squares_halves"')
    finding = findings(course, tmp_path)["mutant", "add_subtracts"]

    assert finding.seen == "failed, but not of add: squares_halves"


def test_a_mutant_that_names_an_unknown_check_is_found(course, tmp_path):
    mutant = course.assignments / "a01_gates/mutants/add_subtracts.toml"
    replace(mutant, '"adds_negatives"', '"adds_negative"')
    finding = findings(course, tmp_path)["mutant", "add_subtracts"]

    assert "no such check: adds_negative" in finding.seen


def test_a_fault_of_the_grader_is_never_as_expected(course, tmp_path):
    def grade(pretends):
        for pretend in pretends:
            staff = "Traceback …\nValueError: ours"
            yield pretend, graded(pretend, {}, Status.FAULT, staff)

    stage = course.assignment("a01")
    found = list(validate(course, [stage], grade, tmp_path / "work"))

    assert not any(f.ok for f in found)
    assert found[0].seen == "not graded (fault): ValueError: ours"


def test_pretend_submissions_are_complete_trees(course, tmp_path):
    stage = course.assignment("a02")
    trees = {
        p.name: p.tree for p in pretend_submissions(course, stage, tmp_path / "work")
    }

    assert set(trees) == {"reference", "blank", "weight_forgotten"}
    for tree in trees.values():
        assert {path.name for path in (tree / "nabla").iterdir()} == {
            "__init__.py",
            "backend.py",
            "data.py",
            "errors.py",
            "gates.py",
            "layers.py",
            "module.py",
        }
    assert "NotImplementedError" in (trees["blank"] / "nabla/layers.py").read_text()
    assert "return _plus(x, y)" in (trees["blank"] / "nabla/gates.py").read_text()
    mutant = (trees["weight_forgotten"] / "nabla/layers.py").read_text()
    assert "product = x" in mutant


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("variant.toml", "title = 'Only'\n", "the key 'why' is missing"),
        ("variant.toml", "title =\n", "cannot be read"),
        ("layers.py", "x = 1\n", r"holds nabla/layers\.py, expected some of: nabla/ga"),
    ],
)
def test_a_variant_that_cannot_be_used_is_refused(course, file, text, message):
    write(course.assignments / f"a01_gates/variants/with_sum/{file}", text)

    with pytest.raises(SuiteError, match=message):
        load_variants(course.assignment("a01"))
