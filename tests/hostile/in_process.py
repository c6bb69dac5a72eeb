"""What members earn from an ordinary grader, which runs them in its own process.

Each one in a throw-away bubblewrap without a network, so that the machine is safe; what
it does to the grader's process is its own affair.
"""

# ruff: noqa: T201 - it is a program that prints, too

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import json
import multiprocessing
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import typing
from collections.abc import Sequence

import corpus

from autograder.sandbox import runtime

REPOSITORY = corpus.HERE.parents[1]
ORDINARY = corpus.HERE / "ordinary"
_FIRST_USER = 54400  # exists nowhere; limits count per user
_WALL_S = 8
_PYTEST = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py")
_LIMITS = {
    resource.RLIMIT_AS: 800 * 2**20,
    resource.RLIMIT_CPU: 10,
    resource.RLIMIT_FSIZE: 2**22,
    resource.RLIMIT_NPROC: 12,
    resource.RLIMIT_CORE: 0,
}


@dataclasses.dataclass(frozen=True)
class Earned:
    """What one member has earned; None: there was no result at all."""

    score: float | None
    output: str


def missing() -> str:
    """Say what is missing to run this, or ""."""
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed"
    done = subprocess.run(
        [*_bubblewrap(pathlib.Path(_pytest().name)), "true"],
        capture_output=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stderr.decode().strip()


def grade_all(sources: Sequence[str]) -> list[Earned]:
    """Grade many, as many at a time as there are processors."""
    runtime.prepare(), _pytest()  # once, not in each process
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        return pool.map(grade, sources, chunksize=1)


def grade(source: str) -> Earned:
    """Grade one nabla/small.py."""
    user = _FIRST_USER + os.getpid() % 500
    with tempfile.TemporaryDirectory(prefix="ordinary-", dir="/tmp") as name:
        folder = pathlib.Path(name)
        package = folder / "hand-in/nabla"
        package.mkdir(parents=True)
        for module in corpus.GIVEN:
            shutil.copy(REPOSITORY / "reference/nabla" / f"{module}.py", package)
        (package / "small.py").write_text(source, encoding="utf-8")
        shutil.copytree(ORDINARY, folder / "grader")
        output = folder / "output.txt"
        as_user: dict[str, typing.Any] = {}
        if os.geteuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, user, user)
            as_user = {"user": user, "group": user, "extra_groups": []}
        with output.open("wb") as stream:
            process = subprocess.Popen(
                [
                    *_bubblewrap(folder),
                    *runtime.prepare().command(str(runtime.prepare().root)),
                    *("grader/grader.py", "hand-in", "results.json"),
                ],
                env={
                    "HOME": name,
                    "OMP_NUM_THREADS": "1",
                    "OPENBLAS_NUM_THREADS": "1",
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": f"{runtime.prepare().site}:{_pytest().name}",
                },
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
                preexec_fn=_limit,  # noqa: PLW1509 - there are no threads
                **as_user,
            )
            try:
                process.wait(_WALL_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return Earned(_score(folder / "results.json"), _text(output))


@functools.cache
def _pytest() -> tempfile.TemporaryDirectory[str]:
    """Copy pytest: where it is installed, an ordinary user may be unable to go."""
    copy = tempfile.TemporaryDirectory(prefix="pytest-", dir="/tmp")
    site = pathlib.Path(copy.name)
    site.chmod(0o755)
    for name in _PYTEST:
        spec = importlib.util.find_spec(name)
        assert spec is not None, name
        source = pathlib.Path(str(spec.origin))
        if source.name == "__init__.py":
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source.parent, site / name, ignore=ignored)
        else:
            shutil.copy(source, site)
    return copy


def _bubblewrap(folder: pathlib.Path) -> list[str]:
    return [
        "bwrap",
        *("--unshare-all", "--die-with-parent", "--new-session"),
        *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
        *("--tmpfs", "/tmp", "--tmpfs", "/var/tmp"),
        *("--ro-bind", _pytest().name, _pytest().name),
        *("--bind", str(folder), str(folder), "--chdir", str(folder)),
        *("--size", str(2**24), "--tmpfs", "/dev/shm"),
        "--",
    ]


def _limit() -> None:
    for kind, most in _LIMITS.items():
        resource.setrlimit(kind, (most, most))


def _score(path: pathlib.Path) -> float | None:
    """Read the score as the platforms do that read results.json: they believe it."""
    try:
        return min(float(json.loads(path.read_text())["score"]), 100.0)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _text(path: pathlib.Path) -> str:
    with path.open("rb") as stream:
        return stream.read(20000).decode("utf-8", "backslashreplace")


def main() -> None:
    """Print what members earn: python in_process.py [BEGINNING OF NAME …]."""
    total = 0.0
    for name in sys.argv[1:] or [""]:
        members = corpus.members(name)
        results = grade_all([member.source for member in members])
        for member, earned in zip(members, results, strict=True):
            total += earned.score or 0.0
            print(f"{member.name}: {earned.score}")
            if len(sys.argv) == 2 and member.name == name:
                print(earned.output)
    print(f"together: {total:g}")


if __name__ == "__main__":
    main()
