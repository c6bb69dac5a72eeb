import textwrap

import pytest

from autograder.errors import SkeletonError
from autograder.skeleton.stubs import fill, without_markers, without_solutions


def stubbed(text):
    return without_solutions(textwrap.dedent(text), "nabla/f.py")


def test_a_stub_names_the_exercise_and_the_rest_stays():
    text = """\
    def f(x):
        \"\"\"Return it.\"\"\"
        check(x)
        # solution: a/f
        y = x
        y += 1
        # end solution
        return y
    """
    expected = """\
    def f(x):
        \"\"\"Return it.\"\"\"
        check(x)
        raise NotImplementedError("exercise a/f: write f")
        return y
    """

    assert stubbed(text) == textwrap.dedent(expected)


def test_a_long_stub_is_wrapped():
    name = "a_function_with_a_name_that_is_longer_than_usual"
    text = f"def {name}():\n    # solution: {name}\n    return 1\n    # end solution\n"
    lines = stubbed(text).splitlines()

    assert lines[1] == "    raise NotImplementedError("
    assert lines[3] == "    )"


def test_a_private_helper_vanishes_with_its_blank_lines():
    text = """\
    import a


    # solution: f
    import b

    _SIZE = 3


    def _helper():
        return b
    # end solution


    def f():
        return a
    """

    assert stubbed(text) == "import a\n\n\ndef f():\n    return a\n"


def test_a_private_method_at_the_end_of_a_class_vanishes():
    text = """\
    class A:
        def f(self):
            return 1

        # solution: f
        def _g(self):
            return 2
        # end solution


    x = 1
    """
    expected = "class A:\n    def f(self):\n        return 1\n\n\nx = 1\n"

    assert stubbed(text) == expected


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("def f(): return 1", "covers the public name 'f'"),
        ("TABLE = 1", "covers the public name 'TABLE'"),
        ("print(1)", "no definition and no import"),
        ("_x = 1", "is all that the module holds"),
    ],
)
def test_only_private_definitions_may_vanish(statement, message):
    text = f"# solution: f\n{statement}\n# end solution\n"

    with pytest.raises(SkeletonError, match=rf"f\.py:1: .*{message}"):
        stubbed(text)


def test_without_markers_the_solution_stays():
    text = "def f():\n    # solution: f\n    return 1  # one\n    # end solution\n"

    assert without_markers(text, "f.py") == "def f():\n    return 1  # one\n"


def test_a_filling_can_be_any_statements():
    text = "def f():\n    # solution: f\n    return 1\n    # end solution\n"
    filled = fill(text, "f.py", lambda _: "while True:\n    pass")

    assert filled == "def f():\n    while True:\n        pass\n"
