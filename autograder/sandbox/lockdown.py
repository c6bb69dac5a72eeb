"""Landlock, seccomp, resource limits and, as root, a user id of its own.

Needs no system package, no namespaces and no privileges: it works in an ordinary
container, where bubblewrap does not, and for an ordinary user.

Promised: the guest reads its submission and a Python with NumPy, writes to its scratch
folder, and can neither reach nor change anything else; when `kill` returns, or soon
after the host has died, none of its processes runs.

Not promised: it shares process numbers, the clock and the file system's description
with the host, so it can find out whether a file or a process exists whose name it
guesses. As an ordinary user, processes count together with all others of that user.
"""

from __future__ import annotations

import dataclasses
import os
import typing

from autograder.errors import SandboxError
from autograder.records import Limits
from autograder.sandbox import confinement, kit, landlock, launch, runtime
from autograder.sandbox.protocol import Place
from autograder.sandbox.running import RunningGuest

_DEVICES = ("/dev/null", "/dev/urandom")


@dataclasses.dataclass(frozen=True, slots=True)
class Lockdown:
    """Confines by what the kernel offers to everybody; `without` is for tests."""

    name: typing.ClassVar[str] = "lockdown"

    without: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        confinement.check(self.without)

    @property
    def protected(self) -> bool:
        """Whether nothing has been taken away."""
        return not self.without

    def start(self, place: Place, limits: Limits) -> RunningGuest:
        """Start a guest; see `Sandbox`.

        Raises:
            SandboxError: if there is no Landlock, or the guest does not become ready.
        """
        if "files" not in self.without and not landlock.abi():
            raise SandboxError(
                "lockdown: Landlock is not in this kernel, or is switched off",
                "Use Linux 5.13 or newer, with landlock among its security modules.",
            )
        python, ours = runtime.prepare(), str(kit.prepare())
        separate = confinement.separate_user(self.without)
        shared = confinement.settings(limits, self.without, counted_alone=separate)
        home = launch.make_home(place, separate=separate)
        read = [str(python.root), ours, home.tree]
        paths = {"read": read, "write": [home.scratch], "devices": _DEVICES}
        settings = {
            **shared,
            "root": home.tree,
            "scratch": home.scratch,
            "site": str(python.site),
            "parent": os.getpid(),
            "exclusive": separate,
            "lend_scratch": False,
            "landlock": None if "files" in self.without else paths,
        }
        plan = launch.Plan(
            name=self.name,
            home=home,
            limits=limits,
            python=python.command(str(python.root)),
            kit=ours,
            settings=settings,
            watched="limits" not in self.without,
            count_tasks=not separate,
        )
        return launch.start(plan)
