import numpy as np
import pytest

from autograder.errors import SuiteError
from autograder.records import Outcome
from autograder.suite import raises
from autograder.suite.failures import CheckFailed, StudentRaised, Told

LIN_ALG = tuple(cls.__name__ for cls in np.linalg.LinAlgError.__mro__)


def student(name, mro, text="x has shape (3,)"):
    """Return a call that ends as if the student's code had raised."""

    def call(*_):
        told = Told(name, (*mro, "BaseException", "object"), text, "layers.py, line 3")
        raise StudentRaised("Linear.forward", told)

    return call


def works():
    return None


VALUE_ERROR = student("ValueError", ("ValueError", "Exception"))


def test_the_exception_asked_for_passes():
    raises("ValueError", VALUE_ERROR, works=works)
    raises(["TypeError", "ValueError"], VALUE_ERROR, works=works, match=r"\(3,\)")
    raises("LinAlgError", student("LinAlgError", LIN_ALG[:-2]), works=works)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: None, "the call returned without an exception, expected RuntimeError"),
        (
            VALUE_ERROR,
            r"raised ValueError \(x has shape \(3,\)\), expected RuntimeError",
        ),
        (
            student("RuntimeError", ("RuntimeError", "ValueError", "Exception")),
            "raised its own class named RuntimeError, expected Python's RuntimeError",
        ),
        (
            student("AnyError", ("AnyError", "RuntimeError", "Exception")),
            r"raised AnyError \(x has shape",
        ),
    ],
)
def test_what_is_not_asked_for_fails(call, text):
    with pytest.raises(CheckFailed, match=text):
        raises("RuntimeError", call, works=works)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: None, "without an exception when x is a row, expected TypeError"),
        (VALUE_ERROR, r"\(3,\)\) when x is a row, expected TypeError"),
    ],
)
def test_the_input_is_named_if_the_author_names_it(call, text):
    with pytest.raises(CheckFailed, match=text):
        raises("TypeError", call, works=works, when="x is a row")


def test_a_stub_is_no_runtime_error():
    stub = student("NotImplementedError", ("NotImplementedError", "RuntimeError"))

    with pytest.raises(StudentRaised, match="Not implemented yet") as info:
        raises("RuntimeError", stub, works=works)
    assert info.value.outcome is Outcome.ERRORED


def test_the_text_can_be_asked_for():
    with pytest.raises(CheckFailed, match="its text does not mention “axis 1”"):
        raises("ValueError", VALUE_ERROR, works=works, match="axis 1")


def test_the_working_call_must_work_first():
    with pytest.raises(
        StudentRaised, match=r"Linear\.forward raised ValueError in lay"
    ):
        raises("ValueError", VALUE_ERROR, works=VALUE_ERROR)


def test_only_names_of_a_closed_list_can_be_asked_for():
    with pytest.raises(SuiteError, match="'NotImplementedError' is not one of"):
        raises("NotImplementedError", VALUE_ERROR, works=works)
