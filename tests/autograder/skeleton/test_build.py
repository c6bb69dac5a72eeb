import pytest
from tiny_course import replace, write, write_course

from autograder.errors import SkeletonError
from autograder.skeleton import build, compare, render
from autograder.skeleton.build import prove


@pytest.fixture
def course(tmp_path):
    return write_course(tmp_path / "course")


def gates(course):
    return course.reference / "nabla/gates.py"


def test_the_template_is_written_and_equals_a_fresh_one(course):
    paths = build(course, course.template)

    assert compare(course) == []
    assert {path.name for path in paths} >= {"README.md", "gates.py", "module.py"}


def test_solutions_and_their_helpers_are_gone(course):
    text = render(course).stages["nabla/gates.py"]

    assert 'raise NotImplementedError("exercise add: write add")' in text
    assert "_plus" not in text
    assert "_OFFSET" not in text
    assert "raise ValueError" in text
    assert "`# solution: add` in a string" in text


def test_given_modules_enter_byte_for_byte(course):
    build(course, course.template)
    given = "nabla/module.py"

    assert (course.template / given).read_bytes() == (
        course.reference / given
    ).read_bytes()


def test_given_data_enters_byte_for_byte_and_a_change_is_a_difference(course):
    data = b"PK\x03\x04 images \x00\xff"
    (course.reference / "nabla/digits.npz").write_bytes(data)
    build(course, course.template)
    copy = course.template / "nabla/digits.npz"

    assert copy.read_bytes() == data
    assert compare(course) == []
    copy.write_bytes(data[:-1])
    assert "digits.npz" in compare(course)[0]


def test_only_stages_up_to_the_wanted_one_enter(course, tmp_path):
    build(course, tmp_path / "out", upto="a01_gates")

    assert not (tmp_path / "out/nabla/layers.py").exists()
    assert "a02_layers" not in (tmp_path / "out/README.md").read_text()


def test_caches_and_modules_of_no_stage_never_enter(course):
    write(course.reference / "nabla/__pycache__/gates.cpython-311.pyc", "x")
    write(course.reference / "nabla/_fast.py", "y = 1\n")
    build(course, course.template)
    names = {path.name for path in course.template.rglob("*")}

    assert not names & {"__pycache__", "_fast.py"}


def test_a_difference_is_shown_as_a_short_diff(course):
    build(course, course.template)
    replace(course.template / "nabla/gates.py", "write add", "wrote add")
    (course.template / "nabla/extra.py").write_text("x = 1\n")
    lines = compare(course)

    assert any(line.startswith("-") and "wrote add" in line for line in lines)
    assert any(line.startswith("+") and "write add" in line for line in lines)
    assert "student_template/nabla/extra.py: should not be there." in lines


def test_different_line_ends_are_a_difference(course):
    build(course, course.template)
    path = course.template / "nabla/module.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert "differs in line ends" in compare(course)[0]


def test_a_folder_with_other_things_is_not_replaced(course, tmp_path):
    write(tmp_path / "home/thesis.txt", "years of work")

    with pytest.raises(SkeletonError, match=r"holds 'thesis\.txt'"):
        build(course, tmp_path / "home")


def test_nothing_is_written_when_a_proof_fails(course):
    build(course, course.template)
    before = (course.template / "nabla/gates.py").read_bytes()
    replace(gates(course), "import math\n", "import maths\n")

    with pytest.raises(SkeletonError, match="does not import: ModuleNotFoundError"):
        build(course, course.template)
    assert (course.template / "nabla/gates.py").read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("solution: square", "solution: cube", r"py:\d+: 'cube' is no exercise of a01"),
        (
            "    # solution: square\n        self",
            "    self",
            "closes no region",
        ),
        (
            '    """Return x + y.',
            '    # solution: add\n    """Return x + y.',
            "inside the region 'add'",
        ),
        (
            '        """Return x * x."""\n',
            "        # solution: square\n        'Y.'\n        # end solution\n",
            r"(?s)changes Square\.forward: expected.*Y\.",
        ),
        (
            "        if math.isnan(x):\n",
            "        y = _plus(x, x)\n        if math.isnan(y):\n",
            "the template uses '_plus', but its definition stands inside",
        ),
    ],
    ids=["unknown id", "unopened", "nested", "docstring", "lost helper"],
)
def test_a_reference_that_breaks_a_promise_is_refused(course, old, new, message):
    replace(gates(course), old, new)

    with pytest.raises(SkeletonError, match=message):
        prove(render(course))


def test_an_undocumented_helper_of_solutions_alone_may_not_stay(course):
    replace(gates(course), "# end solution\ndef add", "def add")
    replace(gates(course), "# solution: add\n_OFFSET", "_OFFSET")

    with pytest.raises(SkeletonError, match="'_plus' is used by solutions alone"):
        prove(render(course))


def test_a_solution_line_that_stands_elsewhere_too_is_a_leak(course):
    replace(
        course.reference / "nabla/module.py",
        "return self.forward(x)",
        "return math . pow(x, 2.0)*1.0",
    )

    with pytest.raises(
        SkeletonError, match=r"module\.py:9: .* solution at .*gates\.py"
    ):
        prove(render(course))


def test_an_exercise_without_a_region_is_refused(course):
    replace(gates(course), "        # solution: square\n", "")
    replace(gates(course), "2.0) * 1.0\n        # end solution\n", "2.0) * 1.0\n")

    with pytest.raises(
        SkeletonError, match=r"names 'Square\.forward', which has no such"
    ):
        render(course)


def test_an_exercise_that_names_nothing_is_refused(course):
    manifest = course.assignments / "a01_gates/assignment.toml"
    replace(manifest, '"Square.forward"', '"Cube.forward"')

    with pytest.raises(SkeletonError, match=r"names 'Cube\.forward', which"):
        render(course)


def test_regions_that_no_stage_lists_are_refused(course):
    manifest = course.assignments / "a02_layers/assignment.toml"
    manifest.unlink()

    with pytest.raises(SkeletonError, match=r"layers\.py:\d+: .* no stage lists it"):
        render(course)


def test_a_listed_module_must_exist(course):
    (course.reference / "nabla/layers.py").unlink()

    with pytest.raises(SkeletonError, match=r"files has 'nabla/layers\.py'"):
        render(course)
