import pytest

FAULTS = """
    import sys

    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("hidden")

    class Both(ValueError, TypeError):
        pass

    class Meta(type):
        __name__ = "ValueError"
        __mro__ = (ValueError,)

    class Forged(Exception, metaclass=Meta):
        pass

    def mute(): raise Mute
    def long(): raise ValueError("x" * 10**6)
    def odd(): raise ValueError("a\\udc80")
    def both(): raise Both("two")
    def forged(): raise Forged("one")
    def leave(): sys.exit(3)
    def interrupt(): raise GeneratorExit
    def deep(): return deep()
    def path(): open(__file__ + ".missing")

    def inner(): raise ValueError("here")
    def outer(): inner()
    """


@pytest.fixture
def raised(local):
    host = local(faults=FAULTS)

    def call(name):
        reply = host.call(f"faults.{name}")
        assert reply["op"] == "raised"
        return reply

    return call


def test_a_fault_names_the_innermost_line_of_the_package(raised):
    assert raised("outer")["where"] == "faults.py, line 28, in inner"


def test_a_fault_carries_the_names_of_all_its_classes(raised):
    names = ["Both", "ValueError", "TypeError", "Exception", "BaseException"]

    assert raised("both")["mro"] == names


def test_a_metaclass_cannot_give_a_fault_another_name(raised):
    reply = raised("forged")

    assert reply["type"] == "Forged"
    assert reply["mro"] == ["Forged", "Exception", "BaseException"]


@pytest.mark.parametrize(
    ("name", "type_name"),
    [
        ("leave", "SystemExit"),
        ("interrupt", "GeneratorExit"),
        ("deep", "RecursionError"),
    ],
)
def test_what_usually_ends_a_program_is_a_fault_as_any_other(raised, name, type_name):
    assert raised(name)["type"] == type_name


def test_a_text_that_cannot_be_had_is_replaced(raised):
    assert raised("mute")["text"] == "(no message: its __str__ raised RuntimeError)"


def test_a_long_text_is_cut(raised):
    assert raised("long")["text"] == "x" * 2000


def test_a_text_that_may_not_travel_is_spelt_out(raised):
    assert raised("odd")["text"] == "a\\udc80"


def test_a_text_does_not_tell_where_the_package_lies(raised):
    text = "[Errno 2] No such file or directory: 'nabla/faults.py.missing'"

    assert raised("path")["text"] == text
