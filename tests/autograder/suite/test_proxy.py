import numpy as np
import pytest

from autograder.errors import SuiteError
from autograder.suite.failures import CheckFailed, StudentRaised
from autograder.suite.line import Line
from autograder.suite.proxy import RemoteObject, Student
from autograder.suite.transport import LocalTransport

THINGS = """
import numpy as np
from nabla.module import Module


class Number:
    def __init__(self, value=0.0):
        self.value = value

    def __add__(self, other):
        return Number(self.value + getattr(other, "value", other))

    __radd__ = __add__

    def __neg__(self):
        return Number(-self.value)

    def __mul__(self, other):
        return NotImplemented

    def __enter__(self):
        self.value = 1.0
        return self

    def __exit__(self, *exc):
        self.value = 2.0


class Chain:
    def __init__(self, *parts):
        self.parts = list(parts)

    def __getitem__(self, index):
        return self.parts[index]

    def __setitem__(self, index, part):
        self.parts[index] = part

    def __len__(self):
        return len(self.parts)

    def forward(self, x):
        for part in self.parts:
            x = part.forward(x)
        return x


class Shelf:
    def __getitem__(self, key):
        return str(key)


class Endless:
    def __iter__(self):
        return iter(range(10**9))


def double_in_place(x):
    x *= 2
    return x


def apply(f, x):
    return f(x)
"""


@pytest.fixture
def line(lesson):
    path = lesson.tree / "nabla/things.py"
    path.write_text(THINGS, encoding="utf-8")
    transport = LocalTransport(str(lesson.tree), ["things", "module", "scale"])
    transport.begin()
    return Line(transport, RemoteObject)


@pytest.fixture
def student(line):
    return Student(line)


def test_attributes_are_read_and_set(student):
    number = student.things.Number(2.0)
    number.value = np.ones(2)

    assert number.value.tolist() == [1.0, 1.0]
    assert repr(number) == "<Number of the student>"
    assert repr(student.things.Number) == "<things.Number of the student>"


def test_objects_can_be_handed_back_in(student):
    chain = student.things.Chain(student.scale.Scale(3), student.scale.Scale(3))

    assert len(chain) == 2
    assert chain.forward(np.ones((1, 3))).shape == (1, 3)
    assert student.same(chain[0], chain.parts[0])
    assert not student.same(chain[0], chain[1])
    assert [type(part) for part in chain.parts] == [RemoteObject, RemoteObject]


def test_slices_and_the_ellipsis_stand_between_brackets_as_ever(student):
    shelf = student.things.Shelf()

    assert shelf[1:3] == "slice(1, 3, None)"
    assert shelf[::-1, None, 2] == "(slice(None, None, -1), None, 2)"
    assert shelf[..., 0] == "(Ellipsis, 0)"


def test_items_are_read_set_and_iterated(student):
    chain = student.things.Chain(1, 2.5, "text")
    chain[1] = (3, None)

    assert list(chain) == [1, (3, None), "text"]


def test_iteration_ends_and_needs_no_length(student):
    assert len(list(student.things.Endless())) == 1000


def test_operators_work_on_both_sides(student):
    number = student.things.Number(2.0)

    assert (number + 1).value == 3.0
    assert (1 + number).value == 3.0
    assert (number + number).value == 4.0
    assert (-number).value == -2.0
    with pytest.raises(TypeError, match="unsupported operand"):
        number * 2


def test_a_context_manager_is_entered_and_left(student):
    number = student.things.Number()
    with number as inside:
        assert inside.value == 1.0

    assert number.value == 2.0


def test_an_array_is_placed_and_looked_at_after_the_call(student):
    given = np.arange(6.0).reshape(2, 3)
    placed = student.place(given, layout="F")
    returned = student.things.double_in_place(placed)

    assert (returned == 2 * given).all()
    assert (student.look(placed) == 2 * given).all()
    assert given[1, 2] == 5.0


def test_an_array_is_written_to_on_the_students_side(student):
    placed = student.place(np.ones(3))
    student.numpy.copyto(placed, np.zeros(3))

    assert student.look(placed).tolist() == [0.0, 0.0, 0.0]
    assert student.shares_memory(placed, placed)
    assert not student.shares_memory(placed, student.place(np.ones(3)))


def test_a_generator_lives_on_the_students_side(student):
    drawn = student.generator(3).normal(size=2)

    assert (drawn == np.random.default_rng(3).normal(size=2)).all()


def test_a_lent_function_is_called_with_copies(student):
    seen = []

    def f(x):
        seen.append(x)
        x *= 0
        return 7.0

    given = np.ones(2)

    assert student.things.apply(student.lend(f), given) == 7.0
    assert seen[0].tolist() == [0.0, 0.0]
    assert given.tolist() == [1.0, 1.0]


def test_an_error_of_a_lent_function_comes_back_as_the_students(student):
    def f(x):
        raise ValueError("not so")

    with pytest.raises(StudentRaised, match=r"apply raised ValueError.*not so"):
        student.things.apply(student.lend(f), 1.0)


def test_a_verb_in_a_lent_function_can_fail(student):
    def f(x):
        raise CheckFailed("f was given a list")

    with pytest.raises(CheckFailed, match="f was given a list"):
        student.things.apply(student.lend(f), [1.0])


def test_a_lent_function_can_use_the_students_objects(student):
    number = student.things.Number(4.0)

    assert student.things.apply(student.lend(lambda n: n.value), number) == 4.0


def test_a_lent_module_stands_between_the_students(student):
    class AddOne:
        def forward(self, x):
            return x + 1

        def backward(self, dout):
            return dout

    chain = student.things.Chain(student.lend_module(AddOne()))

    assert chain.forward(np.zeros(2)).tolist() == [1.0, 1.0]
    assert isinstance(chain[0], RemoteObject)


def test_a_module_without_backward_cannot_be_lent(student):
    with pytest.raises(
        SuiteError, match="cannot be lent as a module: it has no forward"
    ):
        student.lend_module(object())


def test_what_may_not_travel_is_the_authors_mistake(student):
    with pytest.raises(StudentRaised, match=r"may not travel|cannot travel"):
        student.things.apply(lambda x: x, 1.0)


def test_an_object_of_the_student_is_no_array(student):
    number = student.things.Number()

    with pytest.raises(TypeError, match="Number is an object of the student, not an"):
        np.asarray(number)
    assert not hasattr(number, "nothing")


def test_a_closed_line_carries_nothing(student, line):
    number = student.things.Number()
    line.hang_up()

    with pytest.raises(
        SuiteError, match=r"Number\.value belongs to a check that has e"
    ):
        number.value  # noqa: B018
