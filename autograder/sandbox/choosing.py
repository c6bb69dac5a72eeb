"""Which sandbox: the best that works here, or the one asked for, or none."""

from __future__ import annotations

import functools

from autograder.errors import SandboxError
from autograder.sandbox.bubblewrap import Bubblewrap
from autograder.sandbox.lockdown import Lockdown
from autograder.sandbox.probing import Probe, examine
from autograder.sandbox.protocol import Sandbox
from autograder.sandbox.unprotected import Unprotected

PROTECTED = ("bubblewrap", "lockdown")  # the better first
UNPROTECTED = "unprotected"


def named(name: str) -> Sandbox:
    """Return the sandbox of that name without trying it: somebody has chosen it.

    Raises:
        SandboxError: if there is none of that name.
    """
    if name == "bubblewrap":
        return Bubblewrap()
    if name == "lockdown":
        return Lockdown()
    if name == UNPROTECTED:
        return Unprotected()
    raise SandboxError(
        f"no sandbox is called {name!r}.",
        f"Choose one of: auto, {', '.join(PROTECTED)}, {UNPROTECTED}.",
    )


def probe() -> list[Probe]:
    """Try each sandbox on this machine, the best first; takes about a second."""
    return [_probe_once(name) for name in (*PROTECTED, UNPROTECTED)]


def choose(name: str = "auto", *, unprotected: bool = False) -> Sandbox:
    """Return a sandbox that has been tried and works.

    Args:
        name: "auto" for the best there is, or the name of one.
        unprotected: whether grading without protection is acceptable.

    Raises:
        SandboxError: if none works, or the one named does not.
    """
    if name == UNPROTECTED and not unprotected:
        raise SandboxError(
            "unprotected: a submission could do all that you can do on this machine.",
            "If you trust the code, say so with --unprotected.",
        )
    if name != "auto":
        chosen = named(name)
        _insist(_probe_once(name))
        return chosen
    failed = []
    for candidate in PROTECTED:
        found = _probe_once(candidate)
        if found.works:
            return named(candidate)
        failed.append(found)
    if unprotected:
        return named(UNPROTECTED)
    reasons = "; ".join(f"{each.name}: {each.reason}" for each in failed)
    remedies = dict.fromkeys(each.remedy for each in failed if each.remedy)
    raise SandboxError(
        f"no sandbox works on this machine. {reasons}.",
        " ".join([*remedies, "For code that you trust, there is --unprotected."]),
    )


@functools.cache
def _probe_once(name: str) -> Probe:
    """Try a sandbox once; one that did not get as far as being tried, once more.

    On a busy machine a start may fail, and every mark waits for this one.
    """
    found = examine(named(name))
    untried = not found.works and not found.possible
    return examine(named(name)) if untried else found


def _insist(found: Probe) -> None:
    if not found.works:
        raise SandboxError(
            f"{found.name} does not work on this machine: {found.reason}.",
            f"{found.remedy} Or choose --sandbox auto.".strip(),
        )
