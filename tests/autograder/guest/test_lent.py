import numpy as np
import pytest

USERS = """
    import numpy as np
    from nabla import module

    def slope(f, x, h=0.5):
        return (f(x + h) - f(x - h)) / (2 * h)

    def spoil(f, x):
        f(x)
        return x

    def guarded(f):
        try:
            return f()
        except ValueError as exc:
            return f"caught {exc}"

    def deep(f):
        f()
        return deep(f)

    def is_module(thing):
        return isinstance(thing, module.Module), vars(thing)
    """
MODULES = ["module", "layers", "users"]


@pytest.fixture(params=["in this process", "in a guest"])
def host(request):
    if request.param == "in this process":
        return request.getfixturevalue("local")(MODULES, users=USERS)
    guest = request.getfixturevalue("start_guest")(MODULES, users=USERS)
    assert guest.ask("begin") == {"op": "begun"}
    return guest


def test_a_lent_function_is_called_on_the_host(host):
    calls = []

    def square(x):
        calls.append(x)
        return x**2

    assert host.value("users.slope", host.lend(1, square), np.float64(3)) == 6.0
    assert calls == [3.5, 2.5]


def test_a_lent_function_gets_copies(host):
    def spoil(x):
        x[...] = 7

    assert host.value("users.spoil", host.lend(1, spoil), np.ones(2)).tolist() == [1, 1]


def test_lent_modules_work_among_the_students_own(host):
    double = host.lend(5, lambda x: 2 * x, "forward")
    host.lend(5, lambda dout: dout / 2, "backward")
    own = host.value("layers.Linear", 3, 2)
    box = host.value("layers.Sequential", double, own, double)
    shared = host.value("layers.Sequential", double, double)
    backward = host.ask("get", target=shared, name="backward")["value"]

    assert host.value(box, np.ones((1, 3))).tolist() == [[12.0, 12.0]]
    assert host.value(backward, np.ones(1)).tolist() == [0.25]
    assert host.ask("get", target=shared, name="modules")["value"] == [double, double]


def test_a_lent_module_is_a_module_and_keeps_nothing_in_sight(host):
    double = host.lend(5, lambda x: 2 * x, "forward")

    assert host.value("users.is_module", double) == (True, {"training": True})


def test_an_error_on_the_host_can_be_caught_by_the_student(host):
    guarded = "users.guarded"

    assert host.value(guarded, host.lend(1, lambda: ValueError("no"))) == "caught no"
    assert host.call(guarded, host.lend(2, lambda: KeyError("k")))["type"] == "KeyError"


class StrangeError(Exception):
    pass


@pytest.mark.parametrize(
    "error", [StrangeError("odd"), UnicodeDecodeError("utf-8", b"", 0, 1, "odd")]
)
def test_an_error_that_cannot_be_rebuilt_is_a_runtime_error(host, error):
    reply = host.call("users.deep", host.lend(1, lambda: error))

    assert reply["type"] == "RuntimeError"
    assert reply["text"] == f"{type(error).__name__}: {error}"


def test_a_lent_function_may_ask_for_more_before_it_answers(host):
    layer = host.value("layers.Linear", 3, 2)

    def nested(x):
        return host.value(layer, x) + host.value("layers.echo", 1)[0]

    got = host.value("users.guarded", host.lend(1, lambda: nested(np.ones((1, 3)))))

    assert got.tolist() == [[4.0, 4.0]]


def test_endless_recursion_through_a_lent_function_is_a_fault(host):
    reply = host.call("users.deep", host.lend(1, lambda: None))

    assert reply["type"] == "RecursionError"
    assert host.value("layers.echo", 1) == (1,)
