import zipfile

import pytest
from tiny_course import replace, write, write_course

from autograder.errors import SkeletonError, UsageError
from autograder.release import gather, release


@pytest.fixture
def course(tmp_path):
    return write_course(tmp_path / "course")


def released(course, stage="a02_layers"):
    return gather(course, course.assignment(stage))


def test_a_release_holds_what_is_allowed_and_nothing_else(course):
    given = {f"nabla/{n}.py" for n in ("__init__", "backend", "data", "errors")}

    assert set(released(course, "a01_gates")) == given | {
        "README.md",
        "nabla/gates.py",
        "nabla/module.py",
        "assignments/a01_gates/assignment.toml",
        "assignments/a01_gates/handout.md",
        "assignments/a01_gates/lab.md",
        "assignments/a01_gates/figures/flow.svg",
        "assignments/a01_gates/public/test_gates.py",
    }


def test_folder_and_zip_hold_the_same(course, tmp_path):
    folder, archive = release(
        course, course.assignment("a01"), tmp_path / "out" / "a01_gates"
    )
    with zipfile.ZipFile(archive) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}

    assert {
        f"a01_gates/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    } == members
    assert sorted(path.name for path in folder.parent.iterdir()) == [
        "a01_gates",
        "a01_gates.zip",
    ]


def test_given_data_goes_out_beside_the_modules(course, tmp_path):
    files = {"digits.npz": b"PK\x03\x04\xff", "digits.txt": b"digits.npz: where from\n"}
    for name, data in files.items():
        (course.reference / "nabla" / name).write_bytes(data)
    release(course, course.assignment("a01"), tmp_path / "out")

    for name, data in files.items():
        assert (tmp_path / "out/nabla" / name).read_bytes() == data


def test_the_same_release_twice_is_the_same_zip(course, tmp_path):
    stage = course.assignment("a02")
    _, first = release(course, stage, tmp_path / "one" / "kit")
    _, second = release(course, stage, tmp_path / "two" / "kit")

    assert first.read_bytes() == second.read_bytes()


def test_the_readme_gives_the_commands_for_the_stage(course):
    text = released(course)["README.md"].decode()

    assert "autograder check a02_layers\n" in text
    assert "python -m zipfile -c a02_layers.zip nabla\n" in text
    assert "Copy your own earlier work over the stubs: `nabla/gates.py`." in text


def test_earlier_solutions_come_along_once_they_are_released(course):
    manifest = course.assignments / "a01_gates/assignment.toml"
    assert b"exercise add" in released(course)["nabla/gates.py"]
    replace(manifest, "released = false", "released = true")
    text = released(course)["nabla/gates.py"].decode()

    assert "return _plus(x, y)" in text
    assert "# solution: add\n" not in text
    assert b"exercise scale" in released(course)["nabla/layers.py"]


def test_an_existing_target_is_refused_without_force(course, tmp_path):
    stage, out = course.assignment("a01"), tmp_path / "kit"
    release(course, stage, out)

    with pytest.raises(UsageError, match="is there already"):
        release(course, stage, out)
    release(course, stage, out, force=True)


def test_force_replaces_nothing_but_a_release(course, tmp_path):
    write(tmp_path / "home/thesis.txt", "years of work")

    with pytest.raises(UsageError, match="is no earlier release"):
        release(course, course.assignment("a01"), tmp_path / "home", force=True)


def test_nothing_is_left_behind_when_a_release_is_refused(course, tmp_path):
    replace(course.assignments / "a01_gates/handout.md", "flow.svg", "flaw.svg")
    (tmp_path / "out").mkdir()

    with pytest.raises(SkeletonError, match=r"refers to 'figures/flaw\.svg', which"):
        release(course, course.assignment("a01"), tmp_path / "out" / "kit")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    "target", ["figures/make.py", "../a02_layers/figures/flow.svg", "/etc/passwd"]
)
def test_only_pictures_of_the_stage_go_out(course, target):
    replace(course.assignments / "a01_gates/handout.md", "figures/flow.svg", target)

    with pytest.raises(SkeletonError, match="expected a picture in figures/"):
        released(course, "a01_gates")


def test_a_picture_elsewhere_on_the_web_is_left_alone(course):
    handout = course.assignments / "a01_gates/handout.md"
    replace(handout, "figures/flow.svg", "https://example.org/flow.svg")

    assert "assignments/a01_gates/figures/flow.svg" not in released(course, "a01_gates")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "shifted = product - 0.5 + 0.25 + 0.25\n\n  return shifted\n",
            r"handout\.md: shows line \d+ and the next one of .*\(scale\)",
        ),
        ("As `test_scales` will show.", "names the hidden check 'scales'"),
    ],
    ids=["solution", "hidden check"],
)
def test_a_handout_may_not_give_secrets_away(course, text, message):
    handout = course.assignments / "a02_layers/handout.md"
    write(handout, handout.read_text() + text)

    with pytest.raises(SkeletonError, match=message):
        released(course)


@pytest.mark.parametrize(
    "secret",
    [
        "hidden/test_gates.py",
        "mutants/add_subtracts.toml",
        "variants/with_sum/gates.py",
    ],
)
def test_a_secret_file_under_another_name_is_found(course, secret):
    stage = course.assignments / "a01_gates"
    write(stage / "lab.md", f"# Lab\n\n{(stage / secret).read_text()}")

    with pytest.raises(SkeletonError, match=r"lab\.md: "):
        released(course, "a01_gates")


def test_the_secret_may_not_stand_in_the_template_either(course):
    layers = course.reference / "nabla/layers.py"
    replace(
        layers,
        "        self.weight = weight\n",
        "        self.weight = weight\n        shifted = product - 0.5 + 0.25 + 0.25\n",
    )

    with pytest.raises(SkeletonError, match="also line 19 of the solution"):
        released(course)


def test_a_wheel_goes_along_if_it_holds_the_autograder_alone(course, tmp_path):
    stage = course.assignment("a01")
    wheel = tmp_path / "autograder-9.9-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("autograder/__init__.py", "")
        archive.writestr("autograder-9.9.dist-info/METADATA", "")
    files = gather(course, stage, wheel)

    assert files[wheel.name] == wheel.read_bytes()
    assert f"pip install {wheel.name}" in files["README.md"].decode()
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("assignments/a01_gates/hidden/test_gates.py", "")
    with pytest.raises(SkeletonError, match="holds assignments, expected autograder"):
        gather(course, stage, wheel)


def test_a_file_that_is_no_wheel_is_refused(course, tmp_path):
    write(tmp_path / "x.whl", "no zip")

    with pytest.raises(UsageError, match="is no wheel"):
        gather(course, course.assignment("a01"), tmp_path / "x.whl")
