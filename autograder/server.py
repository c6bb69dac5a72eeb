"""The server from which workers are forked: started, asked for one, started again.

It has imported NumPy, pytest and the reference, so that a fresh process costs
milliseconds. It is a process like any other, and can be killed.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.forkserver
import multiprocessing.util
import signal
import threading
import time
import types
import typing
from collections.abc import Callable, Iterator

from autograder import warm
from autograder.errors import MachineError

if typing.TYPE_CHECKING:
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

STARTS = 5
"""How often the start of a process is tried."""

PAUSE_S = 0.2
"""How long the next try waits: the end of a server takes a moment to be seen."""

SOCKETS = "pymp-"
"""How the name begins of the folder in which our processes meet."""


def context() -> BaseContext:
    """Return the context whose server has imported what every worker needs."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    # With the main module there, no worker has to import it again.
    context.set_forkserver_preload(["__main__", warm.__name__])
    with interrupts_go_to(signal.SIG_IGN):  # to end them is the coordinator's task
        multiprocessing.forkserver.ensure_running()
    return context


def started(
    context: BaseContext,
    target: Callable[..., object],
    args: tuple[object, ...],
) -> BaseProcess:
    """Return a new process that calls `target`.

    A server that was killed is started again; one that is being killed answers with
    whatever it comes to.

    Raises:
        MachineError: if no try succeeds.
    """
    for _ in range(STARTS):
        process: BaseProcess = context.Process(  # type: ignore[attr-defined]
            target=target, args=args, daemon=True
        )
        try:
            process.start()
        except (OSError, EOFError) as exc:
            failure = exc
            time.sleep(PAUSE_S)
        else:
            return process
    raise MachineError(
        f"No worker can be started ({failure!r}).",
        "Look what ends processes here: too little memory, a limit of the system.",
    ) from failure


def sockets() -> str:
    """Return the folder in which our processes meet: what a kill leaves behind."""
    return multiprocessing.util.get_temp_dir()


@contextlib.contextmanager
def interrupts_go_to(
    handler: signal.Handlers | Callable[[int, types.FrameType | None], object],
) -> Iterator[None]:
    """Have Ctrl-C call the handler; SIG_IGN holds for what is started, too."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is interrupted, and may ask for this
        return
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
