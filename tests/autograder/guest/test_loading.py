import sys

import pytest

from autograder.guest.loading import load_isolated

TOOLS = """
    from . import module
    from nabla.module import Module
    import nabla

    def late():
        from nabla.module import Module as Again
        import nabla.later

        return Again is Module, nabla.later.NAME
    """


@pytest.fixture
def other(tmp_path, write, monkeypatch):
    """Another package of the same name, imported in the ordinary way."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "nabla"]:
        monkeypatch.delitem(sys.modules, name)
    root = write(tmp_path / "other", later="NAME = 'other'")
    monkeypatch.syspath_prepend(root)
    import nabla.later

    yield nabla
    for name in [name for name in sys.modules if name.partition(".")[0] == "nabla"]:
        del sys.modules[name]


def test_two_packages_of_one_name_live_side_by_side(other, tmp_path, write):
    before = {name: mod for name, mod in sys.modules.items() if "nabla" in name}
    root = write(tmp_path / "mine", tools=TOOLS, later="NAME = 'mine'")
    package = load_isolated(root, modules=["module", "tools"])
    tools = package.find("tools")

    assert {name: mod for name, mod in sys.modules.items() if "nabla" in name} == before
    assert package.errors == {}
    assert tools.nabla is package.find("") is not other
    assert tools.Module is tools.module.Module is package.find("module.Module")
    assert not hasattr(other, "tools")


def test_imports_inside_functions_find_their_own_package(other, tmp_path, write):
    root = write(tmp_path / "mine", tools=TOOLS, later="NAME = 'mine'")
    package = load_isolated(root, modules=["tools"])
    late = package.find("tools.late")

    with package.running(), package.running():
        assert late() == (True, "mine")
        with package.paused():
            import nabla.later

            assert nabla is other
    assert sys.modules["nabla.later"].NAME == "other"


def test_several_packages_take_turns_within_each_other(other, tmp_path, write):
    packages = [
        load_isolated(write(tmp_path / name, tools=TOOLS, later=f"NAME = {name!r}"))
        for name in ("one", "two")
    ]
    one, two = (package.find("tools.late") for package in packages)

    with packages[0].running():
        first = one()[1]
        with packages[0].paused(), packages[1].running():
            second = two()[1]
        third = one()[1]

    assert [first, second, third] == ["one", "two", "one"]
    assert sys.modules["nabla"] is other


def test_a_module_that_fails_is_reported_and_the_others_load(tmp_path, write):
    sources = {
        "missing": "import nowhere_to_be_found",
        "wrong": "def f(:\n    pass",
        "quits": "raise SystemExit(0)",
        "fine": "X = 1",
    }
    package = load_isolated(write(tmp_path, **sources), modules=[*sources, "absent"])

    assert package.find("fine.X") == 1
    assert {name: error["type"] for name, error in package.errors.items()} == {
        "missing": "ModuleNotFoundError",
        "wrong": "SyntaxError",
        "quits": "SystemExit",
        "absent": "ModuleNotFoundError",
    }
    assert package.errors["wrong"]["where"] == "wrong.py, line 1"
    assert package.errors["missing"]["where"] == "missing.py, line 1"


def test_a_package_that_fails_as_a_whole_is_reported(tmp_path, write):
    root = write(tmp_path)
    (tmp_path / "nabla" / "__init__.py").write_text("1 / 0")

    assert load_isolated(root).errors["nabla"]["type"] == "ZeroDivisionError"
    assert load_isolated(str(tmp_path / "no")).errors["nabla"]["text"] == (
        "No module named 'nabla'"
    )


def test_a_package_rewritten_at_once_is_read_anew(tmp_path, write):
    root = write(tmp_path, tools="X = 1")
    first = load_isolated(root, modules=["tools"])
    (tmp_path / "nabla" / "tools.py").write_text("X = 2")
    (tmp_path / "nabla" / "new.py").write_text("Y = 3")
    second = load_isolated(root, modules=["tools", "new"])

    assert [first.find("tools.X"), second.find("tools.X")] == [1, 2]
    assert second.find("new.Y") == 3


def test_nothing_is_written_into_the_folder(tmp_path, write):
    before = sys.dont_write_bytecode
    load_isolated(write(tmp_path, tools="X = 1"), modules=["tools"]).find("module")

    assert sorted(file.name for file in (tmp_path / "nabla").iterdir()) == [
        "__init__.py",
        "module.py",
        "tools.py",
    ]
    assert sys.dont_write_bytecode is before
