"""What could have gone wrong, by the numbers: shown only if it reproduces them.

Each hypothesis computes, from the expected array, what its mistake would give; the
sentence is shown only if that equals the student's array within the tolerance.
"""

from __future__ import annotations

import dataclasses
import itertools
import typing
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from autograder.messages import say
from autograder.suite import describe
from autograder.suite.tolerances import Tolerance, allowed

Array = np.ndarray[typing.Any, np.dtype[typing.Any]]

_MOST_ENTRIES = 1_000_000
_MOST_AXES = 4
# As far off as arithmetic in float32 may be, and as it is at least.
_SINGLE = Tolerance(1e-5, 2e-6), Tolerance(0.0, 1e-9)


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """The two arrays, and the author's knowledge about them."""

    name: str
    actual: Array
    expected: Array
    tolerance: Tolerance
    sizes: Mapping[str, int]
    alternatives: Mapping[str, Array]

    def equals(self, candidate: typing.Any) -> bool:
        """Return whether the candidate is what the student has."""
        candidate = np.asarray(candidate)
        if candidate.shape != self.actual.shape:
            return False
        if not np.isfinite(candidate).all() or not np.isfinite(self.actual).all():
            return False
        near = np.abs(self.actual - candidate) <= allowed(candidate, self.tolerance)
        return bool(near.all())

    @property
    def subject(self) -> str:
        """The student's array as the beginning of a sentence."""
        if self.name.startswith("the "):
            return self.name.capitalize()
        return f"Your {self.name}"

    @property
    def telling(self) -> bool:
        """Whether the expected array could not be hit by chance: two sizes or more."""
        return np.unique(np.abs(self.expected)).size > 1


Hypothesis = Callable[[Case], str]


def diagnose(case: Case) -> str:
    """Return the sentence of the first hypothesis that fits, or ""."""
    largest = max(case.actual.size, case.expected.size)
    if not 0 < largest <= _MOST_ENTRIES or _wordless(case):
        return ""
    with np.errstate(all="ignore"):
        for hypothesis in _HYPOTHESES:
            sentence = hypothesis(case)
            if sentence:
                return sentence
    return ""


def _wordless(case: Case) -> bool:
    kinds = case.actual.dtype.kind + case.expected.dtype.kind
    return not set(kinds) <= set("fiu")


def _alternatives(case: Case) -> str:
    for title, array in case.alternatives.items():
        if case.equals(array):
            return f"This is what comes out when {title}."
    return ""


def _zeros(case: Case) -> str:
    zero = case.expected.any() and case.equals(np.zeros(case.expected.shape))
    return say("all_zero", name=case.name) if zero else ""


def _sign(case: Case) -> str:
    if case.expected.any() and case.equals(-case.expected):
        return f"{case.subject} is the expected one with the opposite sign."
    return ""


def _factor(case: Case) -> str:
    expected, actual = case.expected, case.actual
    if expected.shape != actual.shape or not expected.any():
        return ""
    squares = float(np.vdot(expected, expected))
    factor = float(np.vdot(expected, actual)) / squares if squares else 0.0
    if not np.isfinite(factor) or factor == 0 or not case.equals(factor * expected):
        return ""
    known = _name_factor(factor, case.sizes)
    if known:
        return f"{case.subject} is the expected one {known}"
    if not case.telling or (shown := f"{factor:.6g}") == "1":
        return ""  # any two numbers are multiples of each other
    return f"{case.subject} is the expected one times {shown} everywhere."


def _name_factor(factor: float, sizes: Mapping[str, int]) -> str:
    """Say which size the factor is; "" if it is none."""
    for name, size in _products(sizes):
        sign = "minus " if factor < 0 else ""
        if np.isclose(abs(factor), size, rtol=1e-6):
            ask = f"should it be averaged over {name}, or was it added up twice?"
            return f"times {sign}{size}, and {size} is {name}: {ask}"
        if np.isclose(abs(factor), 1 / size, rtol=1e-6):
            ask = f"was it divided by {name} once too often?"
            return f"divided by {sign}{size}, and {size} is {name}: {ask}"
    common = {2.0: "times 2: was it counted twice?", 0.5: "divided by 2."}
    fitting = (text for known, text in common.items() if np.isclose(factor, known))
    return next(fitting, "")


def _products(sizes: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    usable = [(name, int(size)) for name, size in sizes.items() if abs(size) > 1]
    yield from usable
    for (name, size), (other, by) in itertools.combinations_with_replacement(usable, 2):
        yield f"{name}·{other}", size * by


def _transposed(case: Case) -> str:
    axes = range(case.expected.ndim)
    if not 2 <= len(axes) <= _MOST_AXES or not case.telling:
        return ""
    for order in itertools.permutations(axes):
        moved = case.expected.transpose(order)
        if list(order) == list(axes) or not case.equals(moved):
            continue
        if len(order) == 2:
            return f"{case.subject} is the expected one transposed."
        return f"{case.subject} is the expected one with its axes in order {order}."
    return ""


def _reshaped(case: Case) -> str:
    expected, shape = case.expected, case.actual.shape
    if expected.shape == shape or expected.size != case.actual.size:
        return ""
    if not case.equals(expected.reshape(shape)):
        return ""
    return (
        f"The numbers of {case.name} are right, only its shape is not:"
        f" {shape} instead of {expected.shape}."
    )


def _not_reduced(case: Case) -> str:
    """The student's array has an axis more: summed or averaged, it is right."""
    expected, actual = case.expected, case.actual
    if not case.actual.size > case.expected.size or actual.ndim > _MOST_AXES:
        return ""
    for axes in _axes(actual.ndim):
        for word, reduce in (("summed", np.sum), ("averaged", np.mean)):
            for keep in (False, True):
                reduced = reduce(actual, axis=axes, keepdims=keep)
                if reduced.shape == expected.shape and _agrees(case, reduced):
                    return (
                        f"{case.subject} becomes the expected one when it is {word}"
                        f" over {_say_axes(axes, actual.shape, case.sizes)}."
                    )
    return ""


def _agrees(case: Case, candidate: Array) -> bool:
    turned = dataclasses.replace(case, actual=candidate)
    return turned.equals(case.expected)


def _reduced_too_far(case: Case) -> str:
    """The student has summed over an axis that should have stayed."""
    expected = case.expected
    if not case.actual.size < expected.size or expected.ndim > _MOST_AXES:
        return ""
    for axes in _axes(expected.ndim):
        for word, reduce in (("summed", np.sum), ("averaged", np.mean)):
            for keep in (False, True):
                if case.equals(reduce(expected, axis=axes, keepdims=keep)):
                    return (
                        f"{case.subject} is the expected one {word} over"
                        f" {_say_axes(axes, expected.shape, case.sizes)}, which should"
                        " have stayed."
                    )
    return ""


def _axes(ndim: int) -> Iterator[tuple[int, ...]]:
    for count in range(1, ndim + 1):
        yield from itertools.combinations(range(ndim), count)


def _say_axes(
    axes: tuple[int, ...], shape: tuple[int, ...], sizes: Mapping[str, int]
) -> str:
    parts = []
    for axis in axes:
        names = [name for name, size in sizes.items() if size == shape[axis]]
        named = f" ({names[0]} = {shape[axis]})" if len(names) == 1 else ""
        parts.append(f"axis {axis}{named}")
    return " and ".join(parts)


def _flipped(case: Case) -> str:
    if case.expected.ndim > _MOST_AXES or not case.telling:
        return ""
    for axes in _axes(case.expected.ndim):
        if case.equals(np.flip(case.expected, axes)):
            where = _say_axes(axes, case.expected.shape, case.sizes)
            return f"{case.subject} is the expected one in reverse along {where}."
    return ""


def _shifted(case: Case) -> str:
    if case.expected.ndim > _MOST_AXES or not case.telling:
        return ""
    for axis in range(case.expected.ndim):
        for step in (1, -1):
            if case.equals(np.roll(case.expected, step, axis)):
                where = _say_axes((axis,), case.expected.shape, case.sizes)
                moved = f"moved by one along {where}."
                return f"{case.subject} is the expected one {moved}"
    return ""


def _offset(case: Case) -> str:
    if case.actual.shape != case.expected.shape or not case.telling:
        return ""
    offset = float(np.mean(case.actual - case.expected))
    if case.expected.size > 2 and case.equals(case.expected + offset):
        return f"{case.subject} is the expected one plus {offset:.6g} everywhere."
    return ""


def _absolute(case: Case) -> str:
    if case.telling and case.equals(np.abs(case.expected)):
        return f"{case.subject} is the expected one without its signs."
    return ""


def _single_precision(case: Case) -> str:
    if case.tolerance.rtol > 1e-8 or case.expected.dtype != np.float64:
        return ""
    rough, fine = (dataclasses.replace(case, tolerance=one) for one in _SINGLE)
    if rough.equals(case.expected) and not fine.equals(case.expected):
        return (
            f"{case.subject} agrees with the expected one to six digits, not to"
            " fifteen: is something computed in float32, or is a constant too short?"
        )
    return ""


def _confined(case: Case) -> str:
    """All wrong entries lie in one row, column or other slice."""
    expected, actual = case.expected, case.actual
    if expected.shape != actual.shape or not 1 <= expected.ndim <= _MOST_AXES:
        return ""
    right = np.abs(actual - expected) <= allowed(expected, case.tolerance)
    wrong = np.argwhere(~right)
    if len(wrong) < 2 and expected.size > 3:
        return f"Only one entry is wrong, at {describe.entry(wrong[0])}."
    for axis, size in enumerate(expected.shape):
        places = np.unique(wrong[:, axis])
        if size > 2 and len(places) == 1 and expected.ndim > 1:
            return f"All wrong entries are at index {places[0]} of axis {axis}."
    return ""


_HYPOTHESES: tuple[Hypothesis, ...] = (
    _alternatives,
    _zeros,
    _sign,
    _single_precision,
    _factor,
    _transposed,
    _reshaped,
    _not_reduced,
    _reduced_too_far,
    _flipped,
    _absolute,
    _shifted,
    _offset,
    _confined,
)
