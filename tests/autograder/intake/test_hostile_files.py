"""Files that want to be followed, waited for or unpacked: each gets a sentence."""

import bz2
import errno
import gzip
import io
import lzma
import os
import pathlib
import socket
import stat
import struct
import tarfile
import warnings
import zipfile

import fake_course
import pytest
from fake_course import hand_in, put, zipped

from autograder import intake
from autograder.errors import MachineError

GATES = "nabla/gates.py"


@pytest.fixture
def stage(tmp_path):
    course = fake_course.write_course(tmp_path / "course")

    def run(path):
        source = intake.Source(path.stem, path)
        return intake.stage(source, course.assignment("a01"), course, tmp_path / "w")

    return run


@pytest.fixture
def stage_bytes(stage, tmp_path):
    return lambda data, name="eve.zip": stage(put(tmp_path, name, data))


def gates_of(submission):
    assert submission.problem == ""
    return pathlib.Path(submission.tree, GATES).read_text()


def zip_of(*entries, **options):
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", **options) as archive:
        warnings.simplefilter("ignore")  # duplicate names are the subject
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def zip_info(name, mode=0):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def tar_of(*entries, mode="w", **options):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, **options) as archive:
        for name, content, fields in entries:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for field, value in fields.items():
                setattr(info, field, value)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


# Folders


@pytest.mark.parametrize("linked", [GATES, "nabla"])
def test_links_are_not_followed(stage, tmp_path, linked):
    hand_in(tmp_path / "other", gates="# not yours")
    link = tmp_path / "eve" / linked
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "other" / linked)
    put(tmp_path, "eve/readme.txt", "")

    assert f"'{linked}' is a symbolic link" in stage(tmp_path / "eve").problem


def test_a_hand_in_that_is_a_link_is_not_followed(stage, tmp_path):
    hand_in(tmp_path / "other", gates="# not yours")
    (tmp_path / "eve").symlink_to(tmp_path / "other")

    assert stage(tmp_path / "eve").problem == (
        "The hand-in is a symbolic link, expected a folder or an archive."
    )


def test_a_pipe_is_not_waited_for(stage, tmp_path):
    hand_in(tmp_path / "eve", layers="")
    os.mkfifo(tmp_path / "eve" / GATES)
    os.mkfifo(tmp_path / "pipe.zip")

    assert "'nabla/gates.py' is a pipe" in stage(tmp_path / "eve").problem
    assert "The hand-in is a pipe" in stage(tmp_path / "pipe.zip").problem


def test_a_socket_is_not_opened(stage, tmp_path):
    hand_in(tmp_path / "eve", layers="")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "eve" / GATES))

        assert "'nabla/gates.py' is a socket" in stage(tmp_path / "eve").problem


@pytest.mark.parametrize("kind", [stat.S_IFCHR, stat.S_IFBLK])
def test_a_device_is_not_opened(stage, tmp_path, kind):
    hand_in(tmp_path / "eve", layers="")
    try:
        os.mknod(tmp_path / "eve" / GATES, kind | 0o666, os.makedev(1, 5))
        os.mknod(tmp_path / "node.zip", kind | 0o666, os.makedev(1, 5))
    except (AttributeError, PermissionError):
        pytest.skip("only root makes devices")

    assert "'nabla/gates.py' is a device" in stage(tmp_path / "eve").problem
    assert "The hand-in is a device" in stage(tmp_path / "node.zip").problem


def test_a_disk_that_fails_is_not_the_students_affair(stage, tmp_path, monkeypatch):
    hand_in(tmp_path / "ada", gates="# mine")

    def fails(*_args, **_options):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("autograder.intake.opening._open", fails)

    with pytest.raises(MachineError, match=r"'nabla/gates.py': Input/output error"):
        stage(tmp_path / "ada")


def test_a_folder_swapped_for_a_link_while_it_is_read_is_not_followed(tmp_path):
    from autograder.errors import IntakeError
    from autograder.intake.holding import open_holding

    hand_in(tmp_path / "eve", gates="# mine")
    hand_in(tmp_path / "other", gates="# not yours")
    holding = open_holding(tmp_path / "eve")
    (tmp_path / "eve/nabla").rename(tmp_path / "eve/moved")
    (tmp_path / "eve/nabla").symlink_to(tmp_path / "other/nabla")

    with pytest.raises(IntakeError, match="links are not followed"):
        holding.read(GATES)


def test_a_sparse_file_of_a_gigabyte_is_not_read(stage, tmp_path):
    path = put(tmp_path, f"eve/{GATES}", "")
    os.truncate(path, 1024**3)

    assert stage(tmp_path / "eve").problem == (
        "'nabla/gates.py' has 1.0 GiB, at most 1.0 MiB are read."
    )


def test_ten_thousand_files_are_too_many(stage, tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.intake.caps.MEMBERS", 50)
    hand_in(tmp_path / "eve", gates="")
    for number in range(60):
        put(tmp_path, f"eve/x/{number}.txt", "")

    assert "holds more than 50 files" in stage(tmp_path / "eve").problem


def test_folders_a_hundred_deep_are_not_descended(stage, tmp_path):
    hand_in(tmp_path / "eve", gates="# mine")
    put(tmp_path, "eve/" + "d/" * 100 + GATES, "")

    assert gates_of(stage(tmp_path / "eve")) == "# mine"


def test_names_that_are_no_utf8_are_ignored(stage, tmp_path):
    hand_in(tmp_path / "eve", gates="# mine")
    (tmp_path / "eve" / os.fsdecode(b"nabla/x\xff.py")).touch()
    submission = stage(tmp_path / "eve")

    assert gates_of(submission) == "# mine"
    assert "\\udcff" not in ascii(submission.notes)


def test_names_cannot_deceive_in_a_note(stage, tmp_path):
    hand_in(tmp_path / "eve", gates="")
    put(tmp_path, "eve/nabla/\u202egnp\x1b[31m\n.py", "")
    note = stage(tmp_path / "eve").notes[0]

    assert note.isprintable()
    assert "\u202e" not in note


# Zip archives


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.py",
        "/etc/evil.py",
        "C:\\evil.py",
        "..\\evil.py",
        "nabla/../../evil.py",
    ],
)
def test_members_that_climb_out_are_refused_with_a_note(stage_bytes, name):
    submission = stage_bytes(zip_of((GATES, "# mine"), (name, "# evil")))

    assert gates_of(submission) == "# mine"
    assert "climbs out" in submission.notes[0] or "absolute" in submission.notes[0]


def test_a_file_asked_for_that_climbs_out_is_a_problem(stage_bytes):
    problem = stage_bytes(zip_of(("../nabla/gates.py", "# evil"))).problem

    assert "climbs out of the archive, so it is not read." in problem


@pytest.mark.parametrize(
    "kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK]
)
def test_links_and_devices_in_a_zip_are_refused(stage_bytes, kind):
    problem = stage_bytes(
        zip_of((zip_info(GATES, kind | 0o644), "/etc/passwd"))
    ).problem

    assert "'nabla/gates.py' is " in problem


def test_a_file_twice_in_a_zip_is_a_problem(stage_bytes):
    problem = stage_bytes(zip_of((GATES, "# 1"), ("./" + GATES, "# 2"))).problem

    assert "'nabla/gates.py' is in the archive more than once" in problem


def test_names_that_differ_in_case_are_different_files(stage_bytes):
    submission = stage_bytes(zip_of(("nabla/GATES.py", "# 1"), (GATES, "# 2")))

    assert gates_of(submission) == "# 2"
    assert "'nabla/GATES.py'" in submission.notes[0]


def test_separators_of_windows_are_understood(stage_bytes):
    assert gates_of(stage_bytes(zip_of(("hw\\nabla\\gates.py", "# me")))) == "# me"


def test_noise_in_an_archive_is_left_out(stage_bytes):
    entries = [(GATES, "# mine"), ("__MACOSX/nabla/._gates.py", ""), (".DS_Store", "")]

    assert stage_bytes(zip_of(*entries)).notes == ()


def test_a_bomb_is_not_unpacked(stage_bytes):
    bomb = zip_of((GATES, bytes(4 * 1024**2)), compression=zipfile.ZIP_DEFLATED)

    assert stage_bytes(bomb).problem == (
        "'nabla/gates.py' unpacks to 4.0 MiB, at most 1.0 MiB are read."
    )


def test_a_bomb_that_lies_about_its_size_is_not_unpacked(stage_bytes):
    bomb = zip_of((GATES, bytes(4 * 1024**2)), compression=zipfile.ZIP_DEFLATED)
    lying = bomb.replace(struct.pack("<I", 4 * 1024**2), struct.pack("<I", 100))

    assert "damaged or incomplete" in stage_bytes(lying).problem


def test_large_files_that_nobody_asked_for_only_give_a_note(stage_bytes):
    entries = [(GATES, "# mine"), ("mnist.bin", bytes(33 * 1024**2))]
    submission = stage_bytes(zip_of(*entries, compression=zipfile.ZIP_DEFLATED))

    assert gates_of(submission) == "# mine"
    assert "would unpack to 33.0 MiB" in submission.notes[0]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_cannot_be_unpacked_in_pieces_are_refused(stage_bytes, method):
    problem = stage_bytes(zip_of((GATES, "x" * 1000), compression=method)).problem

    assert "'nabla/gates.py' is compressed in an unusual way" in problem


def test_members_that_share_their_bytes_are_read_one_at_a_time(stage_bytes):
    data = bytearray(zip_of((GATES, "# mine"), ("nabla/other.py", "# mine")))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = bytes(4)  # it lies where the first one does

    assert gates_of(stage_bytes(bytes(data))) == "# mine"


@pytest.mark.parametrize("name", ["gates.py ", "gates.py.", "GATES.PY"])
def test_names_that_some_systems_take_for_another_are_not(stage_bytes, name):
    submission = stage_bytes(zip_of((f"nabla/{name}", "# evil"), (GATES, "# mine")))

    assert gates_of(submission) == "# mine"


def test_a_name_that_a_zero_byte_cuts_short_hides_nothing(stage_bytes):
    data = zip_of((f"{GATES}|.txt", "# evil"), (GATES, "# mine"))
    cut = data.replace(f"{GATES}|".encode(), f"{GATES}\0".encode())

    assert "'nabla/gates.py' is in the archive more than once" in (
        stage_bytes(cut).problem
    )


def test_an_archive_inside_an_archive_is_not_opened(stage_bytes):
    problem = stage_bytes(zip_of(("hw.zip", zipped(**{GATES: "# mine"})))).problem

    assert "holds no nabla/gates.py. Found: 'hw.zip'" in problem


def test_an_archive_inside_a_folder_is_opened(stage, tmp_path):
    put(tmp_path, "ada/hw 1 (final).zip", zipped(**{GATES: "# mine"}))

    assert gates_of(stage(tmp_path / "ada")) == "# mine"


def test_two_archives_inside_a_folder_are_a_problem(stage, tmp_path):
    put(tmp_path, "ada/1.zip", zipped())
    put(tmp_path, "ada/2.zip", zipped())

    assert "holds 2 archives and no Python file" in stage(tmp_path / "ada").problem


def test_an_encrypted_zip_is_a_problem(stage_bytes):
    data = bytearray(zip_of((GATES, "# mine")))
    data[6] |= 1  # in the local header
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and in the directory

    assert "'nabla/gates.py' is encrypted" in stage_bytes(bytes(data)).problem


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_a_truncated_zip_is_a_problem(stage_bytes, share):
    data = zip_of((GATES, os.urandom(2000)))

    assert "damaged" in stage_bytes(data[: int(share * len(data))]).problem


def test_a_zip_whose_contents_were_altered_is_a_problem(stage_bytes):
    data = zip_of((GATES, "a = 1")).replace(b"a = 1", b"a = 2")

    assert "damaged or incomplete: Bad CRC-32" in stage_bytes(data).problem


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The hand-in is empty."),
        (b"%PDF-1.7", "The hand-in is neither a folder nor a zip or tar archive."),
        (b"Rar!\x1a\x07\x01\x00", "The hand-in is a RAR archive."),
        (zip_of(), "The hand-in holds no file, expected nabla/gates.py."),
        (tar_of(), "The hand-in is neither a folder nor a zip or tar archive."),
        (gzip.compress(b""), "The hand-in is empty."),
    ],
)
def test_what_is_no_archive_is_told_so(stage_bytes, data, sentence):
    assert stage_bytes(data).problem.startswith(sentence)


def test_the_content_counts_and_not_the_ending(stage_bytes):
    assert gates_of(stage_bytes(zipped(**{GATES: "# me"}), "eve.tar.gz")) == "# me"


def test_an_archive_of_more_than_the_cap_is_not_read(stage, tmp_path):
    path = put(tmp_path, "eve.zip", zipped())
    os.truncate(path, 65 * 1024**2)

    assert "'eve.zip' has 65.0 MiB, at most 64.0 MiB" in stage(path).problem


def test_a_zip_of_very_many_entries_is_not_parsed(stage_bytes):
    data = zip_of((GATES, "# mine"), ("x", b"PK\x01\x02" * 20_001))

    assert "holds more than 20,000 files" in stage_bytes(data).problem


# Tar archives


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT, 1])
def test_tar_archives_of_every_kind_are_read(stage_bytes, mode, form):
    long = "d" * 60 + "/" + "e" * 60 + "/"
    entries = [(long + GATES, b"# mine", {}), (long + "nabla", b"", {"type": b"5"})]

    assert gates_of(stage_bytes(tar_of(*entries, mode=mode, format=form))) == "# mine"


def test_names_beyond_ascii_are_read_from_a_tar(stage_bytes):
    data = tar_of(("Übung/" + GATES, b"# mine", {}), format=tarfile.PAX_FORMAT)

    assert gates_of(stage_bytes(data)) == "# mine"


def test_a_tar_in_several_compressed_streams_is_read(stage_bytes):
    data = tar_of((GATES, b"# mine", {}))
    parts = bz2.compress(data[:700]) + bz2.compress(data[700:])

    assert gates_of(stage_bytes(parts)) == "# mine"


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (tarfile.SYMTYPE, "symbolic link"),
        (tarfile.LNKTYPE, "hard link"),
        (tarfile.FIFOTYPE, "pipe"),
        (tarfile.CHRTYPE, "device"),
        (tarfile.BLKTYPE, "device"),
    ],
)
def test_links_pipes_and_devices_in_a_tar_are_refused(stage_bytes, kind, what):
    fields = {"type": kind, "linkname": "/etc/passwd"}
    problem = stage_bytes(tar_of((GATES, b"", fields))).problem

    assert f"'nabla/gates.py' is a {what}, so it is not read." in problem


def test_a_hard_link_to_another_member_is_not_followed(stage_bytes):
    link = {"type": tarfile.LNKTYPE, "linkname": "notes.py"}
    data = tar_of(("notes.py", b"# not asked for", {}), (GATES, b"", link))

    assert "'nabla/gates.py' is a hard link" in stage_bytes(data).problem


@pytest.mark.parametrize("name", ["/nabla/gates.py", "C:\\nabla\\gates.py"])
def test_absolute_and_drive_paths_in_a_tar_are_refused(stage_bytes, name):
    problem = stage_bytes(tar_of((name, b"# evil", {}))).problem

    assert "is an absolute path, so it is not read." in problem


def test_a_file_twice_in_a_tar_is_a_problem(stage_bytes):
    data = tar_of((GATES, b"# 1", {}), (f"./{GATES}", b"# 2", {}))

    assert "'nabla/gates.py' is in the archive more than once" in (
        stage_bytes(data).problem
    )


def test_a_tar_member_that_climbs_out_is_refused(stage_bytes):
    data = tar_of((GATES, b"# mine", {}), ("../../evil.py", b"# evil", {}))
    submission = stage_bytes(data)

    assert gates_of(submission) == "# mine"
    assert submission.notes == ("'../../evil.py' climbs out of the archive.",)


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_bomb_is_not_unpacked(stage_bytes, compress):
    bomb = compress(tar_of((GATES, bytes(33 * 1024**2), {})))

    assert "unpacks to more than 32.0 MiB" in stage_bytes(bomb).problem


def test_a_hundred_compressed_streams_are_too_many(stage_bytes):
    assert "more than 64 parts" in stage_bytes(gzip.compress(b"") * 100).problem


@pytest.mark.parametrize("kept", [100, 515, 700])
def test_a_truncated_tar_is_a_problem(stage_bytes, kept):
    data = tar_of((GATES, b"x" * 600, {}))
    problem = stage_bytes(data[:kept]).problem

    assert "damaged or incomplete" in problem or "neither a folder" in problem


def test_a_truncated_compressed_tar_is_a_problem(stage_bytes):
    data = gzip.compress(tar_of((GATES, os.urandom(2000), {})))

    assert "archive is incomplete" in stage_bytes(data[:-900]).problem


def test_a_tar_header_with_a_negative_size_does_not_hang(stage_bytes):
    data = bytearray(tar_of((GATES, b"x", {})))
    data[124:136] = b"\xff" * 11 + b"\x00"
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])

    assert "a size is no number" in stage_bytes(bytes(data)).problem


def test_a_hostile_extended_header_does_not_hang(stage_bytes):
    body = b"1" * 500_000
    data = tar_of(("x", body, {"type": b"x"}), (GATES, b"# mine", {}))

    assert gates_of(stage_bytes(data)) == "# mine"


def test_links_are_refused_where_files_cannot_be_opened_relative_to_a_folder(
    stage, tmp_path, monkeypatch
):
    monkeypatch.setattr("autograder.intake.opening._RELATIVE", False)
    hand_in(tmp_path / "ada", gates="# mine")
    hand_in(tmp_path / "eve", layers="")
    (tmp_path / "eve" / GATES).symlink_to(tmp_path / "ada" / GATES)

    assert gates_of(stage(tmp_path / "ada")) == "# mine"
    assert "'nabla/gates.py' is a symbolic link" in stage(tmp_path / "eve").problem
