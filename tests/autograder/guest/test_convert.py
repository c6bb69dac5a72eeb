from autograder.guest.convert import Objects
from autograder.wire import Handle


def test_a_number_lent_anew_as_another_kind_is_another_stub():
    objects = Objects()
    module = objects.stub(Handle("lent", 1, "module"), lambda _: "a module")
    function = objects.stub(Handle("lent", 1, "function"), lambda _: "a function")

    assert (module, function) == ("a module", "a function")
    assert objects.stub(Handle("lent", 1, "module"), lambda _: "new") == "a module"
