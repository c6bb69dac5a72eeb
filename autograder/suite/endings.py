"""Why a guest, or the fork of a check, is gone: what its student is told."""

from __future__ import annotations

import signal

from autograder.records import Limits, Outcome
from autograder.sandbox.protocol import STOPPED, Guest
from autograder.suite.failures import StudentDied, StudentError, StudentTimedOut
from autograder.suite.transport import Message

IMPORT = "the import of your files"


def of_a_guest(guest: Guest | None, call: str, limits: Limits) -> StudentError:
    """Say why a whole guest, which has been killed by now, had ended in `call`."""
    status = guest.usage().exit_status if guest is not None else None
    stopped = guest.usage().stopped if guest is not None else ""
    if stopped == "memory":
        return _out_of_memory(call, limits)
    if stopped == "cpu":
        return StudentTimedOut("cpu", call, limits.cpu_s)
    how = f" ({STOPPED[stopped]})" if stopped in STOPPED else _by_signal(status)
    if call == IMPORT:
        return StudentDied("crashed_import", how=how)
    return StudentDied("crashed", call=call, how=how)


def of_a_fork(
    guest: Guest | None, reply: Message, call: str, limits: Limits
) -> StudentError:
    """Say why a check's fork is gone; its parent tells, and serves on."""
    status = reply.get("status")
    if reply.get("memory") is True:
        return _out_of_memory(call, limits)
    code = status & 0x7F if type(status) is int else 0
    if code == getattr(signal, "SIGXCPU", -1):
        return StudentTimedOut("cpu", call, limits.cpu_s)
    if guest is not None and guest.usage().stopped == "memory":
        return _out_of_memory(call, limits)
    return StudentDied("crashed", call=call, how=_by_signal(-code))


def are_doubtful(error: StudentError, guest: Guest | None, waited_s: float) -> bool:
    """Return whether the machine may have brought an end about, and not the student.

    One that is short of memory ends processes; on one that is short of processors a
    clock runs out while the guest, which has been killed by now, hardly ran.
    """
    if not isinstance(error, StudentTimedOut):
        return error.outcome is Outcome.CRASHED
    used_s = guest.usage().cpu_s if guest is not None else 0.0  # 0: not known
    return error.which != "cpu" and 0 < used_s < waited_s / 2


def _out_of_memory(call: str, limits: Limits) -> StudentDied:
    limit = f"{limits.memory_bytes / 1024**3:.3g} GiB"
    return StudentDied("out_of_memory", Outcome.OUT_OF_MEMORY, call=call, limit=limit)


def _by_signal(status: int | None) -> str:
    if status is None or status >= 0:
        return ""
    try:
        return f" ({signal.Signals(-status).name})"
    except ValueError:
        return ""
