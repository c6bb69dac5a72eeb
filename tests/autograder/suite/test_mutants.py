import pytest

from autograder.errors import SuiteError
from autograder.suite.mutants import apply, load_mutants, materialise


def test_mutants_are_read_and_applied(lesson):
    mean, plus = load_mutants(lesson.assignment)
    texts = apply(mean, lesson.course.reference)

    assert (mean.slug, mean.fails, mean.blocks) == ("mean", ("gradients",), ())
    assert plus.blocks == ("forward_refuses_vectors",)
    assert list(texts) == ["nabla/scale.py"]
    assert ".mean(axis=0)" in texts["nabla/scale.py"]


def test_a_mutant_is_written_once_beside_unchanged_files(lesson):
    mean, _ = load_mutants(lesson.assignment)
    root = materialise(mean, lesson.course.reference)

    assert materialise(mean, lesson.course.reference) == root
    assert ".mean(axis=0)" in (root / "nabla/scale.py").read_text()
    assert (root / "nabla/module.py").is_file()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("title", "titel", r"mean\.toml: unknown key 'titel'"),
        ("hint = ", "hint = 3 #", r"'hint' must be of type str, got int"),
        ('fails = ["gradients"]', "", r"the key 'fails' is missing or empty"),
        ("replace = ", "with = ", r"\[\[change\]\] has the keys"),
        ("(dz * x).sum(axis=0)", "dz", r"begins with 'dz' stands \d times in"),
        ("(dz * x).sum(axis=0)", "none", r"stands 0 times in .*, expected once"),
        (".mean", ".sum", r"find and replace are the same"),
        ("scale.py", "scales.py", r"scales\.py does not exist"),
        ("[[change]]", "[[change", r"is not valid TOML"),
    ],
)
def test_a_mutant_that_is_wrong_is_refused_by_name(lesson, old, new, complaint):
    path = lesson.folder / "mutants/mean.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))

    with pytest.raises(SuiteError, match=complaint):
        apply(load_mutants(lesson.assignment)[0], lesson.course.reference)
