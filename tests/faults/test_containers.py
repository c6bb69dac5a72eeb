"""Where user namespaces are refused, lockdown holds, and `doctor` says what does not.

`tests/hosts/confine.py` refuses what Docker's default profile refuses; `without.py`
does what an administrator does who forbids namespaces, or what an old kernel does.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
import pythons
from running import HONEST, fill, marks

HERE = pathlib.Path(__file__).resolve().parent
CONFINE = HERE.parent / "hosts/confine.py"
WITHOUT = HERE / "without.py"
ORDINARY = 54322  # exists nowhere
REACHES_OUT = """
import os, socket

def tried(act):
    try:
        act()
    except OSError:
        return
    print("REACHED", act.__code__.co_consts)

tried(lambda: open("/etc/passwd"))
tried(lambda: socket.create_connection(("127.0.0.1", 9), 1))
tried(lambda: os.kill(os.getppid(), 0))
tried(lambda: open("/tmp/HOSTILE-CONTAINER", "w"))
"""


class Container:
    """The kit and a course where anybody may go, and a way to run the command there."""

    def __init__(self, folder, course, user):
        self.folder = folder
        self._user = user
        ignored = shutil.ignore_patterns("__pycache__")
        source = HERE.parents[1] / "autograder"
        shutil.copytree(source, folder / "kit/autograder", ignore=ignored)
        shutil.copytree(course, folder / "course")
        for name in ("tmp", "cache", "home"):
            (folder / name).mkdir()
        self.own()

    def own(self):
        """Give all files to the user who grades."""
        folder = self.folder
        folder.chmod(0o755)
        if self._user is not None:
            for each in (folder, *folder.rglob("*")):
                os.chown(each, self._user, self._user)

    def autograder(self, *args, within=()):
        """Run the command as that user, `within` scripts that confine it."""
        python, more = sys.executable, {}
        if self._user is not None and not pythons.runs_for(self._user):
            python, more = pythons.for_others()
        path = [str(self.folder / "kit"), *([more["SITE"]] if more else [])]
        environment = {
            "AUTOGRADER_CACHE": str(self.folder / "cache"),
            "AUTOGRADER_SECRET": "the same inputs every time",
            "COLUMNS": "200",
            "HOME": str(self.folder / "home"),
            "MPLCONFIGDIR": str(self.folder / "home"),
            "NO_COLOR": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            "TERM": "dumb",
            "TMPDIR": str(self.folder / "tmp"),
            **more,
            "PYTHONPATH": os.pathsep.join(path),
        }
        command = [python, "-m", "autograder.cli", "--course", self.folder / "course"]
        as_user = {}
        if self._user is not None and not within:
            as_user = {"user": self._user, "group": self._user, "extra_groups": []}
        user = () if self._user is None else ("--user", self._user)
        for script, *words in within:  # the first is the innermost, and changes user
            command = [python, script, *words, *user, "--", *command]
            user = ()
        return subprocess.run(
            [*map(str, command), *map(str, args)],
            cwd=self.folder,
            env=environment,
            encoding="utf-8",
            capture_output=True,
            timeout=300,
            check=False,
            **as_user,
        )


@pytest.fixture(scope="module", params=["root", "ordinary user"])
def container(request, course, open_folder):
    if request.param == "root" and os.geteuid() != 0:
        pytest.skip("needs root")
    user = ORDINARY if request.param != "root" and os.geteuid() == 0 else None
    folder = open_folder / request.param.replace(" ", "-")
    folder.mkdir()
    for script in (CONFINE, WITHOUT):
        shutil.copy(script, folder)
    return Container(folder, course, user)


@pytest.fixture(
    params=[["confine.py"], ["without.py", "namespaces"]],
    ids=["Docker's filter", "no namespaces left"],
)
def refusing(request, container):
    """What refuses user namespaces: a seccomp filter, or the kernel's own limit."""
    script, *words = request.param
    if words and os.geteuid() != 0:
        pytest.skip("needs root")
    return [[container.folder / script, *words]]


def test_doctor_says_that_bubblewrap_fails_and_lockdown_holds(container, refusing):
    done = container.autograder("doctor", within=refusing)
    told = {line[3:24].strip(): line for line in done.stdout.splitlines()}

    assert done.returncode == 0, done.stdout + done.stderr
    assert told["sandbox bubblewrap"].startswith("–"), done.stdout
    assert told["sandbox lockdown"].startswith("✓"), done.stdout
    assert "forbidden acts refused" in told["sandbox lockdown"]
    assert told["protection"].rstrip().endswith("lockdown"), done.stdout


def test_marks_there_are_those_of_anywhere_else(container, refusing):
    inbox = fill(container.folder / "inbox", {**HONEST, "eve": REACHES_OUT})
    container.own()
    runs = {}
    for name, within in (("free", ()), ("confined", refusing)):
        out = container.folder / name
        done = container.autograder("grade", "a01", inbox, "--out", out, within=within)
        assert done.returncode == 0, done.stdout + done.stderr
        text = (out / "results.jsonl").read_text()
        assert "REACHED" not in text
        runs[name] = marks(out)
        shutil.rmtree(out)
    sandboxes = {json.loads(line)["sandbox"] for line in text.splitlines()}

    assert sandboxes == {"lockdown"}
    assert runs["confined"] == runs["free"]
    assert list((container.folder / "tmp").iterdir()) == []
    assert not pathlib.Path("/tmp/HOSTILE-CONTAINER").exists()


def test_where_nothing_holds_doctor_fails_and_nothing_is_graded(container):
    nothing = [
        [container.folder / "without.py", "landlock"],
        [container.folder / "confine.py"],
    ]
    inbox = fill(container.folder / "inbox", HONEST)
    container.own()
    out = container.folder / "never"
    doctor = container.autograder("doctor", within=nothing)
    grade = container.autograder("grade", "a01", inbox, "--out", out, within=nothing)

    assert doctor.returncode == 1, doctor.stdout + doctor.stderr
    assert "✗  protection" in doctor.stdout
    assert "Landlock is not in this kernel" in doctor.stdout
    assert grade.returncode == 2
    assert "no sandbox works on this machine" in grade.stderr
    assert not out.exists()
