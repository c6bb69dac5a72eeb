"""The guest's serve loop: import once, then a fork for each group of checks."""

from __future__ import annotations

import functools
import gc
import os
import random
import socket
import sys
import time
import typing
import warnings

import numpy as np
import numpy.random as _numpy_random  # else each fork would load it anew

from autograder.guest.faults import Reply, describe
from autograder.guest.servant import Request, Servant
from autograder.wire import (
    Channel,
    ChannelClosed,
    Handle,
    TooLarge,
    WireError,
    decode,
    encode,
)

_ENDED = 86  # how a fork tells its parent that it was asked to end
_NO_MEMORY = 87  # ... and that there was no memory even to say so
_NEXT = 88  # ... and that the next check is to begin at once
_LEAVING = {"end": _ENDED, "next": _NEXT}
_WARM_UP = 20  # times that a request is served before it counts
_PATIENCE_S = 2.0  # for a fork bomb of a neighbour to be noticed and stopped


def serve(fd: int, root: str) -> None:
    """Serve the host on the socket `fd`; `root` is the folder of the package.

    Ends the process when the host closes its end.
    """
    serve_socket(socket.socket(fileno=fd), root)


def serve_socket(sock: socket.socket, root: str) -> None:
    """Serve the host on a socket, where file descriptors are not inherited."""
    sock.set_inheritable(False)  # what student code starts must not hold the line
    _prepare(root)
    warm_up()
    line = _Line(Channel(sock), root)
    python = ".".join(map(str, sys.version_info[:3]))
    line.reply({"op": "ready", "python": python, "numpy": np.__version__})
    line.serve_checks()


@functools.cache
def warm_up() -> None:
    """Serve some requests of our own, once, before the first fork.

    Python rewrites code that has run often into a faster form. What is rewritten
    here need not be in every fork, at the price of a page copied for each write.
    """
    servant = Servant(None, alone=True)
    x = np.ones((2, 3))
    target = Handle("numpy", 0, "add")
    call = {"op": "call", "target": target, "args": [x, x], "kwargs": {}}
    kept = {**call, "keep": True}
    for request in (call, kept) * _WARM_UP:
        decode(encode(servant.handle(decode(encode(request)))))


def _prepare(root: str) -> None:
    """Set up the process; the package comes last on the path and shadows nothing."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(  # type: ignore[union-attr]  # both are text files
                encoding="utf-8", errors="backslashreplace", line_buffering=True
            )
    sys.path.append(root)
    sys.dont_write_bytecode = True
    _repeat_draws()


def _repeat_draws() -> None:
    """Seed the global generators, so that a regrade gives the same mark."""
    random.seed(0)
    _numpy_random.seed(0)  # noqa: NPY002, TID251 - for student code that uses it


class _Line:
    """The conversation with the host."""

    def __init__(self, channel: Channel, root: str) -> None:
        self._channel = channel
        self._servant = Servant(root, self._call_back, alone=True)
        self._collected = False

    def serve_checks(self) -> typing.NoReturn:
        """Import, and fork for each group of checks, until the host closes."""
        try:
            while True:
                self._serve_outside(self._channel.receive())
        except ChannelClosed:
            _leave(0)
        except WireError:  # a fork died in the middle of a frame
            _leave(1)

    def _serve_outside(self, request: Request) -> None:
        """Serve a request between two checks."""
        if request["op"] == "begin" and hasattr(os, "fork"):
            while self._serve_in_fork() == _NEXT:
                continue
        elif request["op"] == "begin":
            self.reply(self._servant.handle(request))
            while self._converse() == _NEXT:
                self.reply(self._servant.handle(request))
            self.reply(self._servant.handle({"op": "end"}))
        elif request["op"] in ("import", "end"):
            self.reply(self._servant.handle(request))
        else:
            self.reply(describe(RuntimeError("no check has begun"), ""))

    def reply(self, reply: Reply) -> None:
        """Send a reply, or the reason why it may not travel."""
        try:
            self._channel.send(reply)
        except ChannelClosed:
            raise
        except Exception as exc:  # noqa: BLE001 - nothing was sent, the host waits
            self._channel.send(describe(exc, ""))

    def _serve_in_fork(self) -> int:
        """Serve a group of checks, and return how their fork ended."""
        _flush()  # else the fork would print it, too
        if not self._collected:
            gc.collect()  # once: hardly anything happens here between two checks
            self._collected = True
        gc.freeze()  # else collections in the fork would copy every page
        child = _fork()
        if child == 0:
            self._serve_group()
        status = os.waitpid(child, 0)[1]
        code = os.waitstatus_to_exitcode(status)
        if code == _ENDED:
            self.reply({"op": "ended", "status": 0, "printed": ""})
        elif code != _NEXT:
            memory = code == _NO_MEMORY
            self.reply({"op": "died", "status": status, "memory": memory})
        return code

    def _serve_group(self) -> typing.NoReturn:
        code = 1
        try:
            _repeat_draws()  # the import may have drawn
            self.reply({"op": "begun"})
            code = self._converse()
        except MemoryError:
            code = _NO_MEMORY
        finally:  # whatever happened, there is no way back into the parent's loop
            _leave(code)

    def _converse(self) -> int:
        """Serve requests until the host ends the check; return what it wants then."""
        while True:
            try:
                return _LEAVING[self._serve_until(*_LEAVING)["op"]]
            except TooLarge as exc:  # for the memory that there is
                self.reply(describe(MemoryError(str(exc)), ""))

    def _call_back(self, request: Request) -> Reply:
        """Ask the host, and serve its requests until it answers."""
        self._channel.send(request)
        try:
            answer = self._serve_until("value", "raised", *_LEAVING)
        except ChannelClosed:  # student code must not go on alone
            _leave(1)
        except TooLarge as exc:
            raise MemoryError(str(exc)) from None
        if answer["op"] in _LEAVING:
            _leave(_LEAVING[answer["op"]])
        return answer

    def _serve_until(self, *last: str) -> Request:
        while True:
            request: Request = self._channel.receive()
            if request["op"] in last:
                return request
            if "forget" in request:  # another check of the group begins
                self._servant.forget()
                _repeat_draws()
            self.reply(self._servant.handle(request))


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # noqa: BLE001, S112 - it may be anything of theirs
            continue


def _fork() -> int:
    """Fork; where processes are counted per user, a neighbour may hold them all."""
    if sys.version_info >= (3, 12):  # student code may have made errors of warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # as of its own threads
    patience = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return os.fork()
        except BlockingIOError:
            if time.monotonic() > patience:
                raise
            time.sleep(0.05)


def _leave(code: int) -> typing.NoReturn:
    """Leave at once: no exit handlers of student code, no way back into it."""
    _flush()
    os._exit(code)


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
