"""Stage 10, optional: differentiate a formula into a formula, and see it swell."""

from __future__ import annotations

import math
from collections.abc import Callable

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "sin": math.sin,
    "cos": math.cos,
}


class Expression:
    """A formula: a tree of constants, variables, sums, products and functions.

    Source: lecture 002, "Symbolic Differentiation".

    >>> x = Variable("x")
    >>> formula = x * x + 3
    >>> formula
    ((x * x) + 3)
    >>> formula.value(x=2.0)
    7.0
    """

    parts: tuple[Expression, ...] = ()

    def __add__(self, other: Expression | float) -> Expression:
        return Sum(self, _expression(other))

    def __radd__(self, other: float) -> Expression:
        return Sum(_expression(other), self)

    def __mul__(self, other: Expression | float) -> Expression:
        return Product(self, _expression(other))

    def __rmul__(self, other: float) -> Expression:
        return Product(_expression(other), self)

    def value(self, **values: float) -> float:
        """Return the formula's value, given that of every variable in it."""
        raise NotImplementedError(f"{type(self).__name__} has no value: {values}")


class Constant(Expression):
    """A number."""

    def __init__(self, number: float) -> None:
        self.number = number

    def __repr__(self) -> str:
        return f"{self.number:g}"

    def value(self, **values: float) -> float:
        """Return the number, whatever the values."""
        del values
        return self.number


class Variable(Expression):
    """A letter."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def value(self, **values: float) -> float:
        """Return what the letter stands for."""
        return values[self.name]


class Sum(Expression):
    """f + g."""

    def __init__(self, f: Expression, g: Expression) -> None:
        self.parts = (f, g)

    def __repr__(self) -> str:
        return "({} + {})".format(*self.parts)

    def value(self, **values: float) -> float:
        """Return the sum of both values."""
        f, g = self.parts
        return f.value(**values) + g.value(**values)


class Product(Expression):
    """f g."""

    def __init__(self, f: Expression, g: Expression) -> None:
        self.parts = (f, g)

    def __repr__(self) -> str:
        return "({} * {})".format(*self.parts)

    def value(self, **values: float) -> float:
        """Return the product of both values."""
        f, g = self.parts
        return f.value(**values) * g.value(**values)


class Apply(Expression):
    """A function of a formula: exp, sin or cos.

    Raises:
        ValueError: for another name.
    """

    def __init__(self, function: str, inner: Expression) -> None:
        if function not in FUNCTIONS:
            known = ", ".join(FUNCTIONS)
            raise ValueError(f"Apply: function is {function!r}, expected {known}.")
        self.function = function
        self.parts = (inner,)

    def __repr__(self) -> str:
        return f"{self.function}({self.parts[0]})"

    def value(self, **values: float) -> float:
        """Return the function of the inner value."""
        return FUNCTIONS[self.function](self.parts[0].value(**values))


def _expression(value: Expression | float) -> Expression:
    return value if isinstance(value, Expression) else Constant(float(value))


def differentiate(formula: Expression, name: str) -> Expression:
    """Return the derivative for one variable, by the rules alone, not simplified.

    A constant gives 0, the variable 1, another variable 0; and with f' for df/dname

        (f + g)' = f' + g'      (f g)' = f' g + f g'      F(g)' = F'(g) g'

    with exp' = exp, sin' = cos, cos' = (-1) sin, written in this order.

    Source: lecture 002, "Symbolic Differentiation".

    >>> x = Variable("x")
    >>> differentiate(x * x, "x")
    ((1 * x) + (x * 1))
    """
    raise NotImplementedError("exercise symbolic/differentiate: write differentiate")


def size(formula: Expression) -> int:
    """Return how many nodes the tree of a formula has, leaves included.

    >>> size(Variable("x") * 3 + 1)
    5
    """
    raise NotImplementedError("exercise symbolic/swell: write size")


def swell(formula: Expression, name: str, times: int) -> list[int]:
    """Return the sizes of a formula and of its first, second, ... derivative.

    Args:
        formula: the beginning, whose size comes first.
        name: the variable.
        times: how often to differentiate.

    Source: lecture 002, "Symbolic Differentiation".

    >>> x = Variable("x")
    >>> swell(x * x, "x", 3)
    [3, 7, 15, 31]
    """
    raise NotImplementedError("exercise symbolic/swell: write swell")
