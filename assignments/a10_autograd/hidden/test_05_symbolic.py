"""The optional exercise: formulas into formulas."""

from __future__ import annotations

import math

from autograder.suite import check, close, hint


def letters(student):
    """Return the variables x and y."""
    return student.symbolic.Variable("x"), student.symbolic.Variable("y")


@check(points=2, exercise="symbolic/differentiate")
def test_symbolic_sums_and_products(student, rng):
    """symbolic.differentiate follows the sum rule and the product rule."""
    x, y = letters(student)
    a, b = (float(number) for number in rng.normal(2))
    d = student.symbolic.differentiate
    for formula, name, expected in (
        (x * x * y + 3 * y, "x", 2 * a * b),
        (x * x * y + 3 * y, "y", a**2 + 3),
        ((x + y) * (y + 1), "y", a + 2 * b + 1),
        (x * x * x * x, "x", 4 * a**3),
        (5 + y, "x", 0.0),
    ):
        found = d(formula, name).value(x=a, y=b)
        close(found, expected, name=f"the derivative for {name}")
    second = d(d(x * x * x, "x"), "x")
    close(second.value(x=a), 6 * a, name="the second derivative of x x x")


@check(points=2, exercise="symbolic/differentiate")
def test_symbolic_chain_rule(student, rng):
    """symbolic.differentiate follows the chain rule: F'(g) times g'."""
    hint("exp' = exp, sin' = cos, cos' = -1 · sin; the inner derivative is a factor.")
    x, y = letters(student)
    a, b = (float(number) for number in rng.uniform(0.3, 1.2, 2))
    d, apply = student.symbolic.differentiate, student.symbolic.Apply
    for function, slope in (
        ("exp", math.exp(a * b)),
        ("sin", math.cos(a * b)),
        ("cos", -math.sin(a * b)),
    ):
        found = d(apply(function, x * y), "x").value(x=a, y=b)
        close(found, slope * b, name=f"the derivative of {function}(x y)")
    nested = apply("exp", apply("sin", x * x))
    expected = math.exp(math.sin(a * a)) * math.cos(a * a) * 2 * a
    close(d(nested, "x").value(x=a), expected, name="the derivative of exp(sin(x x))")


@check(points=1, exercise="symbolic/swell")
def test_symbolic_size_counts_nodes(student, rng):
    """symbolic.size counts every node of the tree, as often as it is written."""
    x, y = letters(student)
    n = rng.integers(3, 8)
    formula = x
    for _ in range(n):
        formula = formula * y
    size = student.symbolic.size
    close(size(formula), 2 * n + 1, name="the size of x y ... y")
    wave = student.symbolic.Apply("sin", formula + formula)
    close(
        size(wave), 2 * (2 * n + 1) + 2, name="the size with a part that is used twice"
    )


@check(
    points=1,
    exercise="symbolic/swell",
    needs=[
        "symbolic_sums_and_products",
        "symbolic_chain_rule",
        "symbolic_size_counts_nodes",
    ],
)
def test_symbolic_formulas_swell(student):
    """symbolic.swell gives the sizes of the formula and of its derivatives."""
    hint("Differentiate by the rules alone: 0 + …, 1 · … stay as they are.")
    x, _ = letters(student)
    swell = student.symbolic.swell
    close(swell(x * x + x, "x", 4), [5, 9, 17, 33, 65], name="the sizes for x x + x")
    wave = student.symbolic.Apply("sin", x * x)
    close(swell(wave, "x", 3), [4, 12, 43, 159], name="the sizes for sin(x x)")
