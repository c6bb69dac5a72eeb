"""A sandbox for tests, and for trying out a suite: replies come from a script."""

from __future__ import annotations

import collections
import dataclasses
import typing
from collections.abc import Callable, Iterable

from autograder.records import Limits
from autograder.sandbox.protocol import Place, Usage
from autograder.wire import (
    Channel,
    ChannelClosed,
    ChannelTimeout,
    decode,
    encode,
)

Message = dict[str, typing.Any]
Step = Message | bytes | str | Callable[[Message], Message]
"""One reply: a message, raw bytes of a frame, "timeout", "die", or what a function of
the request returns."""

READY: Message = {"op": "ready", "python": "3.11.0", "numpy": "2.0.0"}


class ScriptedChannel(Channel):
    """A channel without a socket: each request sent takes one step of the script."""

    def __init__(self, steps: collections.deque[Step], requests: list[Message]) -> None:
        self._steps = steps
        self._requests = requests
        self._waiting: collections.deque[Step] = collections.deque([READY])
        self._closed = False

    def send(self, value: object, deadline: float | None = None) -> None:
        """Note the request, as it looks after its way over the wire."""
        del deadline
        if self._closed:
            raise ChannelClosed("the guest has died")
        request = decode(bytearray(encode(value)))
        self._requests.append(request)
        step: Step = self._steps.popleft() if self._steps else "die"
        self._waiting.append(step(request) if callable(step) else step)

    def receive(self, deadline: float | None = None) -> typing.Any:
        """Return what the script says; "timeout" does not wait for the deadline."""
        del deadline
        step = self._waiting.popleft() if self._waiting else "die"
        if self._closed or step == "die":
            self._closed = True
            raise ChannelClosed("the guest has died")
        if step == "timeout":
            raise ChannelTimeout("the deadline passed during receive")
        frame = bytearray(step if isinstance(step, bytes) else encode(step))
        self.received_bytes += len(frame)
        return decode(frame)

    def close(self) -> None:
        """Nothing more is said."""
        self._closed = True

    def fileno(self) -> int:
        """There is no descriptor."""
        return -1


class ScriptedGuest:
    """A guest that runs nothing; `killed` tells whether it was ended."""

    def __init__(self, channel: ScriptedChannel, cpu_s: float = 0.0) -> None:
        self.channel: Channel = channel
        self.killed = False
        self._cpu_s = cpu_s

    def kill(self) -> None:
        """Note that it was ended."""
        self.killed = True
        self.channel.close()

    def usage(self) -> Usage:
        """Return that no memory was used, and what time was agreed upon."""
        status = -9 if self.killed else None
        return Usage(cpu_s=self._cpu_s, peak_bytes=0, exit_status=status)

    def printed(self) -> str:
        """Return that nothing was printed."""
        return ""


@dataclasses.dataclass(slots=True)
class ScriptedSandbox:
    """Guests that reply by one script: where one dies, the next goes on.

    Each claims to have used `cpu_s`. `places`, `limits`, `guests` and `requests` tell
    afterwards what has happened.
    """

    script: Iterable[Step]
    name: str = "scripted"
    protected: bool = False
    cpu_s: float = 0.0
    places: list[Place] = dataclasses.field(default_factory=list)
    limits: list[Limits] = dataclasses.field(default_factory=list)
    guests: list[ScriptedGuest] = dataclasses.field(default_factory=list)
    requests: list[Message] = dataclasses.field(default_factory=list)
    _steps: collections.deque[Step] = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self._steps = collections.deque(self.script)

    def start(self, place: Place, limits: Limits) -> ScriptedGuest:
        """Return a guest that is ready; see `Sandbox`."""
        self.places.append(place)
        self.limits.append(limits)
        channel = ScriptedChannel(self._steps, self.requests)
        guest = ScriptedGuest(channel, self.cpu_s)
        self.guests.append(guest)
        return guest
