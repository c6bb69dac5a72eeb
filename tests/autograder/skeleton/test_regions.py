import textwrap

import pytest

from autograder.errors import SkeletonError
from autograder.skeleton.regions import find_regions

FUNCTION = """\
def f(x):
    # solution: f
    y = x + 1
    # end solution
    return y
"""


def regions_of(text):
    return find_regions(textwrap.dedent(text), "nabla/f.py")


def test_a_region_knows_its_exercise_lines_and_owner():
    (region,) = regions_of(FUNCTION)

    assert (region.exercise, region.first, region.last) == ("f", 2, 4)
    assert (region.scope, region.owner, region.column) == ("function", "f", 4)
    assert not region.is_whole_block


def test_a_method_is_named_with_its_class():
    text = """\
    class A:
        def f(self):
            if self:
                # solution: a/f
                return 1
                # end solution
            return 2
    """
    (region,) = regions_of(text)

    assert (region.exercise, region.owner) == ("a/f", "A.f")


def test_a_marker_inside_a_string_is_no_marker():
    text = '''\
    def f():
        """
        # solution: f
        """
        return "# end solution"
    '''

    assert regions_of(text) == ()


def test_prose_about_solutions_is_no_marker():
    assert regions_of("# solutions are marked\n# the solution of it all\nx = 1\n") == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    # end solution\n", "", r"f\.py:2: the region 'f' is never closed"),
        ("    # solution: f\n", "", r"f\.py:3: `# end solution` closes no region"),
        ("y = x + 1", "# solution: g", r"f\.py:3: .*inside the region 'f'"),
        ("    y = x + 1\n", "", r"f\.py:2: the region 'f' is empty"),
        ("# solution: f", "# Solution: f", r"f\.py:2: .* looks like a marker"),
        ("# solution: f", "# solution:f", r"f\.py:2: .* looks like a marker"),
        ("# end solution", "# end-solution", r"f\.py:4: .* looks like a marker"),
        ("y = x + 1", "y = 1  # solution: g", r"f\.py:3: .* stands behind code"),
        (
            "    # solution",
            "  # solution",
            r"f\.py:2: .* indented by 2 and 4, but .* by 4",
        ),
        ("y = x + 1", "y = = 1", r"f\.py:3: is not valid Python"),
    ],
    ids=[
        "unclosed",
        "unopened",
        "nested",
        "empty",
        "capital",
        "no space",
        "hyphen",
        "behind code",
        "indentation",
        "syntax",
    ],
)
def test_a_wrong_marker_is_told_with_file_and_line(old, new, message):
    with pytest.raises(SkeletonError, match=message):
        regions_of(FUNCTION.replace(old, new))


def test_a_region_may_not_cut_a_statement():
    text = """\
    def f(x):
        # solution: f
        y = g(
            x,
            # end solution
        )
        return y
    """

    with pytest.raises(SkeletonError, match="cuts the statement of lines 3 to 6"):
        regions_of(text)


def test_a_region_may_not_begin_inside_a_statement():
    text = """\
    y = g(
        # solution: f
        x,
    )
    z = 1
    # end solution
    """

    with pytest.raises(SkeletonError, match="cuts the statement of lines 1 to 4"):
        regions_of(text)


def test_a_region_stays_in_one_block():
    text = """\
    if x:
        # solution: f
        y = 1
    else:
        y = 2
        # end solution
    """

    with pytest.raises(SkeletonError, match="statements of 2 different blocks"):
        regions_of(text)


def test_a_decorator_belongs_to_its_function():
    text = """\
    class A:
        x = 1

        # solution: f
        @property
        def _f(self):
            return 1
        # end solution
    """
    (region,) = regions_of(text)

    assert (region.scope, region.owner) == ("class", "A")
