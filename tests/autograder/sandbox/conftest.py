import dataclasses
import functools
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

from autograder.sandbox import cache, choosing, runtime

HERE = pathlib.Path(__file__).parent
REPOSITORY = HERE.parents[2]
ORDINARY_USER = 54321


def load_driver():
    spec = importlib.util.spec_from_file_location("sandbox_driver", HERE / "driver.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclasses.dataclass(frozen=True)
class Setting:
    """A sandbox and the user who grades."""

    sandbox: str
    user: str  # "root" or "ordinary"
    home: str  # the ordinary user's folder, when the tests run as root

    def visit(self, source, *calls, wait_s=0, neighbour=False, **limits):
        request = {
            "sandbox": self.sandbox,
            "source": source,
            "calls": calls,
            "wait_s": wait_s,
            "neighbour": neighbour,
            "limits": limits,
        }
        if not self.home:
            return load_driver().visit(request)
        run = subprocess.run(
            **self.program("visit"),
            input=json.dumps(request),
            capture_output=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    def program(self, doing):
        """Return how to start the driver as a program, as that user."""
        if not self.home:
            python = [sys.executable]
            environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
            return {
                "args": [*python, str(HERE / "driver.py"), doing],
                "env": environment,
                "text": True,
            }
        staged = runtime.prepare()
        script = pathlib.Path(self.home, "driver.py")
        environment = {
            "HOME": self.home,
            "TMPDIR": self.home,
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{self.home}/kit:{staged.site}",
            "LD_LIBRARY_PATH": str(staged.root / "so"),
            cache.VARIABLE: f"{self.home}/cache",
        }
        return {
            "args": [*staged.command(str(staged.root)), str(script), doing],
            "env": environment,
            "text": True,
            "cwd": self.home,
            "user": ORDINARY_USER,
            "group": ORDINARY_USER,
            "extra_groups": [],
        }


@pytest.fixture(scope="session")
def ordinary_home():
    """A folder for the ordinary user, with the kit in it; "" if we are that user."""
    if not cache.is_root():
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="ordinary-", dir="/tmp") as folder:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(
            REPOSITORY / "autograder", f"{folder}/kit/autograder", ignore=ignored
        )
        shutil.copy(HERE / "driver.py", folder)
        for path in (pathlib.Path(folder), *pathlib.Path(folder).rglob("*")):
            os.chown(path, ORDINARY_USER, ORDINARY_USER)
        yield folder


@functools.cache
def tried(sandbox):
    return choosing._probe_once(sandbox)


@pytest.fixture(
    scope="session",
    params=[
        (sandbox, user)
        for sandbox in ("bubblewrap", "lockdown")
        for user in ("root", "ordinary")
    ],
    ids="-".join,
)
def setting(request, ordinary_home):
    """Each protected sandbox, with each kind of user who may grade."""
    sandbox, user = request.param
    if user == "root" and not cache.is_root():
        pytest.skip("needs root")
    if not tried(sandbox).works:
        pytest.skip(f"{sandbox} does not work here: {tried(sandbox).reason}")
    return Setting(sandbox, user, ordinary_home if user == "ordinary" else "")


@pytest.fixture
def open_folder():
    """A folder that every user can go through; pytest keeps its own to itself."""
    with tempfile.TemporaryDirectory(prefix="open-", dir="/tmp") as folder:
        pathlib.Path(folder).chmod(0o755)
        yield pathlib.Path(folder)


@pytest.fixture
def submission(tmp_path):
    """A folder with an empty package nabla."""
    package = tmp_path / "tree" / "nabla"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    return package.parent
