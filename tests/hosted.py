"""What the tests of tests/hosts/ have in common."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

STAGES = ("a01_gates", "a02_layers")
MUTANTS, VARIANTS = 4, 2
SECRET = "the same inputs every time"

CONFINE = pathlib.Path(__file__).with_name("hosts") / "confine.py"
MIB = 1024**2


class Container:
    """The folders of Gradescope below a temporary root, with one autograder."""

    def __init__(self, home, user):
        self.home = home
        self.root = home / "autograder"
        self.user = user
        self.source = self.root / "source"
        self.results = self.root / "results/results.json"
        self.archive = None
        self.group = None

    def build(self, archive):
        """Unpack the zip and run its setup.sh, as for an image."""
        for name in ("source", "submission", "results"):
            (self.root / name).mkdir(parents=True)
        self._unpack(archive)
        for name in ("setup.sh", "run_autograder"):
            (self.source / name).chmod(0o755)
        shutil.copy(self.source / "run_autograder", self.root)
        self._hand_over()
        self.setup = self._finish(self.start(self.source / "setup.sh"))
        assert self.setup.returncode == 0, self.setup.stdout + self.setup.stderr
        return self

    def load(self, archive):
        """Take the grader of another zip, without installing NumPy once more."""
        shutil.rmtree(self.source / "grader")
        self._unpack(archive, only="grader/")
        subprocess.run(["chmod", "-R", "go-rwx", self.source], check=True)
        self._hand_over()
        return self

    def _unpack(self, archive, only=""):
        self.archive = archive
        with zipfile.ZipFile(archive) as content:
            names = (name for name in content.namelist() if name.startswith(only))
            content.extractall(self.source, names)

    def start(self, script):
        """Start a script confined, with the environment of the platform."""
        users = [] if self.user is None else ["--user", str(self.user)]
        groups = [] if self.group is None else ["--group", str(self.group.procs)]
        return subprocess.Popen(
            [sys.executable, str(CONFINE), *users, *groups, "--", str(script)],
            cwd=self.root,
            env={
                "PATH": f"{pathlib.Path(sys.executable).parent}:/usr/bin:/bin",
                "HOME": str(self.home),
                "AUTOGRADER_CACHE": str(self.home / "cache"),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def hand_in(self, tree, **metadata):
        """Put a hand-in where Gradescope puts it."""
        shutil.rmtree(self.root / "submission")
        shutil.copytree(tree, self.root / "submission", symlinks=True)
        text = json.dumps({"id": 1, **metadata})
        (self.root / "submission_metadata.json").write_text(text)
        self.results.unlink(missing_ok=True)
        self._hand_over()

    def grade(self, tree, **metadata):
        """Grade a hand-in; return results.json and what instructors see."""
        self.hand_in(tree, **metadata)
        done = self._finish(self.start(self.root / "run_autograder"))
        return json.loads(self.results.read_text()), done

    @contextlib.contextmanager
    def changed(self, name, old, new):
        """Change a file of the grader for a while."""
        path = self.source / "grader" / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        yield
        path.write_text(text)

    def guests(self):
        """Return the processes that it has started and that still run.

        By the user id, or, where that is one of those that all gradings of this
        machine share, by the folder that the guest's Python lies in.
        """
        found = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                status = (folder / "status").read_text()
                facts = dict(line.split(":", 1) for line in status.splitlines() if line)
                command = (folder / "cmdline").read_text()
                ours = str(self.home) in command
                if self.user is not None:
                    ours = int(facts["Uid"].split()[0]) == self.user
                if ours and "Z" not in facts["State"]:
                    found.append(f"{folder.name} {command}")
        return found

    def _hand_over(self):
        if self.user is not None:
            subprocess.run(
                ["chown", "-hR", f"{self.user}:{self.user}", self.home], check=True
            )

    def _finish(self, process):
        out, err = process.communicate(timeout=300)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


class MemoryGroup:
    """A control group of Linux that holds so much memory, of version 1 or 2.

    Raises:
        OSError: if none can be made here.
    """

    def __init__(self, mib, root=pathlib.Path("/sys/fs/cgroup")):
        old = (root / "memory/memory.limit_in_bytes").exists()
        self._folder = (root / "memory" if old else root) / f"tests-{os.getpid()}"
        if not old:
            (root / "cgroup.subtree_control").write_text("+memory")
        self._folder.mkdir()
        self._kills = "memory.oom_control" if old else "memory.events"
        self._most = "memory.max_usage_in_bytes" if old else "memory.peak"
        limit = "memory.limit_in_bytes" if old else "memory.max"
        (self._folder / limit).write_text(str(mib * MIB))
        self.procs = self._folder / "cgroup.procs"

    def kills(self):
        """Return how many processes the kernel has ended for want of memory."""
        lines = (self._folder / self._kills).read_text().splitlines()
        return int(dict(line.split() for line in lines)["oom_kill"])

    def peak(self):
        """Return the most that was held at a time, in MiB, cached files included."""
        return int((self._folder / self._most).read_text()) / MIB

    def close(self):
        """Remove it; its processes have ended."""
        self._folder.rmdir()
