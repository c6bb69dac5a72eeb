import pytest

from autograder.errors import SkeletonError
from autograder.skeleton import leaks
from autograder.skeleton.regions import find_regions

SOLUTION = """\
def f(x, dout):
    # solution: f
    mask = x > 0
    dx = dout * mask  # where it was positive
    return dx
    # end solution
"""


def secrets():
    regions = find_regions(SOLUTION, "nabla/f.py")
    return leaks.region_secrets(SOLUTION, regions, "nabla/f.py")


@pytest.mark.parametrize(
    "line",
    ["dx = dout * mask", "dx=dout*mask", "dx = \\\n    dout * mask  # hidden"],
    ids=["as it is", "squeezed", "wrapped"],
)
def test_a_line_of_a_solution_is_found_in_any_layout(line):
    text = f"def g():\n    {line}\n"

    with pytest.raises(SkeletonError, match=r"g\.py:2: .*line 4 of .*f\.py:2 \(f\)"):
        leaks.check_code({"nabla/g.py": text}, secrets())


@pytest.mark.parametrize(
    "line",
    [
        "return dx",
        "self.saved = x",
        "if n < 1:",
        "for p in self.parameters():",
        "def backward(self, dout: Array, *rest: Array) -> Array:",
        "raise ValueError(f'{x} is not {y} and so it is {z}' + rest)",
        "x, y = self.saved",
        "from nabla.backend import Array, Seed",
        "return -x",
        "xp = backend.array_module(self.data)",
    ],
)
def test_a_line_that_stands_anywhere_is_no_secret(line):
    text = line if not line.endswith(":") else f"{line} pass"
    found = next(leaks.logical_lines(text.replace(": pass", ":\n    pass\n")))

    assert not found.says_something


@pytest.mark.parametrize(
    "line", ["return x * y", "self.grad += x.T @ dout", "out = np.maximum(x, 0)"]
)
def test_a_line_that_computes_is_a_secret(line):
    (found,) = leaks.logical_lines(line)

    assert found.says_something


def test_docstrings_and_comments_are_no_code():
    text = '"""dx = dout * mask"""\n# dx = dout * mask\n'

    assert list(leaks.logical_lines(text)) == []


def test_prose_may_show_one_line_but_not_two():
    one = "so `dx = dout * mask` is the gradient"
    two = "mask = x > 0\n\n   dx = dout *\n mask"
    leaks.check_prose({"handout.md": one}, secrets())

    with pytest.raises(SkeletonError, match=r"handout\.md: shows line 3 and the next"):
        leaks.check_prose({"handout.md": two}, secrets())


def test_what_a_variant_adds_to_the_template_is_a_secret():
    template = "def f(x):\n    check(x)\n    raise NotImplementedError\n"
    variant = "def f(x):\n    check(x)\n    return x * x\n"
    secret = leaks.new_lines(variant, template, "variants/f.py")

    assert [line.squeezed for line in secret.lines] == ["returnx*x"]


def test_check_ids_are_the_names_of_test_functions():
    text = "def helper(): ...\n\ndef test_b(): ...\n\ndef test_a(): ...\n"

    assert leaks.check_ids({"test_f.py": text}) == ["b", "a"]
