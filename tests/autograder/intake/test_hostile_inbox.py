"""An inbox of horrors: each gets a sentence, nothing runs, and the batch goes on."""

import gzip
import io
import os
import pathlib
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tarfile
import zipfile

import fake_course
import pytest
from fake_course import hand_in, put, zipped

from autograder import intake

GATES = "nabla/gates.py"
MARK = "a program of the hand-in has run"

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


@pytest.fixture
def course(tmp_path):
    return fake_course.write_course(tmp_path / "course")


@pytest.fixture
def stage(course, tmp_path):
    def run(path):
        source = intake.Source(path.stem, path)
        return intake.stage(source, course.assignment("a01"), course, tmp_path / "w")

    return run


@pytest.fixture
def stage_all(course, tmp_path):
    """Stage an inbox as a batch does, and return the submissions by name."""

    def run(inbox):
        assignment = course.assignment("a01")
        sources = intake.find([inbox], assignment)
        staged = (
            intake.stage(source, assignment, course, tmp_path / "w")
            for source in sources
        )
        return {submission.name: submission for submission in staged}

    return run


@pytest.fixture(scope="module")
def programs():
    """List what this process starts; an audit hook cannot be taken back."""
    started = []
    watched = {"subprocess.Popen", "os.system", "os.exec", "os.fork", "os.posix_spawn"}

    def note(event, arguments):
        if event in watched:
            started.append((event, str(arguments)[:200]))

    sys.addaudithook(note)
    return started


@pytest.fixture
def nothing_starts(programs):
    programs.clear()
    yield
    assert programs == []


def gates_of(submission):
    assert submission.problem == ""
    return pathlib.Path(submission.tree, GATES).read_text()


# Clones


def trapped_clone(folder):
    """Write a clone in which every door of git leads to a program."""
    trap = put(folder, ".git/trap.sh", f"#!/bin/sh\ntouch '{folder.parent}/{MARK}'\n")
    trap.chmod(0o755)
    config = f"""\
[core]
    repositoryformatversion = 0
    bare = false
    fsmonitor = {trap}
    hooksPath = {folder}/.git/hooks
    sshCommand = {trap}
    pager = {trap}
    editor = {trap}
    askPass = {trap}
    attributesFile = {folder}/.gitattributes
[filter "trap"]
    clean = {trap}
    smudge = {trap}
    process = {trap}
    required = true
[diff "trap"]
    command = {trap}
    textconv = {trap}
[merge "trap"]
    driver = {trap}
[include]
    path = {folder}/.git/more
[credential]
    helper = !{trap}
[alias]
    status = !{trap}
"""
    put(folder, ".git/config", config)
    put(folder, ".git/HEAD", "ref: refs/heads/main\n")
    put(folder, ".gitattributes", "*.py filter=trap diff=trap merge=trap\n")
    put(folder, ".gitmodules", '[submodule "x"]\n path = x\n url = ext::sh -c trap\n')
    for hook in (
        "post-checkout",
        "pre-commit",
        "fsmonitor-watchman",
        "post-index-change",
    ):
        shutil.copy(trap, put(folder, f".git/hooks/{hook}", ""))
    for part in ("objects", "refs/heads"):
        (folder / ".git" / part).mkdir(parents=True)
    return hand_in(folder, gates="# mine")


def test_nothing_of_a_clone_runs(stage, tmp_path, nothing_starts):
    submission = stage(trapped_clone(tmp_path / "eve"))

    assert gates_of(submission) == "# mine"
    assert not (tmp_path / MARK).exists()
    assert not list(pathlib.Path(submission.tree).glob(".git*"))


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_the_trapped_clone_would_catch_git_itself(tmp_path):
    folder = trapped_clone(tmp_path / "eve")
    git = ["git", "-C", str(folder), "-c", f"safe.directory={folder}"]
    subprocess.run([*git, "status"], capture_output=True, check=False)
    subprocess.run([*git, "add", "."], capture_output=True, check=False)

    assert (tmp_path / MARK).exists()


def test_a_clone_whose_git_is_a_file_leads_nowhere(stage, tmp_path, nothing_starts):
    hand_in(tmp_path / "other", gates="# not yours")
    put(
        tmp_path, "eve/.git", f"gitdir: {tmp_path}/other\nworktree = {tmp_path}/other\n"
    )

    assert "holds no file, expected nabla/gates.py" in stage(tmp_path / "eve").problem


def test_nothing_that_python_would_run_by_itself_is_staged(stage, tmp_path):
    hand_in(tmp_path / "eve", gates="# mine", conftest="raise SystemExit")
    for name in ("conftest.py", "sitecustomize.py", "setup.py", "x.pth", "tox.ini"):
        put(tmp_path, f"eve/{name}", "raise SystemExit")
    put(tmp_path, "eve/nabla/__init__.py", "raise SystemExit")
    put(tmp_path, "eve/nabla/__pycache__/gates.cpython-311.pyc", "x")
    put(tmp_path, "eve/numpy/__init__.py", "raise SystemExit")
    submission = stage(tmp_path / "eve")
    staged = {
        path.relative_to(submission.tree).as_posix()
        for path in pathlib.Path(submission.tree).rglob("*")
        if path.is_file()
    }

    assert gates_of(submission) == "# mine"
    assert staged == {f"nabla/{name}.py" for name in (*fake_course.GIVEN, "gates")}
    assert (
        "given __init__"
        in pathlib.Path(submission.tree, "nabla/__init__.py").read_text()
    )


# Names


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("con", "_con"),
        ("NUL.zip", "_NUL"),
        ("aux.tar.gz", "_aux"),
        ("Com1.py", "_Com1"),
        ("lpt9.backup.zip", "_lpt9.backup"),
        ("com\u00b2", "_com\u00b2"),
        ("prn .x", "_prn .x"),
        ("control", "control"),
        ("com", "com"),
        ("com10", "com10"),
    ],
)
def test_names_that_windows_keeps_for_devices_are_changed(
    stage_all, tmp_path, name, listed
):
    path = tmp_path / "inbox" / name
    if name.endswith((".zip", ".gz")):
        put(tmp_path, f"inbox/{name}", zipped(**{GATES: "# mine"}))
    elif name.endswith(".py"):
        put(tmp_path, "inbox/other/nabla/gates.py", "")
        put(tmp_path, f"inbox/{name}", "# mine")
    else:
        hand_in(path, gates="# mine")

    assert listed in stage_all(tmp_path / "inbox")


@pytest.mark.parametrize(
    "name", ["con.py", "NUL", "aux.txt", "com1", "gates.py:stream"]
)
def test_reserved_names_in_a_hand_in_are_no_harm(stage, tmp_path, name):
    data = zipped(**{GATES: "# mine", f"nabla/{name}": "# a device?"})

    assert gates_of(stage(put(tmp_path, "eve.zip", data))) == "# mine"


@linux
def test_hand_ins_whose_names_are_no_utf8_are_read(stage_all, tmp_path):
    inbox = tmp_path / "inbox"
    hand_in(inbox / os.fsdecode(b"zo\xeb"), gates="# mine")
    put(tmp_path, os.fsdecode(b"inbox/\xff\xfe.zip"), zipped(**{GATES: "# mine"}))
    hand_in(inbox / "\u202egnp.exe\n\x1b[31m", gates="# mine")
    submissions = stage_all(inbox)

    assert [gates_of(each) for each in submissions.values()] == ["# mine"] * 3
    assert all(name.isprintable() for name in submissions)
    assert not any("\u202e" in name for name in submissions)


def test_members_whose_names_are_no_utf8_do_not_hide_the_others(stage, tmp_path):
    data = zipped(**{GATES: "# mine", "nabla/\u00e9\u00e9.py": "# mine, too"})
    spoilt = data.replace("\u00e9\u00e9".encode(), b"\xff\xfe\xff\xfe")
    submission = stage(put(tmp_path, "eve.zip", spoilt))

    assert submission.problem.startswith("The zip archive is damaged")
    assert "\\x" not in submission.problem

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in (GATES, "nabla/\udcff\udcfe.py"):
            info = tarfile.TarInfo(name)
            info.size = 6
            archive.addfile(info, io.BytesIO(b"# mine"))
    submission = stage(put(tmp_path, "mallory.tar", out.getvalue()))

    assert gates_of(submission) == "# mine"
    assert all(note.isprintable() for note in submission.notes)


# Size


def test_ten_thousand_tiny_files_in_an_archive_are_too_many(stage, tmp_path):
    many = {f"nabla/{number}.py": "" for number in range(10_000)}
    submission = stage(put(tmp_path, "eve.zip", zipped(**{GATES: "# mine", **many})))

    assert submission.problem == (
        "The hand-in holds more than 5,000 files. Hand in a zip of the folder nabla/."
    )


def test_a_sparse_archive_of_a_gigabyte_is_not_read(stage, tmp_path):
    path = put(tmp_path, "eve.zip", zipped(**{GATES: "# mine"}))
    os.truncate(path, 1024**3)

    assert stage(path).problem == "'eve.zip' has 1.0 GiB, at most 64.0 MiB are read."


@pytest.mark.parametrize("kind", [b"S", b"V", b"M", b"D"])
def test_rare_kinds_of_tar_members_are_refused(stage, tmp_path, kind):
    problem = stage(put(tmp_path, "eve.tar", tar_of_kind(kind))).problem

    assert "'nabla/gates.py' is no ordinary file, so it is not read." in problem


def test_a_bomb_within_a_bomb_is_opened_at_no_level(stage, tmp_path):
    data = bytes(1024**2)
    for level in range(6):
        data = zipped(**{f"{level}-{copy}.zip": data for copy in range(10)})
    problem = stage(put(tmp_path, "eve.zip", data)).problem

    assert "holds no nabla/gates.py" in problem


# All at once


def encrypted(data):
    """Set the flag that says so, where a zip has it."""
    changed = bytearray(data)
    changed[6] |= 1
    changed[changed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def tar_of_kind(kind):
    """Return a tar whose only member is of this kind."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo(GATES))
    data = bytearray(out.getvalue())
    data[156:157] = kind
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


def horrors(inbox):
    """Write every kind of bad hand-in, and return the names."""
    whole = zipped(**{GATES: "# mine"})
    put(inbox, "absolute.zip", zipped(**{f"/{GATES}": "# evil"}))
    put(inbox, "climbs.zip", zipped(**{f"../../{GATES}": "# evil"}))
    put(inbox, "cut.zip", whole[: len(whole) // 2])
    put(inbox, "drive.zip", zipped(**{f"C:\\{GATES}": "# evil"}))
    put(inbox, "empty.zip", b"")
    put(inbox, "file-for-folder/nabla", "# a file")
    put(inbox, "hollow.zip", zipped())
    put(inbox, "many.zip", zipped(**{f"{n}.py": "" for n in range(6000)}))
    put(inbox, "nested.zip", zipped(**{"inner.zip": whole}))
    put(inbox, "program.zip", b"\x7fELF" + bytes(100))
    put(inbox, "wrong.tar.gz", b"PK\x03\x04" + struct.pack("<H", 20) * 30)
    put(inbox, "bomb.zip", zipped(**{GATES: bytes(40 * 1024**2)}))
    put(inbox, "stream.tar.gz", gzip.compress(bytes(512) * 80_000))
    put(inbox, "encrypted.zip", encrypted(whole))
    put(inbox, "twice.zip", zipped(**{GATES: "# 1", f"./{GATES}": "# 2"}))
    for number, kind in enumerate(b"12346S"):
        put(inbox, f"tar-{number}.tar", tar_of_kind(bytes((kind,))))
    (inbox / "folder-for-file" / GATES).mkdir(parents=True)
    (inbox / "nothing").mkdir()
    os.truncate(put(inbox, "sparse.zip", whole), 1024**3)
    info = zipfile.ZipInfo(GATES)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(inbox / "link.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    if sys.platform == "linux":
        (inbox / "device").symlink_to("/dev/zero")
        (inbox / "loop").symlink_to("loop")
        if os.geteuid() == 0:
            os.mknod(inbox / "node.zip", stat.S_IFCHR | 0o666, os.makedev(1, 5))
        os.mkfifo(inbox / "pipe.zip")
        os.mkfifo(hand_in(inbox / "pipe-inside", layers="") / GATES)
        with socket.socket(socket.AF_UNIX) as server:
            here = pathlib.Path.cwd()
            os.chdir(inbox)  # the name of a socket may not be long
            server.bind("socket.zip")
            os.chdir(here)
    return {path.name.partition(".")[0] for path in inbox.iterdir()}


def test_each_horror_gets_a_sentence_and_the_batch_goes_on(
    stage_all, tmp_path, nothing_starts
):
    inbox = tmp_path / "inbox"
    bad = horrors(inbox)
    for name in ("aaron", "kim", "zoe"):  # before, between and after them
        hand_in(inbox / name, gates=f"# of {name}")
    submissions = stage_all(inbox)

    assert set(submissions) == bad | {"aaron", "kim", "zoe"}
    for name in ("aaron", "kim", "zoe"):
        assert gates_of(submissions[name]) == f"# of {name}"
    for name in bad:
        problem = submissions[name].problem
        assert problem[:1] == "T" or problem[:1] == "'", (name, problem)
        assert problem.endswith("."), (name, problem)
        assert problem.isprintable()
        assert len(problem) < 500
        assert str(tmp_path) not in problem
        assert submissions[name].tree == ""
