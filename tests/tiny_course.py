"""A course of two small stages, written to a folder: for tests of what handles courses.

It needs no NumPy, so that importing its package takes no time.
"""

import pathlib

from autograder.manifest import Course

INIT = '"""A tiny package."""\n'

MODULE = '''\
"""Given: what all stages have in common."""


class Module:
    """A step."""

    def __call__(self, x):
        """Call forward."""
        return self.forward(x)
'''

GATES = '''\
"""Stage 01: gates."""

from __future__ import annotations

import math

from nabla.module import Module

# solution: add
_OFFSET = 0.0


def _plus(x: float, y: float) -> float:
    return x + y * 1.0 + _OFFSET


# end solution
def add(x: float, y: float) -> float:
    """Return x + y.

    >>> add(1.0, 2.0)
    3.0
    """
    # solution: add
    return _plus(x, y)
    # end solution


class Square(Module):
    """Multiply by itself; `# solution: add` in a string is no marker."""

    def forward(self, x: float) -> float:
        """Return x * x."""
        if math.isnan(x):
            raise ValueError("Square: x is NaN, expected a number.")
        # solution: square
        self.saved = x
        return math.pow(x, 2.0) * 1.0
        # end solution
'''

LAYERS = '''\
"""Stage 02: layers."""

from __future__ import annotations

from nabla.module import Module


class Scale(Module):
    """Multiply by a weight."""

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def forward(self, x: float) -> float:
        """Return weight * x."""
        # solution: scale
        product = self.weight * x + 0.0 * self.weight
        shifted = product - 0.5 + 0.25 + 0.25
        return shifted
        # end solution
'''

MANIFEST = """\
schema = 1
id = "{id}"
title = "{title}"
summary = "Small things."
points = {points}
files = ["nabla/{module}.py"]
solutions_released = {released}
"""

EXERCISE = """
[[exercise]]
id = "{id}"
title = "{title}"
points = {points}
names = ["{name}"]
"""

CHECKS = '''\
"""Checks of {module}."""

from autograder.suite import check, close
'''

CHECK = '''

@check(points={points}, exercise="{exercise}")
def test_{id}(student):
    """{title}"""
    close(student.{call}, {value}, name="result of {id}")
'''

MUTANT = """\
title = "{title}"
hint = "Look again at {exercise}, one small thing is wrong there."
exercise = "{exercise}"
fails = [{fails}]
blocks = [{blocks}]

[[change]]
file = "nabla/{module}.py"
find = '''{find}'''
replace = '''{replace}'''
"""


def write_course(root: pathlib.Path) -> Course:
    """Write the course below `root` and return it."""
    write(root / "reference/nabla/__init__.py", INIT)
    write(root / "reference/nabla/module.py", MODULE)
    for name in ("backend", "data", "errors"):
        write(root / f"reference/nabla/{name}.py", f'"""Given: {name}."""\n')
    write(root / "reference/nabla/gates.py", GATES)
    write(root / "reference/nabla/layers.py", LAYERS)
    exercises = [("add", "Addition", "add"), ("square", "Squares", "Square.forward")]
    _write_stage(root, "a01_gates", "Gates", "gates", exercises)
    exercises = [("scale", "Scaling", "Scale.forward")]
    _write_stage(root, "a02_layers", "Layers", "layers", exercises)
    _write_first_suite(root / "assignments/a01_gates")
    _write_second_suite(root / "assignments/a02_layers")
    return Course(root)


def write(path: pathlib.Path, text: str) -> None:
    """Write a file, with the folders it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def replace(path: pathlib.Path, old: str, new: str) -> None:
    """Replace a text that must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def _write_stage(root, stage, title, module, exercises):
    folder = root / "assignments" / stage
    points = 10 * len(exercises)
    head = MANIFEST.format(
        id=stage, title=title, points=points, module=module, released="false"
    )
    tables = [
        EXERCISE.format(id=e, title=t, points=10, name=n) for e, t, n in exercises
    ]
    write(folder / "assignment.toml", head + "".join(tables))
    sections = [f"## {name}\n\nExercise `{id_}`.\n" for id_, name, _ in exercises]
    write(
        folder / "handout.md",
        f"# {title}\n\n![A picture](figures/flow.svg)\n\n" + "\n".join(sections),
    )
    write(folder / "lab.md", "---\njupyter: python3\n---\n\n# Lab\n")
    write(folder / "figures/flow.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>\n")
    write(folder / "figures/unused.svg", "<svg/>\n")
    write(folder / "figures/make.py", "print('drawn')\n")


def _checks(module, *checks):
    names = ("points", "exercise", "id", "title", "call", "value")
    fields = [dict(zip(names, check, strict=True)) for check in checks]
    body = "".join(CHECK.format(**each) for each in fields)
    return CHECKS.format(module=module) + body


def _write_first_suite(folder):
    public = [
        (0, "add", "one_and_one", "One and one is two.", "gates.add(1.0, 1.0)", 2.0),
        (0, "square", "two_squared", "2 * 2", "gates.Square()(2.0)", 4.0),
    ]
    hidden = [
        (10, "add", "adds_negatives", "Adds.", "gates.add(1.0, -3.0)", -2.0),
        (10, "square", "squares_halves", "Squares.", "gates.Square()(0.5)", 0.25),
    ]
    write(folder / "public/test_gates.py", _checks("gates", *public))
    write(folder / "hidden/test_gates.py", _checks("gates", *hidden))
    write(
        folder / "mutants/add_subtracts.toml",
        MUTANT.format(
            title="The two numbers are subtracted",
            exercise="add",
            fails='"one_and_one", "adds_negatives"',
            blocks="",
            module="gates",
            find="return x + y * 1.0",
            replace="return x - y * 1.0",
        ),
    )
    write(
        folder / "mutants/square_doubles.toml",
        MUTANT.format(
            title="The number is doubled instead of squared",
            exercise="square",
            fails='"squares_halves"',
            blocks="",
            module="gates",
            find="math.pow(x, 2.0) * 1.0",
            replace="x * 2.0",
        ),
    )
    sum_variant = GATES.replace("return _plus(x, y)", "return sum((x, y)) * 1.0")
    write(folder / "variants/with_sum/gates.py", sum_variant)
    write(
        folder / "variants/with_sum/variant.toml",
        'title = "With sum"\nwhy = "Another way to add."\n',
    )


def _write_second_suite(folder):
    hidden = [(10, "scale", "scales", "Scales.", "layers.Scale(2.0)(3.0)", 6.0)]
    write(folder / "public/test_layers.py", _checks("layers"))
    write(folder / "hidden/test_layers.py", _checks("layers", *hidden))
    write(
        folder / "mutants/weight_forgotten.toml",
        MUTANT.format(
            title="The weight is left out of the product",
            exercise="scale",
            fails='"scales"',
            blocks="",
            module="layers",
            find="product = self.weight * x",
            replace="product = x",
        ),
    )
