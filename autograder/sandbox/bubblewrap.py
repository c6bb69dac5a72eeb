"""bubblewrap: the guest sees a file system of its own, and no one else.

Needs the program `bwrap`, 0.7 or newer, and a kernel that gives namespaces to ordinary
users: containers usually do not.

Promised: in the guest's world there are its submission, a Python with NumPy, a scratch
folder in memory, /dev/null and /dev/urandom; no network, no process but its own, no
/proc. When `kill` returns, or when the host has died, none of its processes runs.

As root, the user id is dropped before bubblewrap starts: inside, root would still be
root to the files that are there, and no process limit would hold.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import re
import shutil
import typing

from autograder.errors import SandboxError
from autograder.records import Limits
from autograder.sandbox import confinement, kit, launch, runtime
from autograder.sandbox.protocol import Place
from autograder.sandbox.running import RunningGuest

_COUNTS_PER_NAMESPACE = (5, 14)
"""From this Linux on, processes count per user and user namespace."""

_HOST_FOLDERS = ("/etc", "/home", "/root", "/tmp", "/usr", "/var")  # noqa: S108 - none is opened
_DEVICES = ("/dev/null", "/dev/urandom")


@dataclasses.dataclass(frozen=True, slots=True)
class Bubblewrap:
    """Confines by namespaces; `without` is for tests."""

    name: typing.ClassVar[str] = "bubblewrap"

    without: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        confinement.check(self.without)

    @property
    def protected(self) -> bool:
        """Whether nothing has been taken away."""
        return not self.without

    def start(self, place: Place, limits: Limits) -> RunningGuest:
        """Start a guest; see `Sandbox`."""
        program, python, ours = _program(), runtime.prepare(), kit.prepare()
        separate = confinement.separate_user(self.without)
        counted_alone = separate or _kernel() >= _COUNTS_PER_NAMESPACE
        shared = confinement.settings(limits, self.without, counted_alone=counted_alone)
        home = launch.make_home(place, separate=separate)
        world = _World(str(python.root), str(ours), home.tree, limits.written_bytes)
        settings = {
            **shared,
            "root": "/tree",
            "scratch": "/scratch",
            "site": str(python.site),
            "parent": 0,
            "exclusive": True,
            "lend_scratch": True,
            "landlock": None,
        }
        plan = launch.Plan(
            name=self.name,
            home=home,
            limits=limits,
            world=[
                program,
                *world.arguments(everything="files" in self.without),
                "--",
            ],
            python=python.command(str(python.root)),
            kit=str(ours),
            settings=settings,
            watched="limits" not in self.without,
            count_tasks=not counted_alone,
        )
        return launch.start(plan)


@dataclasses.dataclass(frozen=True, slots=True)
class _World:
    """What lies where in the guest's file system."""

    python: str
    kit: str
    tree: str
    scratch_bytes: int

    def arguments(self, *, everything: bool) -> list[str]:
        """Return bubblewrap's arguments; `everything`: the host's files as well."""
        files: list[str] = []
        for name in _HOST_FOLDERS if everything else ():
            files += ["--ro-bind-try", name, name]
        for source, target in (
            (self.python, self.python),  # the zygote knows them by these names
            (self.kit, self.kit),
            (self.tree, "/tree"),
        ):
            files += ["--ro-bind", source, target]
        for device in _DEVICES:
            files += ["--dev-bind", device, device]
        files += ["--size", str(self.scratch_bytes), "--tmpfs", "/scratch"]
        return [
            "--unshare-all",
            "--unshare-user",
            *("--hostname", "guest"),
            "--die-with-parent",
            "--new-session",
            "--as-pid-1",  # the warden is the first process
            *("--cap-drop", "ALL"),
            *files,
            *("--remount-ro", "/"),
            *("--chdir", "/scratch"),
        ]


def _program() -> str:
    found = shutil.which("bwrap")
    if found is None:
        raise SandboxError(
            "bubblewrap: the program bwrap is not installed.",
            "Install it (Debian, Ubuntu: apt install bubblewrap), or use lockdown.",
        )
    return found


@functools.cache
def _kernel() -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return (int(found[1]), int(found[2])) if found else (0, 0)
