"""What a submission can do in a protected sandbox: both of them, both kinds of user."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from autograder.sandbox import cache, linux, processes

HERE = pathlib.Path(__file__).parent

EXPLORER = """
import os, sys, fcntl

def environment():
    return dict(os.environ)

def user():
    return os.getuid()

def whereabouts():
    return [os.getcwd(), os.environ["HOME"]]

def name():
    return os.uname().nodename

def descriptors():
    found = []
    for fd in range(64):
        try:
            os.fstat(fd)
        except OSError:
            continue
        found.append(fd)
    return len(found)

def import_with_path(name, path):
    sys.path += path
    try:
        __import__(name)
    except ImportError:
        return "absent"
    return "present"

def everything_refused(facts):
    acts = {
        "read": lambda: open(facts["secret"]).read(),
        "neighbour": lambda: open(facts["neighbour"][0]).read(),
        "truncate": lambda: os.close(os.open(__file__, os.O_RDONLY | os.O_TRUNC)),
        "own file": lambda: open(__file__, "a"),
        "own mode": lambda: os.chmod(__file__, 0o777),
        "own time": lambda: os.utime(__file__),
        "passwords": lambda: open("/etc/passwd").read(),
        "proc": lambda: open("/proc/self/environ").read(),
        "memory": lambda: open("/proc/self/mem", "rb"),
        "disk": lambda: open("/tmp/mark", "w"),
        "shm": lambda: open("/dev/shm/mark", "w"),
        "terminal": lambda: open("/dev/tty"),
        "link": lambda: os.symlink("/etc", "etc"),
        "hard link": lambda: os.link(__file__, "copy"),
        "fifo": lambda: os.mkfifo("fifo"),
        "session": lambda: os.setsid(),
        "group": lambda: os.setpgid(0, 0),
        "user": lambda: os.setuid(0),
        "owner of signals": lambda: fcntl.fcntl(1, fcntl.F_SETOWN, os.getppid()),
        "parent": lambda: os.kill(os.getppid(), 9),
        "all": lambda: os.kill(-1, 9),
        "priority": lambda: os.sched_setaffinity(0, {0}),
        "chroot": lambda: os.chroot("."),
        "memfd": lambda: os.memfd_create("hidden"),
        "program": lambda: os.execv(sys.executable, ["python"]),
    }
    allowed = []
    for name, act in acts.items():
        try:
            act()
        except OSError:
            continue
        allowed.append(name)
    return allowed

def write(name, size):
    with open(name, "wb") as file:
        file.write(bytes(size))
    return os.path.getsize(name)

def allocate(size):
    return len(bytearray(size))

def open_many():
    files = []
    try:
        while True:
            files.append(open("/dev/null"))
    except OSError:
        return len(files)

def printing(count):
    for _ in range(count):
        print("x" * 999)
"""


@pytest.fixture(scope="module")
def explored(setting):
    """One guest, asked everything that does no harm."""
    calls = {
        "environment": ["environment"],
        "user": ["user"],
        "whereabouts": ["whereabouts"],
        "name": ["name"],
        "descriptors": ["descriptors"],
        "pytest": ["import_with_path", "pytest", sys.path],
        "suite": ["import_with_path", "autograder.suite", []],
        "allowed": ["everything_refused", "facts"],
        "small file": ["write", "notes.txt", 1000],
        "large file": ["write", "large.bin", 3_000_000],
        "large array": ["allocate", 600_000_000],
        "small array": ["allocate", 60_000_000],
        "open files": ["open_many"],
        "printed": ["printing", 5000],
    }
    limits = {"memory_bytes": 500_000_000, "written_bytes": 1_000_000}
    limits |= {"printed_bytes": 2000}
    report = setting.visit(EXPLORER, *calls.values(), neighbour=True, **limits)
    return report | {"replies": dict(zip(calls, report["replies"], strict=True))}


def value(report, name):
    return report["replies"][name]["value"]


def test_the_guest_says_first_that_it_is_ready(explored):
    assert explored["ready"]["op"] == "ready"


def test_nothing_of_the_environment_enters(explored):
    assert set(value(explored, "environment")) <= {
        "HOME",
        "LANG",
        "LC_CTYPE",
        "MKL_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "PWD",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONHASHSEED",
    }


def test_no_submission_runs_as_root(explored):
    assert value(explored, "user") != 0


def test_the_guest_works_in_its_scratch_folder(explored):
    cwd, home = value(explored, "whereabouts")

    assert cwd == home


def test_bubblewrap_gives_the_machine_another_name(explored, setting):
    own = setting.sandbox == "bubblewrap"

    assert (value(explored, "name") == "guest") == own


def test_only_standard_streams_and_the_channel_are_open(explored):
    assert value(explored, "descriptors") == 4


@pytest.mark.parametrize("name", ["pytest", "suite"])
def test_no_other_package_can_be_imported(explored, name):
    assert value(explored, name) == "absent"


def test_every_forbidden_act_is_refused(explored):
    assert value(explored, "allowed") == []


def test_a_small_file_can_be_written(explored):
    assert value(explored, "small file") == 1000


def test_a_file_above_the_limit_is_refused(explored):
    assert explored["replies"]["large file"]["type"] == "OSError"


def test_memory_above_the_limit_is_a_memory_error(explored):
    assert explored["replies"]["large array"]["type"] == "MemoryError"


def test_memory_below_the_limit_is_given(explored):
    assert value(explored, "small array") == 60_000_000


def test_open_files_are_limited(explored):
    assert value(explored, "open files") < 64


def test_a_flood_of_output_is_cut_and_blocks_nobody(explored):
    assert explored["printed"] == ("x" * 999 + "\n") * 2


def test_usage_is_told(explored):
    usage = explored["usage"]

    assert 0 < usage["cpu_s"] < 20
    assert usage["peak_bytes"] > 10_000_000
    assert usage["exit_status"] == -signal.SIGKILL


def test_nothing_is_left_on_disk(explored):
    assert explored["left"] == []


BOMB = """
import os, time

def explode():
    count = 0
    try:
        while count < 500:
            if os.fork() == 0:
                time.sleep(60)
            count += 1
    except BlockingIOError:
        pass
    time.sleep(0.3)
    return count
"""


def test_a_fork_bomb_is_stopped(setting):
    report = setting.visit(BOMB, ["explode"], processes=8)
    reply = report["replies"][0]

    assert reply.get("value", 0) < 16
    # All of them together may be too many, or hold too much, whichever is seen first.
    stopped = report["usage"]["stopped"]
    assert reply["op"] == "value" or stopped in {"processes", "memory"}
    assert report["alive"] == []


DAEMON = """
import os, time

def detach():
    if os.fork():
        return "started"
    try:
        os.setsid()
    except OSError:
        pass
    if os.fork() == 0:
        for fd in range(64):
            try:
                os.close(fd)
            except OSError:
                pass
        while True:
            time.sleep(0.01)
    os._exit(0)
"""


def test_a_daemon_does_not_outlive_its_guest(setting):
    report = setting.visit(DAEMON, ["detach"], wait_s=0.1)

    assert report["replies"][0]["value"] == "started"
    assert report["family"] >= 4
    assert report["alive"] == []


def test_nothing_outlives_a_host_that_is_killed(setting, tmp_path):
    folder = pathlib.Path(setting.home or tmp_path, f"linger-{setting.sandbox}")
    folder.mkdir()
    if setting.home:
        folder.chmod(0o777)
    request = {
        "sandbox": setting.sandbox,
        "source": DAEMON,
        "calls": [["detach"]],
        "folder": str(folder),
    }
    program = setting.program("linger")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(**program, **pipes) as host:
        host.stdin.write(json.dumps(request))
        host.stdin.close()
        family = json.loads(host.stdout.readline())
        host.send_signal(signal.SIGKILL)

    assert len(family) >= 4
    deadline = time.monotonic() + 10
    while processes.alive(family) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert processes.alive(family) == []


CROWD = """
import os, time

def fill(size, count):
    for _ in range(count):
        if os.fork() == 0:
            data = bytearray(b"x") * size
            time.sleep(60)
    time.sleep(60)

def compute(count):
    for _ in range(count):
        if os.fork() == 0:
            while True:
                pass
    time.sleep(60)

def scatter():
    for number in range(10**6):
        open(str(number), "w").close()
    time.sleep(60)

def dig():
    for _ in range(10**6):
        os.mkdir("d")
        os.chdir("d")
"""


@pytest.mark.parametrize(
    ("call", "limits", "stopped"),
    [
        (["fill", 80_000_000, 6], {"memory_bytes": 400_000_000}, "memory"),
        (["compute", 4], {"cpu_s": 1}, "cpu"),
        (["scatter"], {}, "files"),
        (["dig"], {}, "files"),
    ],
    ids=["memory", "cpu", "files", "folders"],
)
def test_what_all_processes_use_together_is_limited(setting, call, limits, stopped):
    report = setting.visit(CROWD, call, **limits)

    assert report["replies"] == [{"op": "lost", "how": "ChannelClosed"}]
    assert report["usage"]["stopped"] == stopped
    assert report["alive"] == []
    assert report["left"] == []


HIDER = """
import ctypes, mmap, os, threading, time

kept = []

def hide(keep, close):
    os.mkdir("deep")
    for number in range(10):
        handle = os.open(f"deep/{number}", os.O_CREAT | os.O_RDWR)
        os.write(handle, bytes(900_000))
        os.unlink(f"deep/{number}")
        keep(handle)
        if close:
            os.close(handle)
    time.sleep(60)

def by_open_files():
    hide(kept.append, close=False)

def by_mappings():
    hide(lambda handle: kept.append(mmap.mmap(handle, 4096)), close=True)

def by_a_thread_that_is_left():
    threading.Thread(target=by_open_files).start()
    leave = 60 if os.uname().machine == "x86_64" else 93
    ctypes.CDLL(None).syscall(leave, 0)

def by_files_written_over():
    for number in range(10):
        handle = os.open("new", os.O_CREAT | os.O_RDWR)
        os.write(handle, bytes(900_000))
        kept.append(handle)
        os.rename("new", "old")
    time.sleep(60)
"""


@pytest.mark.parametrize(
    "call",
    [
        "by_open_files",
        "by_mappings",
        "by_a_thread_that_is_left",
        "by_files_written_over",
    ],
)
def test_files_without_a_name_count(setting, call):
    report = setting.visit(HIDER, [call], written_bytes=1_000_000)
    (reply,) = report["replies"]

    full = "No space left on device"  # where the folder is memory of a fixed size
    if setting.sandbox == "lockdown":
        assert report["usage"]["stopped"] == "files"
    elif call == "by_a_thread_that_is_left":
        assert full in report["printed"]
    else:
        assert full in reply["text"]
    assert report["alive"] == []


@pytest.mark.skipif(not cache.is_root(), reason="needs root")
def test_root_sees_files_without_a_name_in_a_container_too():
    request = {"sandbox": "lockdown", "source": HIDER, "calls": [["by_open_files"]]}
    request |= {"neighbour": False, "limits": {"written_bytes": 1_000_000}}

    def lose_the_right_to_look_into_processes():
        linux.prctl(24, 19)  # PR_CAPBSET_DROP, CAP_SYS_PTRACE

    run = subprocess.run(
        [sys.executable, str(HERE / "driver.py"), "visit"],
        input=json.dumps(request),
        text=True,
        preexec_fn=lose_the_right_to_look_into_processes,
        capture_output=True,
        check=False,
    )

    assert json.loads(run.stdout)["usage"]["stopped"] == "files", run.stderr


TEMPORARY = """
import tempfile

def use(count):
    for number in range(count):
        with tempfile.TemporaryFile() as file:
            file.write(bytes(900_000))
    with tempfile.NamedTemporaryFile() as file, tempfile.TemporaryDirectory() as name:
        file.write(b"x")
    return "done"
"""


def test_temporary_files_can_be_used_one_after_another(setting):
    report = setting.visit(TEMPORARY, ["use", 50], wait_s=0.3, written_bytes=1_000_000)

    assert report["replies"][0]["value"] == "done"
    assert report["usage"]["stopped"] == ""


def test_a_guest_that_ends_by_itself_tells_how(setting):
    report = setting.visit("import os; os._exit(3)", ["nothing"])

    assert report["replies"][0]["op"] == "lost"
    assert report["usage"]["exit_status"] == 3
    assert os.getpid() not in report["alive"]
