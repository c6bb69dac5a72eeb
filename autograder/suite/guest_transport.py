"""Requests to a sandboxed guest: killed when it is late, started again when needed."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Sequence

from autograder.errors import KitError, SandboxError, SuiteError
from autograder.records import Limits
from autograder.sandbox.protocol import Guest
from autograder.suite import endings
from autograder.suite.callbacks import Callbacks
from autograder.suite.clocks import Clocks
from autograder.suite.failures import StudentDied, StudentError, StudentTimedOut
from autograder.suite.transport import (
    PACKAGE,
    Answer,
    Message,
    broken_module,
    value_of,
)
from autograder.wire import ChannelClosed, ChannelTimeout, WireError

_START_CPU_S = 2.0  # ten times what a guest needs before it runs student code
_FAILED_STARTS = 2  # in one submission; after that, no check need wait for the same
_BEGIN = "the start of the check"

if typing.TYPE_CHECKING:
    from autograder.suite.clocks import Allowance


class GuestTransport:
    """Serves all checks of one submission from forks of the guest.

    A fork costs more than most checks, so those of one group share it until `renew`.

    Args:
        start: starts a guest under the limits given to it; called again after one
            had to be killed, with what is left of the processor time.
        modules: the modules of the package to import, before the first check.
    """

    def __init__(
        self, start: Callable[[Limits], Guest], limits: Limits, modules: Sequence[str]
    ) -> None:
        self._start = start
        self._limits = limits
        self._modules = list(modules)
        self._clocks = Clocks(limits)
        self._guest: Guest | None = None
        self._started = False  # there has been a guest
        self._serving = False  # a fork waits for requests
        self._group = ""  # for whose checks
        self._used = False  # it has served a check before this one
        self.doubts = 0  # of guests and forks that the machine may have ended
        self._forget = False  # the next request is the first of its check in there
        self._callbacks = Callbacks()
        self._cpu_s = 0.0  # of the guests that are gone
        self._waited_before_s = 0.0  # for them
        self._broken: frozenset[str] = frozenset()
        self._unimportable: StudentError | None = None
        self._printed: list[str] = []
        self._failures: list[SandboxError] = []

    @property
    def used(self) -> bool:
        """Whether the check's fork has served another one before."""
        return self._used

    def renew(self) -> None:
        """Have the next check begin in a fresh fork."""
        self._group = ""

    def begin(self, group: str = "") -> None:
        """Start a check in a fresh fork, or in that of its group.

        Raises:
            StudentError: if the package cannot be imported, or time is up.
            SandboxError: if no guest can be started.
        """
        self._callbacks = Callbacks()
        self._clocks.new_check()
        if self._unimportable is not None:
            raise self._unimportable
        self._used = self._serving and group != "" and group == self._group
        self._forget = self._used
        if self._used:
            return
        self._group = group
        if self._follow():
            return
        if self._guest is None:
            self._start_guest()
            self._import()
            self._clocks.new_check()  # what starting took is not the check's
        reply = self._exchange({"op": "begin"}, _BEGIN)
        if type(reply) is not dict or reply.get("op") != "begun":
            self._drop()
            raise StudentDied("crashed", call=_BEGIN, how="")
        self._serving = True

    def _follow(self) -> bool:
        """End the fork of the check before; return whether the next one has begun.

        One request does both: a fork waits for its successor's check to begin.
        """
        self._serving = self._serving and self._leave_fork("next", "begun")
        return self._serving

    def ask(self, request: Message, call: str, answer: Answer) -> typing.Any:
        """Return the value that a request brings back."""
        if not self._serving:
            raise StudentDied("crashed", call=call, how=" before")
        if self._forget:
            self._forget = False
            request = {**request, "forget": True}
        reply = self._exchange(request, call, answer)
        if type(reply) is dict and reply.get("op") == "died":
            self._serving = False
            death = endings.of_a_fork(self._guest, reply, call, self._limits)
            raise self._doubted(death, self._guest)
        return value_of(reply, call, broken_module(request, self._broken))

    def end(self) -> None:
        """End the check; its fork ends when the next one begins, or with the guest."""

    def _end_fork(self) -> None:
        """End the fork of the last check, which may hold printed text back."""
        if self._serving:
            self._leave_fork("end", "ended")
        self._serving = False

    def _leave_fork(self, request: str, wanted: str) -> bool:
        """Have the fork end; return whether the answer is the one that is wanted."""
        try:
            reply = self._exchange({"op": request}, "the end of the check")
        except StudentError:  # the check has its outcome; the guest is gone already
            return False
        op = reply.get("op") if type(reply) is dict else None
        if op == "died":
            self.doubts += 1
        elif op != wanted:
            self._drop()
        return op == wanted

    def close(self) -> None:
        """End the guest."""
        self._serving = False
        self._drop()

    def printed(self) -> str:
        """Return what the student's code has printed, over all guests."""
        self._end_fork()
        running = [self._guest.printed()] if self._guest is not None else []
        return "".join([*self._printed, *running])[: self._limits.printed_bytes]

    def _start_guest(self) -> None:
        """Start a guest; the first is on us, others on the submission's clock."""
        if not self._started:
            self._guest = self._ready_guest()
        else:
            with self._clocks.waiting(_BEGIN):
                self._guest = self._ready_guest()
        self._started = True
        self._waited_before_s = self._clocks.waited_s

    def _ready_guest(self) -> Guest:
        """Start a guest; a start may fail once, when the machine is short of something.

        A failure is the kit's fault, so an honest second try can only be fair.
        """
        while len(self._failures) < _FAILED_STARTS:
            try:
                return self._receive_ready(self._start(self._what_is_left()))
            except SandboxError as exc:
                self._failures.append(exc)
        raise self._failures[-1]

    def _what_is_left(self) -> Limits:
        """Return the limits of the next guest: its start may not fail for want of time.

        Raises:
            StudentTimedOut: if the submission has used up its processor time.
        """
        whole = self._limits.cpu_s
        if self._cpu_s >= whole:
            raise StudentTimedOut("cpu", "Your code", whole)
        least = min(whole, _START_CPU_S)
        left = max(whole - self._cpu_s, least)
        return dataclasses.replace(self._limits, cpu_s=left)

    @staticmethod
    def _receive_ready(guest: Guest) -> Guest:
        try:
            ready = guest.channel.receive(None)  # it has been sent: see Sandbox.start
        except WireError as exc:
            guest.kill()
            raise SandboxError(f"the guest did not become ready: {exc}") from exc
        if type(ready) is not dict or ready.get("op") != "ready":
            guest.kill()
            raise SandboxError("the guest's first message is not that it is ready")
        return guest

    def _import(self) -> None:
        request = {"op": "import", "package": PACKAGE, "modules": self._modules}
        try:
            reply = self._exchange(request, endings.IMPORT, which="import")
        except StudentTimedOut as exc:
            if exc.which == "import":  # it would not be faster the next time
                self._unimportable = exc
            raise
        except StudentDied as exc:
            self._unimportable = exc
            raise
        errors = reply.get("errors") if type(reply) is dict else None
        if type(errors) is not dict:
            self._drop()
            how = ", or took over its conversation with the grader"
            self._unimportable = StudentDied("crashed_import", how=how)
            raise self._unimportable
        self._broken = frozenset(errors)

    def _exchange(
        self,
        request: Message,
        call: str,
        answer: Answer | None = None,
        which: str = "call",
    ) -> typing.Any:
        """Send a request and return the reply; whatever fails is the student's."""
        assert self._guest is not None
        try:
            with self._clocks.waiting(call, which) as allowance:
                try:
                    return self._converse(request, call, answer, allowance)
                except ChannelTimeout:
                    raise allowance.expired(call) from None
        except ChannelClosed:
            guest = self._guest
            self._drop()  # its status is known only now
            death = endings.of_a_guest(guest, call, self._limits)
            raise self._doubted(death, guest) from None
        except WireError as exc:
            self._drop()
            death = StudentDied("unreadable_answer", call=call, reason=str(exc))
            raise self._doubted(death, None) from None
        except (StudentError, KitError) as exc:  # the two ends may be out of step
            guest = self._guest
            self._drop()
            if isinstance(exc, StudentTimedOut):
                self._doubted(exc, guest)
            raise

    def _doubted(self, error: StudentError, guest: Guest | None) -> StudentError:
        waited_s = self._clocks.waited_s - self._waited_before_s
        self.doubts += endings.are_doubtful(error, guest, waited_s)
        return error

    def _converse(
        self,
        request: Message,
        call: str,
        answer: Answer | None,
        allowance: Allowance,
    ) -> typing.Any:
        self._send(request, allowance)
        while True:
            assert self._guest is not None
            channel = self._guest.channel
            before = channel.received_bytes
            reply = channel.receive(allowance.deadline)
            called_back = type(reply) is dict and reply.get("op") == "callback"
            if answer is None or not called_back:
                return reply
            self._callbacks.count(call, channel.received_bytes - before)
            self._send(answer(reply), allowance)

    def _send(self, message: Message, allowance: Allowance) -> None:
        if self._guest is None:  # killed during a request within this one
            raise ChannelClosed("the guest has been ended")
        try:
            self._guest.channel.send(message, allowance.deadline)
        except (ChannelClosed, ChannelTimeout):
            raise
        except WireError as exc:  # our own message: not the student's doing
            raise SuiteError(f"a check sends what cannot travel: {exc}.") from exc

    def _drop(self) -> None:
        """Kill the guest; the next check starts another."""
        guest, self._guest = self._guest, None
        self._serving = False
        if guest is not None:
            guest.kill()
            self._cpu_s += guest.usage().cpu_s
            self._printed.append(guest.printed())
