"""The house: who may import whom, and what is public."""

import ast
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent
KIT = ROOT / "autograder"
REFERENCE = ROOT / "reference" / "nabla"

ORDER = (
    ("wire",),
    ("guest",),
    ("errors", "machine", "records", "messages", "policies"),
    ("manifest", "sandbox"),
    ("secret", "versions"),
    ("suite", "intake"),
    ("scoring",),
    ("worker", "warm", "server"),
    ("agreement", "batch"),
    ("gradebook",),
    ("reports", "exports"),
    ("checking", "pipeline"),
    ("skeleton",),
    ("pretend",),
    ("validate", "calibrate", "coverage", "release", "doctor"),
    ("hosts", "trial"),
    ("demo",),
    ("cli",),
)
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
LINE_CEILING = 300


def python_files(folder):
    return sorted(path for path in folder.rglob("*.py"))


def part_of(path):
    relative = path.relative_to(KIT)
    return relative.parts[0].removesuffix(".py")


def imported_names(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield from (f"{module}.{alias.name}" for alias in node.names)


def parts_used(path):
    for name in imported_names(path):
        head, _, rest = name.partition(".")
        part = rest.partition(".")[0]
        if head == "autograder" and part and part != "__version__":
            yield part


def test_each_part_imports_only_what_stands_before_it():
    offences = [
        f"{path.relative_to(ROOT)} imports {used}"
        for path in python_files(KIT)
        if part_of(path) != "__init__"
        for used in parts_used(path)
        if used != part_of(path) and RANK[used] > RANK[part_of(path)]
    ]

    assert offences == []


def test_every_part_of_the_kit_has_a_place_in_the_order():
    parts = {part_of(path) for path in python_files(KIT)} - {"__init__"}

    assert parts <= set(RANK)


def test_the_kit_never_imports_the_package_it_grades():
    offences = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in python_files(KIT)
        for name in imported_names(path)
        if name.partition(".")[0] == "nabla"
    ]

    assert offences == []


@pytest.mark.parametrize(
    ("folder", "allowed"),
    [
        (KIT / "guest", {"wire", "guest"}),
        (KIT / "wire", {"wire"}),
    ],
    ids=["guest", "wire"],
)
def test_what_travels_into_the_sandbox_stands_alone(folder, allowed):
    standard = sys.stdlib_module_names | {"numpy", "autograder"}
    for path in python_files(folder):
        heads = {name.partition(".")[0] for name in imported_names(path)}

        assert heads <= standard, path
        assert set(parts_used(path)) <= allowed, path


@pytest.mark.parametrize("name", ["wire", "guest"])
def test_importing_what_travels_loads_nothing_else_of_ours(name):
    code = (
        f"import sys, autograder.{name};"
        "print(sorted(m for m in sys.modules if m.startswith('autograder.')))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = {module.split(".")[1] for module in ast.literal_eval(run.stdout)}

    assert loaded <= {"wire", "guest"}


def test_only_the_backend_knows_cupy():
    users = {
        path.name
        for path in python_files(REFERENCE)
        if "cupy" in path.read_text(encoding="utf-8")
    }

    assert users <= {"backend.py"}


def test_heavy_libraries_are_imported_late():
    code = (
        "import sys, autograder.cli;"
        "heavy = {'numpy', 'matplotlib', 'jinja2', 'pytest', 'rich', 'otter', 'torch',"
        " 'cupy', 'distributed', 'sqlite3'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert run.stdout.strip() == "[]"


def test_no_module_outgrows_its_ceiling():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in python_files(KIT)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LINE_CEILING
    }

    assert long == {}


def test_the_verbs_of_a_check_are_the_public_names_of_the_suite():
    from autograder import suite

    assert set(suite.__all__) == {
        "check",
        "close",
        "converges",
        "gradients_match",
        "hint",
        "note",
        "raises",
        "shape_is",
    }


def test_the_public_names_of_the_wire_are_these():
    from autograder import wire

    assert {"Caps", "Channel", "Handle", "WireError", "decode", "encode"} <= set(
        wire.__all__
    )
