"""A course of one stage, small enough to be written anew for each test."""

import functools
import pathlib
import textwrap

import pytest

from autograder import sandbox
from autograder.manifest import Course
from autograder.suite.run import run_suite

MODULE = """
import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data.copy()
        self.grad = np.zeros_like(data)


class Module:
    def __call__(self, *args):
        return self.forward(*args)

    def zero_grad(self):
        for value in vars(self).values():
            if isinstance(value, Parameter):
                value.grad[...] = 0
"""

SCALE = """
import numpy as np

from nabla.module import Module, Parameter


class Scale(Module):
    def __init__(self, size, seed=0):
        self.weight = Parameter(np.random.default_rng(seed).normal(size=size))

    def forward(self, x):
        if x.ndim != 2:
            raise ValueError(f"x has shape {x.shape}, expected (N, D)")
        self.saved = x.copy()
        return np.tanh(x * self.weight.data)

    def backward(self, dout):
        x = self.saved
        dz = dout * (1 - np.tanh(x * self.weight.data) ** 2)
        self.weight.grad += (dz * x).sum(axis=0)
        return dz * self.weight.data
"""

MANIFEST = """
schema = 1
id = "a01_scale"
title = "Scale"
points = 10
files = ["nabla/scale.py"]

[limits]
call_s = 2.0

[[exercise]]
id = "scale/forward"
title = "Scale.forward"
points = 4
names = ["Scale.forward"]

[[exercise]]
id = "scale/backward"
title = "Scale.backward"
points = 6
"""

PUBLIC = '''
import numpy as np

from autograder.suite import check, close


@check(exercise="scale/forward")
def test_tanh_of_zero(student):
    """Scale.forward is 0 at 0."""
    out = student.scale.Scale(2).forward(np.zeros((1, 2)))
    close(out, np.zeros((1, 2)), name="out")
'''

HIDDEN = '''
import numpy as np

from nabla import scale

from autograder.suite import check, close, gradients_match, hint, raises


@check(points=3, exercise="scale/forward")
def test_forward_multiplies(student, rng):
    """Scale.forward is the tanh of x times the weight."""
    layer = student.scale.Scale(3, rng.spawn_seed())
    x = rng.normal((5, 3))
    hint("The formula stands in the handout.")
    close(layer.forward(x), np.tanh(x * layer.weight.data), name="out", N=5, D=3)


@check(points=1, exercise="scale/forward", needs=["forward_multiplies"])
def test_forward_refuses_vectors(student):
    """Scale.forward refuses a vector with ValueError."""
    layer = student.scale.Scale(3)
    x = np.ones((1, 3))
    raises("ValueError", layer.forward, x[0], works=lambda: layer.forward(x))


@check(points=6, exercise="scale/backward")
def test_gradients(student, rng):
    """Scale.backward is the derivative of Scale.forward."""
    layer = student.scale.Scale(3, rng.spawn_seed())
    x = rng.normal((5, 3))
    gradients_match(
        layer, x, rng=rng, parameters=["weight"], reference=scale.Scale(3), N=5, D=3
    )
'''

MEAN = """
title = "the gradient of the weight is averaged over the batch"
hint = "Only the loss divides by N."
exercise = "scale/backward"
fails = ["gradients"]

[[change]]
file = "nabla/scale.py"
find = "(dz * x).sum(axis=0)"
replace = "(dz * x).mean(axis=0)"
"""

PLUS = """
title = "The weight is added"
hint = "Multiply."
exercise = "scale/forward"
fails = ["forward_multiplies"]
blocks = ["forward_refuses_vectors"]

[[change]]
file = "nabla/scale.py"
find = "return np.tanh(x * self.weight.data)"
replace = "return np.tanh(x + self.weight.data)"

[[change]]
file = "nabla/scale.py"
find = '''(1 - np.tanh(x * self.weight.data) ** 2)
        self.weight.grad += (dz * x).sum(axis=0)
        return dz * self.weight.data'''
replace = '''(1 - np.tanh(x + self.weight.data) ** 2)
        self.weight.grad += dz.sum(axis=0)
        return dz'''
"""


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")


class Lesson:
    """The course, a hand-in, and how to grade it."""

    def __init__(self, root: pathlib.Path) -> None:
        self.course = Course(root / "course")
        self.folder = self.course.assignments / "a01_scale"
        self.tree = root / "submission"
        self.hidden = self.folder / "hidden/test_scale.py"
        package = self.course.reference / "nabla"
        for name in ("__init__", "backend", "errors", "data"):
            write(package / f"{name}.py", "")
        write(package / "module.py", MODULE)
        write(package / "scale.py", SCALE)
        write(self.folder / "assignment.toml", MANIFEST)
        write(self.folder / "public/test_scale.py", PUBLIC)
        write(self.hidden, HIDDEN)
        write(self.folder / "mutants/mean.toml", MEAN)
        write(self.folder / "mutants/plus.toml", PLUS)
        for path in package.glob("*.py"):
            write(self.tree / "nabla" / path.name, path.read_text(encoding="utf-8"))

    @property
    def assignment(self):
        return self.course.assignment("a01_scale")

    def hand_in(self, old: str, new: str) -> None:
        path = self.tree / "nabla/scale.py"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def write_checks(self, body: str, place: str = "hidden") -> None:
        """Replace the checks; whoever does so wants no points to add up."""
        head = "import numpy as np\nfrom autograder.suite import *\n\n"
        path = self.folder / place / self.hidden.name
        write(path, head + textwrap.dedent(body))
        manifest = MANIFEST.replace("points = 10", "points = 0")
        manifest = manifest.replace("points = 4", "points = 0")
        write(
            self.folder / "assignment.toml",
            manifest.replace("points = 6", "points = 0"),
        )

    def local(self, **options):
        """Grade in this process; return the results by id."""
        return self._run(local=self.tree, **options)

    def guest(self, **options):
        """Grade in a guest process; return the results by id."""
        box = sandbox.named("unprotected")
        place = sandbox.Place(tree=self.tree)
        return self._run(start=functools.partial(box.start, place), **options)

    def _run(self, **options):
        run = run_suite(self.assignment, self.course, secret="secret", **options)
        return {result.id: result for result in run.results}


@pytest.fixture
def lesson(tmp_path):
    return Lesson(tmp_path)
