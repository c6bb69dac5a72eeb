"""A plain subprocess: for code that one trusts, or on systems without protection.

Runs on Linux, macOS and Windows. The submission can do whatever the user can do who
grades. Kept are the clocks of the host, the limit on what is printed and, as far as the
system has them, resource limits; other packages than NumPy are not found by accident.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import sys
import typing

import numpy as np

from autograder.records import Limits
from autograder.sandbox import kit
from autograder.sandbox.limits import settings as resource_limits
from autograder.sandbox.plain import PlainGuest
from autograder.sandbox.protocol import Guest, Place
from autograder.sandbox.runtime import FLAGS


@dataclasses.dataclass(frozen=True, slots=True)
class Unprotected:
    """Confines nothing; `warden` is None where the system decides (Linux has one)."""

    name: typing.ClassVar[str] = "unprotected"
    protected: typing.ClassVar[bool] = False

    warden: bool | None = None

    def start(self, place: Place, limits: Limits) -> Guest:
        """Start a guest; see `Sandbox`."""
        if self.warden if self.warden is not None else sys.platform == "linux":
            return self._start_with_warden(place, limits)
        ours = str(kit.prepare())
        command = [sys.executable, *FLAGS, "-c", kit.START, ours]
        settings = {**_settings(limits), "root": str(place.tree.absolute())}
        return PlainGuest(command, settings, limits)

    def _start_with_warden(self, place: Place, limits: Limits) -> Guest:
        from autograder.sandbox import launch

        ours = str(kit.prepare())
        home = launch.make_home(place, separate=False)
        settings = {
            **_settings(limits),
            "root": home.tree,
            "scratch": home.scratch,
            "parent": os.getpid(),
        }
        plan = launch.Plan(
            name=self.name,
            home=home,
            limits=limits,
            python=[sys.executable, *FLAGS],
            kit=ours,
            settings=settings,
            count_tasks=True,
            forked=False,
        )
        return launch.start(plan)


def _settings(place_limits: Limits) -> dict[str, typing.Any]:
    return {
        "site": str(pathlib.Path(str(np.__file__)).parent.parent),
        "only_numpy": True,
        "close": [],
        "exclusive": False,
        "parent": 0,
        "lend_scratch": False,
        "strict": False,
        "limits": resource_limits(place_limits, None),
        "confine": False,
        "landlock": None,
        "seccomp": None,
    }
