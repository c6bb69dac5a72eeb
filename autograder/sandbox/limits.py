"""Resource limits of single processes, from the `Limits` of a submission.

`settings` runs on the host; `apply` inside the sandbox, where the bootstrap imports
this module: standard library only.

| limit of the submission | held by                                                 |
|-------------------------|---------------------------------------------------------|
| memory_bytes            | RLIMIT_AS per process; the host adds up all processes   |
| cpu_s                   | RLIMIT_CPU per process; the host adds up all processes  |
| processes               | RLIMIT_NPROC per user id, see `process_limit`           |
| open_files              | RLIMIT_NOFILE per process                               |
| written_bytes           | RLIMIT_FSIZE per file; bubblewrap: the size of the      |
|                         | scratch folder; else the host adds up, up to twice that |
| printed_bytes, clocks   | the host                                                |
"""

from __future__ import annotations

import math
import typing

if typing.TYPE_CHECKING:
    from autograder.records import Limits

Pairs = dict[str, tuple[int, int]]  # name without RLIMIT_ -> soft, hard


def settings(limits: Limits, processes: int | None) -> Pairs:
    """Return the resource limits of a guest; `processes` None leaves them open."""
    cpu = math.ceil(limits.cpu_s)
    pairs = {
        "AS": (limits.memory_bytes, limits.memory_bytes),
        "CPU": (cpu, cpu + 1),  # a signal that can be caught, then one that cannot
        "NOFILE": (limits.open_files, limits.open_files),
        "FSIZE": (limits.written_bytes, limits.written_bytes),
        "CORE": (1, 1),  # 0 would let a program that collects core dumps have one
        "MEMLOCK": (0, 0),
        "MSGQUEUE": (0, 0),
    }
    if processes is not None:
        pairs["NPROC"] = (processes, processes)
    return pairs


def apply(pairs: Pairs, *, strict: bool) -> None:
    """Set the resource limits of this process and all its children.

    Args:
        pairs: what `settings` returned.
        strict: whether a limit that this system lacks or refuses is an error.

    Raises:
        OSError: if `strict` and the system refuses.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    for name, wanted in pairs.items():
        number = getattr(resource, f"RLIMIT_{name}", None)
        if number is None:
            continue
        ceiling = resource.getrlimit(number)[1]
        pair = wanted
        if ceiling not in {resource.RLIM_INFINITY, -1}:
            pair = (min(pair[0], ceiling), min(pair[1], ceiling))
        try:
            resource.setrlimit(number, pair)
        except (OSError, ValueError):
            if strict:
                raise
