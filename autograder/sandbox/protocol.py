"""What every way of confining a student's code offers, and nothing about how."""

from __future__ import annotations

import dataclasses
import pathlib
import typing

from autograder.records import Limits
from autograder.wire import Channel


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where one submission lies, and which of the parallel workers grades it."""

    tree: pathlib.Path  # holds the package, such as nabla/
    scratch: pathlib.Path | None = None  # for temporary files; None: where the system's
    slot: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Usage:
    """What a guest has used so far; after `kill`, what it has used in all."""

    cpu_s: float  # of all its processes
    peak_bytes: int  # resident memory of its largest process
    exit_status: int | None  # None while it runs; negative: ended by that signal
    stopped: str = ""  # the limit for which the host ended it: a key of STOPPED


STOPPED = {
    "memory": "all processes together held more memory than allowed",
    "cpu": "all processes together used more processor time than allowed",
    "processes": "more processes were started than allowed",
    "files": "more was written to the scratch folder than allowed",
}
"""Limits that hold for all processes of a guest together, so that the host watches."""


class Guest(typing.Protocol):
    """One running guest: a process, or several, that holds one submission."""

    @property
    def channel(self) -> Channel:
        """The line on which it answers; its first message says that it is ready."""

    def kill(self) -> None:
        """End it: nothing of it is left when this returns. Idempotent.

        Raises:
            SandboxError: if a process of it survives, which would be our fault.
        """

    def usage(self) -> Usage:
        """Return what it has used so far."""

    def printed(self) -> str:
        """Return what it has printed so far, cut at `Limits.printed_bytes`."""


class Sandbox(typing.Protocol):
    """A way to confine: cheap to construct, and stateless."""

    @property
    def name(self) -> str:
        """The name that reports record."""

    @property
    def protected(self) -> bool:
        """Whether marks earned in it can be trusted."""

    def start(self, place: Place, limits: Limits) -> Guest:
        """Start a guest for the submission at `place`.

        When this returns, the guest has sent its first message and no code of the
        submission has run: whatever goes wrong later is the student's affair.

        Raises:
            SandboxError: if the guest does not become ready.
        """
