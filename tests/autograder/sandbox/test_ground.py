"""What a guest stands on: the cache, the Python in it, slots, staged folders."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

import pytest

from autograder.errors import SandboxError
from autograder.sandbox import cache, kit, processes, runtime, slots, staging

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
as_root = pytest.mark.skipif(not cache.is_root(), reason="needs root")


@pytest.fixture
def own_cache(monkeypatch, open_folder):
    monkeypatch.setenv(cache.VARIABLE, str(open_folder))
    return open_folder


@linux
@pytest.mark.parametrize("spoil", ["open to all", "not a folder", "a stranger's"])
def test_a_cache_that_others_can_change_is_refused(own_cache, spoil, monkeypatch):
    inner = own_cache / "inner"
    monkeypatch.setenv(cache.VARIABLE, str(inner))
    if spoil == "not a folder":
        inner.write_text("")
    else:
        inner.mkdir()
        inner.chmod(0o777)
    if spoil == "a stranger's":
        if not cache.is_root():
            pytest.skip("needs root")
        inner.chmod(0o755)
        os.chown(inner, 12345, 12345)

    with pytest.raises(SandboxError, match="cannot be used as a folder"):
        cache.folder()


@linux
@as_root
def test_a_cache_that_guests_cannot_reach_is_refused(own_cache, monkeypatch):
    own_cache.chmod(0o700)

    with pytest.raises(SandboxError, match="cannot be used as a folder"):
        cache.folder()


def test_two_builders_do_not_disturb_each_other(own_cache):
    together = threading.Barrier(4)
    built = []

    def make(folder):
        together.wait()
        (folder / "one").write_text("whole")

    def build():
        built.append(cache.build("thing", make))

    builders = [threading.Thread(target=build) for _ in range(4)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()

    assert [(path / "one").read_text() for path in built] == ["whole"] * 4
    assert [path.name for path in own_cache.iterdir()] == ["thing"]


def test_what_nobody_has_used_for_long_is_forgotten(own_cache):
    old, recent = (cache.build(f"thing-{n}", lambda folder: None) for n in (1, 2))
    os.utime(old, (0, 0))
    new = cache.build("thing-3", lambda folder: None)

    assert set(own_cache.iterdir()) == {recent, new}


def test_a_builder_that_fails_leaves_nothing(own_cache):
    def make(folder):
        raise SandboxError("no room")

    with pytest.raises(SandboxError, match="no room"):
        cache.build("thing", make)
    assert list(own_cache.iterdir()) == []


@linux
def test_the_staged_python_is_found_again():
    assert runtime.prepare() == runtime.prepare()


@linux
def test_the_staged_python_holds_numpy_and_nothing_else():
    staged = runtime.prepare()
    code = "import sys; sys.path.append(sys.argv[1]); import numpy.testing, sqlite3"
    command = [*staged.command(str(staged.root)), "-c", code, str(staged.site)]
    run = subprocess.run(command, env={}, capture_output=True, text=True, check=False)

    assert "_sqlite3" in run.stderr
    assert {path.name for path in staged.site.iterdir()} <= {"numpy", "numpy.libs"}


@linux
def test_a_damaged_python_is_told_with_its_remedy(monkeypatch, own_cache):
    monkeypatch.setattr(runtime, "_key", lambda: "damaged")
    (own_cache / "runtime-damaged").mkdir()

    with pytest.raises(SandboxError, match="is damaged") as caught:
        runtime.prepare()
    assert caught.value.remedy.startswith("Delete")


def test_of_our_code_only_what_is_needed_enters():
    folder = kit.prepare() / "autograder"
    entered = {path.relative_to(folder).parts[0] for path in folder.rglob("*.py")}

    assert entered == {"__init__.py", "wire", "guest", "sandbox"}
    assert not (folder / "sandbox" / "choosing.py").exists()


@linux
def test_two_guests_never_share_a_slot():
    first, second = (slots.acquire(7, separate=True) for _ in range(2))

    assert first.user != second.user
    first.release()
    second.release()


@linux
@as_root
def test_batches_that_keep_their_caches_apart_share_no_user(monkeypatch, tmp_path):
    taken = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(cache, "folder", lambda name=name: tmp_path / name)
        taken.append(slots.acquire(9, separate=True))
    for slot in taken:
        slot.release()

    assert len({slot.user for slot in taken}) == 2


@linux
def test_what_a_killed_host_left_behind_is_cleared_away():
    left = pathlib.Path(tempfile.mkdtemp(prefix="autograder-"))
    slot = slots.acquire(11, separate=False)
    slot.remember(left)
    os.close(slot.lock)  # as the end of the process would
    slots.acquire(12, separate=False).release()

    assert not left.exists()


@linux
def test_a_note_that_is_gone_meanwhile_removes_nothing(monkeypatch, tmp_path):
    (tmp_path / "mine").write_text("")
    monkeypatch.chdir(tmp_path)
    other = slots.acquire(14, separate=False)
    other.remember(tmp_path / "autograder-gone")
    lock = slots._lock

    def late(path):
        if path.name == "14":
            other.release()  # between the look at the note and the lock
        return lock(path)

    monkeypatch.setattr(slots, "_lock", late)
    slots.acquire(15, separate=False).release()

    assert (tmp_path / "mine").exists()


@linux
@as_root
def test_processes_that_a_killed_host_left_behind_are_ended(tmp_path):
    slot = slots.acquire(13, separate=True)
    slot.remember(tmp_path / "gone")
    with subprocess.Popen(["sleep", "60"], user=slot.user, cwd="/") as left:
        os.close(slot.lock)
        slots.acquire(13, separate=True).release()

        assert left.wait(5) == -9
    assert processes.of_user(slot.user) == []


@linux
@as_root
def test_what_cannot_be_ended_keeps_its_slot_and_nobody_elses(monkeypatch, tmp_path):
    slot = slots.acquire(13, separate=True)
    slot.remember(tmp_path / "autograder-gone")
    os.close(slot.lock)

    def stuck(user, within_s):
        raise SandboxError(f"user {user}: processes [1] cannot be ended")

    with monkeypatch.context() as patched:
        patched.setattr(slots, "end_all_of", stuck)
        other = slots.acquire(13, separate=True)

    assert other.user != slot.user
    other.release()
    again = slots.acquire(13, separate=True)
    assert again.user == slot.user
    again.release()


@linux
def test_a_bubblewrap_that_lost_its_host_gives_its_slot_back(tmp_path):
    bwrap = tmp_path / "bwrap"
    bwrap.symlink_to(shutil.which("sleep"))
    slot = slots.acquire(16, separate=False)
    path = cache.folder() / "slots" / "16"
    with subprocess.Popen(["true"]) as host:
        pass
    path.write_bytes(b"%d /nothing" % host.pid)
    with subprocess.Popen([bwrap, "60"], pass_fds=[slot.lock]) as left:
        while not processes.holding(path, command="bwrap"):
            pass  # its name comes a moment after its start
        os.close(slot.lock)
        slots.acquire(17, separate=False).release()

        assert left.wait(5) == -9
    assert path.read_bytes() == b""


@linux
def test_a_slot_whose_host_lives_is_left_alone(tmp_path):
    bwrap = tmp_path / "bwrap"
    bwrap.symlink_to(shutil.which("sleep"))
    slot = slots.acquire(16, separate=False)
    slot.remember(tmp_path / "autograder-gone")
    with subprocess.Popen([bwrap, "60"], pass_fds=[slot.lock]) as guest:
        slots.acquire(17, separate=False).release()

        assert guest.poll() is None
        guest.kill()
    slot.release()


@linux
def test_links_and_devices_of_a_submission_stay_behind(submission, tmp_path):
    (submission / "nabla" / "link.py").symlink_to("/etc/passwd")
    os.mkfifo(submission / "nabla" / "fifo.py")
    base = staging.reserve(None)
    staging.fill(base, submission, None)

    assert {path.name for path in (base / "tree" / "nabla").iterdir()} == {
        "__init__.py"
    }
    staging.remove(base)


@linux
def test_folders_that_vanish_do_not_end_the_count(tmp_path, monkeypatch):
    for name in ("full", "vanished", "empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "file").write_bytes(bytes(100_000))
    scan = os.scandir

    def scandir(path):
        if str(path) == str(tmp_path / "vanished"):
            (tmp_path / "vanished").rmdir()
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    size, entries = staging.FolderMeter(tmp_path, largest=1000).read([])

    assert (size >= 100_000, entries) == (True, 4)


@linux
def test_a_folder_is_removed_however_deep_it_is(tmp_path):
    folder = tmp_path / "scratch"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    (tmp_path / "kept").write_text("")
    here = pathlib.Path.cwd()
    os.chdir(folder)
    for _ in range(1200):
        pathlib.Path("file").write_text("")
        pathlib.Path("deep").mkdir()
        os.chdir("deep")
    os.chdir(here)
    staging.remove(folder)

    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
